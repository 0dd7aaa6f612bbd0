// Catalog over SQLite: each call is one read transaction, so that it sees a
// single commit. Files are unpacked as they are needed and the last ones kept.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "indexer/store/call_queries.h"
#include "indexer/store/catalog.h"
#include "indexer/store/catalog_file.h"
#include "indexer/store/catalog_names.h"
#include "indexer/store/catalog_queries.h"
#include "indexer/store/file_record.h"
#include "indexer/store/full_text.h"
#include "indexer/store/schema.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// Names remembered between calls; a long-lived reader starts anew above it.
constexpr size_t kMaxRememberedNames = 50'000;
constexpr size_t kMaxFilesKept = 2000;

size_t Limit(size_t limit) { return std::min(limit, size_t{1'000'000}); }

// A file unpacked.
struct OpenFile {
  int64_t id = 0;
  int64_t first_symbol = 0, first_chunk = 0;
  FileNames names;
  FileContents contents;
};

class Reader : public Catalog {
 public:
  Reader(fs::path index_dir, std::unique_ptr<CatalogFileReader> file)
      : index_dir_(std::move(index_dir)), file_(std::move(file)) {}

  Result<CatalogMeta> Meta() override;
  Result<std::vector<FileRow>> Files() override;
  Result<std::optional<FileRow>> File(int64_t file_id) override;
  Result<std::vector<SymbolRow>> SymbolsNamed(std::string_view dotted) override;
  Result<std::optional<SymbolRow>> SymbolById(int64_t id) override;
  Result<std::vector<SymbolRow>> MembersOf(std::string_view qualified_name) override;
  Result<std::vector<NameEntry>> Names() override;
  Result<std::optional<std::string>> ResolveName(std::string_view dotted) override;
  Result<std::vector<ClassEntry>> Classes() override;
  Result<std::vector<Namespace>> NamespacesOf(std::string_view qualified_name) override;
  Result<std::optional<ChunkRow>> ChunkById(int64_t id) override;
  Result<std::vector<ChunkRow>> ChunksOf(std::string_view qualified_name) override;
  Result<std::vector<LexicalMatch>> SearchText(std::span<const std::string> terms,
                                               size_t limit) override;
  Result<VectorRows> Vectors() override { return ReadVectors(0, "f.root, f.path"); }
  Result<VectorRows> VectorsFrom(int64_t first_chunk_id) override {
    return ReadVectors(first_chunk_id, "f.first_chunk");
  }
  Result<VectorRuns> ListVectors() override;
  Result<std::vector<CallSiteRow>> CallersOf(std::string_view qualified_name,
                                             size_t limit) override;
  Result<CallCount> CallCountOf(std::string_view qualified_name) override;
  Result<std::vector<CallCount>> UsedTogether(std::string_view qualified_name,
                                              size_t limit) override;
  Result<std::vector<CallEdge>> CallsIn(int64_t file_id) override;
  Result<std::vector<std::pair<std::string, float>>> CorpusWeights() override;
  Result<TermVectors> OwnTerms() override;
  Result<CatalogCounts> Counts() override;

 private:
  // One read transaction of which everything that is kept between calls is part.
  struct Snapshot {
    Database* db;
    Transaction transaction;
  };
  Result<Snapshot> Begin();
  Result<const OpenFile*> Open(Database& db, int64_t file_id);
  Result<const OpenFile*> OpenWith(Database& db, const char* sql, int64_t id);
  Result<SymbolRow> SymbolAt(Database& db, const OpenFile& file, size_t position);
  Result<ChunkRow> ChunkAt(const OpenFile& file, size_t position);
  Result<std::string> ImportName(Database& db, int64_t symbol_id, const std::string& defined);
  Status AddSymbolsOf(Database& db, int64_t file_id, std::string_view name, bool as_parent,
                      std::vector<SymbolRow>* rows);
  Status AddRenamed(Database& db, std::string_view name, std::vector<SymbolRow>* rows);
  Status AddForeignChunks(Database& db, std::string_view symbol, std::vector<ChunkRow>* rows);
  Status SortByPlace(Database& db, std::vector<ChunkRow>* rows);
  Result<VectorRows> ReadVectors(int64_t first_chunk_id, const std::string& order);
  Status AddRows(const Query& query, VectorRows* rows);

