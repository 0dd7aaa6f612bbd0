// Reads that the catalog's reader and writer share. Private to this room.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/catalog.h"

namespace inhouse {

// In (root, path) order.
Result<std::vector<FileRow>> QueryFiles(Database& db);
// The row of "SELECT kFileColumns FROM files".
inline constexpr char kFileColumns[] = "id, root, path, digest, size, mtime_ns, role, module";
FileRow TakeFile(const Query& query);

Result<CatalogCounts> QueryCounts(Database& db);
// By term.
Result<std::vector<std::pair<std::string, float>>> QueryWeights(Database& db);
// In any order; replaces what is there.
Status PutWeights(Database& db, std::span<const std::pair<std::string, float>> weights);

Result<TermVectors> QueryOwnTerms(Database& db);
Status PutOwnTerms(Database& db, const TermVectors& terms);

}  // namespace inhouse
