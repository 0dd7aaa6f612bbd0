// The part of CatalogReader that reads chunks: themselves, their text, their
// vectors, and the calls in them.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "indexer/store/call_queries.h"
#include "indexer/store/catalog_reader.h"
#include "indexer/store/schema.h"

namespace inhouse {
namespace {

size_t Limit(size_t limit) { return std::min(limit, size_t{1'000'000}); }

constexpr char kFileOfChunk[] =
    "SELECT id, first_chunk, chunk_count FROM files WHERE first_chunk <= ? "
    "AND chunk_count > 0 ORDER BY first_chunk DESC LIMIT 1";

}  // namespace

Result<ChunkRow> CatalogReader::ChunkAt(const OpenFile& file, size_t position) {
  ChunkRow row;
  row.id = file.first_chunk + static_cast<int64_t>(position);
  row.file_id = file.id;
  if (!file.contents.Chunk(position, file.names, &row.chunk))
    return BrokenRow(index_dir_, "file_facts");
  return row;
}

Result<std::optional<ChunkRow>> CatalogReader::ChunkById(int64_t id) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const OpenFile* file, OpenWith(*snapshot.db, kFileOfChunk, id));
  if (file == nullptr) return std::optional<ChunkRow>();
  ASSIGN_OR_RETURN(ChunkRow row, ChunkAt(*file, static_cast<size_t>(id - file->first_chunk)));
  return std::optional<ChunkRow>(std::move(row));
}

Status CatalogReader::AddForeignChunks(Database& db, std::string_view symbol,
                                       std::vector<ChunkRow>* rows) {
  std::vector<int64_t> ids;
  {
    ASSIGN_OR_RETURN(Query query, db.Ask("SELECT chunk_id FROM foreign_chunks WHERE hash = ?",
                                         NameHash(symbol)));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      ids.push_back(query.Int(0));
    }
  }
  for (const int64_t id : ids) {
    ASSIGN_OR_RETURN(const OpenFile* file, OpenWith(db, kFileOfChunk, id));
    if (file == nullptr) return BrokenRow(index_dir_, "foreign_chunks");
    ASSIGN_OR_RETURN(ChunkRow row, ChunkAt(*file, static_cast<size_t>(id - file->first_chunk)));
    if (row.chunk.symbol == symbol) rows->push_back(std::move(row));
  }
  return {};
}

// A usage chunk names its symbol as the file does.
Result<std::vector<ChunkRow>> CatalogReader::ChunksOf(std::string_view qualified_name) {
  std::vector<ChunkRow> rows;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(*snapshot.db, qualified_name));
  for (const int64_t id : files) {
    if (files_.size() >= kMaxFilesKept) files_.clear();
    ASSIGN_OR_RETURN(const OpenFile* file, Open(*snapshot.db, id));
    for (size_t i = 0; i < file->contents.chunks(); ++i) {
      if (file->contents.ChunkSymbol(i, file->names) != qualified_name) continue;
      ASSIGN_OR_RETURN(rows.emplace_back(), ChunkAt(*file, i));
    }
  }
  ASSIGN_OR_RETURN(std::vector<std::string> names, QueryTargetsOf(*snapshot.db, qualified_name));
  names.emplace_back(qualified_name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    RETURN_IF_ERROR(AddForeignChunks(*snapshot.db, name, &rows));
  }
  RETURN_IF_ERROR(SortByPlace(*snapshot.db, &rows));
  return rows;
}

// Usage of a name that the file itself defines can be found both ways.
Status CatalogReader::SortByPlace(Database& db, std::vector<ChunkRow>* rows) {
  std::unordered_map<int64_t, std::string> places;
  for (const ChunkRow& row : *rows) {
    if (places.contains(row.file_id)) continue;
    ASSIGN_OR_RETURN(Query query, db.Ask("SELECT root, path FROM files WHERE id = ?", row.file_id));
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return BrokenRow(index_dir_, "files");
    places[row.file_id].append(query.Text(0)).append(1, '\0').append(query.Text(1));
  }
  std::sort(rows->begin(), rows->end(), [&](const ChunkRow& a, const ChunkRow& b) {
    if (a.file_id == b.file_id) return a.id < b.id;
    return places[a.file_id] < places[b.file_id];
  });
  const auto same = [](const ChunkRow& a, const ChunkRow& b) { return a.id == b.id; };
  rows->erase(std::unique(rows->begin(), rows->end(), same), rows->end());
  return {};
}

Result<std::vector<LexicalMatch>> CatalogReader::SearchText(std::span<const std::string> terms,
                                                            size_t limit) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  if (full_text_ == nullptr) {
    ASSIGN_OR_RETURN(FullTextReader opened, FullTextReader::Open(*snapshot.db));
    full_text_ = std::make_unique<FullTextReader>(std::move(opened));
  }
  return full_text_->Search(*snapshot.db, terms, Limit(limit));
}

Result<Catalog::VectorRows> CatalogReader::ReadVectors(int64_t first_chunk_id, VectorOrder order) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const CatalogMeta meta, ReadMeta(*snapshot.db));
  ASSIGN_OR_RETURN(VectorRows rows, ReadVectorRows(*snapshot.db, unpacker_, first_chunk_id, order));
  rows.commit = meta.commit;
  return rows;
}

Result<Catalog::VectorRuns> CatalogReader::ListVectors() {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const CatalogMeta meta, ReadMeta(*snapshot.db));
  ASSIGN_OR_RETURN(VectorRuns list, ListVectorRuns(*snapshot.db));
  list.commit = meta.commit;
  return list;
}

Result<std::vector<CallSiteRow>> CatalogReader::CallersOf(std::string_view qualified_name,
                                                          size_t limit) {
  if (qualified_name.empty()) return std::vector<CallSiteRow>();
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  return QueryCallers(*snapshot.db, qualified_name, Limit(limit));
}

Result<Catalog::CallCount> CatalogReader::CallCountOf(std::string_view qualified_name) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  return QueryCallCount(*snapshot.db, qualified_name);
}

Result<std::vector<Catalog::CallCount>> CatalogReader::UsedTogether(std::string_view qualified_name,
                                                                    size_t limit) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  return QueryUsedTogether(*snapshot.db, qualified_name, Limit(limit));
}

Result<std::vector<Catalog::CallEdge>> CatalogReader::CallsIn(int64_t file_id) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  return QueryCallsIn(*snapshot.db, file_id);
}

}  // namespace inhouse
