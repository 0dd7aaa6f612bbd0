// What a file tells of its names beyond their symbols, put with the namespaces that
// hold them: read here once, so that a check need not read the sources again.
#pragma once

#include "indexer/python/python_parser.h"
#include "indexer/python/scope_tree.h"
#include "indexer/python/symbol.h"

namespace inhouse {

// `facts` has its symbols and namespaces. Names inside functions have none.
void AddNameFacts(const SyntaxTree& tree, const ScopeTree& scopes, FileFacts* facts);

}  // namespace inhouse
