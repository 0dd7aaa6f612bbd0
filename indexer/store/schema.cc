#include "indexer/store/schema.h"

#include <map>
#include <utility>

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// Ids of chunks and symbols are never used again (AUTOINCREMENT): whoever keeps
// ids of an older commit (vectors.faiss) can tell old rows from new ones.
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
  UNIQUE(root, path));
CREATE INDEX files_by_scope ON files(scope);

CREATE TABLE symbols(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  file_id INTEGER NOT NULL,
  qualified_name TEXT NOT NULL,
  import_name TEXT NOT NULL,
  parent TEXT NOT NULL,
  module TEXT NOT NULL,
  kind INTEGER NOT NULL,
  is_public INTEGER NOT NULL,
  is_deprecated INTEGER NOT NULL,
  bases BLOB,
  facts BLOB NOT NULL);
CREATE INDEX symbols_by_file ON symbols(file_id);
CREATE INDEX symbols_by_name ON symbols(qualified_name);
CREATE INDEX symbols_by_import ON symbols(import_name);
CREATE INDEX symbols_by_parent ON symbols(parent);

CREATE TABLE imports(
  file_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  alias TEXT NOT NULL,
  module TEXT NOT NULL,
  name TEXT NOT NULL,
  is_conditional INTEGER NOT NULL,
  PRIMARY KEY(file_id, position)) WITHOUT ROWID;

CREATE TABLE namespaces(
  file_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  owner TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  names BLOB NOT NULL,
  PRIMARY KEY(file_id, position)) WITHOUT ROWID;
CREATE INDEX namespaces_by_owner ON namespaces(owner);

CREATE TABLE chunks(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  file_id INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  symbol TEXT NOT NULL,
  start_line INTEGER NOT NULL,
  end_line INTEGER NOT NULL,
  start_byte INTEGER NOT NULL,
  end_byte INTEGER NOT NULL,
  name TEXT NOT NULL,
  signature TEXT NOT NULL,
  doc TEXT NOT NULL,
  body TEXT NOT NULL);
CREATE INDEX chunks_by_file ON chunks(file_id);
CREATE INDEX chunks_by_symbol ON chunks(symbol);
CREATE VIRTUAL TABLE chunk_text USING fts5(name, signature, doc, body, tokenize='ascii');

CREATE TABLE vectors(
  first_chunk INTEGER PRIMARY KEY,
  file_id INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  dimensions INTEGER NOT NULL,
  rows BLOB NOT NULL);
CREATE INDEX vectors_by_file ON vectors(file_id);

CREATE TABLE targets(
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL UNIQUE,
  resolved TEXT NOT NULL);
CREATE INDEX targets_by_resolved ON targets(resolved);

CREATE TABLE call_sites(
  file_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  target_id INTEGER NOT NULL,
  caller TEXT NOT NULL,
  line INTEGER NOT NULL,
  facts BLOB NOT NULL,
  PRIMARY KEY(file_id, position)) WITHOUT ROWID;
CREATE INDEX calls_by_target ON call_sites(target_id, file_id, caller);
CREATE INDEX calls_by_caller ON call_sites(file_id, caller, target_id);

CREATE TABLE corpus_weights(
  term TEXT PRIMARY KEY,
  weight REAL NOT NULL) WITHOUT ROWID;
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
         Shown(index_dir);
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
  meta.embedder = keys["embedder"];
  meta.weights_id = keys["weights_id"];
  meta.source_revision = keys["source_revision"];
  return meta;
}

Status WriteMeta(Database& db, const CatalogMeta& meta) {
  const std::pair<const char*, std::string> rows[] = {{"format", std::to_string(meta.format)},
                                                      {"commit", std::to_string(meta.commit)},
                                                      {"embedder", meta.embedder},
                                                      {"weights_id", meta.weights_id},
                                                      {"source_revision", meta.source_revision}};
  for (const auto& [key, value] : rows) {
    RETURN_IF_ERROR(db.Run("INSERT OR REPLACE INTO meta VALUES(?, ?)", key, value));
  }
  return {};
}

}  // namespace inhouse