  const fs::path index_dir_;
  std::unique_ptr<CatalogFileReader> file_;
  Decompressor unpacker_;
  // Kept of version_.
  int64_t version_ = -1;
  std::unique_ptr<CatalogNames> names_;
  std::unique_ptr<FullTextReader> full_text_;
  std::unordered_map<int64_t, std::unique_ptr<OpenFile>> files_;
};

Result<Reader::Snapshot> Reader::Begin() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*db, Transaction::Kind::kRead));
  ASSIGN_OR_RETURN(const int64_t version, file_->Version());
  if (version != version_) {
    names_.reset();
    full_text_.reset();
    files_.clear();
    version_ = version;
  }
  return Snapshot{db, std::move(transaction)};
}

Result<const OpenFile*> Reader::Open(Database& db, int64_t file_id) {
  const auto known = files_.find(file_id);
  if (known != files_.end()) return static_cast<const OpenFile*>(known->second.get());
  ASSIGN_OR_RETURN(Query query,
                   db.Ask("SELECT f.first_symbol, f.first_chunk, n.names, n.contents FROM files f "
                          "JOIN file_facts n ON n.file_id = f.id WHERE f.id = ?",
                          file_id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  auto file = std::make_unique<OpenFile>();
  file->id = file_id;
  const bool intact = row && DecodeNames(query.Text(2), unpacker_, &file->names) &&
                      file->contents.Open(query.Text(3), unpacker_) &&
                      file->contents.symbols() == file->names.symbols.size();
  if (!intact) return BrokenRow(index_dir_, "file_facts");
  file->first_symbol = query.Int(0);
  file->first_chunk = query.Int(1);
  return static_cast<const OpenFile*>(files_.emplace(file_id, std::move(file)).first->second.get());
}

// `sql` finds the file by an id of something in it; null if there is none.
Result<const OpenFile*> Reader::OpenWith(Database& db, const char* sql, int64_t id) {
  int64_t file_id = 0;
  {
    ASSIGN_OR_RETURN(Query query, db.Ask(sql, id));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row || id < query.Int(1) || id >= query.Int(1) + query.Int(2)) {
      return static_cast<const OpenFile*>(nullptr);
    }
    file_id = query.Int(0);
  }
  if (files_.size() >= kMaxFilesKept) files_.clear();
  return Open(db, file_id);
}

Result<std::string> Reader::ImportName(Database& db, int64_t symbol_id,
                                       const std::string& defined) {
  ASSIGN_OR_RETURN(Query query,
                   db.Ask("SELECT import_name FROM renamed WHERE symbol_id = ?", symbol_id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  return row ? std::string(query.Text(0)) : defined;
}

Result<SymbolRow> Reader::SymbolAt(Database& db, const OpenFile& file, size_t position) {
  SymbolRow row;
  const NameRecord& name = file.names.symbols[position];
  row.id = file.first_symbol + static_cast<int64_t>(position);
  row.file_id = file.id;
  row.symbol.qualified_name = name.qualified_name;
  row.symbol.module = name.module;
  row.symbol.parent = name.parent;
  row.symbol.kind = name.kind;
  row.symbol.is_public = name.is_public;
  if (!file.contents.Symbol(position, &row.symbol)) return BrokenRow(index_dir_, "file_facts");
  ASSIGN_OR_RETURN(row.import_name, ImportName(db, row.id, name.qualified_name));
  return row;
}

Result<ChunkRow> Reader::ChunkAt(const OpenFile& file, size_t position) {
  ChunkRow row;
  row.id = file.first_chunk + static_cast<int64_t>(position);
  row.file_id = file.id;
  if (!file.contents.Chunk(position, &row.chunk)) return BrokenRow(index_dir_, "file_facts");
  return row;
}

Result<CatalogMeta> Reader::Meta() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return ReadMeta(*db);
}

Result<std::vector<FileRow>> Reader::Files() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return QueryFiles(*db);
}

Result<std::optional<FileRow>> Reader::File(int64_t file_id) {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(
      Query query,
      db->Ask("SELECT " + std::string(kFileColumns) + " FROM files WHERE id = ?", file_id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  if (!row) return std::optional<FileRow>();
  return std::optional<FileRow>(TakeFile(query));
}

// The file's symbols of that name, or those that have it as parent.
Status Reader::AddSymbolsOf(Database& db, int64_t file_id, std::string_view name, bool as_parent,
                            std::vector<SymbolRow>* rows) {
  if (files_.size() >= kMaxFilesKept) files_.clear();
  ASSIGN_OR_RETURN(const OpenFile* file, Open(db, file_id));
  for (size_t i = 0; i < file->names.symbols.size(); ++i) {
    const NameRecord& symbol = file->names.symbols[i];
    if ((as_parent ? symbol.parent : symbol.qualified_name) != name) continue;
    ASSIGN_OR_RETURN(rows->emplace_back(), SymbolAt(db, *file, i));
  }
  return {};
}

constexpr char kFileOfSymbol[] =
    "SELECT id, first_symbol, symbol_count FROM files WHERE first_symbol <= ? "
    "AND symbol_count > 0 ORDER BY first_symbol DESC LIMIT 1";
constexpr char kFileOfChunk[] =
    "SELECT id, first_chunk, chunk_count FROM files WHERE first_chunk <= ? "
    "AND chunk_count > 0 ORDER BY first_chunk DESC LIMIT 1";

// Symbols that are imported under the name.
Status Reader::AddRenamed(Database& db, std::string_view name, std::vector<SymbolRow>* rows) {
  std::vector<int64_t> ids;
  {
    ASSIGN_OR_RETURN(Query query,
                     db.Ask("SELECT symbol_id FROM import_names WHERE hash = ?", NameHash(name)));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      ids.push_back(query.Int(0));
    }
  }
  for (const int64_t id : ids) {
    ASSIGN_OR_RETURN(const OpenFile* file, OpenWith(db, kFileOfSymbol, id));
    if (file == nullptr) return BrokenRow(index_dir_, "import_names");
    ASSIGN_OR_RETURN(SymbolRow row,
                     SymbolAt(db, *file, static_cast<size_t>(id - file->first_symbol)));
    const bool known = row.symbol.qualified_name == name;  // found by that already
    if (!known && row.import_name == name) rows->push_back(std::move(row));
  }
  return {};
}

Result<std::vector<SymbolRow>> Reader::SymbolsNamed(std::string_view dotted) {
  std::vector<SymbolRow> rows;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(*snapshot.db, dotted));
  for (const int64_t file : files) {
    RETURN_IF_ERROR(AddSymbolsOf(*snapshot.db, file, dotted, false, &rows));
  }
  RETURN_IF_ERROR(AddRenamed(*snapshot.db, dotted, &rows));
  return rows;
}

Result<std::optional<SymbolRow>> Reader::SymbolById(int64_t id) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const OpenFile* file, OpenWith(*snapshot.db, kFileOfSymbol, id));
  if (file == nullptr) return std::optional<SymbolRow>();
  ASSIGN_OR_RETURN(SymbolRow row,
                   SymbolAt(*snapshot.db, *file, static_cast<size_t>(id - file->first_symbol)));
  return std::optional<SymbolRow>(std::move(row));
}

