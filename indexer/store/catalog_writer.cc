// One update: write.lock, then one SQLite transaction from Begin to Commit.
// Commit works out what depends on the whole index (import names, call targets;
// name_refresh.h), so that an edited __init__ needs no other file to be read again.
#include <algorithm>
#include <string>
#include <utility>

#include "indexer/base/check.h"
#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
#include "indexer/embed/vector_text.h"
#include "indexer/store/catalog.h"
#include "indexer/store/catalog_queries.h"
#include "indexer/store/file_record.h"
#include "indexer/store/full_text.h"
#include "indexer/store/name_refresh.h"
#include "indexer/store/record.h"
#include "indexer/store/schema.h"
#include "indexer/store/vector_blocks.h"
#include "indexer/store/write_lock.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// Free space is given back when it is more than 1 MiB and more than a quarter of the file;
// an ordinary update frees less, and later ones use it.
constexpr int64_t kMinFreePages = 256;
constexpr int64_t kMaxFreeShare = 4;

bool IsPackage(const std::string& path) { return fs::path(path).stem() == "__init__"; }

std::string Exported(const FileFacts& facts) {
  RecordWriter out;
  out.Texts(facts.exported);
  return out.bytes();
}

// What the catalog holds of a file that is replaced.
struct OldFile {
  int64_t id = 0;  // 0: none
  int64_t names_digest = 0;
  int64_t first_symbol = 0, symbol_count = 0;
};

Result<int64_t> NumberOf(Database& db, std::string_view pragma) {
  ASSIGN_OR_RETURN(Query query, db.Ask(pragma));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  return row ? query.Int(0) : int64_t{0};
}

// Writes the file anew when much of it is free: a root that went, a rebuild with less. One
// more transaction: readers see the same before and after, and a failure (there must be room
// for what is left, twice) leaves the file as it was.
Status GiveBackSpace(Database& db) {
  ASSIGN_OR_RETURN(const int64_t all, NumberOf(db, "PRAGMA page_count"));
  ASSIGN_OR_RETURN(const int64_t free, NumberOf(db, "PRAGMA freelist_count"));
  if (free < kMinFreePages || free * kMaxFreeShare < all) return {};
  // Between the two the copy is a file, not memory.
  RETURN_IF_ERROR(db.Script("PRAGMA temp_store=FILE; VACUUM"));
  return db.Script("PRAGMA temp_store=MEMORY");
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
  Result<TermVectors> OwnTerms() override { return QueryOwnTerms(db_); }
  Status SetOwnTerms(const TermVectors& terms) override {
    Note("terms");
    return PutOwnTerms(db_, terms);
  }
  Status Clear() override;
  Result<int64_t> PutFile(const FileUpdate& update) override;
  Status PutVectors(int64_t file_id, size_t dimensions, std::span<const int8_t> rows) override;
  Status RemoveFile(int64_t file_id) override;
  Status TouchFile(int64_t file_id, int64_t mtime_ns) override;
  Status SetMeta(const CatalogMeta& meta) override;
  Status SetCorpusWeights(std::span<const std::pair<std::string, float>> weights,
                          std::string_view weights_id) override;
  Status FinishNames() override;
  void PackText() override { full_text_.Pack(Vocabulary()); }
  Result<int64_t> Commit() override;
  void Recall(TargetWords* words) override { names_.UseWords(words); }
  void KeepLog() override { keep_log_ = true; }

 private:
  Writer(fs::path index_dir, WriteLock lock, Database db)
      : index_dir_(std::move(index_dir)),
        lock_(std::move(lock)),
        db_(std::move(db)),
        full_text_(db_),
        vectors_(db_),
        names_(db_) {}
  Status Start();
  // Something is written that makes a new commit.
  void Note(std::string_view what) {
    written_ = Xxh3Hex(written_ + Xxh3Hex(what));
    changed_ = true;
  }
  std::span<const std::string_view> Vocabulary() const {
    return vocabulary_ ? std::span(vocabulary_->terms()) : std::span<const std::string_view>();
  }
  Result<OldFile> FindOld(const FileUpdate& update);
  Result<int64_t> PutRow(const FileUpdate& update, const EncodedFile& encoded, const OldFile& old,
                         const std::vector<ChunkTerms>& terms);
  Status PutFacts(int64_t file_id, const EncodedFile& encoded);
  Status PutText(int64_t first_chunk, const std::vector<ChunkTerms>& terms,
                 const TermNumbers& vocabulary);
  std::vector<ChunkTerms> CountTerms(const FileUpdate& update);
  Status RemoveRows(int64_t file_id, bool keep_names);

  const fs::path index_dir_;
  WriteLock lock_;
  Database db_;
  Compressor compressor_;
  FullTextWriter full_text_;
  VectorBlockWriter vectors_;
  NameRefresh names_;
  std::optional<Transaction> transaction_;  // empty after Commit
  NextIds next_;
  TermReader reader_{kMaxEmbeddedBodyBytes};  // for updates without terms
  TermNumbers own_vocabulary_;
  const TermNumbers* vocabulary_ = nullptr;  // of this update
  std::string written_;                      // a digest of all that was written
  bool changed_ = false;                     // something that makes a new commit
  bool touched_ = false;                     // something worth storing at all
  bool has_names_ = false;                   // FinishNames was called
  bool keep_log_ = false;
};

