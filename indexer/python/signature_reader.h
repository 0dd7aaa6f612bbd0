// A function definition's parameters and return annotation, as written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/python_parser.h"
#include "indexer/python/symbol.h"

namespace inhouse {

// Of a function_definition node; `self` and `cls` are still there. Parameters
// that the syntax cannot name (Python 2 tuples, errors) make it inexact.
Signature ReadSignature(const SyntaxTree& tree, SyntaxNode function);

// True if a decorator of that (dotted) name leaves the signature as it is.
// `decorator` as written: "functools.lru_cache(maxsize=1)".
bool KeepsSignature(std::string_view decorator);

// "sql: str, *, limit: int = 10" in parentheses, with the return annotation.
// `name` stands in front: "query(sql: str) -> DataFrame".
std::string FormatSignature(std::string_view name, const Signature& signature);

}  // namespace inhouse
