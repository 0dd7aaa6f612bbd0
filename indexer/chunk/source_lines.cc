#include "indexer/chunk/source_lines.h"

#include <algorithm>

namespace inhouse {
namespace {

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

template <typename Visit>
void ForEachLine(std::string_view text, Visit visit) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    visit(text.substr(at, end - at));
    at = end + 1;
  }
}

size_t CommonIndent(std::string_view text) {
  size_t common = std::string_view::npos;
  ForEachLine(text, [&](std::string_view line) {
    if (!IsBlank(line)) common = std::min(common, line.find_first_not_of(" \t"));
  });
  return common == std::string_view::npos ? 0 : common;
}

}  // namespace

SourceLines::SourceLines(std::string_view text) : text_(text) {
  starts_.push_back(0);
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at + 1 < text.size()) starts_.push_back(static_cast<uint32_t>(at + 1));
  }
}

std::string_view SourceLines::Lines(int first, int last) const {
  first = std::max(first, 1);
  last = std::min(last, count());
  if (first > last) return {};
  const size_t begin = starts_[static_cast<size_t>(first - 1)];
  size_t end = last < count() ? starts_[static_cast<size_t>(last)] - 1 : text_.size();
  if (last == count() && end > begin && text_[end - 1] == '\n') --end;
  return text_.substr(begin, end - begin);
}

int SourceLines::LineOf(uint32_t byte) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), byte);
  return static_cast<int>(after - starts_.begin());
}

std::string DedentAndCut(std::string_view lines, size_t limit) {
  const size_t indent = CommonIndent(lines);
  std::string out;
  bool full = false;
  ForEachLine(lines, [&](std::string_view line) {
    if (full) return;
    line.remove_prefix(std::min(indent, line.size()));
    full = out.size() + line.size() + 1 > limit;
    if (full && !out.empty()) return;
    size_t length = std::min(line.size(), limit);
    while (length > 0 && length < line.size() &&
           (static_cast<unsigned char>(line[length]) & 0xC0) == 0x80) {
      --length;
    }
    if (!out.empty()) out.push_back('\n');
    out += line.substr(0, length);
  });
  return out;
}

std::string WordsOfName(std::string_view dotted) {
  std::string words(dotted);
  std::replace(words.begin(), words.end(), '.', ' ');
  return words;
}

}  // namespace inhouse
