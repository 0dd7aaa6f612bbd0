// The part of a provider's protocol that differs from the others': how a request
// is written and a reply is read. Implementations: openai_client, anthropic_client.
// Pure and const; server_client.h does the sending, waiting and retrying.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "agent/model/capabilities.h"
#include "agent/model/chat.h"
#include "agent/model/reply_decoder.h"
#include "indexer/base/http_client.h"

namespace inhouse {

// What a server has refused so far and is therefore not sent to it again.
struct Adjustments {
  std::set<std::string, std::less<>> omitted;  // parameters
  int longest_reply = 0;                       // the server's own limit; 0: none known
  bool no_prefill = false;
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string_view provider() const = 0;  // "openai", "anthropic"
  // Method, URL, headers and body; deadlines are the caller's.
  virtual HttpRequest BuildRequest(const ChatRequest& request, const ModelCapabilities& model,
                                   const Adjustments& adjustments) const = 0;
  virtual std::unique_ptr<ReplyDecoder> NewDecoder() const = 0;
  // Parameters that can be left out, or stated in another way, when refused.
  virtual std::span<const std::string_view> OptionalParameters() const = 0;
};

}  // namespace inhouse
