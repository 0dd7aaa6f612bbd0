// The floor that the indexer is measured against: tree-sitter parsing the same
// files, and nothing else.
#pragma once

#include <filesystem>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse::bench {

// Reads and parses every file on `threads` threads; trees are dropped at once.
Status ParseAlone(const std::vector<std::filesystem::path>& files, size_t threads);

}  // namespace inhouse::bench
