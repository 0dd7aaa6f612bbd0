// tree-sitter's tree → flat nodes (syntax_node.h). The one reader of
// tree-sitter's own structures, whose version is pinned; its public cursors give
// the same nodes (syntax_flattener_test compares them), several times slower.
#pragma once

#include <vector>

#include "indexer/python/syntax_node.h"

struct TSTree;

namespace inhouse {

// Every node that ts_tree_cursor visits from the root, in that order.
std::vector<FlatNode> FlattenTree(const TSTree& tree);

}  // namespace inhouse
