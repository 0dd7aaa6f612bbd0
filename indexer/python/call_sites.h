// Every call of a file with its target as far as the file can tell.
#pragma once

#include <vector>

#include "indexer/python/name_flow.h"
#include "indexer/python/scope_tree.h"
#include "indexer/python/symbol.h"

namespace inhouse {

// In source order. Decorators without arguments are no calls.
std::vector<CallSite> ReadCallSites(const SyntaxTree& tree, const ScopeTree& scopes,
                                    const NameFlow& flow);

}  // namespace inhouse