Status Writer::Start() {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(db_, Transaction::Kind::kWrite));
  transaction_.emplace(std::move(transaction));
  RETURN_IF_ERROR(EnsureSchema(db_));
  RETURN_IF_ERROR(CheckFormat(db_, index_dir_));
  ASSIGN_OR_RETURN(next_, ReadNextIds(db_));
  ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT 1 FROM files LIMIT 1"));
  ASSIGN_OR_RETURN(const bool any, query.Next());
  if (!any) names_.AllIsNew();
  return {};
}

Status Writer::Clear() {
  constexpr const char* kTables[] = {"files",        "file_facts",     "vectors",
                                     "names",        "links",          "renamed",
                                     "import_names", "targets",        "resolved_targets",
                                     "target_files", "foreign_chunks", "segments",
                                     "postings",     "corpus_weights", "own_terms"};
  for (const char* table : kTables) {
    RETURN_IF_ERROR(db_.Script(("DELETE FROM " + std::string(table)).c_str()));
  }
  names_.AllIsNew();
  Note("clear");
  return {};
}

Result<int64_t> Writer::PutFile(const FileUpdate& update) {
  EncodedFile own;
  if (!update.encoded) own = EncodeFile(update, compressor_);
  const EncodedFile& encoded = update.encoded ? *update.encoded : own;
  std::vector<ChunkTerms> counted;
  if (update.vocabulary == nullptr) counted = CountTerms(update);
  const std::vector<ChunkTerms>& terms = update.vocabulary ? update.terms : counted;
  vocabulary_ = update.vocabulary ? update.vocabulary : &own_vocabulary_;
  ASSIGN_OR_RETURN(const OldFile old, FindOld(update));
  const bool same_names = old.id != 0 && old.names_digest == encoded.names_digest;
  if (old.id != 0) RETURN_IF_ERROR(RemoveRows(old.id, same_names));
  const int64_t first_chunk = next_.chunk;
  ASSIGN_OR_RETURN(const int64_t file_id, PutRow(update, encoded, old, terms));
  RETURN_IF_ERROR(PutFacts(file_id, encoded));
  RETURN_IF_ERROR(names_.AddFile(file_id, first_chunk, encoded, same_names));
  RETURN_IF_ERROR(PutText(first_chunk, terms, *vocabulary_));
  if (!update.vectors.empty()) {
    CHECK(update.vectors.size() % terms.size() == 0);
    RETURN_IF_ERROR(PutVectors(file_id, update.vectors.size() / terms.size(), update.vectors));
  }
  Note(update.file.root + '\0' + update.file.path + '\0' + update.file.digest);
  return file_id;
}

std::vector<ChunkTerms> Writer::CountTerms(const FileUpdate& update) {
  std::vector<ChunkTerms> terms;
  for (const Chunk& chunk : update.chunks) terms.push_back(reader_.Read(chunk));
  own_vocabulary_.Extend(0, reader_.TakeNewTerms());
  for (ChunkTerms& chunk : terms) own_vocabulary_.Translate(0, &chunk);
  return terms;
}

// The digest covers what names in other files may depend on: so does whether
// the file is a package, what it exports, and where it stands.
Result<OldFile> Writer::FindOld(const FileUpdate& update) {
  OldFile old;
  ASSIGN_OR_RETURN(Query query,
                   db_.Ask("SELECT id, names_digest, first_symbol, symbol_count, scope, exported, "
                           "module FROM files WHERE root = ? AND path = ?",
                           update.file.root, update.file.path));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  if (!row) return old;
  old = {query.Int(0), query.Int(1), query.Int(2), query.Int(3)};
  const bool same = query.Text(4) == ScopeOf(update.facts) &&
                    query.IsNull(5) != update.facts.has_all &&
                    (!update.facts.has_all || query.Text(5) == Exported(update.facts)) &&
                    query.Text(6) == update.file.module;
  if (!same) old.names_digest = 0;
  return old;
}

