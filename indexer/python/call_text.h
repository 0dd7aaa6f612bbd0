// The arguments of a call that is kept as text: "field(default=3, init=False)".
//
// Symbols carry decorators, bases and values as written, on one line; these
// functions read them without a syntax tree. Strings and brackets are respected.
// Results point into the text. Pure; linear in the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

// Elements between the first bracket of `text` and its partner, at its own
// level, without blanks around them: "f(a, g(b, c), k=1)" → a | g(b, c) | k=1.
// Empty when there is no bracket.
std::vector<std::string_view> Elements(std::string_view text);

// True if `text` is nothing but one pair of brackets and what is inside:
// "(1, 2)", not "(1,) * 2".
bool IsDisplay(std::string_view text);

// The value of the argument `name=…` of a call; "" if there is none.
std::string_view KeywordArgument(std::string_view call, std::string_view name);

// The n-th argument that is neither keyword nor starred; "" if there is none.
std::string_view PositionalArgument(std::string_view call, size_t n);

// "k" of "k=1"; "" for what is no keyword argument.
std::string_view KeywordOf(std::string_view argument);

// True for one plain string literal; its text between the quotes, as written.
bool IsStringLiteral(std::string_view text, std::string_view* inside);

}  // namespace inhouse
