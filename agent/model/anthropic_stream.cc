#include "agent/model/anthropic_stream.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/model/chat_json.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr size_t kMaxBlocks = 1024;

FinishReason FinishOf(const std::string& reason) {
  if (reason == "end_turn" || reason == "stop_sequence") return FinishReason::kStop;
  // A paused turn goes on when it is sent back, as one that was cut does.
  if (reason == "max_tokens" || reason == "pause_turn") return FinishReason::kLength;
  if (reason == "tool_use") return FinishReason::kToolCalls;
  if (reason == "refusal") return FinishReason::kRefusal;
  if (reason == "model_context_window_exceeded") return FinishReason::kContextFull;
  return FinishReason::kUnknown;
}

}  // namespace

struct AnthropicDecoder::Block {
  int64_t index = 0;
  std::string type;
  ToolCall call;        // tool_use
  std::string text;     // thinking
  json thinking_block;  // thinking and redacted_thinking, as it must be sent back
};

AnthropicDecoder::AnthropicDecoder() = default;
AnthropicDecoder::~AnthropicDecoder() = default;

std::string AnthropicDecoder::TakeEvent(const SseEvent& event) {
  const json value = ReadEvent(event);
  if (value.is_discarded()) return "";
  const std::string type = TextField(value, "type");
  if (type == "message_start") {
    const json& message = Field(value, "message");
    decoded_.reply.model = TextField(message, "model");
    TakeUsage(Field(message, "usage"));
  } else if (type == "content_block_start") {
    return TakeBlockStart(NumberField(value, "index"), Field(value, "content_block"));
  } else if (type == "content_block_delta") {
    return TakeDelta(NumberField(value, "index"), Field(value, "delta"));
  } else if (type == "message_delta") {
    TakeUsage(Field(value, "usage"));
    TakeStopReason(TextField(Field(value, "delta"), "stop_reason"));
  } else if (type == "message_stop") {
    decoded_.ended = true;
  }
  return "";  // ping, content_block_stop and whatever comes later in the protocol's life
}

std::string AnthropicDecoder::TakeWhole(const json& answer) {
  decoded_.reply.model = TextField(answer, "model");
  TakeUsage(Field(answer, "usage"));
  const json& content = Field(answer, "content");
  std::string text;
  int64_t index = 0;
  for (const json& block : content.is_array() ? content : json::array()) {
    text += TakeBlockStart(index++, block);
  }
  TakeStopReason(TextField(answer, "stop_reason"));
  decoded_.ended = content.is_array();
  return text;
}

AnthropicDecoder::Block* AnthropicDecoder::Find(int64_t index) {
  const auto found = std::ranges::find(blocks_, index, &Block::index);
  return found == blocks_.end() ? nullptr : &*found;
}

std::string AnthropicDecoder::TakeBlockStart(int64_t index, const json& content) {
  if (blocks_.size() >= kMaxBlocks) return "";
  Block& block = blocks_.emplace_back();
  block.index = index;
  block.type = TextField(content, "type");
  if (block.type == "tool_use") {
    block.call.id = TextField(content, "id");
    block.call.name = TextField(content, "name");
    const json& input = Field(content, "input");
    if (input.is_object() && !input.empty()) block.call.arguments = DumpJson(input);
  } else if (block.type == "thinking" || block.type == "redacted_thinking") {
    block.thinking_block = content;
    block.text = TextField(content, "thinking");
    AppendBounded(&decoded_.reply.reasoning, block.text);
  }
  return block.type == "text" ? TextField(content, "text") : "";
}

std::string AnthropicDecoder::TakeDelta(int64_t index, const json& delta) {
  const std::string type = TextField(delta, "type");
  if (type == "text_delta") return TextField(delta, "text");
  Block* const found = Find(index);
  if (found == nullptr) return "";
  Block& block = *found;
  if (type == "input_json_delta") {
    const std::string part = TextField(delta, "partial_json");
    if (block.call.arguments.size() + part.size() <= kMaxToolArguments)
      block.call.arguments += part;
  } else if (type == "thinking_delta") {
    const std::string part = TextField(delta, "thinking");
    AppendBounded(&block.text, part);
    AppendBounded(&decoded_.reply.reasoning, part);
  } else if (type == "signature_delta" && block.thinking_block.is_object()) {
    block.thinking_block["signature"] = TextField(delta, "signature");
  }
  return "";
}

// Counts are cumulative: a later event's replace an earlier one's, field by field.
void AnthropicDecoder::TakeUsage(const json& usage) {
  if (!usage.is_object()) return;
  Usage& counts = decoded_.reply.usage;
  int64_t plain = counts.input_tokens - counts.cached_tokens - counts.cache_write_tokens;
  const auto take = [&usage](const char* key, int64_t* value) {
    if (Field(usage, key).is_number()) *value = NumberField(usage, key);
  };
  take("input_tokens", &plain);
  take("cache_read_input_tokens", &counts.cached_tokens);
  take("cache_creation_input_tokens", &counts.cache_write_tokens);
  take("output_tokens", &counts.output_tokens);
  counts.input_tokens = plain + counts.cached_tokens + counts.cache_write_tokens;
  const json& details = Field(usage, "output_tokens_details");
  if (details.is_object()) counts.reasoning_tokens = NumberField(details, "thinking_tokens");
  counts.reported = true;
}

void AnthropicDecoder::TakeStopReason(const std::string& reason) {
  if (reason.empty()) return;
  decoded_.has_finish = true;
  decoded_.reply.finish = FinishOf(reason);
}

void AnthropicDecoder::Finish() {
  Reply& reply = decoded_.reply;
  json thinking = json::array();
  for (Block& block : blocks_) {
    if (block.type == "tool_use" && reply.tool_calls.size() < kMaxToolCalls) {
      if (block.call.arguments.empty()) block.call.arguments = "{}";
      reply.tool_calls.push_back(std::move(block.call));
    } else if (block.thinking_block.is_object()) {
      if (block.type == "thinking") block.thinking_block["thinking"] = block.text;
      thinking.push_back(std::move(block.thinking_block));
    }
  }
  if (!thinking.empty()) reply.provider_blocks = DumpJson(thinking);
  if (!decoded_.has_finish && decoded_.ended) reply.finish = FinishReason::kStop;
}

}  // namespace inhouse
