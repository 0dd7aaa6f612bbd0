// Reads Anthropic messages: stream events or one whole answer. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/model/reply_decoder.h"

namespace inhouse {

class AnthropicDecoder : public ReplyDecoder {
 public:
  AnthropicDecoder();
  ~AnthropicDecoder() override;
  std::string TakeEvent(const SseEvent& event) override;
  std::string TakeWhole(const nlohmann::json& answer) override;
  void Finish() override;

 private:
  struct Block;  // one content block as far as it has come

  Block* Find(int64_t index);
  std::string TakeBlockStart(int64_t index, const nlohmann::json& content);
  std::string TakeDelta(int64_t index, const nlohmann::json& delta);
  void TakeUsage(const nlohmann::json& usage);
  void TakeStopReason(const std::string& reason);

  std::vector<Block> blocks_;
};

}  // namespace inhouse
