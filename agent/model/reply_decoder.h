// The part of a provider's protocol that reads: events of a stream (or one
// whole answer) go in, a Reply grows. Pure; one reply each.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "agent/model/chat.h"
#include "agent/model/provider_error.h"
#include "agent/model/sse.h"

namespace inhouse {

inline constexpr size_t kMaxReplyText = size_t{4} << 20;  // content, and reasoning, each
inline constexpr size_t kMaxToolCalls = 64;
inline constexpr size_t kMaxToolArguments = size_t{1} << 20;  // of all calls together

struct DecodedReply {
  Reply reply;              // content is left to the reader of the stream
  bool has_finish = false;  // the provider named a reason
  bool ended = false;       // the stream's end mark came
  std::optional<ProviderError> error;
};

class ReplyDecoder {
 public:
  virtual ~ReplyDecoder() = default;

  // Takes one event; returns the text that it adds to the reply's content.
  virtual std::string TakeEvent(const SseEvent& event) = 0;
  // Takes the answer of a server that did not stream, likewise.
  virtual std::string TakeWhole(const nlohmann::json& answer) = 0;
  // The stream is over: completes tool calls and the like.
  virtual void Finish() = 0;

  DecodedReply& decoded() { return decoded_; }

 protected:
  // The event's JSON; a discarded value if it is none of ours or an error (then noted).
  nlohmann::json ReadEvent(const SseEvent& event);

  DecodedReply decoded_;
};

// Appends as far as kMaxReplyText allows.
void AppendBounded(std::string* text, std::string_view more);

}  // namespace inhouse
