// The interface to a language model. Implementations: OpenAI-compatible and
// Anthropic servers, recorded replies, the exchange folder, test fakes.
//
// One call, one reply; the client keeps no conversation. Every call has a
// deadline (per implementation). A client belongs to one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/model/chat.h"
#include "indexer/base/result.h"

namespace inhouse {

class ModelClient {
 public:
  virtual ~ModelClient() = default;

  // "openai:gpt-x", "recorded", "exchange": for the trace and the report.
  virtual std::string name() const = 0;
  // True when prompts stay on this machine (loopback server, recording, exchange).
  virtual bool is_local() const = 0;

  // `on_text` is called with pieces of the reply as they arrive; may be empty.
  // Errors: kModel (unreachable, key refused, quota; the message says which
  // and what to do), kInterrupted.
  virtual Result<Reply> Complete(const ChatRequest& request,
                                 const std::function<void(std::string_view)>& on_text) = 0;
};

}  // namespace inhouse
