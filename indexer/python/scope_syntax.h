// Questions to single definitions and statements that the scope tree asks.
#pragma once

#include <cstdint>

#include "indexer/python/python_parser.h"

namespace inhouse {

// How a function that stands in a class gets its first argument.
enum class Receiver : uint8_t { kNone, kInstance, kClass };
Receiver ReceiverOf(const SyntaxTree& tree, TSNode function);

// The statement up to its first block; all of a simple statement.
SourceRange HeaderRange(TSNode statement);

// The identifier that one child of `parameters` binds, or null.
TSNode ParameterName(TSNode child);

// *args, **kwargs, with or without annotation.
bool IsSplatParameter(TSNode child);

}  // namespace inhouse
