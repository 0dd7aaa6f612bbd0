#include "tools/text_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace inhouse {
namespace {

constexpr size_t kAround = 3;  // lines that stayed, on either side of a change

struct Line {
  char mark = ' ';
  std::string_view text;
};

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

using Lines = std::vector<std::string_view>;

// The middle, where the texts differ, by their longest common subsequence.
void AppendMiddle(const Lines& a, const Lines& b, std::vector<Line>* out) {
  const size_t width = b.size() + 1;
  std::vector<uint16_t> common((a.size() + 1) * width, 0);
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i * width + j] =
          a[i] == b[j] ? static_cast<uint16_t>(common[(i + 1) * width + j + 1] + 1)
                       : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      out->push_back({' ', a[i++]});
      ++j;
    } else if (j == b.size() ||
               (i < a.size() && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      out->push_back({'-', a[i++]});
    } else {
      out->push_back({'+', b[j++]});
    }
  }
}

// Lines that stayed are left out unless a change is near.
std::string Printed(const std::vector<Line>& lines) {
  std::string text;
  bool left_out = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t begin = i < kAround ? 0 : i - kAround;
    const size_t end = std::min(lines.size(), i + kAround + 1);
    const bool near = std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                                  lines.begin() + static_cast<std::ptrdiff_t>(end),
                                  [](const Line& line) { return line.mark != ' '; });
    if (near) {
      if (left_out) text += "  …\n";
      text.append(1, lines[i].mark).append(1, ' ').append(lines[i].text).append(1, '\n');
    }
    left_out = !near;
  }
  return text;
}

}  // namespace

std::string LineDiff(std::string_view before, std::string_view after) {
  if (before == after) return "";
  Lines a = LinesOf(before);
  Lines b = LinesOf(after);
  size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  size_t tail = 0;
  while (tail + head < a.size() && tail + head < b.size() &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
  }
  std::vector<Line> lines;
  lines.reserve(a.size() + b.size());
  for (size_t i = 0; i < head; ++i) lines.push_back({' ', a[i]});
  const auto middle = [&](const Lines& all) {
    return Lines(all.begin() + static_cast<std::ptrdiff_t>(head),
                 all.end() - static_cast<std::ptrdiff_t>(tail));
  };
  const Lines went = middle(a);
  const Lines came = middle(b);
  if (went.size() > kMaxDiffLines || came.size() > kMaxDiffLines) return "all lines changed\n";
  AppendMiddle(went, came, &lines);
  for (size_t i = a.size() - tail; i < a.size(); ++i) lines.push_back({' ', a[i]});
  return Printed(lines);
}

}  // namespace inhouse
