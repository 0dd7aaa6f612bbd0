#include "indexer/base/sqlite.h"

#include <sqlite3.h>

#include <limits>

#include "indexer/base/check.h"
#include "indexer/base/shell_word.h"
#include "indexer/base/sqlite_checksum.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

std::string RebuildRemedy(const fs::path& file) {
  return "run: inhouse index PATH... --rebuild --index " + ShellWord(file.parent_path().string());
}

Error Corrupt(const fs::path& file, const std::string& detail) {
  return IndexError("the index file " + file.string() + " is damaged (" + detail + "); " +
                    RebuildRemedy(file));
}

Error CannotStore(const fs::path& file, const std::string& detail, const char* remedy) {
  return StorageError("cannot write the index file " + file.string() + " (" + detail + "); " +
                      remedy);
}

// Which remedy a failure needs. `extended` is SQLite's extended result code.
Error ErrorFor(const fs::path& file, int extended, const std::string& detail) {
  switch (extended) {
    case SQLITE_IOERR_DATA: return Corrupt(file, "a page's checksum is wrong");
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_CORRUPTFS: return Corrupt(file, detail);
    default: break;
  }
  switch (extended & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT: return Corrupt(file, detail);
    case SQLITE_FULL: return CannotStore(file, "the disk is full", "free some space");
    case SQLITE_IOERR: return CannotStore(file, detail, "check the disk and free some space");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return CannotStore(file, detail, "write permission is needed there");
    case SQLITE_CANTOPEN:
      return StorageError("cannot open the index file " + file.string() + " (" + detail +
                          "); check that it exists and may be read");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StorageError("the index file " + file.string() +
                          " is in use by another program; try again when it has finished");
    case SQLITE_NOMEM: return {ErrorKind::kLimit, "not enough memory to read " + file.string()};
    default: return Corrupt(file, detail);
  }
}

// A path as SQLite's "file:" address, everything but plain characters escaped.
std::string AsUri(const fs::path& path, bool immutable) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path.string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    if (plain) {
      uri += c;
    } else {
      uri += '%';
      uri += kHex[byte >> 4];
      uri += kHex[byte & 15];
    }
  }
  return immutable ? uri + "?immutable=1" : uri;
}

int ToInt(size_t size) {
  CHECK(size <= static_cast<size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(size);
}

// SQLITE_TRANSIENT without its old-style cast.
sqlite3_destructor_type CopyIt() {
  return reinterpret_cast<sqlite3_destructor_type>(intptr_t{-1});  // NOLINT
}

int OpenFlags(Database::Mode mode) {
  const int access = mode == Database::Mode::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                    : SQLITE_OPEN_READONLY;
  return access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
}

// Only the writing connection copies the log into the file: SQLite before
// 3.51.3 can lose a log that one connection resets while another checkpoints.
void ConfigureReader(sqlite3* db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_autocheckpoint(db, 0);
}

constexpr char kWriterScript[] =
    "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "PRAGMA secure_delete=OFF; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-65536;"
    "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=0";

}  // namespace

