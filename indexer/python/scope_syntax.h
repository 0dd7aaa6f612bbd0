// Questions to single definitions and statements that the scope tree asks.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "indexer/python/python_parser.h"

namespace inhouse {

// How a function that stands in a class gets its first argument.
enum class Receiver : uint8_t { kNone, kInstance, kClass };
Receiver ReceiverOf(const SyntaxTree& tree, SyntaxNode function);

// The statement up to its first block; all of a simple statement.
SourceRange HeaderRange(SyntaxNode statement);

// The identifier that one child of `parameters` binds, or null.
SyntaxNode ParameterName(SyntaxNode child);

// The identifiers and attributes (`self.x`) that an assignment target binds or
// `del` unbinds, in source order.
std::vector<SyntaxNode> TargetsIn(SyntaxNode target);

// The identifiers that the patterns of a case_clause bind; names of classes and
// constants are no captures.
std::vector<SyntaxNode> CapturesIn(SyntaxNode case_clause);

// `except* E as group`
bool CatchesGroup(const SyntaxTree& tree, SyntaxNode except_clause);

// The iterable of a comprehension's first `for`: Python reads it in the scope around.
SyntaxNode FirstIterable(SyntaxNode comprehension);

// Adds the names in the `[T, *Ts]` of a function, class or type alias.
void AddTypeParameters(const SyntaxTree& tree, SyntaxNode definition,
                       std::vector<std::string_view>* names);

// *args, **kwargs, with or without annotation.
bool IsSplatParameter(SyntaxNode child);

}  // namespace inhouse
