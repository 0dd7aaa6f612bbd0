#include "indexer/python/string_literal.h"

#include <optional>

#include "indexer/python/character_names.h"
#include "indexer/python/source_text.h"

namespace inhouse {
namespace {

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

// The number written with up to `most` digits at text[*i]; moves *i on.
char32_t ReadNumber(std::string_view text, size_t* i, size_t most, unsigned base) {
  char32_t value = 0;
  for (size_t n = 0; n < most && *i < text.size(); ++n, ++*i) {
    const char c = text[*i];
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= (base == 8 ? '7' : '9')) {
      value = value * base + static_cast<unsigned>(c - '0');
    } else if (base == 16 && lower >= 'a' && lower <= 'f') {
      value = value * base + static_cast<unsigned>(lower - 'a' + 10);
    } else {
      break;
    }
  }
  return value;
}

// "\x41", "\u00b6", "\U0001f600", "\101" with `digits` at text[i]; returns what
// follows. Numbers that are no characters become U+FFFD.
size_t AppendNumber(std::string_view text, size_t i, size_t digits, unsigned base,
                    std::string* value) {
  const char32_t code = ReadNumber(text, &i, digits, base);
  const bool valid = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  AppendUtf8(valid ? code : 0xFFFD, value);
  return i;
}

// "\N{EM DASH}"; a name that is not known here stays as written. Returns what follows.
size_t AppendNamed(std::string_view text, size_t i, std::string* value) {
  const size_t end = text.substr(i + 2, 1) == "{" ? text.find('}', i) : std::string_view::npos;
  const auto code = end == std::string_view::npos ? std::nullopt
                                                  : CharacterNamed(text.substr(i + 3, end - i - 3));
  if (!code) {
    value->append("\\N");
    return i + 2;
  }
  AppendUtf8(*code, value);
  return end + 1;
}

// One escape sequence at text[i] == '\\'; appends its value, returns what follows.
size_t AppendEscape(std::string_view text, size_t i, std::string* value) {
  static constexpr std::string_view kFrom = "abfnrtv\\'\"";
  static constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\'\"";
  if (i + 1 >= text.size()) return i + 1;
  const char c = text[i + 1];
  if (c == '\n') return i + 2;
  if (c == '\r') return i + (text.substr(i + 2, 1) == "\n" ? 3 : 2);
  if (c == 'x') return AppendNumber(text, i + 2, 2, 16, value);
  if (c == 'u') return AppendNumber(text, i + 2, 4, 16, value);
  if (c == 'U') return AppendNumber(text, i + 2, 8, 16, value);
  if (c == 'N') return AppendNamed(text, i, value);
  if (IsOctal(c)) return AppendNumber(text, i + 1, 3, 8, value);
  const size_t known = kFrom.find(c);
  if (known == std::string_view::npos) {
    value->push_back('\\');
    value->push_back(c);
  } else {
    value->push_back(kTo[known]);
  }
  return i + 2;
}

bool AppendString(std::string_view literal, std::string* value) {
  bool raw = false;
  size_t start = 0;
  while (start < literal.size() && literal[start] != '\'' && literal[start] != '"') {
    const char c = static_cast<char>(literal[start] | 0x20);
    if (c == 'f' || c == 'b' || c == 't') return false;
    raw |= c == 'r';
    ++start;
  }
  literal.remove_prefix(start);
  const size_t quotes =
      literal.size() >= 6 && literal[1] == literal[0] && literal[2] == literal[0] ? 3 : 1;
  if (literal.size() < 2 * quotes) return false;
  literal = literal.substr(quotes, literal.size() - 2 * quotes);
  for (size_t i = 0; i < literal.size();) {
    if (literal[i] == '\\' && !raw) {
      i = AppendEscape(literal, i, value);
    } else {
      value->push_back(literal[i++]);
    }
  }
  return true;
}

}  // namespace

bool StringValue(const SyntaxTree& tree, SyntaxNode node, std::string* value) {
  const Grammar& g = PythonGrammar();
  value->clear();
  if (Is(node, g.string)) return AppendString(tree.TextOf(node), value);
  if (!Is(node, g.concatenated_string)) return false;
  bool plain = true;
  ForEachChild(node, [&](SyntaxNode child, FieldId) {
    if (Is(child, g.string)) plain = plain && AppendString(tree.TextOf(child), value);
  });
  return plain;
}

}  // namespace inhouse
