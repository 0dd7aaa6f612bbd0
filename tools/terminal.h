// Text on its way to a terminal: colours, and nothing that could steer it.
// Names, docstrings and replies come from outside; an escape sequence in them
// is shown, not obeyed. Pure.
#pragma once

#include <string>
#include <string_view>

namespace inhouse {

// Control characters but line end and tab, and the C1 range, as \x1b and the like.
std::string Printable(std::string_view text);

// Printable, and on one line: line ends and tabs become blanks.
std::string OneLine(std::string_view text);

// ANSI colours, or none.
class Style {
 public:
  explicit Style(bool color) : color_(color) {}
  std::string Bold(std::string_view text) const { return Wrap("1", text); }
  std::string Dim(std::string_view text) const { return Wrap("2", text); }
  std::string Warning(std::string_view text) const { return Wrap("33", text); }

 private:
  std::string Wrap(const char* code, std::string_view text) const;
  bool color_;
};

}  // namespace inhouse