Result<std::vector<SymbolRow>> Reader::MembersOf(std::string_view qualified_name) {
  std::vector<SymbolRow> rows;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(*snapshot.db, qualified_name));
  for (const int64_t file : files) {
    RETURN_IF_ERROR(AddSymbolsOf(*snapshot.db, file, qualified_name, true, &rows));
  }
  return rows;
}

Result<std::vector<Catalog::NameEntry>> Reader::Names() {
  std::vector<NameEntry> entries;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  std::unordered_map<int64_t, std::string> renamed;
  {
    ASSIGN_OR_RETURN(Query query, snapshot.db->Ask("SELECT symbol_id, import_name FROM renamed"));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      renamed.emplace(query.Int(0), query.Text(1));
    }
  }
  ASSIGN_OR_RETURN(Query query,
                   snapshot.db->Ask("SELECT f.first_symbol, f.role, n.names FROM files f JOIN "
                                    "file_facts n ON n.file_id = f.id ORDER BY f.root, f.path"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return entries;
    FileNames names;
    if (!DecodeNames(query.Text(2), unpacker_, &names)) return BrokenRow(index_dir_, "file_facts");
    int64_t id = query.Int(0);
    for (NameRecord& name : names.symbols) {
      const auto other = renamed.find(id);
      std::string import_name = other == renamed.end() ? name.qualified_name : other->second;
      entries.push_back({id++, std::move(import_name), std::move(name.qualified_name), name.kind,
                         name.is_public, name.is_deprecated, static_cast<FileRole>(query.Int(1))});
    }
  }
}

