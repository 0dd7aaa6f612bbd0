// Questions to single definitions and statements that the scope tree asks.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "indexer/python/python_parser.h"

namespace inhouse {

// How a function that stands in a class gets its first argument.
enum class Receiver : uint8_t { kNone, kInstance, kClass };
Receiver ReceiverOf(const SyntaxTree& tree, TSNode function);

// The statement up to its first block; all of a simple statement.
SourceRange HeaderRange(TSNode statement);

// The identifier that one child of `parameters` binds, or null.
TSNode ParameterName(TSNode child);

// The identifiers and attributes (`self.x`) that an assignment target binds or
// `del` unbinds, in source order.
std::vector<TSNode> TargetsIn(TSNode target);

// The identifiers that the patterns of a case_clause bind; names of classes and
// constants are no captures.
std::vector<TSNode> CapturesIn(TSNode case_clause);

// `except* E as group`
bool CatchesGroup(const SyntaxTree& tree, TSNode except_clause);

// The iterable of a comprehension's first `for`: Python reads it in the scope around.
TSNode FirstIterable(TSNode comprehension);

// Adds the names in the `[T, *Ts]` of a function, class or type alias.
void AddTypeParameters(const SyntaxTree& tree, TSNode definition,
                       std::vector<std::string_view>* names);

// *args, **kwargs, with or without annotation.
bool IsSplatParameter(TSNode child);

}  // namespace inhouse
