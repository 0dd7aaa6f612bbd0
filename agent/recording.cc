#include "agent/recording.h"

#include <nlohmann/json.hpp>

#include "agent/trace.h"

namespace inhouse {
namespace {

using nlohmann::json;

const json& FieldOf(const json& object, const char* name) {
  static const json kNull;
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() ? *it : kNull;
}

std::string TextOf(const json& object, const char* name) {
  const json& field = FieldOf(object, name);
  return field.is_string() ? field.get<std::string>() : "";
}

int64_t NumberOf(const json& object, const char* name) {
  const json& field = FieldOf(object, name);
  return field.is_number_integer() ? field.get<int64_t>() : 0;
}

Usage UsageOf(const json& object) {
  Usage usage;
  usage.input_tokens = NumberOf(object, "input_tokens");
  usage.cached_tokens = NumberOf(object, "cached_tokens");
  usage.cache_write_tokens = NumberOf(object, "cache_write_tokens");
  usage.output_tokens = NumberOf(object, "output_tokens");
  usage.reasoning_tokens = NumberOf(object, "reasoning_tokens");
  const json& reported = FieldOf(object, "reported");
  usage.reported = reported.is_boolean() && reported.get<bool>();
  return usage;
}

RecordedReply ReplyOf(const json& data) {
  RecordedReply reply;
  reply.prompt_sha256 = TextOf(data, "prompt_sha256");
  reply.content = TextOf(data, "content");
  for (const json& call : FieldOf(data, "tool_calls")) {
    reply.tool_calls.push_back(
        {TextOf(call, "id"), TextOf(call, "name"), TextOf(call, "arguments")});
  }
  reply.finish = FinishReasonFromName(TextOf(data, "finish"));
  // Whatever cut the reply, a replay must see that it was cut.
  const json& truncated = FieldOf(data, "truncated");
  if (truncated.is_boolean() && truncated.get<bool>()) reply.finish = FinishReason::kLength;
  reply.usage = UsageOf(FieldOf(data, "usage"));
  return reply;
}

}  // namespace

std::vector<RecordedReply> RepliesOf(const std::vector<TraceEvent>& events) {
  std::vector<RecordedReply> replies;
  for (const TraceEvent& event : events) {
    if (event.type == "reply") replies.push_back(ReplyOf(json::parse(event.data, nullptr, false)));
  }
  return replies;
}

Result<std::vector<RecordedReply>> LoadRecording(const std::filesystem::path& folder) {
  ASSIGN_OR_RETURN(const std::vector<TraceEvent> events, ReadTrace(folder));
  std::vector<RecordedReply> replies = RepliesOf(events);
  if (replies.empty()) {
    return BadInput(folder.string() +
                    ": the trace holds no reply of a model; give the folder of a finished run");
  }
  return replies;
}

}  // namespace inhouse
