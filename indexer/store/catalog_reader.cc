// Catalog over SQLite: each call is one statement, or several in one read
// transaction, so that it sees a single commit.
#include <algorithm>
#include <string>
#include <utility>

#include "indexer/store/call_record.h"
#include "indexer/store/catalog.h"
#include "indexer/store/catalog_file.h"
#include "indexer/store/catalog_names.h"
#include "indexer/store/catalog_queries.h"
#include "indexer/store/record.h"
#include "indexer/store/schema.h"
#include "indexer/store/symbol_record.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// Names remembered between calls; a long-lived reader starts anew above it.
constexpr size_t kMaxRememberedNames = 50'000;
// Functions looked at for "used together".
constexpr int kMaxCallers = 5000;

constexpr char kSymbolById[] =
    "SELECT id, file_id, import_name, qualified_name, module, parent, kind, is_public, facts "
    "FROM symbols WHERE id = ?";
constexpr char kSymbolsByName[] =
    "SELECT id, file_id, import_name, qualified_name, module, parent, kind, is_public, facts "
    "FROM symbols WHERE qualified_name = ?1 OR import_name = ?1 ORDER BY id";
constexpr char kSymbolsByParent[] =
    "SELECT id, file_id, import_name, qualified_name, module, parent, kind, is_public, facts "
    "FROM symbols WHERE parent = ? ORDER BY file_id, id";
constexpr char kChunkById[] =
    "SELECT id, file_id, kind, symbol, start_line, end_line, start_byte, end_byte, "
    "name, signature, doc, body FROM chunks WHERE id = ?";
// A usage chunk names its symbol as the file does.
constexpr char kChunksBySymbol[] =
    "SELECT id, file_id, kind, symbol, start_line, end_line, start_byte, end_byte, "
    "name, signature, doc, body FROM chunks WHERE symbol = ?1 "
    "OR symbol IN (SELECT target FROM targets WHERE resolved = ?1) ORDER BY id";
// Role 1 is a script, 3 a notebook.
constexpr char kCallers[] =
    "SELECT c.file_id, t.target, t.resolved, c.caller, c.facts FROM targets t "
    "JOIN call_sites c ON c.target_id = t.id JOIN files f ON f.id = c.file_id "
    "WHERE t.resolved = ? "
    "ORDER BY f.role NOT IN (1, 3), f.path, f.root, c.line, c.position LIMIT ?";
constexpr char kCallCounts[] =
    "SELECT t.resolved, count(*), sum(f.role IN (1, 3)) FROM targets t "
    "JOIN call_sites c ON c.target_id = t.id JOIN files f ON f.id = c.file_id "
    "WHERE t.resolved <> '' GROUP BY t.resolved ORDER BY t.resolved";
// Counted once a function; names of scripts are no API.
constexpr char kUsedTogether[] =
    "WITH callers AS (SELECT DISTINCT c.file_id, c.caller FROM targets t "
    "  JOIN call_sites c ON c.target_id = t.id WHERE t.resolved = ?1 LIMIT ?3), "
    "pairs AS (SELECT DISTINCT t.resolved, c.file_id, c.caller FROM callers k "
    "  JOIN call_sites c ON c.file_id = k.file_id AND c.caller = k.caller "
    "  JOIN targets t ON t.id = c.target_id WHERE t.resolved NOT IN ('', ?1)) "
    "SELECT p.resolved, count(*) AS together, sum(f.role IN (1, 3)) FROM pairs p "
    "JOIN files f ON f.id = p.file_id "
    "WHERE EXISTS (SELECT 1 FROM symbols s JOIN files d ON d.id = s.file_id "
    "  WHERE s.qualified_name = p.resolved AND d.role = 0) "
    "GROUP BY p.resolved ORDER BY together DESC, p.resolved LIMIT ?2";

int64_t Limit(size_t limit) { return static_cast<int64_t>(std::min(limit, size_t{1'000'000})); }

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
  Result<VectorRows> Vectors() override { return VectorsFrom(0); }
  Result<VectorRows> VectorsFrom(int64_t first_chunk_id) override;
  Result<VectorRuns> ListVectors() override;
  Result<std::vector<CallSiteRow>> CallersOf(std::string_view qualified_name,
                                             size_t limit) override;
  Result<std::vector<CallCount>> CallCounts() override;
  Result<std::vector<CallCount>> UsedTogether(std::string_view qualified_name,
                                              size_t limit) override;
  Result<std::vector<std::pair<std::string, float>>> CorpusWeights() override;
  Result<CatalogCounts> Counts() override;

 private:
  template <typename Key>
  Result<std::vector<SymbolRow>> Symbols(std::string_view sql, const Key& key);
  template <typename Key>
  Result<std::vector<ChunkRow>> Chunks(std::string_view sql, const Key& key);
  Result<std::vector<CallCount>> TakeCounts(Result<Query> query);
  Status AddRows(const Query& query, VectorRows* rows);

  const fs::path index_dir_;
  std::unique_ptr<CatalogFileReader> file_;
  std::unique_ptr<CatalogNames> names_;  // of names_version_
  int64_t names_version_ = -1;
};

