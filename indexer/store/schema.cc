#include "indexer/store/schema.h"

#include <algorithm>
#include <map>
#include <utility>

#include "indexer/base/shell_word.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// Ids of chunks are never used again (meta.next_chunk): whoever keeps ids of an
// older commit (vectors.faiss) can tell old rows from new ones. What is found by
// a name is found by its hash; the reader compares the names themselves.
constexpr char kTables[] = R"sql(
CREATE TABLE meta(
  key TEXT PRIMARY KEY,
  value) WITHOUT ROWID;

CREATE TABLE files(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root TEXT NOT NULL,
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  role INTEGER NOT NULL,
  module TEXT NOT NULL,
  scope TEXT NOT NULL,
  is_package INTEGER NOT NULL,
  exported BLOB,
  error_count INTEGER NOT NULL,
  names_digest INTEGER NOT NULL,
  first_symbol INTEGER NOT NULL,
  symbol_count INTEGER NOT NULL,
  first_chunk INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  call_count INTEGER NOT NULL,
  lengths BLOB NOT NULL,
  UNIQUE(root, path));
CREATE INDEX files_by_scope ON files(scope);
CREATE INDEX files_by_symbol ON files(first_symbol) WHERE symbol_count > 0;
CREATE INDEX files_by_chunk ON files(first_chunk, chunk_count, symbol_count, call_count);

CREATE TABLE file_facts(
  file_id INTEGER PRIMARY KEY,
  names BLOB NOT NULL,
  calls BLOB NOT NULL,
  contents BLOB NOT NULL);

CREATE TABLE vectors(
  first_chunk INTEGER PRIMARY KEY,
  dimensions INTEGER NOT NULL,
  runs BLOB NOT NULL,
  rows BLOB NOT NULL);

CREATE TABLE names(
  hash INTEGER NOT NULL,
  file_id INTEGER NOT NULL,
  PRIMARY KEY(hash, file_id)) WITHOUT ROWID;

CREATE TABLE links(
  link INTEGER NOT NULL,
  file_id INTEGER NOT NULL,
  PRIMARY KEY(link, file_id)) WITHOUT ROWID;

CREATE TABLE renamed(
  symbol_id INTEGER PRIMARY KEY,
  import_name TEXT NOT NULL);
CREATE TABLE import_names(
  hash INTEGER NOT NULL,
  symbol_id INTEGER NOT NULL,
  PRIMARY KEY(hash, symbol_id)) WITHOUT ROWID;

CREATE TABLE targets(
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  resolved TEXT,
  reexported INTEGER NOT NULL);
CREATE TABLE resolved_targets(
  hash INTEGER NOT NULL,
  target_id INTEGER NOT NULL,
  PRIMARY KEY(hash, target_id)) WITHOUT ROWID;
CREATE TABLE target_files(
  target_id INTEGER NOT NULL,
  file_id INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY(target_id, file_id)) WITHOUT ROWID;

CREATE TABLE foreign_chunks(
  hash INTEGER NOT NULL,
  chunk_id INTEGER NOT NULL,
  PRIMARY KEY(hash, chunk_id)) WITHOUT ROWID;

CREATE TABLE segments(
  id INTEGER PRIMARY KEY,
  first_chunk INTEGER NOT NULL,
  last_chunk INTEGER NOT NULL,
  chunks INTEGER NOT NULL,
  directory BLOB NOT NULL);
CREATE TABLE postings(
  id INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL);

CREATE TABLE corpus_weights(
  id INTEGER PRIMARY KEY,
  rows BLOB NOT NULL);
CREATE TABLE own_terms(
  id INTEGER PRIMARY KEY,
  rows BLOB NOT NULL);
)sql";

std::string Shown(const fs::path& index_dir) { return index_dir.string(); }

Error OtherFormat(int64_t format, const fs::path& index_dir) {
  const bool newer = format > kCatalogFormat;
  const std::string file = CatalogFile(index_dir).string();
  const std::string what = file + " was written by " + (newer ? "a newer" : "an older") +
                           " version of inhouse (format " + std::to_string(format) +
                           ", this one reads " + std::to_string(kCatalogFormat) + "); ";
  return IndexError(what + (newer ? "update inhouse, or " : "") + IndexRemedy(index_dir, true));
}

