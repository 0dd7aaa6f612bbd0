// Whole lines of a source text. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

// Where lines begin; made once for a text.
class SourceLines {
 public:
  explicit SourceLines(std::string_view text);

  int count() const { return static_cast<int>(starts_.size()); }
  // Lines first..last (1-based, inclusive), without the last line's end; cut to
  // what exists.
  std::string_view Lines(int first, int last) const;
  // The line that holds a byte.
  int LineOf(uint32_t byte) const;

 private:
  std::string_view text_;
  std::vector<uint32_t> starts_;
};

// The text with the blanks removed that all its lines begin with, cut at
// `limit` bytes at a line's end (of a single long line: at a character).
std::string DedentAndCut(std::string_view lines, size_t limit);

// "cdp_client.core.query" → "cdp_client core query".
std::string WordsOfName(std::string_view dotted);

}  // namespace inhouse
