#include "indexer/store/record.h"

namespace inhouse {

void RecordWriter::Count(uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  bytes_.push_back(static_cast<char>(value));
}

void RecordWriter::Number(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  Count((bits << 1) ^ (value < 0 ? ~uint64_t{0} : 0));
}

void RecordWriter::Text(std::string_view text) {
  Count(text.size());
  bytes_ += text;
}

void RecordWriter::Texts(const std::vector<std::string>& list) {
  Count(list.size());
  for (const std::string& text : list) Text(text);
}

void RecordWriter::Range(const SourceRange& range, const SourceRange& near) {
  Number(int64_t{range.start_line} - near.start_line);
  Number(int64_t{range.end_line} - range.start_line);
  Number(int64_t{range.start_byte} - near.start_byte);
  Number(int64_t{range.end_byte} - range.start_byte);
}

uint64_t RecordReader::Fail() {
  ok_ = false;
  rest_ = {};
  return 0;
}

uint64_t RecordReader::Count() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return Fail();
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return Fail();
}

int64_t RecordReader::Number() {
  const uint64_t bits = Count();
  return static_cast<int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
}

bool RecordReader::Flag() {
  if (rest_.empty()) return Fail() != 0;
  const bool value = rest_.front() != '\0';
  rest_.remove_prefix(1);
  return value;
}

std::string_view RecordReader::TextView() {
  const size_t size = Items();
  const std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(text.size());
  return text;
}

std::vector<std::string> RecordReader::Texts() {
  std::vector<std::string> list(Items());
  for (std::string& text : list) text = Text();
  return list;
}

// Distances that were not written here give some number or other.
SourceRange RecordReader::Range(const SourceRange& near) {
  const auto plus = [&](uint32_t from) { return from + static_cast<uint32_t>(Number()); };
  SourceRange range;
  range.start_line = static_cast<int>(plus(static_cast<uint32_t>(near.start_line)));
  range.end_line = static_cast<int>(plus(static_cast<uint32_t>(range.start_line)));
  range.start_byte = plus(near.start_byte);
  range.end_byte = plus(range.start_byte);
  return range;
}

size_t RecordReader::Items() {
  const uint64_t count = Count();
  return count <= rest_.size() ? static_cast<size_t>(count) : static_cast<size_t>(Fail());
}

}  // namespace inhouse
