// Source that does not parse → source of the same length that parses better.
//
// tree-sitter mends most errors where they are, but a bracket or a string that
// is never closed swallows the rest of the file. BlankBrokenStatements finds
// such statements by a look at brackets, quotes and leading keywords alone, and
// overwrites them with blanks. Nothing moves: every byte offset and line number
// stays true, and all definitions before and after are still found. Also
// blanked: the marker lines of an unfinished merge.
// Pure, linear in the text: texts that would take more work are mended in part.
#pragma once

#include <string>
#include <string_view>

namespace inhouse {

// The text with broken statements blanked (newlines kept); equal to `text` if
// there is nothing to blank. Meant for texts that are known to have errors:
// in others, code inside docstrings might be taken for code.
std::string BlankBrokenStatements(std::string_view text);

// The text with the line that holds byte `at` blanked. The beginning of a block
// stays one ("def f():", "if 1:"), so that what is indented below it still fits.
std::string BlankLineAt(std::string_view text, size_t at);

// The text with the defaults of type parameters blanked ("class Box[T = int]:", sound
// since Python 3.13, PEP 696), which the grammar does not know.
std::string BlankTypeDefaults(std::string_view text);

}  // namespace inhouse
