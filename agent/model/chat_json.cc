#include "agent/model/chat_json.h"

#include <nlohmann/json.hpp>

namespace inhouse {
namespace {

using nlohmann::json;

// Deepest nesting of brackets outside strings.
bool NestsWithin(std::string_view text, int max_depth) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth) return false;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return true;
}

json ToolCallsJson(const std::vector<ToolCall>& calls) {
  json list = json::array();
  for (const ToolCall& call : calls) {
    list.push_back({{"arguments", call.arguments}, {"id", call.id}, {"name", call.name}});
  }
  return list;
}

json MessageJson(const Message& message) {
  json object = {{"content", message.content}, {"role", ChatRoleName(message.role)}};
  if (!message.tool_calls.empty()) object["tool_calls"] = ToolCallsJson(message.tool_calls);
  if (!message.tool_call_id.empty()) object["tool_call_id"] = message.tool_call_id;
  return object;
}

}  // namespace

json CanonicalPrompt(const ChatRequest& request) {
  json messages = json::array();
  for (const Message& message : request.messages) messages.push_back(MessageJson(message));
  json tools = json::array();
  for (const ToolSpec& tool : request.tools) {
    tools.push_back(
        {{"description", tool.description}, {"name", tool.name}, {"parameters", tool.parameters}});
  }
  return {{"max_tokens", request.max_tokens},
          {"messages", std::move(messages)},
          {"stop", request.stop},
          {"tools", std::move(tools)}};
}

std::string DumpJson(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json ParseJson(std::string_view text, int max_depth) {
  if (!NestsWithin(text, max_depth)) return json(json::value_t::discarded);
  return json::parse(text.begin(), text.end(), nullptr, false);
}

const json& Field(const json& object, std::string_view key) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string TextField(const json& object, std::string_view key) {
  const json& field = Field(object, key);
  return field.is_string() ? field.get<std::string>() : std::string();
}

int64_t NumberField(const json& object, std::string_view key) {
  const json& field = Field(object, key);
  if (field.is_number_unsigned() || field.is_number_integer()) return field.get<int64_t>();
  return 0;
}

std::string ArgumentsText(const json& arguments) {
  if (arguments.is_object()) return DumpJson(arguments);
  if (!arguments.is_string() || arguments.get_ref<const std::string&>().empty()) return "{}";
  return arguments.get<std::string>();
}

}  // namespace inhouse
