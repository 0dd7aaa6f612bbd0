#include "agent/model/stream_reader.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "agent/model/chat_json.h"

namespace inhouse {
namespace {

constexpr size_t kMaxWhole = size_t{16} << 20;

}  // namespace

StreamReader::StreamReader(std::unique_ptr<ReplyDecoder> decoder, std::vector<std::string> stops,
                           OnText on_text)
    : decoder_(std::move(decoder)), cutter_(std::move(stops)), on_text_(std::move(on_text)) {}

// By the first byte that is no blank, not by the content type, which compatible
// servers and proxies get wrong: no line of an event stream begins with { [ or <.
void StreamReader::Decide(std::string_view bytes) {
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return;
  const char c = bytes[first];
  kind_ = c == '{' || c == '[' ? Kind::kWhole : c == '<' ? Kind::kPage : Kind::kEvents;
}

bool StreamReader::Take(std::string_view bytes) {
  if (kind_ == Kind::kUndecided) Decide(bytes);
  if (kind_ == Kind::kPage) {
    Fail(200, "it sent an HTML page where a reply was expected");
  } else if (kind_ == Kind::kWhole) {
    if (whole_.size() + bytes.size() > kMaxWhole) Fail(502, "its answer is larger than 16 MiB");
    whole_ += bytes;
  } else {
    std::vector<SseEvent> events;
    const bool within_limit = parser_.Feed(bytes, &events);
    TakeEvents(events);
    if (!within_limit) Fail(502, "an event of its stream is larger than 16 MiB");
  }
  return !decoded().error && !cutter_.stopped();
}

void StreamReader::TakeEvents(const std::vector<SseEvent>& events) {
  for (const SseEvent& event : events) {
    if (decoded().error || cutter_.stopped()) return;
    Show(cutter_.Feed(decoder_->TakeEvent(event)));
  }
}

void StreamReader::TakeWhole() {
  const nlohmann::json answer = ParseJson(whole_);
  if (answer.is_discarded()) {
    Fail(502, "its answer is not valid JSON");
  } else if (IsErrorObject(answer) || answer.is_array()) {
    decoded().error = ParseProviderError(0, whole_);
  } else {
    Show(cutter_.Feed(decoder_->TakeWhole(answer)));
    if (!complete()) Fail(200, "its answer is JSON but no reply");
  }
}

void StreamReader::Finish() {
  std::vector<SseEvent> events;
  parser_.Finish(&events);
  TakeEvents(events);
  if (kind_ == Kind::kWhole && !decoded().error) TakeWhole();
  Show(cutter_.Finish());
  decoder_->Finish();
  if (cutter_.stopped()) decoded().reply.finish = FinishReason::kStop;
}

void StreamReader::Show(std::string_view text) {
  if (text.empty()) return;
  AppendBounded(&decoded().reply.content, text);
  if (!on_text_) return;
  shown_ = true;
  on_text_(text);
}

void StreamReader::Fail(int status, std::string message) {
  if (!decoded().error) decoded().error = ProviderError{status, "", "", std::move(message)};
}

}  // namespace inhouse
