// String literals → their text. Pure.
#pragma once

#include <string>

#include "indexer/python/python_parser.h"

namespace inhouse {

// The value of a plain string literal (prefixes, quotes and escapes resolved;
// neighbouring literals joined). False for f-strings, bytes, anything else.
bool StringValue(const SyntaxTree& tree, SyntaxNode node, std::string* value);

}  // namespace inhouse
