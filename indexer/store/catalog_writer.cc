// One update: write.lock, then one SQLite transaction from Begin to Commit.
// Commit works out what depends on the whole index (import names, call targets),
// so that an edited __init__ needs no other file to be read again.
#include <string>
#include <utility>

#include "indexer/base/check.h"
#include "indexer/base/file_io.h"
#include "indexer/store/call_record.h"
#include "indexer/store/catalog.h"
#include "indexer/store/catalog_names.h"
#include "indexer/store/catalog_queries.h"
#include "indexer/store/record.h"
#include "indexer/store/schema.h"
#include "indexer/store/symbol_record.h"
#include "indexer/store/write_lock.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

std::string EncodeTexts(const std::vector<std::string>& list) {
  RecordWriter out;
  out.Texts(list);
  return out.bytes();
}

// The name that the file's own definitions begin with: its module, or for a
// script the name of its module symbol.
std::string ScopeOf(const FileFacts& facts) {
  const bool has_module_symbol =
      !facts.symbols.empty() && facts.symbols.front().kind == SymbolKind::kModule;
  return has_module_symbol ? facts.symbols.front().qualified_name : facts.module;
}

bool IsPackage(const std::string& path) {
  const std::string stem = fs::path(path).stem().string();
  return stem == "__init__";
}

class Writer : public CatalogWriter {
 public:
  static Result<std::unique_ptr<Writer>> Make(const fs::path& index_dir, WriteLock lock) {
    ASSIGN_OR_RETURN(Database db, Database::Open(CatalogFile(index_dir), Database::Mode::kWrite));
    std::unique_ptr<Writer> writer(new Writer(index_dir, std::move(lock), std::move(db)));
    RETURN_IF_ERROR(writer->Start());
    return writer;
  }
  Result<CatalogMeta> Meta() override { return ReadMeta(db_); }
  Result<std::vector<FileRow>> Files() override { return QueryFiles(db_); }
  Result<CatalogCounts> Counts() override { return QueryCounts(db_); }
  Result<std::vector<std::pair<std::string, float>>> CorpusWeights() override {
    return QueryWeights(db_);
  }
  Status Clear() override;
  Status PutFile(const FileUpdate& update) override;
  Status RemoveFile(int64_t file_id) override;
  Status TouchFile(int64_t file_id, int64_t mtime_ns) override;
  Status SetMeta(const CatalogMeta& meta) override;
  Status SetCorpusWeights(std::span<const std::pair<std::string, float>> weights,
                          std::string_view weights_id) override;
  Result<int64_t> Commit() override;

 private:
  Writer(fs::path index_dir, WriteLock lock, Database db)
      : index_dir_(std::move(index_dir)), lock_(std::move(lock)), db_(std::move(db)) {}
  Status Start();
  Result<int64_t> PutFileRow(const FileUpdate& update);
  Status PutSymbols(int64_t file_id, const std::vector<Symbol>& symbols);
  Status PutImports(int64_t file_id, const std::string& scope, const std::vector<Import>& imports);
  Status PutNamespaces(int64_t file_id, const std::vector<Namespace>& namespaces);
  Status PutChunks(int64_t file_id, const FileUpdate& update);
  Status PutChunk(int64_t file_id, const Chunk& chunk, const IndexedText& text);
  Status PutCalls(int64_t file_id, const std::vector<CallSite>& calls);
  Status RemoveFacts(int64_t file_id);
  Status RefreshNames();
  Status RefreshImportNames(const NameTable& names);
  Status RefreshTargets(const NameTable& names);

  const fs::path index_dir_;
  WriteLock lock_;
  Database db_;
  std::optional<Transaction> transaction_;  // empty after Commit
  int64_t next_chunk_ = 1;
  bool changed_ = false;   // something that makes a new commit
  bool touched_ = false;   // something worth storing at all
  bool optimise_ = false;  // everything is new: leave the full text in one piece
};

Status Writer::Start() {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(db_, Transaction::Kind::kWrite));
  transaction_.emplace(std::move(transaction));
  RETURN_IF_ERROR(EnsureSchema(db_));
  RETURN_IF_ERROR(CheckFormat(db_, index_dir_));
  ASSIGN_OR_RETURN(const CatalogMeta meta, ReadMeta(db_));
  optimise_ = meta.commit == 0;
  ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'"));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  if (row) next_chunk_ = query.Int(0) + 1;
  return {};
}