template <typename Key>
Result<std::vector<SymbolRow>> Reader::Symbols(std::string_view sql, const Key& key) {
  std::vector<SymbolRow> rows;
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Query query, db->Ask(sql, key));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return rows;
    SymbolRow& symbol = rows.emplace_back();
    symbol.id = query.Int(0);
    symbol.file_id = query.Int(1);
    symbol.import_name = query.Text(2);
    symbol.symbol.qualified_name = query.Text(3);
    symbol.symbol.module = query.Text(4);
    symbol.symbol.parent = query.Text(5);
    symbol.symbol.kind = static_cast<SymbolKind>(query.Int(6));
    symbol.symbol.is_public = query.Int(7) != 0;
    if (!DecodeSymbol(query.Text(8), &symbol.symbol)) return BrokenRow(index_dir_, "symbols");
  }
}

template <typename Key>
Result<std::vector<ChunkRow>> Reader::Chunks(std::string_view sql, const Key& key) {
  std::vector<ChunkRow> rows;
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Query query, db->Ask(sql, key));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return rows;
    ChunkRow& chunk = rows.emplace_back();
    chunk.id = query.Int(0);
    chunk.file_id = query.Int(1);
    chunk.chunk.kind = static_cast<ChunkKind>(query.Int(2));
    chunk.chunk.symbol = query.Text(3);
    chunk.chunk.range = {static_cast<int>(query.Int(4)), static_cast<int>(query.Int(5)),
                         static_cast<uint32_t>(query.Int(6)), static_cast<uint32_t>(query.Int(7))};
    chunk.chunk.name = query.Text(8);
    chunk.chunk.signature = query.Text(9);
    chunk.chunk.doc = query.Text(10);
    chunk.chunk.body = query.Text(11);
  }
}

// The first row of a look-up by id.
template <typename Row>
Result<std::optional<Row>> FirstOf(Result<std::vector<Row>> rows) {
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<Row>();
  return std::optional<Row>(std::move(rows->front()));
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

Result<std::vector<SymbolRow>> Reader::SymbolsNamed(std::string_view dotted) {
  return Symbols(kSymbolsByName, dotted);
}

Result<std::optional<SymbolRow>> Reader::SymbolById(int64_t id) {
  return FirstOf(Symbols(kSymbolById, id));
}

Result<std::vector<SymbolRow>> Reader::MembersOf(std::string_view qualified_name) {
  return Symbols(kSymbolsByParent, qualified_name);
}

Result<std::vector<Catalog::NameEntry>> Reader::Names() {
  std::vector<NameEntry> names;
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Query query,
                   db->Ask("SELECT s.id, s.import_name, s.qualified_name, s.kind, s.is_public, "
                           "s.is_deprecated, f.role FROM symbols s "
                           "JOIN files f ON f.id = s.file_id ORDER BY s.id"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return names;
    names.push_back({query.Int(0), std::string(query.Text(1)), std::string(query.Text(2)),
                     static_cast<SymbolKind>(query.Int(3)), query.Int(4) != 0, query.Int(5) != 0,
                     static_cast<FileRole>(query.Int(6))});
  }
}

Result<std::optional<std::string>> Reader::ResolveName(std::string_view dotted) {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(*db, Transaction::Kind::kRead));
  ASSIGN_OR_RETURN(const int64_t version, file_->Version());
  if (names_ == nullptr || version != names_version_ || names_->size() > kMaxRememberedNames) {
    names_ = std::make_unique<CatalogNames>(*db);
    names_version_ = version;
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
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Query query, db->Ask("SELECT qualified_name, bases FROM symbols "
                                        "WHERE kind = ? AND bases IS NOT NULL ORDER BY id",
                                        static_cast<int>(SymbolKind::kClass)));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return classes;
    classes.push_back({std::string(query.Text(0)), RecordReader(query.Text(1)).Texts()});
  }
}

Result<std::vector<Namespace>> Reader::NamespacesOf(std::string_view qualified_name) {
  std::vector<Namespace> spaces;
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Query query,
                   db->Ask("SELECT owner, is_open, names FROM namespaces WHERE owner = ? "
                           "ORDER BY file_id, position",
                           qualified_name));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return spaces;
    RecordReader names(query.Text(2));
    spaces.push_back({std::string(query.Text(0)), names.Texts(), query.Int(1) != 0});
    if (!names.AtEnd()) return BrokenRow(index_dir_, "namespaces");
  }
}