Result<std::optional<std::string>> Reader::ResolveName(std::string_view dotted) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  if (names_ == nullptr || names_->size() > kMaxRememberedNames) {
    names_ = std::make_unique<CatalogNames>(*snapshot.db);
  }
  std::optional<std::string> resolved = inhouse::ResolveName(*names_, dotted);
  if (!names_->status().ok()) {
    const Error error = names_->status().error();
    names_.reset();
    return error;
  }
  return resolved;
}

Result<std::vector<Catalog::ClassEntry>> Reader::Classes() {
  std::vector<ClassEntry> classes;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  RETURN_IF_ERROR(ForEachSymbol(*snapshot.db, [&](int64_t, const NameRecord& name) {
    if (name.kind == SymbolKind::kClass && !name.bases.empty()) {
      classes.push_back({name.qualified_name, name.bases});
    }
  }));
  return classes;
}

Result<std::vector<Namespace>> Reader::NamespacesOf(std::string_view qualified_name) {
  std::vector<Namespace> spaces;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(*snapshot.db, qualified_name));
  for (const int64_t file : files) {
    ASSIGN_OR_RETURN(Query query,
                     snapshot.db->Ask("SELECT spaces FROM file_facts WHERE file_id = ?", file));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    std::vector<Namespace> here;
    if (!row || !DecodeSpaces(query.Text(0), unpacker_, &here)) {
      return BrokenRow(index_dir_, "file_facts");
    }
    std::erase_if(here, [&](const Namespace& space) { return space.owner != qualified_name; });
    std::move(here.begin(), here.end(), std::back_inserter(spaces));
  }
  return spaces;
}

Result<std::optional<ChunkRow>> Reader::ChunkById(int64_t id) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const OpenFile* file, OpenWith(*snapshot.db, kFileOfChunk, id));
  if (file == nullptr) return std::optional<ChunkRow>();
  ASSIGN_OR_RETURN(ChunkRow row, ChunkAt(*file, static_cast<size_t>(id - file->first_chunk)));
  return std::optional<ChunkRow>(std::move(row));
}

