#include "indexer/python/call_text.h"

#include <algorithm>
#include <cctype>

namespace inhouse {
namespace {

constexpr size_t kNone = std::string_view::npos;

std::string_view Strip(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == kNone) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// Where the string literal that opens at `at` ends; the text's end if it does not.
size_t LiteralEnd(std::string_view text, size_t at) {
  const std::string_view triple = text.substr(at, 3);
  const bool is_triple = triple.size() == 3 && triple[0] == triple[1] && triple[1] == triple[2];
  const std::string_view close = is_triple ? triple : text.substr(at, 1);
  for (size_t i = at + close.size(); i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text.substr(i).starts_with(close)) {
      return i + close.size();
    }
  }
  return text.size();
}

bool IsOpening(char c) { return c == '(' || c == '[' || c == '{'; }
bool IsClosing(char c) { return c == ')' || c == ']' || c == '}'; }
bool IsQuote(char c) { return c == '"' || c == '\''; }

bool IsNameByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

size_t FirstBracket(std::string_view text) {
  size_t i = 0;
  while (i < text.size() && !IsOpening(text[i])) ++i;
  return i;
}

// Calls visit(end) for the end of each element between the first bracket and
// its partner, the last one included.
template <typename Visit>
void ForEachElementEnd(std::string_view text, Visit visit) {
  size_t i = FirstBracket(text) + 1;
  if (i > text.size()) return;
  for (int depth = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (IsQuote(c)) {
      i = LiteralEnd(text, i) - 1;
    } else if (IsOpening(c)) {
      ++depth;
    } else if (IsClosing(c)) {
      if (depth-- == 0) break;
    } else if (c == ',' && depth == 0) {
      visit(i);
    }
  }
  visit(std::min(i, text.size()));
}

}  // namespace

std::vector<std::string_view> Elements(std::string_view text) {
  std::vector<std::string_view> elements;
  size_t begin = FirstBracket(text) + 1;
  ForEachElementEnd(text, [&](size_t end) {
    const std::string_view element = Strip(text.substr(begin, end - begin));
    if (!element.empty()) elements.push_back(element);
    begin = end + 1;
  });
  return elements;
}

bool IsDisplay(std::string_view text) {
  size_t last = kNone;
  if (FirstBracket(text) != 0) return false;
  ForEachElementEnd(text, [&](size_t end) { last = end; });
  return last != kNone && last + 1 == text.size();
}

std::string_view KeywordOf(std::string_view argument) {
  size_t end = 0;
  while (end < argument.size() && IsNameByte(argument[end])) ++end;
  const std::string_view name = argument.substr(0, end);
  const std::string_view rest = argument.substr(end);
  const size_t equals = rest.find_first_not_of(' ');
  if (name.empty() || equals == kNone || rest[equals] != '=') return {};
  return rest.substr(equals).starts_with("==") ? std::string_view() : name;
}

std::string_view KeywordArgument(std::string_view call, std::string_view name) {
  for (const std::string_view argument : Elements(call)) {
    if (KeywordOf(argument) != name) continue;
    return Strip(argument.substr(argument.find('=') + 1));
  }
  return {};
}

std::string_view PositionalArgument(std::string_view call, size_t n) {
  for (const std::string_view argument : Elements(call)) {
    if (argument[0] == '*' || !KeywordOf(argument).empty()) continue;
    if (n-- == 0) return argument;
  }
  return {};
}

bool IsStringLiteral(std::string_view text, std::string_view* inside) {
  size_t quote = 0;
  while (quote < text.size() && quote < 2 && IsNameByte(text[quote])) ++quote;
  if (quote >= text.size() || !IsQuote(text[quote])) return false;
  if (LiteralEnd(text, quote) != text.size()) return false;
  const bool triple =
      text.size() >= quote + 6 && text[quote + 1] == text[quote] && text[quote + 2] == text[quote];
  const size_t width = triple ? 3 : 1;
  if (text.size() < quote + 2 * width || text.back() != text[quote]) return false;
  *inside = text.substr(quote + width, text.size() - quote - 2 * width);
  return true;
}

}  // namespace inhouse
