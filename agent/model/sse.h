// Server-sent events, as in the WHATWG HTML standard, section 9.2: bytes in any
// pieces go in, complete events come out. Pure: no input or output of its own.
//
//   SseParser parser;
//   if (!parser.Feed(bytes, &events)) … a limit was exceeded
//   parser.Finish(&events);  // end of the stream
//
// Lines end in LF, CR or CRLF (also split between pieces); several `data` lines
// are joined by LF; comments and unknown fields are dropped. Two deviations:
// `error:` fields, which old llama.cpp servers send, are kept; and Finish gives
// out an event that lacks its blank line, marked as unfinished.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

struct SseEvent {
  std::string name;  // of the `event:` field, "" if none
  std::string data;
  std::string error;        // of a (non-standard) `error:` field
  bool unfinished = false;  // the stream ended within it

  friend bool operator==(const SseEvent&, const SseEvent&) = default;
};

class SseParser {
 public:
  // `max_event_bytes` bounds an event's line and its data; larger ones are refused.
  explicit SseParser(size_t max_event_bytes = size_t{16} << 20) : max_bytes_(max_event_bytes) {}

  // Appends the events that are complete now. False if the limit was exceeded;
  // the parser then takes nothing more.
  bool Feed(std::string_view bytes, std::vector<SseEvent>* events);
  void Finish(std::vector<SseEvent>* events);

 private:
  void TakeLine(std::string_view line, std::vector<SseEvent>* events);
  void TakeField(std::string_view name, std::string_view value);
  bool WithinLimit() const;

  const size_t max_bytes_;
  std::string line_;       // begin of a line whose end has not come
  SseEvent event_;         // begin of an event whose blank line has not come
  bool has_data_ = false;  // `data` was set, perhaps to ""
  bool after_cr_ = false;  // the last byte was CR: an LF now belongs to it
  bool at_start_ = true;   // a byte order mark may come
  bool overflowed_ = false;
};

}  // namespace inhouse