// A file keeps its id for as long as it is in the index; its symbols keep
// theirs for as long as their names stay.
Result<int64_t> Writer::PutRow(const FileUpdate& update, const EncodedFile& encoded,
                               const OldFile& old, const std::vector<ChunkTerms>& terms) {
  const FileRow& file = update.file;
  const FileFacts& facts = update.facts;
  const auto symbols = static_cast<int64_t>(encoded.symbol_count);
  const bool same_names = old.id != 0 && old.names_digest == encoded.names_digest;
  const int64_t first_symbol = same_names ? old.first_symbol : next_.symbol;
  if (!same_names) next_.symbol += symbols;
  const int64_t first_chunk = next_.chunk;
  next_.chunk += static_cast<int64_t>(terms.size());
  ASSIGN_OR_RETURN(
      Query query,
      db_.Ask("INSERT INTO files VALUES(nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, iif(?, ?, NULL), "
              "?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
              old.id, file.root, file.path, file.digest, file.size, file.mtime_ns,
              static_cast<int>(file.role), file.module, ScopeOf(facts), IsPackage(file.path),
              facts.has_all, Blob{Exported(facts)}, facts.error_count, encoded.names_digest,
              first_symbol, symbols, first_chunk, terms.size(), encoded.call_count,
              Blob{EncodeLengths(terms)}));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  CHECK(row);
  const int64_t id = query.Int(0);
  ASSIGN_OR_RETURN(const bool more, query.Next());
  CHECK(!more);
  return id;
}

Status Writer::PutFacts(int64_t file_id, const EncodedFile& encoded) {
  return db_.Run("INSERT INTO file_facts VALUES(?, ?, ?, ?)", file_id, Blob{encoded.names},
                 Blob{encoded.calls}, Blob{encoded.contents});
}

Status Writer::PutText(int64_t first_chunk, const std::vector<ChunkTerms>& terms,
                       const TermNumbers& vocabulary) {
  for (size_t i = 0; i < terms.size(); ++i) {
    RETURN_IF_ERROR(
        full_text_.Add(first_chunk + static_cast<int64_t>(i), terms[i], vocabulary.terms()));
  }
  return {};
}

Status Writer::PutVectors(int64_t file_id, size_t dimensions, std::span<const int8_t> rows) {
  if (rows.empty()) return {};
  ASSIGN_OR_RETURN(Query query,
                   db_.Ask("SELECT first_chunk, chunk_count FROM files WHERE id = ?", file_id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  CHECK(row && rows.size() == static_cast<size_t>(query.Int(1)) * dimensions);
  Note({reinterpret_cast<const char*>(rows.data()), rows.size()});
  return vectors_.Add(query.Int(0), dimensions, rows);
}

// `keep_names`: what the file's names lead to stays.
Status Writer::RemoveRows(int64_t file_id, bool keep_names) {
  RETURN_IF_ERROR(names_.RemoveFile(file_id, keep_names));
  RETURN_IF_ERROR(db_.Run("DELETE FROM file_facts WHERE file_id = ?", file_id));
  return db_.Run("DELETE FROM files WHERE id = ?", file_id);
}

Status Writer::RemoveFile(int64_t file_id) {
  Note("remove " + std::to_string(file_id));
  return RemoveRows(file_id, false);
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
  Note(stored.embedder + '\0' + stored.weights_id + '\0' + stored.source_revision);
  return WriteMeta(db_, stored);
}

Status Writer::SetCorpusWeights(std::span<const std::pair<std::string, float>> weights,
                                std::string_view weights_id) {
  RETURN_IF_ERROR(PutWeights(db_, weights));
  ASSIGN_OR_RETURN(CatalogMeta meta, ReadMeta(db_));
  meta.weights_id = weights_id;
  Note(weights_id);
  return WriteMeta(db_, meta);
}

Status Writer::FinishNames() {
  if (std::exchange(has_names_, true)) return {};
  return names_.Finish();
}

Result<int64_t> Writer::Commit() {
  CHECK(transaction_.has_value());
  ASSIGN_OR_RETURN(CatalogMeta meta, ReadMeta(db_));
  if (changed_) {
    RETURN_IF_ERROR(full_text_.Finish(Vocabulary()));
    RETURN_IF_ERROR(vectors_.Finish());
    RETURN_IF_ERROR(FinishNames());
    RETURN_IF_ERROR(WriteNextIds(db_, next_));
    ++meta.commit;
    meta.update_id = Xxh3Hex(meta.update_id + written_ + std::to_string(next_.symbol) + ' ' +
                             std::to_string(next_.chunk));
    RETURN_IF_ERROR(WriteMeta(db_, meta));
  }
  if (changed_ || touched_) RETURN_IF_ERROR(transaction_->Commit());
  transaction_.reset();
  if (keep_log_) {
    db_.KeepLog();
    return meta.commit;
  }
  // What is committed is safe in the log; a later update copies it too.
  const Status given_back = GiveBackSpace(db_);
  static_cast<void>(given_back);
  const Status checkpointed = db_.Checkpoint();
  static_cast<void>(checkpointed);
  return meta.commit;
}

void DeleteIndexFiles(const fs::path& index_dir) {
  for (const char* name : {"catalog.db", "catalog.db-wal", "catalog.db-shm", "vectors.json",
                           "vectors.faiss", "search.image"}) {
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