Status Writer::Clear() {
  constexpr const char* kTables[] = {"files",   "symbols", "imports",    "namespaces",    "chunks",
                                     "vectors", "targets", "call_sites", "corpus_weights"};
  for (const char* table : kTables)
    RETURN_IF_ERROR(db_.Script(("DELETE FROM " + std::string(table)).c_str()));
  // Row by row it would take as long as filling it did.
  RETURN_IF_ERROR(RecreateFullText(db_));
  changed_ = optimise_ = true;
  return {};
}

Status Writer::PutFile(const FileUpdate& update) {
  CHECK(update.texts.empty() || update.texts.size() == update.chunks.size());
  ASSIGN_OR_RETURN(const int64_t file_id, PutFileRow(update));
  RETURN_IF_ERROR(PutSymbols(file_id, update.facts.symbols));
  RETURN_IF_ERROR(PutImports(file_id, ScopeOf(update.facts), update.facts.imports));
  RETURN_IF_ERROR(PutNamespaces(file_id, update.facts.namespaces));
  RETURN_IF_ERROR(PutChunks(file_id, update));
  RETURN_IF_ERROR(PutCalls(file_id, update.facts.call_sites));
  changed_ = true;
  return {};
}

// A file keeps its id for as long as it is in the index.
Result<int64_t> Writer::PutFileRow(const FileUpdate& update) {
  const FileRow& file = update.file;
  const FileFacts& facts = update.facts;
  std::optional<int64_t> known;
  {
    ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT id FROM files WHERE root = ? AND path = ?",
                                          file.root, file.path));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (row) known = query.Int(0);
  }
  if (known) {
    RETURN_IF_ERROR(RemoveFacts(*known));
    RETURN_IF_ERROR(db_.Run("DELETE FROM files WHERE id = ?", *known));
  }
  const std::string exported = EncodeTexts(facts.exported);
  ASSIGN_OR_RETURN(Query query,
                   db_.Ask("INSERT INTO files VALUES(nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                           "iif(?, ?, NULL), ?) RETURNING id",
                           known.value_or(0), file.root, file.path, file.digest, file.size,
                           file.mtime_ns, static_cast<int>(file.role), file.module, ScopeOf(facts),
                           IsPackage(file.path), facts.has_all, Blob{exported}, facts.error_count));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  CHECK(row);
  const int64_t id = query.Int(0);
  ASSIGN_OR_RETURN(const bool more, query.Next());
  CHECK(!more);
  return id;
}

Status Writer::PutSymbols(int64_t file_id, const std::vector<Symbol>& symbols) {
  for (const Symbol& symbol : symbols) {
    const std::string bases = EncodeTexts(symbol.bases);
    const std::string facts = EncodeSymbol(symbol);
    RETURN_IF_ERROR(
        db_.Run("INSERT INTO symbols VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, iif(?, ?, NULL), ?)",
                file_id, symbol.qualified_name, symbol.qualified_name, symbol.parent, symbol.module,
                static_cast<int>(symbol.kind), symbol.is_public, symbol.deprecated.has_value(),
                !symbol.bases.empty(), Blob{bases}, Blob{facts}));
  }
  return {};
}

// Only what binds names in the module itself can be reached from outside.
Status Writer::PutImports(int64_t file_id, const std::string& scope,
                          const std::vector<Import>& imports) {
  int64_t position = 0;
  for (const Import& import : imports) {
    if (import.scope != scope) continue;
    RETURN_IF_ERROR(db_.Run("INSERT INTO imports VALUES(?, ?, ?, ?, ?, ?)", file_id, position++,
                            import.alias, import.module, import.name, import.is_conditional));
  }
  return {};
}

Status Writer::PutNamespaces(int64_t file_id, const std::vector<Namespace>& namespaces) {
  int64_t position = 0;
  for (const Namespace& space : namespaces) {
    if (space.names.empty() && !space.is_open) continue;
    const std::string names = EncodeTexts(space.names);
    RETURN_IF_ERROR(db_.Run("INSERT INTO namespaces VALUES(?, ?, ?, ?, ?)", file_id, position++,
                            space.owner, space.is_open, Blob{names}));
  }
  return {};
}