Query::Query(Query&& other) noexcept
    : db_(other.db_), statement_(std::exchange(other.statement_, nullptr)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Query::Next() {
  const int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  return db_->LastError();
}

int64_t Query::Int(int column) const { return sqlite3_column_int64(statement_, column); }
double Query::Real(int column) const { return sqlite3_column_double(statement_, column); }
bool Query::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string_view Query::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

// A failed bind can only be our own bug (index out of range).
void Query::BindInt(int index, int64_t value) {
  CHECK(sqlite3_bind_int64(statement_, index, value) == SQLITE_OK);
}
void Query::BindReal(int index, double value) {
  CHECK(sqlite3_bind_double(statement_, index, value) == SQLITE_OK);
}
void Query::BindNull(int index) { CHECK(sqlite3_bind_null(statement_, index) == SQLITE_OK); }
void Query::BindText(int index, std::string_view text, bool keep) {
  const char* bytes = text.data() == nullptr ? "" : text.data();
  CHECK(sqlite3_bind_text(statement_, index, bytes, ToInt(text.size()),
                          keep ? CopyIt() : SQLITE_STATIC) == SQLITE_OK);
}
void Query::BindBlob(int index, std::string_view bytes, bool keep) {
  const char* start = bytes.data() == nullptr ? "" : bytes.data();
  CHECK(sqlite3_bind_blob(statement_, index, start, ToInt(bytes.size()),
                          keep ? CopyIt() : SQLITE_STATIC) == SQLITE_OK);
}

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }
void Database::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<Database> Database::Open(const fs::path& path, Mode mode, std::chrono::milliseconds busy) {
  const char* vfs = ChecksumVfsName();
  if (vfs == nullptr) return Error{ErrorKind::kStorage, "SQLite refuses the checksum layer"};
  if (mode != Mode::kWrite && !fs::exists(path)) {
    return IndexError("there is no index file " + path.string() + "; " + RebuildRemedy(path));
  }
  sqlite3* raw = nullptr;
  const std::string uri = AsUri(path, mode == Mode::kImmutable);
  const int rc = sqlite3_open_v2(uri.c_str(), &raw, OpenFlags(mode), vfs);
  Database db(path, raw);
  if (rc != SQLITE_OK) {
    if (raw == nullptr) return ErrorFor(path, rc, sqlite3_errstr(rc));
    return db.LastError();
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(busy.count()));
  // A damaged schema must not make SQLite call functions on its own account.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (mode != Mode::kWrite) {
    ConfigureReader(raw);
    return db;
  }
  int reserve = kChecksumBytes;
  sqlite3_file_control(raw, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
  RETURN_IF_ERROR(db.Script(kWriterScript));
  return db;
}

Error Database::LastError() const {
  return ErrorFor(path_, sqlite3_extended_errcode(db_.get()), sqlite3_errmsg(db_.get()));
}

Result<Query> Database::Start(std::string_view sql) {
  OwnedStatement& slot = statements_[std::string(sql)];
  if (slot == nullptr) {
    sqlite3_stmt* raw = nullptr;
    const int rc = sqlite3_prepare_v3(db_.get(), sql.data(), ToInt(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    slot.reset(raw);
    if (rc != SQLITE_OK) return LastError();
  }
  // One text, one running statement: two at once would share bindings.
  CHECK(!sqlite3_stmt_busy(slot.get()));
  return Query(this, slot.get());
}

Status Database::Finish(Query& query) {
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return {};
  }
}

Status Database::Script(const char* sql) {
  if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return LastError();
  return {};
}

Status Database::Checkpoint() {
  const int rc =
      sqlite3_wal_checkpoint_v2(db_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (rc != SQLITE_OK && rc != SQLITE_BUSY) return LastError();
  // Emptying the log waits for readers; they are not worth waiting for.
  sqlite3_busy_timeout(db_.get(), 0);
  sqlite3_wal_checkpoint_v2(db_.get(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(db_.get(), 5000);
  return {};
}

void Database::KeepLog() {
  sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Status Database::CheckIntegrity() {
  ASSIGN_OR_RETURN(Query query, Ask("PRAGMA quick_check(1)"));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  if (row && query.Text(0) != "ok") return Corrupt(path_, std::string(query.Text(0)));
  return {};
}

Result<Transaction> Transaction::Begin(Database& db, Kind kind) {
  RETURN_IF_ERROR(db.Run(kind == Kind::kRead ? "BEGIN" : "BEGIN IMMEDIATE"));
  return Transaction(&db);
}

Transaction::~Transaction() {
  if (db_ == nullptr) return;
  const Status rolled_back = db_->Run("ROLLBACK");  // fails only if SQLite did it already
  static_cast<void>(rolled_back);
}

Status Transaction::Commit() {
  RETURN_IF_ERROR(db_->Run("COMMIT"));
  db_ = nullptr;
  return {};
}

}  // namespace inhouse