Result<std::optional<ChunkRow>> Reader::ChunkById(int64_t id) {
  return FirstOf(Chunks(kChunkById, id));
}

Result<std::vector<ChunkRow>> Reader::ChunksOf(std::string_view qualified_name) {
  return Chunks(kChunksBySymbol, qualified_name);
}

Result<std::vector<LexicalMatch>> Reader::SearchText(std::span<const std::string> terms,
                                                     size_t limit) {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return SearchFullText(*db, terms, limit);
}

// One row holds the vectors of one file: first chunk, count, dimensions, bytes.
Status Reader::AddRows(const Query& query, VectorRows* rows) {
  const auto count = static_cast<size_t>(query.Int(1));
  const auto dimensions = static_cast<size_t>(query.Int(2));
  const std::string_view bytes = query.Text(3);
  const bool first = rows->ids.empty();
  const bool fits = count > 0 && dimensions > 0 && bytes.size() / count == dimensions &&
                    bytes.size() % count == 0 && (first || dimensions == rows->dimensions);
  if (!fits) return BrokenRow(index_dir_, "vectors");
  rows->dimensions = dimensions;
  for (size_t i = 0; i < count; ++i) rows->ids.push_back(query.Int(0) + static_cast<int64_t>(i));
  const auto* values = reinterpret_cast<const int8_t*>(bytes.data());
  rows->values.insert(rows->values.end(), values, values + bytes.size());
  return {};
}

Result<Catalog::VectorRows> Reader::VectorsFrom(int64_t first_chunk_id) {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(*db, Transaction::Kind::kRead));
  ASSIGN_OR_RETURN(const CatalogMeta meta, ReadMeta(*db));
  VectorRows rows;
  rows.commit = meta.commit;
  ASSIGN_OR_RETURN(Query query,
                   db->Ask("SELECT first_chunk, chunk_count, dimensions, rows FROM vectors "
                           "WHERE first_chunk >= ? ORDER BY first_chunk",
                           first_chunk_id));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return rows;
    RETURN_IF_ERROR(AddRows(query, &rows));
  }
}

Result<Catalog::VectorRuns> Reader::ListVectors() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(*db, Transaction::Kind::kRead));
  ASSIGN_OR_RETURN(const CatalogMeta meta, ReadMeta(*db));
  VectorRuns list;
  list.commit = meta.commit;
  ASSIGN_OR_RETURN(Query query, db->Ask("SELECT first_chunk, chunk_count, dimensions FROM vectors "
                                        "ORDER BY first_chunk"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return list;
    list.runs.push_back({query.Int(0), query.Int(1)});
    list.total += static_cast<size_t>(std::max<int64_t>(query.Int(1), 0));
    list.dimensions = static_cast<size_t>(query.Int(2));
  }
}

Result<std::vector<CallSiteRow>> Reader::CallersOf(std::string_view qualified_name, size_t limit) {
  std::vector<CallSiteRow> calls;
  if (qualified_name.empty()) return calls;
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Query query, db->Ask(kCallers, qualified_name, Limit(limit)));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return calls;
    CallSiteRow& call = calls.emplace_back();
    call.file_id = query.Int(0);
    call.call.target = query.Text(1);
    call.resolved = query.Text(2);
    call.call.caller = query.Text(3);
    if (!DecodeCall(query.Text(4), &call.call)) return BrokenRow(index_dir_, "call_sites");
  }
}

Result<std::vector<Catalog::CallCount>> Reader::TakeCounts(Result<Query> query) {
  if (!query.ok()) return query.error();
  std::vector<CallCount> counts;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query->Next());
    if (!row) return counts;
    counts.push_back({std::string(query->Text(0)), query->Int(1), query->Int(2)});
  }
}

Result<std::vector<Catalog::CallCount>> Reader::CallCounts() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return TakeCounts(db->Ask(kCallCounts));
}

Result<std::vector<Catalog::CallCount>> Reader::UsedTogether(std::string_view qualified_name,
                                                             size_t limit) {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return TakeCounts(db->Ask(kUsedTogether, qualified_name, Limit(limit), kMaxCallers));
}

Result<std::vector<std::pair<std::string, float>>> Reader::CorpusWeights() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return QueryWeights(*db);
}

Result<CatalogCounts> Reader::Counts() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Transaction snapshot, Transaction::Begin(*db, Transaction::Kind::kRead));
  return QueryCounts(*db);
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::Open(const fs::path& index_dir) {
  ASSIGN_OR_RETURN(std::unique_ptr<CatalogFileReader> file, CatalogFileReader::Open(index_dir));
  return std::unique_ptr<Catalog>(std::make_unique<Reader>(index_dir, std::move(file)));
}

}  // namespace inhouse
