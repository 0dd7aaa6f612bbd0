#include "agent/model/exchange_format.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "agent/model/chat_json.h"
#include "agent/model/stop_cutter.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

std::string Timestamp(int64_t unix_seconds) {
  using std::chrono::floor;
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", int{date.year()},
                unsigned{date.month()}, unsigned{date.day()},
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

// A stop sequence or other short text as one line of code.
std::string Code(const std::string& text) {
  const std::string quoted = DumpJson(text);
  const char* fence = quoted.find('`') == std::string::npos ? "`" : "``";
  return fence + quoted + fence;
}

std::string ToolLines(const ChatRequest& request) {
  if (request.tools.empty()) return "";
  std::string text =
      "- Tools (call them in the `.json` form: `{\"tool_calls\": [{\"name\": …, "
      "\"arguments\": {…}}]}`):\n";
  for (const ToolSpec& tool : request.tools) {
    text += "  - `" + tool.name + "` — " + tool.description +
            " Arguments: " + Code(tool.parameters) + "\n";
  }
  return text;
}

std::string StopLine(const ChatRequest& request) {
  std::string text;
  for (const std::string& stop : request.stop) text += (text.empty() ? "" : ", ") + Code(stop);
  return text.empty() ? "" : "- The reply ends before the first of: " + text + "\n";
}

std::string MessageHeading(const Message& message, size_t number, size_t count) {
  std::string heading = "\n---\n\n## " + std::to_string(number) + " of " + std::to_string(count) +
                        ": " + ChatRoleName(message.role);
  if (!message.tool_call_id.empty()) heading += " (result of call " + message.tool_call_id + ")";
  return heading + "\n\n";
}

std::string WithLineEnd(const std::string& text) {
  return text.empty() || text.ends_with('\n') ? text : text + "\n";
}

void ApplyStops(const ChatRequest& request, Reply* reply) {
  StopCutter cutter(request.stop);
  std::string text = cutter.Feed(reply->content);
  reply->content = text + cutter.Finish();
}

// Notepads put a byte order mark first and CRLF at line ends.
std::string Normalised(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 >= text.size() || text[i + 1] != '\n') result += text[i];
  }
  return result;
}

Error FormatError(std::string_view file, std::string_view why) {
  return {ErrorKind::kModel, std::string(file) + ": " + std::string(why) +
                                 "; it must be {\"content\": text, \"tool_calls\": [{\"name\", "
                                 "\"arguments\"}]}"};
}

Status ReadToolCalls(const json& calls, std::string_view file, Reply* reply) {
  if (calls.is_null()) return {};
  if (!calls.is_array()) return FormatError(file, "tool_calls is no list");
  for (const json& call : calls) {
    const std::string name = TextField(call, "name");
    if (name.empty()) return FormatError(file, "a tool call has no name");
    std::string id = TextField(call, "id");
    if (id.empty()) id = "call_" + std::to_string(reply->tool_calls.size() + 1);
    reply->tool_calls.push_back({std::move(id), name, ArgumentsText(Field(call, "arguments"))});
  }
  return {};
}

void ReadUsage(const json& usage, Reply* reply) {
  if (!usage.is_object()) return;
  reply->usage.input_tokens = NumberField(usage, "input_tokens");
  reply->usage.output_tokens = NumberField(usage, "output_tokens");
  reply->usage.cached_tokens = NumberField(usage, "cached_tokens");
  reply->usage.reported = true;
}

}  // namespace

std::string ExchangePromptJson(const ExchangeHeader& header, const ChatRequest& request) {
  json object = CanonicalPrompt(request);
  if (request.tools.empty()) object.erase("tools");
  object["v"] = kVersion;
  object["id"] = header.id;
  object["deadline"] = Timestamp(header.deadline_unix);
  object["prompt_sha256"] = PromptDigest(request);
  return object.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string ExchangePromptMarkdown(const ExchangeHeader& header, const ChatRequest& request) {
  std::string text = "# Prompt " + header.id + "\n\n";
  text += "You are the model. Write the reply to the conversation below.\n\n";
  text += "- Reply in: `" + header.id +
          ".reply.md`, the bare text. Write it under another name in "
          "this folder, then rename it.\n";
  text += "- Deadline: " + Timestamp(header.deadline_unix) + "\n";
  text += "- Longest reply: " + std::to_string(request.max_tokens) + " tokens\n";
  text += StopLine(request) + ToolLines(request);
  text += "- Prompt digest: " + PromptDigest(request) + "\n";
  for (size_t i = 0; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    text += MessageHeading(message, i + 1, request.messages.size()) + WithLineEnd(message.content);
    for (const ToolCall& call : message.tool_calls) {
      text += "\nCalls `" + call.name + "` (" + call.id + ") with " + Code(call.arguments) + "\n";
    }
  }
  return text;
}

Reply ReadExchangeMarkdown(std::string_view text, const ChatRequest& request) {
  Reply reply;
  reply.content = Normalised(text);
  // Editors end a file with a line end that is not meant as part of the reply.
  if (reply.content.ends_with('\n')) reply.content.pop_back();
  ApplyStops(request, &reply);
  reply.finish = FinishReason::kStop;
  return reply;
}

Result<Reply> ReadExchangeJson(std::string_view text, const ChatRequest& request,
                               std::string_view file) {
  const json object = ParseJson(Normalised(text));
  if (object.is_discarded()) return FormatError(file, "it is not valid JSON");
  if (!object.is_object()) return FormatError(file, "it is no JSON object");
  Reply reply;
  const json& content = Field(object, "content");
  if (!content.is_null() && !content.is_string()) return FormatError(file, "content is no text");
  reply.content = TextField(object, "content");
  RETURN_IF_ERROR(ReadToolCalls(Field(object, "tool_calls"), file, &reply));
  ReadUsage(Field(object, "usage"), &reply);
  ApplyStops(request, &reply);
  reply.finish = reply.tool_calls.empty() ? FinishReason::kStop : FinishReason::kToolCalls;
  const std::string finish = TextField(object, "finish");
  if (!finish.empty()) reply.finish = FinishReasonFromName(finish);
  return reply;
}

}  // namespace inhouse
