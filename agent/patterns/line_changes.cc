#include "agent/patterns/line_changes.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace inhouse {
namespace {

using Lines = std::vector<std::string_view>;

Lines LinesOf(std::string_view text) {
  Lines lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// lengths[i * (m + 1) + j]: of the longest common subsequence of a from i and b from j.
std::vector<uint16_t> CommonLengths(const Lines& a, const Lines& b) {
  const size_t width = b.size() + 1;
  std::vector<uint16_t> lengths((a.size() + 1) * width);
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      lengths[i * width + j] =
          a[i] == b[j] ? static_cast<uint16_t>(lengths[(i + 1) * width + j + 1] + 1)
                       : std::max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  return lengths;
}

class Changes {
 public:
  void Take(char mark, std::string_view line) {
    if (gap_ && !lines_.empty()) lines_.push_back("…\n");
    gap_ = false;
    lines_.push_back(std::string(1, mark) + " " + std::string(line) + "\n");
  }
  void Keep() { gap_ = true; }
  std::string Text(size_t max_lines) const {
    std::string text;
    for (size_t i = 0; i < std::min(lines_.size(), max_lines); ++i) text += lines_[i];
    if (lines_.size() > max_lines) {
      text += "… " + std::to_string(lines_.size() - max_lines) + " lines more\n";
    }
    return text;
  }

 private:
  std::vector<std::string> lines_;
  bool gap_ = false;
};

}  // namespace

std::string ChangedLines(std::string_view before, std::string_view after, size_t max_lines) {
  Lines a = LinesOf(before), b = LinesOf(after);
  const auto first = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  a.erase(a.begin(), first.first);
  b.erase(b.begin(), first.second);
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.pop_back();
    b.pop_back();
  }
  Changes changes;
  const bool compared = a.size() <= kMaxComparedLines && b.size() <= kMaxComparedLines;
  const std::vector<uint16_t> lengths = compared ? CommonLengths(a, b) : std::vector<uint16_t>();
  const size_t width = b.size() + 1;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (compared && i < a.size() && j < b.size() && a[i] == b[j]) {
      changes.Keep();
      ++i;
      ++j;
    } else if (i < a.size() && (j == b.size() || !compared ||
                                lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      changes.Take('-', a[i++]);
    } else {
      changes.Take('+', b[j++]);
    }
  }
  return changes.Text(max_lines);
}

}  // namespace inhouse
