#include "agent/model/openai_stream.h"

#include <nlohmann/json.hpp>

#include "agent/model/chat_json.h"

namespace inhouse {
namespace {

using nlohmann::json;

FinishReason FinishOf(const std::string& reason) {
  if (reason == "stop") return FinishReason::kStop;
  if (reason == "length") return FinishReason::kLength;
  if (reason == "tool_calls" || reason == "function_call") return FinishReason::kToolCalls;
  if (reason == "content_filter") return FinishReason::kRefusal;
  return FinishReason::kUnknown;
}

// Text, or the text parts of a list of parts.
std::string ContentText(const json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const json& part : content) text += TextField(part, "text");
  return text;
}

}  // namespace

std::string OpenAiDecoder::TakeEvent(const SseEvent& event) {
  if (event.data == "[DONE]") {
    decoded_.ended = true;
    return "";
  }
  const json chunk = ReadEvent(event);
  return chunk.is_discarded() ? "" : TakeChunk(chunk, "delta");
}

std::string OpenAiDecoder::TakeWhole(const json& answer) {
  decoded_.ended = !Field(answer, "choices").empty();
  return TakeChunk(answer, "message");
}

std::string OpenAiDecoder::TakeChunk(const json& chunk, const char* delta_key) {
  TakeUsage(Field(chunk, "usage"));
  if (const std::string model = TextField(chunk, "model"); !model.empty()) {
    decoded_.reply.model = model;
  }
  const json& choices = Field(chunk, "choices");
  if (!choices.is_array() || choices.empty()) return "";
  const json& choice = choices.front();
  std::string text = TakeDelta(Field(choice, delta_key));
  TakeFinish(TextField(choice, "finish_reason"));
  return text;
}

std::string OpenAiDecoder::TakeDelta(const json& delta) {
  Reply& reply = decoded_.reply;
  for (const char* key : {"reasoning_content", "reasoning"}) {
    const std::string reasoning = TextField(delta, key);
    AppendBounded(&reply.reasoning, reasoning);
    if (!reasoning.empty()) break;  // servers that send both send the same text twice
  }
  TakeToolCalls(Field(delta, "tool_calls"));
  const json& old_call = Field(delta, "function_call");
  if (old_call.is_object()) {
    calls_.Add(0, "", TextField(old_call, "name"), TextField(old_call, "arguments"));
  }
  std::string text = ContentText(Field(delta, "content"));
  const std::string refusal = TextField(delta, "refusal");
  refused_ = refused_ || !refusal.empty();
  return text + refusal;
}

void OpenAiDecoder::TakeToolCalls(const json& calls) {
  if (!calls.is_array()) return;
  for (const json& call : calls) {
    const json& index = Field(call, "index");
    const json& function = Field(call, "function");
    const json& arguments = Field(function, "arguments");
    calls_.Add(index.is_number_integer() ? index.get<int64_t>() : -1, TextField(call, "id"),
               TextField(function, "name"),
               arguments.is_object() ? DumpJson(arguments) : TextField(function, "arguments"));
  }
}

void OpenAiDecoder::TakeFinish(const std::string& reason) {
  if (reason.empty()) return;
  decoded_.has_finish = true;
  decoded_.reply.finish = FinishOf(reason);
}

void OpenAiDecoder::TakeUsage(const json& usage) {
  if (!usage.is_object()) return;
  const json& input = Field(usage, "prompt_tokens_details");
  Usage& counts = decoded_.reply.usage;
  counts.input_tokens = NumberField(usage, "prompt_tokens");
  counts.output_tokens = NumberField(usage, "completion_tokens");
  counts.cached_tokens = NumberField(input, "cached_tokens");
  counts.cache_write_tokens = NumberField(input, "cache_write_tokens");
  counts.reasoning_tokens =
      NumberField(Field(usage, "completion_tokens_details"), "reasoning_tokens");
  counts.reported = true;
}

void OpenAiDecoder::Finish() {
  Reply& reply = decoded_.reply;
  reply.tool_calls = calls_.Take();
  // [DONE] without a reason is an end like any other; some servers say "stop" beside tool calls.
  if (!decoded_.has_finish && decoded_.ended) reply.finish = FinishReason::kStop;
  if (reply.finish == FinishReason::kStop && !reply.tool_calls.empty()) {
    reply.finish = FinishReason::kToolCalls;
  }
  if (refused_ && reply.finish == FinishReason::kStop) reply.finish = FinishReason::kRefusal;
}

}  // namespace inhouse
