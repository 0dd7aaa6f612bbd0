#include "indexer/store/call_record.h"

#include "indexer/store/record.h"

namespace inhouse {

std::string EncodeCall(const CallSite& call) {
  RecordWriter out;
  out.Text(call.written);
  out.Texts(call.keywords);
  out.Number(call.positional_count);
  out.Flag(call.has_star_args);
  out.Range(call.range);
  out.Range(call.statement);
  return out.bytes();
}

bool DecodeCall(std::string_view bytes, CallSite* call) {
  RecordReader in(bytes);
  call->written = in.Text();
  call->keywords = in.Texts();
  call->positional_count = static_cast<int>(in.Number());
  call->has_star_args = in.Flag();
  call->range = in.Range();
  call->statement = in.Range();
  return in.AtEnd();
}

}  // namespace inhouse
