#include "indexer/python/doc_text.h"

#include <algorithm>

#include "indexer/python/source_text.h"

namespace inhouse {
namespace {

std::string WithoutTabs(std::string_view line) {
  std::string text;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t tab = std::min(line.find('\t', begin), line.size());
    text += line.substr(begin, tab - begin);
    if (tab < line.size()) text.append(8 - text.size() % 8, ' ');
    begin = tab + 1;
  }
  return text;
}

}  // namespace

std::string_view Strip(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (end < text.size() && line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(WithoutTabs(line));
    begin = end + 1;
  }
  return lines;
}

size_t Indent(std::string_view line) {
  const size_t at = line.find_first_not_of(' ');
  return at == std::string_view::npos ? line.size() : at;
}

bool IsBlank(std::string_view line) { return Strip(line).empty(); }

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

void Append(std::string* text, std::string_view more, char between) {
  if (more.empty()) return;
  if (!text->empty()) text->push_back(between);
  text->append(more);
}

std::string_view CutText(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  return text.substr(0, ValidUtf8Prefix(text.substr(0, limit)));
}

}  // namespace inhouse
