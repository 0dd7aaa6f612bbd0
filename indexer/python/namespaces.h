// Which names exist in a module and in its classes. Pure; safe from any thread.
//
// What the contract check says of a missing name rests on this, so a namespace
// is closed only if nothing in the file suggests that more may be in it.
#pragma once

#include <cstdint>
#include <vector>

#include "indexer/python/scope_tree.h"
#include "indexer/python/symbol.h"

namespace inhouse {

enum class ClassesOf : uint8_t { kOutsideFunctions, kAnywhere };

// Of the module, then of every class, then the names that the file sets on objects
// of others (owner "").
std::vector<Namespace> ReadNamespaces(const SyntaxTree& tree, const ScopeTree& scopes,
                                      const std::vector<Symbol>& symbols,
                                      ClassesOf which = ClassesOf::kOutsideFunctions);

}  // namespace inhouse
