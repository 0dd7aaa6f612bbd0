// Any bytes as a stream of server-sent events, whole and in pieces: the pieces
// must not show. Then both providers' decoders read what came out.
#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/model/anthropic_stream.h"
#include "agent/model/openai_stream.h"
#include "agent/model/sse.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace inhouse;

std::vector<SseEvent> Parse(std::string_view text, size_t piece) {
  SseParser parser(4096);
  std::vector<SseEvent> events;
  while (!text.empty()) {
    if (!parser.Feed(text.substr(0, piece), &events)) return {};
    text.remove_prefix(std::min(piece, text.size()));
  }
  parser.Finish(&events);
  return events;
}

template <typename Decoder>
void Decode(const std::vector<SseEvent>& events) {
  Decoder decoder;
  size_t bytes = 0;
  for (const SseEvent& event : events) bytes += decoder.TakeEvent(event).size();
  decoder.Finish();
  FUZZ_EXPECT(bytes <= kMaxReplyText * 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<SseEvent> whole = Parse(text, text.size() + 1);
  FUZZ_EXPECT(Parse(text, size_t{1} + data[0] % 7) == whole);
  Decode<OpenAiDecoder>(whole);
  Decode<AnthropicDecoder>(whole);
  return 0;
}
