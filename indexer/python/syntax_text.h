// Small questions to the syntax tree that several files of this room ask.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/python_parser.h"

namespace inhouse {

// "a.b.c" of identifiers and attributes alone; "" for anything else (calls,
// subscripts), or if it has more than 32 parts.
std::string DottedName(const SyntaxTree& tree, SyntaxNode node);

// The node's text on one line: comments dropped, runs of blanks and line ends
// become one blank outside strings; cut at `limit` bytes with "…".
std::string OneLine(const SyntaxTree& tree, SyntaxNode node, size_t limit = 500);

// The string that stands first in a module, class or function body, if any.
// `body`: the module or block node. False when there is none.
bool DocstringOf(const SyntaxTree& tree, SyntaxNode body, std::string* value);

// True if the function's own body (not that of nested functions) holds a yield.
bool HasYield(const SyntaxTree& tree, SyntaxNode body);

// True if something in the definition's header could not be read.
bool HasBrokenHeader(const SyntaxTree& tree, SyntaxNode definition);

// `text` without arguments or subscript: "deprecated(…)" → "deprecated".
std::string_view Callee(std::string_view text);

}  // namespace inhouse
