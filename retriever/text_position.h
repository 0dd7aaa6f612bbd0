// Bytes of a text → line and column as editors count them. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace inhouse {

struct TextPosition {
  int line = 1;    // 1-based
  int column = 1;  // 1-based, in characters
};

class TextPositions {
 public:
  explicit TextPositions(std::string_view utf8);
  TextPosition At(uint32_t byte) const;  // the end of the text for bytes beyond it

 private:
  std::string_view text_;
  std::vector<uint32_t> starts_;  // of lines
};

}  // namespace inhouse
