// What is said to a model and what comes back, independent of any provider.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace inhouse {

enum class ChatRole { kSystem, kUser, kAssistant, kTool };
const char* ChatRoleName(ChatRole role);  // "system", "user", ...

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON object as text
};

struct ToolSpec {
  std::string name, description;
  std::string parameters;  // JSON schema as text
};

struct Message {
  ChatRole role = ChatRole::kUser;
  std::string content;
  std::vector<ToolCall> tool_calls;  // assistant only
  std::string tool_call_id;          // tool only
  bool cache_mark = false;           // the prompt up to here is stable
};

// Token counts as the provider reports them; input includes cached tokens.
// All zero when the provider reported nothing (`reported` is then false).
struct Usage {
  int64_t input_tokens = 0;
  int64_t cached_tokens = 0;
  int64_t output_tokens = 0;
  int64_t reasoning_tokens = 0;
  bool reported = false;
};

enum class FinishReason { kStop, kLength, kToolCalls, kRefusal, kContextFull, kUnknown };
const char* FinishReasonName(FinishReason reason);

struct ChatRequest {
  std::vector<Message> messages;
  std::vector<ToolSpec> tools;
  std::vector<std::string> stop;
  int max_tokens = 4096;
  double temperature = 0;
};

struct Reply {
  std::string content;
  std::string reasoning;  // if the provider shows it; never part of the next prompt's text
  std::vector<ToolCall> tool_calls;
  FinishReason finish = FinishReason::kUnknown;
  Usage usage;
  std::string model;  // as the provider names it
  int64_t latency_ms = 0;
  std::vector<std::string> warnings;  // "prompt digest differs from the recording", ...
};

// SHA-256 (hex) of a canonical JSON form of messages, tools, stop and
// max_tokens. The same prompt has the same digest on every machine.
std::string PromptDigest(const ChatRequest& request);

}  // namespace inhouse
