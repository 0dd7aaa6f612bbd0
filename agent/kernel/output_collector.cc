#include "agent/kernel/output_collector.h"

#include <algorithm>

namespace inhouse {
namespace {

// Length of the valid UTF-8 sequence at text[i], or 0.
size_t SequenceLength(std::string_view text, size_t i) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  const size_t length = lead < 0x80                   ? 1
                        : lead >= 0xC2 && lead < 0xE0 ? 2
                        : lead >= 0xE0 && lead < 0xF0 ? 3
                        : lead >= 0xF0 && lead < 0xF5 ? 4
                                                      : 0;
  if (length == 0 || i + length > text.size()) return 0;
  for (size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) return 0;
  }
  if (lead == 0xE0 && byte(i + 1) < 0xA0) return 0;
  if (lead == 0xED && byte(i + 1) > 0x9F) return 0;  // surrogates
  if (lead == 0xF0 && byte(i + 1) < 0x90) return 0;
  if (lead == 0xF4 && byte(i + 1) > 0x8F) return 0;
  return length;
}

// Text that reads other than it is: U+061C, U+200E, U+200F, U+202A to U+202E and U+2066 to U+2069
// turn the direction of what follows, U+200B, U+2060 to U+2064, U+206A to U+206F and U+FEFF are not
// seen, U+2028 and U+2029 end lines for some, and U+E0000 to U+E007F and U+E0100 to U+E01EF spell
// bytes that no one sees but a model reads.
bool TurnsOrHides(std::string_view sequence) {
  const auto last = static_cast<unsigned char>(sequence.back());
  if (sequence.size() == 2) return sequence == "\xD8\x9C";
  if (sequence.size() == 4)
    return sequence.starts_with("\xF3\xA0") && static_cast<unsigned char>(sequence[2]) < 0x88;
  if (sequence.starts_with("\xE2\x80"))
    return last == 0x8B || last == 0x8E || last == 0x8F || (last >= 0xA8 && last <= 0xAE);
  if (sequence.starts_with("\xE2\x81")) return last >= 0xA0 && last <= 0xAF;
  return sequence == "\xEF\xBB\xBF";
}

bool IsControl(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1)
    return (first < 0x20 && first != '\n' && first != '\t') || first == 0x7F;
  return sequence.size() == 2 && first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

}  // namespace

std::string CleanText(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size();) {
    const size_t length = SequenceLength(bytes, i);
    if (length == 0) {
      text.push_back('?');
      ++i;
      continue;
    }
    const std::string_view sequence = bytes.substr(i, length);
    if (!IsControl(sequence) && !TurnsOrHides(sequence)) text.append(sequence);
    i += length;
  }
  return text;
}

void OutputCollector::Add(std::string_view bytes) {
  total_ += static_cast<int64_t>(bytes.size());
  if (whole_ != nullptr && total_ > static_cast<int64_t>(2 * half_)) {
    if (!whole_->begun()) whole_->Add(head_ + tail_);  // nothing was cut so far
    whole_->Add(bytes);
  }
  const size_t to_head = std::min(half_ - head_.size(), bytes.size());
  head_.append(bytes.substr(0, to_head));
  bytes.remove_prefix(to_head);
  if (bytes.size() > half_) bytes.remove_prefix(bytes.size() - half_);
  tail_.append(bytes);
  if (tail_.size() > 2 * half_) tail_.erase(0, tail_.size() - half_);
}

std::string OutputCollector::Text() const {
  const size_t kept = std::min(tail_.size(), half_);
  const int64_t cut = total_ - static_cast<int64_t>(head_.size() + kept);
  const std::string_view tail = std::string_view(tail_).substr(tail_.size() - kept);
  if (cut == 0) return CleanText(head_ + std::string(tail));  // a character may lie across
  return CleanText(head_) + "\n... " + std::to_string(cut) + " bytes cut ...\n" + CleanText(tail);
}

}  // namespace inhouse
