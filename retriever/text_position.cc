#include "retriever/text_position.h"

#include <algorithm>

namespace inhouse {

TextPositions::TextPositions(std::string_view utf8) : text_(utf8), starts_{0} {
  for (size_t at = utf8.find('\n'); at != std::string_view::npos; at = utf8.find('\n', at + 1)) {
    starts_.push_back(static_cast<uint32_t>(at + 1));
  }
}

TextPosition TextPositions::At(uint32_t byte) const {
  byte = std::min(byte, static_cast<uint32_t>(text_.size()));
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), byte);
  const uint32_t start = *std::prev(next);
  const auto characters = std::count_if(text_.begin() + start, text_.begin() + byte, [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  return {static_cast<int>(next - starts_.begin()), static_cast<int>(characters) + 1};
}

}  // namespace inhouse