Status Writer::PutChunks(int64_t file_id, const FileUpdate& update) {
  if (update.chunks.empty()) return {};
  const int64_t first = next_chunk_;
  for (size_t i = 0; i < update.chunks.size(); ++i) {
    const Chunk& chunk = update.chunks[i];
    RETURN_IF_ERROR(update.texts.empty() ? PutChunk(file_id, chunk, MakeIndexedText(chunk))
                                         : PutChunk(file_id, chunk, update.texts[i]));
  }
  if (update.vectors.empty()) return {};
  CHECK(update.vectors.size() % update.chunks.size() == 0);
  const std::string_view rows(reinterpret_cast<const char*>(update.vectors.data()),
                              update.vectors.size());
  return db_.Run("INSERT INTO vectors VALUES(?, ?, ?, ?, ?)", first, file_id, update.chunks.size(),
                 update.vectors.size() / update.chunks.size(), Blob{rows});
}

Status Writer::PutChunk(int64_t file_id, const Chunk& chunk, const IndexedText& text) {
  const int64_t id = next_chunk_++;
  RETURN_IF_ERROR(db_.Run("INSERT INTO chunks VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", id,
                          file_id, static_cast<int>(chunk.kind), chunk.symbol,
                          chunk.range.start_line, chunk.range.end_line, chunk.range.start_byte,
                          chunk.range.end_byte, chunk.name, chunk.signature, chunk.doc,
                          chunk.body));
  return db_.Run("INSERT INTO chunk_text(rowid, name, signature, doc, body) VALUES(?, ?, ?, ?, ?)",
                 id, text.name, text.signature, text.doc, text.body);
}

Status Writer::PutCalls(int64_t file_id, const std::vector<CallSite>& calls) {
  int64_t position = 0;
  for (const CallSite& call : calls) {
    if (call.target.empty()) continue;
    const std::string facts = EncodeCall(call);
    RETURN_IF_ERROR(
        db_.Run("INSERT OR IGNORE INTO targets(target, resolved) VALUES(?, '')", call.target));
    RETURN_IF_ERROR(
        db_.Run("INSERT INTO call_sites SELECT ?, ?, id, ?, ?, ? FROM targets "
                "WHERE target = ?",
                file_id, position++, call.caller, call.range.start_line, Blob{facts}, call.target));
  }
  return {};
}

Status Writer::RemoveFacts(int64_t file_id) {
  RETURN_IF_ERROR(db_.Run(
      "DELETE FROM chunk_text WHERE rowid IN (SELECT id FROM chunks WHERE file_id = ?)", file_id));
  RETURN_IF_ERROR(db_.Run("DELETE FROM chunks WHERE file_id = ?", file_id));
  RETURN_IF_ERROR(db_.Run("DELETE FROM vectors WHERE file_id = ?", file_id));
  RETURN_IF_ERROR(db_.Run("DELETE FROM symbols WHERE file_id = ?", file_id));
  RETURN_IF_ERROR(db_.Run("DELETE FROM imports WHERE file_id = ?", file_id));
  RETURN_IF_ERROR(db_.Run("DELETE FROM namespaces WHERE file_id = ?", file_id));
  return db_.Run("DELETE FROM call_sites WHERE file_id = ?", file_id);
}

Status Writer::RemoveFile(int64_t file_id) {
  RETURN_IF_ERROR(RemoveFacts(file_id));
  RETURN_IF_ERROR(db_.Run("DELETE FROM files WHERE id = ?", file_id));
  changed_ = true;
  return {};
}

Status Writer::TouchFile(int64_t file_id, int64_t mtime_ns) {
  touched_ = true;
  return db_.Run("UPDATE files SET mtime_ns = ? WHERE id = ?", mtime_ns, file_id);
}

Status Writer::SetMeta(const CatalogMeta& meta) {
  ASSIGN_OR_RETURN(CatalogMeta stored, ReadMeta(db_));
  const bool same = stored.embedder == meta.embedder && stored.weights_id == meta.weights_id &&
                    stored.source_revision == meta.source_revision;
  if (same) return {};
  stored.embedder = meta.embedder;
  stored.weights_id = meta.weights_id;
  stored.source_revision = meta.source_revision;
  changed_ = true;
  return WriteMeta(db_, stored);
}

Status Writer::SetCorpusWeights(std::span<const std::pair<std::string, float>> weights,
                                std::string_view weights_id) {
  RETURN_IF_ERROR(db_.Run("DELETE FROM corpus_weights"));
  for (const auto& [term, weight] : weights) {
    RETURN_IF_ERROR(db_.Run("INSERT OR REPLACE INTO corpus_weights VALUES(?, ?)", term, weight));
  }
  ASSIGN_OR_RETURN(CatalogMeta meta, ReadMeta(db_));
  meta.weights_id = weights_id;
  changed_ = true;
  return WriteMeta(db_, meta);
}

