// JSON of prompts and of what servers send, for the files of this room alone.
// Text from servers is untrusted: its nesting is bounded before it is parsed,
// so that no later step can run out of stack, and every field is read with a
// default for "absent or of another type".
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/chat.h"

namespace inhouse {

// The form whose compact dump (keys sorted, UTF-8, invalid bytes as U+FFFD) is
// PromptDigest's input:
//   {"max_tokens": N, "messages": [{"content", "role", "tool_call_id"?,
//    "tool_calls"?: [{"arguments", "id", "name"}]}], "stop": [...],
//    "tools": [{"description", "name", "parameters"}]}
nlohmann::json CanonicalPrompt(const ChatRequest& request);

// Compact text; never fails (invalid UTF-8 becomes U+FFFD).
std::string DumpJson(const nlohmann::json& value);

// The parsed text, or a discarded value (is_discarded()) if it is not JSON or
// nests deeper than `max_depth`.
nlohmann::json ParseJson(std::string_view text, int max_depth = 64);

// The field `key` of `object`, or null if it is no object or has no such field.
const nlohmann::json& Field(const nlohmann::json& object, std::string_view key);
std::string TextField(const nlohmann::json& object, std::string_view key);
int64_t NumberField(const nlohmann::json& object, std::string_view key);

// A tool call's arguments as servers write them (text, object, nothing) as text
// of a JSON object; "{}" for nothing.
std::string ArgumentsText(const nlohmann::json& arguments);

}  // namespace inhouse
