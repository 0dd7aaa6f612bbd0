#include "retriever/traceback.h"

#include <algorithm>

namespace inhouse {
namespace {

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsNameByte(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }
bool IsQuote(char c) { return c == '\'' || c == '"' || c == '`'; }

std::string_view Trimmed(std::string_view line) {
  const size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// The end of the dotted name that begins at `begin`.
size_t NameEnd(std::string_view text, size_t begin) {
  size_t end = begin;
  for (;;) {
    while (end < text.size() && IsNameByte(text[end])) ++end;
    if (end + 1 >= text.size() || text[end] != '.' || !IsNameStart(text[end + 1])) return end;
    ++end;
  }
}

// "InvalidAudience: two problems" → type and message; false for other lines.
bool TakeErrorLine(std::string_view line, TracebackFacts* facts) {
  if (line.empty() || !IsNameStart(line[0])) return false;
  const size_t end = NameEnd(line, 0);
  if (end < line.size() && !line.substr(end).starts_with(": ")) return false;
  facts->error_type = line.substr(0, end);
  facts->message = end < line.size() ? std::string(line.substr(end + 2)) : "";
  return true;
}

// `File "x.py", line 3, in score` → "score".
std::string_view FrameFunction(std::string_view line) {
  if (!line.starts_with("File ")) return {};
  const size_t at = line.rfind(", in ");
  return at == std::string_view::npos ? std::string_view() : line.substr(at + 5);
}

}  // namespace

void AddDistinct(std::string_view value, std::vector<std::string>* list) {
  if (std::find(list->begin(), list->end(), value) == list->end()) list->emplace_back(value);
}

std::vector<NameInText> NamesInText(std::string_view text) {
  std::vector<NameInText> names;
  for (size_t i = 0; i < text.size();) {
    if (!IsNameStart(text[i])) {
      // A number with letters ("365days") is no name.
      while (i < text.size() && !IsNameStart(text[i]) && IsNameByte(text[i])) {
        while (i < text.size() && IsNameByte(text[i])) ++i;
      }
      i += i < text.size() && !IsNameStart(text[i]) ? 1 : 0;
      continue;
    }
    const size_t end = NameEnd(text, i);
    NameInText name{text.substr(i, end - i)};
    name.is_call = end < text.size() && text[end] == '(';
    name.is_quoted = i > 0 && IsQuote(text[i - 1]) && end < text.size() &&
                     (text[end] == text[i - 1] || text[end] == '(');
    names.push_back(name);
    i = end;
  }
  return names;
}

bool LooksLikeTraceback(std::string_view text) {
  return text.find("Traceback (most recent call last)") != std::string_view::npos ||
         (text.find("File \"") != std::string_view::npos &&
          text.find(", line ") != std::string_view::npos);
}

TracebackFacts ReadTraceback(std::string_view text) {
  TracebackFacts facts;
  const std::vector<std::string_view> lines = Lines(text);
  bool has_error = false;
  for (size_t i = lines.size(); i-- > 0;) {
    const std::string_view line = Trimmed(lines[i]);
    const std::string_view function = FrameFunction(line);
    if (!function.empty()) {
      if (function[0] != '<' && facts.functions.size() < kMaxTracebackNames) {
        AddDistinct(function, &facts.functions);
      }
      continue;
    }
    if (!has_error && lines[i].starts_with(line)) has_error = TakeErrorLine(line, &facts);
    if (lines[i].empty() || lines[i][0] != ' ') continue;
    for (const NameInText& name : NamesInText(line)) {
      if (name.is_call && facts.names.size() < kMaxTracebackNames) {
        AddDistinct(name.name, &facts.names);
      }
    }
  }
  return facts;
}

}  // namespace inhouse
