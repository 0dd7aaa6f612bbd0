#include "agent/model/tool_call_assembler.h"

#include <nlohmann/json.hpp>

#include "agent/model/chat_json.h"
#include "agent/model/reply_decoder.h"

namespace inhouse {

bool IsJsonObject(std::string_view text) {
  const nlohmann::json value = ParseJson(text);
  return !value.is_discarded() && value.is_object();
}

// The call that a fragment continues, or null if it begins one.
ToolCallAssembler::Part* ToolCallAssembler::Find(int64_t index, std::string_view id,
                                                 std::string_view name) {
  for (Part& part : parts_) {
    if (!id.empty() && part.call.id == id) return &part;
  }
  Part* found = nullptr;
  for (Part& part : parts_) {
    if (index < 0 || part.index == index) found = &part;
  }
  if (found == nullptr) return nullptr;
  // Another id under the same index is another call; so is a name after a complete call.
  if (!id.empty() && !found->call.id.empty()) return nullptr;
  const bool complete = !found->call.name.empty() && IsJsonObject(found->call.arguments);
  return !name.empty() && complete ? nullptr : found;
}

void ToolCallAssembler::Add(int64_t index, std::string_view id, std::string_view name,
                            std::string_view arguments) {
  Part* part = Find(index, id, name);
  if (part == nullptr) {
    if (parts_.size() >= kMaxToolCalls) return;
    part = &parts_.emplace_back(Part{index, {}});
  }
  if (part->call.id.empty()) part->call.id = id;
  if (part->call.name.empty()) part->call.name = name;
  if (argument_bytes_ + arguments.size() > kMaxToolArguments) return;
  argument_bytes_ += arguments.size();
  part->call.arguments += arguments;
}

std::vector<ToolCall> ToolCallAssembler::Take() {
  std::vector<ToolCall> calls;
  for (Part& part : parts_) {
    ToolCall& call = part.call;
    if (call.id.empty()) call.id = "call_" + std::to_string(calls.size() + 1);
    if (call.arguments.empty()) call.arguments = "{}";
    calls.push_back(std::move(call));
  }
  parts_.clear();
  return calls;
}

}  // namespace inhouse
