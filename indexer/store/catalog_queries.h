// Reads that the catalog's reader and writer share, and the full-text table.
// Private to this room.
#pragma once

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

// Empties the full-text table at once.
Status RecreateFullText(Database& db);
// Merges its pieces into one: for a table filled from scratch.
Status OptimizeFullText(Database& db);
// BM25 over name, signature, doc and body; larger scores are better, ties by id.
Result<std::vector<LexicalMatch>> SearchFullText(Database& db, std::span<const std::string> terms,
                                                 size_t limit);

}  // namespace inhouse
