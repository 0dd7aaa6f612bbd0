// The catalog's tables and how a file is recognised as a catalog. Private to
// this room: everybody else goes through catalog.h. The tables, column by
// column: README.md in this folder.
//
// Errors: kIndex (not a catalog, made by a newer or older program, damaged),
// always with the file and the remedy; kStorage when writing fails.
#pragma once

#include <filesystem>
#include <string>

#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/catalog.h"

namespace inhouse {

std::filesystem::path CatalogFile(const std::filesystem::path& index_dir);

// No index was ever made there.
Error NoIndex(const std::filesystem::path& index_dir);
// What is read makes no sense although the pages are intact.
Error BrokenRow(const std::filesystem::path& index_dir, const std::string& table);

// Makes the tables if the file has none, inside the caller's transaction.
Status EnsureSchema(Database& db);
// Whether the file holds a catalog at all: false for one never committed to.
Result<bool> HasSchema(Database& db);
// That this program understands the format.
Status CheckFormat(Database& db, const std::filesystem::path& index_dir);

Result<CatalogMeta> ReadMeta(Database& db);
Status WriteMeta(Database& db, const CatalogMeta& meta);

// The first ids that were never given away; 1 in a new catalog.
struct NextIds {
  int64_t symbol = 1;
  int64_t chunk = 1;
};
Result<NextIds> ReadNextIds(Database& db);
Status WriteNextIds(Database& db, const NextIds& next);

}  // namespace inhouse
