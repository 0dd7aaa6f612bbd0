// Reads chat completions as OpenAI and compatible servers (llama.cpp, Ollama,
// vLLM) send them: stream chunks or one whole answer. Pure.
#pragma once

#include "agent/model/reply_decoder.h"
#include "agent/model/tool_call_assembler.h"

namespace inhouse {

class OpenAiDecoder : public ReplyDecoder {
 public:
  std::string TakeEvent(const SseEvent& event) override;
  std::string TakeWhole(const nlohmann::json& answer) override;
  void Finish() override;

 private:
  std::string TakeChunk(const nlohmann::json& chunk, const char* delta_key);
  std::string TakeDelta(const nlohmann::json& delta);
  void TakeFinish(const std::string& reason);
  void TakeUsage(const nlohmann::json& usage);
  void TakeToolCalls(const nlohmann::json& calls);

  ToolCallAssembler calls_;
  bool refused_ = false;
};

}  // namespace inhouse
