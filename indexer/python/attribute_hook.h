// `def __getattr__(name)`: which names it gives. Many only say why a name is gone, or
// warn about a few old ones, and raise for all others. Pure; safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "indexer/python/python_parser.h"

namespace inhouse {

// The names that the function tests for, where it surely raises for all others (`return
// globals()[name]` gives what is there anyway); nullopt if it may give more.
std::optional<std::vector<std::string>> NamesGivenBy(const SyntaxTree& tree, SyntaxNode function);

// True if the method gives nothing but items under the name (`return self._columns[name]`), and
// raises where there is none: data, whose names somebody writes down.
bool GivesItems(const SyntaxTree& tree, SyntaxNode function);

}  // namespace inhouse