Status Reader::AddForeignChunks(Database& db, std::string_view symbol,
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
Result<std::vector<ChunkRow>> Reader::ChunksOf(std::string_view qualified_name) {
  std::vector<ChunkRow> rows;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(*snapshot.db, qualified_name));
  for (const int64_t id : files) {
    if (files_.size() >= kMaxFilesKept) files_.clear();
    ASSIGN_OR_RETURN(const OpenFile* file, Open(*snapshot.db, id));
    for (size_t i = 0; i < file->contents.chunks(); ++i) {
      if (file->contents.ChunkSymbol(i) != qualified_name) continue;
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
Status Reader::SortByPlace(Database& db, std::vector<ChunkRow>* rows) {
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

Result<std::vector<LexicalMatch>> Reader::SearchText(std::span<const std::string> terms,
                                                     size_t limit) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  if (full_text_ == nullptr) {
    ASSIGN_OR_RETURN(FullTextReader opened, FullTextReader::Open(*snapshot.db));
    full_text_ = std::make_unique<FullTextReader>(std::move(opened));
  }
  return full_text_->Search(*snapshot.db, terms, Limit(limit));
}

// One row holds the vectors of one file: first chunk, count, dimensions, bytes.
Status Reader::AddRows(const Query& query, VectorRows* rows) {
  const auto count = static_cast<size_t>(query.Int(1));
  const auto dimensions = static_cast<size_t>(query.Int(2));
  const std::optional<std::string> bytes = unpacker_.Unpack(query.Text(3));
  const bool first = rows->ids.empty();
  const bool fits = bytes && count > 0 && dimensions > 0 && bytes->size() / count == dimensions &&
                    bytes->size() % count == 0 && (first || dimensions == rows->dimensions);
  if (!fits) return BrokenRow(index_dir_, "file_vectors");
  rows->dimensions = dimensions;
  for (size_t i = 0; i < count; ++i) rows->ids.push_back(query.Int(0) + static_cast<int64_t>(i));
  const auto* values = reinterpret_cast<const int8_t*>(bytes->data());
  rows->values.insert(rows->values.end(), values, values + bytes->size());
  return {};
}

Result<Catalog::VectorRows> Reader::ReadVectors(int64_t first_chunk_id, const std::string& order) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const CatalogMeta meta, ReadMeta(*snapshot.db));
  VectorRows rows;
  rows.commit = meta.commit;
  ASSIGN_OR_RETURN(Query query,
                   snapshot.db->Ask("SELECT f.first_chunk, f.chunk_count, v.dimensions, v.rows "
                                    "FROM files f JOIN file_vectors v ON v.file_id = f.id "
                                    "WHERE f.first_chunk >= ? ORDER BY " +
                                        order,
                                    first_chunk_id));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return rows;
    RETURN_IF_ERROR(AddRows(query, &rows));
  }
}

Result<Catalog::VectorRuns> Reader::ListVectors() {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const CatalogMeta meta, ReadMeta(*snapshot.db));
  VectorRuns list;
  list.commit = meta.commit;
  ASSIGN_OR_RETURN(Query query,
                   snapshot.db->Ask("SELECT f.first_chunk, f.chunk_count, v.dimensions FROM files "
                                    "f JOIN file_vectors v ON v.file_id = f.id "
                                    "ORDER BY f.first_chunk"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return list;
    list.runs.push_back({query.Int(0), query.Int(1)});
    list.total += static_cast<size_t>(std::max<int64_t>(query.Int(1), 0));
    list.dimensions = static_cast<size_t>(query.Int(2));
  }
}

Result<std::vector<CallSiteRow>> Reader::CallersOf(std::string_view qualified_name, size_t limit) {
  if (qualified_name.empty()) return std::vector<CallSiteRow>();
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  return QueryCallers(*snapshot.db, qualified_name, Limit(limit));
}

Result<Catalog::CallCount> Reader::CallCountOf(std::string_view qualified_name) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  return QueryCallCount(*snapshot.db, qualified_name);
}

Result<std::vector<Catalog::CallCount>> Reader::UsedTogether(std::string_view qualified_name,
                                                             size_t limit) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  return QueryUsedTogether(*snapshot.db, qualified_name, Limit(limit));
}

Result<std::vector<Catalog::CallEdge>> Reader::CallsIn(int64_t file_id) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  return QueryCallsIn(*snapshot.db, file_id);
}

Result<std::vector<std::pair<std::string, float>>> Reader::CorpusWeights() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return QueryWeights(*db);
}

Result<TermVectors> Reader::OwnTerms() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return QueryOwnTerms(*db);
}

Result<CatalogCounts> Reader::Counts() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return QueryCounts(*db);
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::Open(const fs::path& index_dir) {
  ASSIGN_OR_RETURN(std::unique_ptr<CatalogFileReader> file, CatalogFileReader::Open(index_dir));
  return std::unique_ptr<Catalog>(std::make_unique<Reader>(index_dir, std::move(file)));
}

}  // namespace inhouse
