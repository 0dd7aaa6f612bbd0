#include "indexer/store/call_record.h"

namespace inhouse {

void PutCall(const CallSite& call, const SourceRange& before, RecordWriter* out) {
  out->Text(call.written);
  out->Texts(call.keywords);
  out->Number(call.positional_count);
  out->Flag(call.has_star_args);
  out->Range(call.range, before);
  out->Range(call.statement, call.range);
}

CallSite TakeCall(const SourceRange& before, RecordReader* in) {
  CallSite call;
  call.written = in->TextView();
  call.keywords = in->Texts();
  call.positional_count = static_cast<int>(in->Number());
  call.has_star_args = in->Flag();
  call.range = in->Range(before);
  call.statement = in->Range(call.range);
  return call;
}

}  // namespace inhouse
