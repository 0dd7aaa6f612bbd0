#include "agent/model/sse.h"

#include <utility>

namespace inhouse {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

bool SseParser::WithinLimit() const {
  return line_.size() + event_.data.size() + event_.error.size() + event_.name.size() <= max_bytes_;
}

bool SseParser::Feed(std::string_view bytes, std::vector<SseEvent>* events) {
  while (!bytes.empty() && !overflowed_) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const size_t end = bytes.find_first_of("\r\n");
    line_.append(bytes.substr(0, end));
    overflowed_ = !WithinLimit();
    if (end == std::string_view::npos || overflowed_) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    TakeLine(std::exchange(line_, {}), events);
  }
  return !overflowed_;
}

void SseParser::Finish(std::vector<SseEvent>* events) {
  if (overflowed_) return;
  if (!line_.empty()) TakeLine(std::exchange(line_, {}), events);
  event_.unfinished = true;
  TakeLine("", events);
}

void SseParser::TakeLine(std::string_view line, std::vector<SseEvent>* events) {
  if (std::exchange(at_start_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    SseEvent event = std::exchange(event_, {});
    if (std::exchange(has_data_, false) || !event.error.empty())
      events->push_back(std::move(event));
    return;
  }
  const size_t colon = line.find(':');
  if (colon == 0) return;  // a comment
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  TakeField(line.substr(0, colon), value);
}

void SseParser::TakeField(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (std::exchange(has_data_, true)) event_.data += '\n';
    event_.data += value;
  } else if (name == "event") {
    event_.name = value;
  } else if (name == "error") {
    event_.error = value;
  }
}

}  // namespace inhouse
