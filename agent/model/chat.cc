#include "agent/model/chat.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/model/chat_json.h"
#include "indexer/base/digest.h"

namespace inhouse {
namespace {

constexpr std::array<std::pair<FinishReason, const char*>, 6> kFinishNames = {{
    {FinishReason::kStop, "stop"},
    {FinishReason::kLength, "length"},
    {FinishReason::kToolCalls, "tool_calls"},
    {FinishReason::kRefusal, "refusal"},
    {FinishReason::kContextFull, "context_full"},
    {FinishReason::kUnknown, "unknown"},
}};

}  // namespace

const char* ChatRoleName(ChatRole role) {
  switch (role) {
    case ChatRole::kSystem: return "system";
    case ChatRole::kUser: return "user";
    case ChatRole::kAssistant: return "assistant";
    case ChatRole::kTool: return "tool";
  }
  return "user";
}

const char* FinishReasonName(FinishReason reason) {
  for (const auto& [value, name] : kFinishNames) {
    if (value == reason) return name;
  }
  return "unknown";
}

FinishReason FinishReasonFromName(std::string_view name) {
  for (const auto& [value, known] : kFinishNames) {
    if (name == known) return value;
  }
  return FinishReason::kUnknown;
}

bool IsCut(const Reply& reply) { return reply.truncated || reply.finish == FinishReason::kLength; }

std::string PromptDigest(const ChatRequest& request) {
  return Sha256Hex(DumpJson(CanonicalPrompt(request)));
}

}  // namespace inhouse
