#include "agent/python_text.h"

#include <algorithm>

namespace inhouse {
namespace {

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Begin of the literal whose quote is at `quote`: up to two prefix letters belong to it.
size_t PrefixBegin(std::string_view source, size_t quote) {
  size_t begin = quote;
  while (begin > 0 && IsWord(source[begin - 1])) --begin;
  if (quote - begin > 2) return quote;
  for (size_t i = begin; i < quote; ++i) {
    if (std::string_view("rRbBfFuU").find(source[i]) == std::string_view::npos) return quote;
  }
  return begin;
}

class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) { text_.masked = source; }

  PythonText Scan() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == '#') {
        BlankUntil(std::min(source_.find('\n', at_), source_.size()));
      } else if (c == '"' || c == '\'') {
        Literal(c);
      } else {
        ++at_;
      }
    }
    return std::move(text_);
  }

 private:
  void BlankUntil(size_t end) {
    for (; at_ < end; ++at_) {
      if (source_[at_] != '\n') text_.masked[at_] = ' ';
    }
  }

  // Offset of the closing quote, or where the literal must end without one.
  size_t FindClose(std::string_view quotes, bool* closed) const {
    size_t i = at_;
    for (; i < source_.size(); ++i) {
      if (source_[i] == '\\') {
        ++i;
      } else if (source_.substr(i).starts_with(quotes)) {
        *closed = true;
        return i;
      } else if (quotes.size() == 1 && source_[i] == '\n') {
        break;
      }
    }
    return std::min(i, source_.size());
  }

  void Literal(char quote) {
    StringLiteral found;
    found.begin = PrefixBegin(source_, at_);
    const std::string_view prefix = source_.substr(found.begin, at_ - found.begin);
    found.formatted = prefix.find_first_of("fF") != std::string_view::npos;
    const std::string three(3, quote);
    found.triple = source_.substr(at_).starts_with(three);
    const std::string quotes = found.triple ? three : std::string(1, quote);
    at_ += quotes.size();
    found.body_begin = at_;
    bool closed = false;
    found.body_end = FindClose(quotes, &closed);
    BlankUntil(found.body_end);
    if (closed) at_ += quotes.size();
    found.terminated = closed;
    found.end = at_;
    text_.strings.push_back(found);
  }

  std::string_view source_;
  size_t at_ = 0;
  PythonText text_;
};

}  // namespace

PythonText ScanPython(std::string_view source) { return Scanner(source).Scan(); }

int LineOf(std::string_view text, size_t offset) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size()));
  return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

std::string_view LineAt(std::string_view text, int line) {
  size_t begin = 0;
  for (int i = 1; i < line; ++i) {
    begin = text.find('\n', begin);
    if (begin == std::string_view::npos) return {};
    ++begin;
  }
  return line < 1 ? std::string_view() : text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace inhouse
