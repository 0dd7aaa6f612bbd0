// Any text as a model's reply → at most one action, taken from the reply.
#include <cstdint>
#include <string_view>

#include "agent/reply_parser.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inhouse;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ParsedReply parsed = ParseReply(text, data[0] % 2 == 1);
  FUZZ_EXPECT(parsed.dropped_bytes <= text.size());
  FUZZ_EXPECT(parsed.action.text.size() <= text.size() + 1);
  const bool has_none = parsed.action.kind == ActionKind::kNone;
  FUZZ_EXPECT(has_none == !parsed.problem.empty());
  FUZZ_EXPECT(!parsed.action.is_final || parsed.action.kind == ActionKind::kCode);
  FUZZ_EXPECT(parsed.kept.size() <= text.size() + 1);
  return 0;
}
