#include "indexer/python/doc_text.h"

#include "indexer/python/source_text.h"

namespace inhouse {

std::string_view Strip(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      lines.emplace_back();
    } else if (c == '\t') {
      lines.back().append(8 - lines.back().size() % 8, ' ');
    } else if (c != '\r' || text.substr(i + 1, 1) != "\n") {
      lines.back().push_back(c);
    }
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
