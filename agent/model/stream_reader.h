// Reads the body of a 2xx answer while it arrives: decides whether it is an
// event stream, one whole JSON answer or a page, feeds the provider's decoder,
// cuts at stop sequences, and shows text as it comes. Pure apart from `on_text`;
// one reply each.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/reply_decoder.h"
#include "agent/model/sse.h"
#include "agent/model/stop_cutter.h"

namespace inhouse {

class StreamReader {
 public:
  using OnText = std::function<void(std::string_view)>;
  StreamReader(std::unique_ptr<ReplyDecoder> decoder, std::vector<std::string> stops,
               OnText on_text);

  // False when no more is wanted: a stop sequence was reached, or an error came.
  bool Take(std::string_view bytes);
  // The body has ended, whole or not. Call once; then read decoded().
  void Finish();

  DecodedReply& decoded() { return decoder_->decoded(); }
  // The reply is whole: its end came, or a stop sequence.
  bool complete() { return cutter_.stopped() || decoded().ended || decoded().has_finish; }
  bool ended() { return decoded().ended; }
  bool shown() const { return shown_; }  // was text given to on_text?

 private:
  enum class Kind { kUndecided, kEvents, kWhole, kPage };

  void Decide(std::string_view bytes);
  void TakeEvents(const std::vector<SseEvent>& events);
  void TakeWhole();
  void Show(std::string_view text);
  void Fail(int status, std::string message);

  const std::unique_ptr<ReplyDecoder> decoder_;
  StopCutter cutter_;
  const OnText on_text_;
  SseParser parser_;
  Kind kind_ = Kind::kUndecided;
  std::string whole_;  // of a body that is no event stream, at most kMaxWhole
  bool shown_ = false;
};

}  // namespace inhouse
