// Python source as text: where its string literals and comments are. Enough to
// look for names without being fooled by what stands in quotes, and to find
// the fence that closes a block of code. No syntax tree; works on broken code.
// Linear time, no recursion. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

struct StringLiteral {
  size_t begin = 0, end = 0;            // bytes, prefix and quotes included
  size_t body_begin = 0, body_end = 0;  // between the quotes
  bool formatted = false;               // f-string
  bool triple = false;
  bool terminated = true;
};

struct PythonText {
  // As long as the source: bodies of literals and comments are blanks, line
  // ends stay. Quotes stay too.
  std::string masked;
  std::vector<StringLiteral> strings;
};

PythonText ScanPython(std::string_view source);

// 1-based line of a byte offset.
int LineOf(std::string_view text, size_t offset);

// The line (without its end) that `line` numbers, or "".
std::string_view LineAt(std::string_view text, int line);

}  // namespace inhouse