Status Writer::RefreshNames() {
  ASSIGN_OR_RETURN(const NameTable names, LoadNames(db_));
  RETURN_IF_ERROR(RefreshImportNames(names));
  return RefreshTargets(names);
}

// (row id, new text) of the rows of an update.
using Changes = std::vector<std::pair<int64_t, std::string>>;

Status Writer::RefreshImportNames(const NameTable& names) {
  const auto best = ImportNames(names);
  Changes changes;
  {
    ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT id, qualified_name, import_name FROM symbols"));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      const auto at = best.find(std::string(query.Text(1)));
      if (at != best.end() && at->second != query.Text(2)) {
        changes.emplace_back(query.Int(0), at->second);
      }
    }
  }
  for (const auto& [id, name] : changes) {
    RETURN_IF_ERROR(db_.Run("UPDATE symbols SET import_name = ? WHERE id = ?", name, id));
  }
  return {};
}

Status Writer::RefreshTargets(const NameTable& names) {
  RETURN_IF_ERROR(
      db_.Run("DELETE FROM targets WHERE NOT EXISTS "
              "(SELECT 1 FROM call_sites WHERE target_id = targets.id)"));
  Changes changes;
  {
    ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT id, target, resolved FROM targets"));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      std::string resolved = ResolveName(names, query.Text(1)).value_or("");
      if (resolved != query.Text(2)) changes.emplace_back(query.Int(0), std::move(resolved));
    }
  }
  for (const auto& [id, resolved] : changes) {
    RETURN_IF_ERROR(db_.Run("UPDATE targets SET resolved = ? WHERE id = ?", resolved, id));
  }
  return {};
}

Result<int64_t> Writer::Commit() {
  CHECK(transaction_.has_value());
  ASSIGN_OR_RETURN(CatalogMeta meta, ReadMeta(db_));
  if (changed_) {
    RETURN_IF_ERROR(RefreshNames());
    if (optimise_) RETURN_IF_ERROR(OptimizeFullText(db_));
    ++meta.commit;
    RETURN_IF_ERROR(WriteMeta(db_, meta));
  }
  if (changed_ || touched_) RETURN_IF_ERROR(transaction_->Commit());
  transaction_.reset();
  // What is committed is safe in the log; a later update copies it too.
  const Status checkpointed = db_.Checkpoint();
  static_cast<void>(checkpointed);
  return meta.commit;
}

void DeleteIndexFiles(const fs::path& index_dir) {
  for (const char* name :
       {"catalog.db", "catalog.db-wal", "catalog.db-shm", "vectors.json", "vectors.faiss"}) {
    std::error_code ignored;  // opening it anew tells whether it is gone
    fs::remove(index_dir / name, ignored);
  }
}

Result<WriteLock> Lock(const fs::path& index_dir, std::chrono::milliseconds wait) {
  RETURN_IF_ERROR(MakeFolder(index_dir));
  return WriteLock::Take(index_dir, wait);
}

// Whether the catalog that is there can be used as it is.
Status CheckExisting(const fs::path& index_dir) {
  ASSIGN_OR_RETURN(Database db, Database::Open(CatalogFile(index_dir), Database::Mode::kWrite));
  ASSIGN_OR_RETURN(const bool has, HasSchema(db));
  if (has) RETURN_IF_ERROR(CheckFormat(db, index_dir));
  return db.CheckIntegrity();
}

}  // namespace

Result<std::unique_ptr<CatalogWriter>> CatalogWriter::Begin(const fs::path& index_dir,
                                                            std::chrono::milliseconds wait) {
  ASSIGN_OR_RETURN(WriteLock lock, Lock(index_dir, wait));
  ASSIGN_OR_RETURN(std::unique_ptr<Writer> writer, Writer::Make(index_dir, std::move(lock)));
  return std::unique_ptr<CatalogWriter>(std::move(writer));
}

Result<std::unique_ptr<CatalogWriter>> CatalogWriter::BeginRebuild(const fs::path& index_dir,
                                                                   std::chrono::milliseconds wait) {
  ASSIGN_OR_RETURN(WriteLock lock, Lock(index_dir, wait));
  const Status usable = CheckExisting(index_dir);
  if (!usable.ok() && usable.error().kind == ErrorKind::kIndex) DeleteIndexFiles(index_dir);
  ASSIGN_OR_RETURN(std::unique_ptr<Writer> writer, Writer::Make(index_dir, std::move(lock)));
  RETURN_IF_ERROR(writer->Clear());
  return std::unique_ptr<CatalogWriter>(std::move(writer));
}

}  // namespace inhouse
