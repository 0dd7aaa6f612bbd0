#include "agent/model/reply_decoder.h"

#include <nlohmann/json.hpp>

#include "agent/model/chat_json.h"

namespace inhouse {

using nlohmann::json;

json ReplyDecoder::ReadEvent(const SseEvent& event) {
  if (!event.error.empty()) decoded_.error = ParseProviderError(0, event.error);
  if (event.data.empty() || decoded_.error) return json(json::value_t::discarded);
  json value = ParseJson(event.data);
  if (value.is_discarded()) {
    // Half an event at the end of the stream is truncation, seen by the lack of an end mark.
    if (!event.unfinished) {
      decoded_.error = ProviderError{502, "", "", "an event of its stream is not valid JSON"};
    }
  } else if (event.name == "error" || IsErrorObject(value)) {
    decoded_.error = ParseProviderError(0, event.data);
    return json(json::value_t::discarded);
  }
  return value;
}

void AppendBounded(std::string* text, std::string_view more) {
  if (text->size() < kMaxReplyText) text->append(more.substr(0, kMaxReplyText - text->size()));
}

}  // namespace inhouse
