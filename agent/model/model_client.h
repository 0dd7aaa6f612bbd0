// The interface to a language model. Implementations: OpenAI-compatible and
// Anthropic servers, recorded replies, the exchange folder, test fakes.
//
// One call, one reply; the client keeps no conversation. Every call has a
// deadline (per implementation). A client belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/model/chat.h"
#include "indexer/base/result.h"

namespace inhouse {

// US dollars per million tokens.
struct Prices {
  double input = 0;
  double cached_input = 0;
  double cache_write = 0;
  double output = 0;
};

// What the agent must know of a model to plan a call.
struct ModelInfo {
  int64_t context_tokens = 0;     // 0: not known
  int64_t max_output_tokens = 0;  // 0: not known
  bool native_tools = false;      // takes ChatRequest::tools; else write tools as JSON in text
  std::optional<Prices> prices;   // nothing: not known
};

class ModelClient {
 public:
  virtual ~ModelClient() = default;

  // "openai:gpt-x", "recorded", "exchange": for the trace and the report.
  virtual std::string name() const = 0;
  // True when prompts stay on this machine (loopback server, recording, exchange).
  virtual bool is_local() const = 0;
  // May change with a call: a server that refuses tools turns native_tools off.
  virtual ModelInfo info() const { return {}; }

  // `on_text` is called with pieces of the reply as they arrive; may be empty.
  // A full context is no error: the reply then has finish kContextFull and may
  // be empty. A reply cut by the connection after its beginning was shown has
  // `truncated` set. Errors: kModel (unreachable, key refused, quota; the
  // message says which and what to do), kInterrupted.
  virtual Result<Reply> Complete(const ChatRequest& request,
                                 const std::function<void(std::string_view)>& on_text) = 0;
};

}  // namespace inhouse
