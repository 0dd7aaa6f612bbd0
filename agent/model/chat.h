// What is said to a model and what comes back, independent of any provider.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
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
  std::string content{};
  std::vector<ToolCall> tool_calls{};  // assistant only
  std::string tool_call_id{};          // tool only
  bool cache_mark = false;             // the prompt up to here is stable
  // Reply::provider_blocks of the reply that this assistant message is, sent
  // back unchanged; "" otherwise. Not part of the prompt's digest.
  std::string provider_blocks{};
};

// Token counts as the provider reports them; input includes cached and
// cache_write tokens, output includes reasoning tokens.
// All zero when the provider reported nothing (`reported` is then false).
struct Usage {
  int64_t input_tokens = 0;
  int64_t cached_tokens = 0;       // of the input, read from the provider's cache
  int64_t cache_write_tokens = 0;  // of the input, written into it (dearer with some)
  int64_t output_tokens = 0;
  int64_t reasoning_tokens = 0;
  bool reported = false;
};

// kUnknown: the provider named a reason that this program does not know, or none.
enum class FinishReason { kStop, kLength, kToolCalls, kRefusal, kContextFull, kUnknown };
const char* FinishReasonName(FinishReason reason);         // "stop", "length", ...
FinishReason FinishReasonFromName(std::string_view name);  // kUnknown for other names

struct ChatRequest {
  std::vector<Message> messages;
  std::vector<ToolSpec> tools;
  std::vector<std::string> stop;
  int max_tokens = 4096;
  double temperature = 0;
  // The whole call, retries included, ends by then with kModel (or with what was
  // shown, as truncated); 0: the client's own deadlines alone. Not part of the digest.
  std::chrono::milliseconds time_left{0};
};

struct Reply {
  std::string content;
  std::string reasoning;  // if the provider shows it; never part of the next prompt's text
  std::vector<ToolCall> tool_calls;
  FinishReason finish = FinishReason::kUnknown;
  Usage usage;
  // The connection ended before the reply did; `content` is what was shown of it.
  bool truncated = false;
  std::string provider_blocks;  // opaque JSON for Message::provider_blocks; "" if none
  std::string model;            // as the provider names it
  int64_t latency_ms = 0;
  std::vector<std::string> warnings;  // "prompt digest differs from the recording", ...
};

// True if the model had more to say: the token limit or the connection cut it.
bool IsCut(const Reply& reply);

// SHA-256 (hex) of a canonical JSON form of messages, tools, stop and
// max_tokens (chat_json.h has its shape). The same prompt has the same digest
// on every machine.
std::string PromptDigest(const ChatRequest& request);

}  // namespace inhouse