int64_t ToNumber(const std::string& text) {
  int64_t value = 0;
  for (const char c : text.substr(0, 18)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? -1 : value;
}

Result<std::map<std::string, std::string>> ReadKeys(Database& db) {
  std::map<std::string, std::string> keys;
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT key, value FROM meta LIMIT 100"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return keys;
    keys[std::string(query.Text(0))] = query.Text(1);
  }
}

}  // namespace

fs::path CatalogFile(const fs::path& index_dir) { return index_dir / "catalog.db"; }

std::string IndexRemedy(const fs::path& index_dir, bool rebuild) {
  return "run: inhouse index PATH... " + std::string(rebuild ? "--rebuild " : "") + "--index " +
         ShellWord(index_dir.string());
}

Error NoIndex(const fs::path& index_dir) {
  return IndexError("there is no index in " + Shown(index_dir) + "; " +
                    IndexRemedy(index_dir, false));
}

Error BrokenRow(const fs::path& index_dir, const std::string& table) {
  return IndexError("the index file " + CatalogFile(index_dir).string() + " is damaged (a row of " +
                    table + "); " + IndexRemedy(index_dir, true));
}

Status EnsureSchema(Database& db) {
  ASSIGN_OR_RETURN(const bool has, HasSchema(db));
  if (has) return {};
  RETURN_IF_ERROR(db.Script(kTables));
  return WriteMeta(db, CatalogMeta{});
}

Result<bool> HasSchema(Database& db) {
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT 1 FROM sqlite_master WHERE name = 'meta'"));
  return query.Next();
}

Status CheckFormat(Database& db, const fs::path& index_dir) {
  ASSIGN_OR_RETURN(auto keys, ReadKeys(db));
  const int64_t format = ToNumber(keys["format"]);
  if (format < 0) return BrokenRow(index_dir, "meta");
  if (format != kCatalogFormat) return OtherFormat(format, index_dir);
  return {};
}

Result<CatalogMeta> ReadMeta(Database& db) {
  ASSIGN_OR_RETURN(auto keys, ReadKeys(db));
  CatalogMeta meta;
  meta.format = static_cast<int>(ToNumber(keys["format"]));
  meta.commit = ToNumber(keys["commit"]);
  meta.update_id = keys["update_id"];
  meta.embedder = keys["embedder"];
  meta.weights_id = keys["weights_id"];
  meta.source_revision = keys["source_revision"];
  return meta;
}

Result<NextIds> ReadNextIds(Database& db) {
  ASSIGN_OR_RETURN(auto keys, ReadKeys(db));
  return NextIds{std::max<int64_t>(ToNumber(keys["next_symbol"]), 1),
                 std::max<int64_t>(ToNumber(keys["next_chunk"]), 1)};
}

Status WriteNextIds(Database& db, const NextIds& next) {
  const std::pair<const char*, int64_t> rows[] = {{"next_symbol", next.symbol},
                                                  {"next_chunk", next.chunk}};
  for (const auto& [key, value] : rows) {
    RETURN_IF_ERROR(db.Run("INSERT OR REPLACE INTO meta VALUES(?, ?)", key, std::to_string(value)));
  }
  return {};
}

Status WriteMeta(Database& db, const CatalogMeta& meta) {
  const std::pair<const char*, std::string> rows[] = {
      {"format", std::to_string(meta.format)}, {"commit", std::to_string(meta.commit)},
      {"update_id", meta.update_id},           {"embedder", meta.embedder},
      {"weights_id", meta.weights_id},         {"source_revision", meta.source_revision}};
  for (const auto& [key, value] : rows) {
    RETURN_IF_ERROR(db.Run("INSERT OR REPLACE INTO meta VALUES(?, ?)", key, value));
  }
  return {};
}

}  // namespace inhouse
