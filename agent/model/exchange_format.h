// The files of an exchange folder, as text: what is written for a prompt and
// how a reply is read. Pure; exchange_client.h does the waiting.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/model/chat.h"
#include "indexer/base/result.h"

namespace inhouse {

// What stands above the prompt in both files.
struct ExchangeHeader {
  std::string id;             // "0007"
  int64_t deadline_unix = 0;  // seconds
};

// {"v": 1, "id", "deadline": "2026-11-23T15:04:05Z", "prompt_sha256", and the
// fields of CanonicalPrompt}; `tools` only if there are any.
std::string ExchangePromptJson(const ExchangeHeader& header, const ChatRequest& request);

// The same for a person: what is expected, then each message under a heading.
std::string ExchangePromptMarkdown(const ExchangeHeader& header, const ChatRequest& request);

// NNNN.reply.md: the text is the reply, up to the first stop sequence.
Reply ReadExchangeMarkdown(std::string_view text, const ChatRequest& request);

// NNNN.reply.json: {"content"?, "tool_calls"?: [{"id"?, "name", "arguments":
// object or text}], "finish"?, "usage"?: {"input_tokens", "output_tokens"}}.
// Errors: kModel, naming `file` and the field.
Result<Reply> ReadExchangeJson(std::string_view text, const ChatRequest& request,
                               std::string_view file);

}  // namespace inhouse
