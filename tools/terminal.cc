#include "tools/terminal.h"

namespace inhouse {
namespace {

bool IsControl(unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; }

void AppendHex(unsigned char c, std::string* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  *out += "\\x";
  *out += kDigits[c >> 4];
  *out += kDigits[c & 15];
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (IsControl(c)) {
      AppendHex(c, &out);
    } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {  // U+0080..U+009F in UTF-8
      AppendHex(next, &out);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string OneLine(std::string_view text) {
  std::string out = Printable(text);
  for (char& c : out) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string Style::Wrap(const char* code, std::string_view text) const {
  if (!color_ || text.empty()) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace inhouse
