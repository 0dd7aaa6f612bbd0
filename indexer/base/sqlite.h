// A thin owner of SQLite: the only door to sqlite3.h.
//
//   ASSIGN_OR_RETURN(Database db, Database::Open(path, Database::Mode::kReadOnly));
//   ASSIGN_OR_RETURN(Query query, db.Ask("SELECT name FROM t WHERE id = ?", id));
//   for (;;) {
//     ASSIGN_OR_RETURN(bool row, query.Next());
//     if (!row) break;
//     Use(query.Text(0));
//   }
//   RETURN_IF_ERROR(db.Run("DELETE FROM t WHERE id = ?", id));
//
// Statements are compiled once per text and kept. Every page of the file carries
// a checksum (see sqlite_checksum.h), so a flipped bit is an error, not a wrong
// answer. Errors: kIndex when the file is missing, corrupt or not ours (with the
// remedy), kStorage when the disk is full, failing, or not writable.
// A Database and its Queries belong to one thread at a time.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "indexer/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace inhouse {

class Database;

// Bytes to bind, as opposed to text.
struct Blob {
  std::string_view bytes;
};

// A running statement. Handing it back (destruction) ends its read.
class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  Query(const Query&) = delete;
  ~Query();

  // Moves to the next row; false at the end.
  Result<bool> Next();
  // Columns of the current row, from 0. Views live until the next Next().
  int64_t Int(int column) const;
  double Real(int column) const;
  std::string_view Text(int column) const;  // also for blobs; empty for NULL
  bool IsNull(int column) const;

 private:
  friend class Database;
  Query(Database* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  void BindInt(int index, int64_t value);
  void BindReal(int index, double value);
  // `keep`: SQLite copies the bytes, else they must outlive the step.
  void BindText(int index, std::string_view text, bool keep);
  void BindBlob(int index, std::string_view bytes, bool keep);
  void BindNull(int index);

  template <typename T>
  void Bind(int index, const T& value, bool keep) {
    if constexpr (std::same_as<T, Blob>) {
      BindBlob(index, value.bytes, keep);
    } else if constexpr (std::floating_point<T>) {
      BindReal(index, static_cast<double>(value));
    } else if constexpr (std::integral<T>) {
      BindInt(index, static_cast<int64_t>(value));
    } else if constexpr (std::same_as<T, std::nullptr_t>) {
      BindNull(index);
    } else {
      BindText(index, std::string_view(value), keep);
    }
  }

  Database* db_;
  sqlite3_stmt* statement_;  // owned by db_
};

class Database {
 public:
  enum class Mode {
    kReadOnly,   // sees other connections' commits; never checkpoints
    kImmutable,  // a file that nobody changes meanwhile: no locks, no side files
    kWrite,      // made if missing; write-ahead log; checkpoints
  };
  // Waits up to `busy` for locks of other connections.
  static Result<Database> Open(const std::filesystem::path& path, Mode mode,
                               std::chrono::milliseconds busy = std::chrono::seconds(5));
  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) noexcept = default;

  // Starts a statement that returns rows; the arguments are copied.
  template <typename... Args>
  Result<Query> Ask(std::string_view sql, const Args&... args) {
    Result<Query> query = Start(sql);
    if (query.ok()) BindAll(*query, true, args...);
    return query;
  }
  // Runs a statement to its end; rows are dropped.
  template <typename... Args>
  Status Run(std::string_view sql, const Args&... args) {
    Result<Query> query = Start(sql);
    if (!query.ok()) return query.error();
    BindAll(*query, false, args...);
    return Finish(*query);
  }
  // Several statements without arguments, separated by ';'.
  Status Script(const char* sql);

  // Copies the log into the file and empties it, unless readers hold it (then
  // what could be copied was).
  Status Checkpoint();
  // Closing leaves the log as it is, for a later Checkpoint.
  void KeepLog();
  // Reads every page and checks the structure. Seconds on a large file.
  Status CheckIntegrity();

  const std::filesystem::path& path() const { return path_; }

 private:
  friend class Query;
  struct Close {
    void operator()(sqlite3* db) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using OwnedStatement = std::unique_ptr<sqlite3_stmt, Finalize>;

  Database(std::filesystem::path path, sqlite3* db) : path_(std::move(path)), db_(db) {}
  Result<Query> Start(std::string_view sql);
  static Status Finish(Query& query);
  Error LastError() const;

  template <typename... Args>
  static void BindAll(Query& query, [[maybe_unused]] bool keep, const Args&... args) {
    int index = 0;
    (query.Bind(++index, args, keep), ...);
  }

  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> db_;
  // By the statement's text. SQL texts are constants of the program: bounded.
  std::unordered_map<std::string, OwnedStatement> statements_;
};

// BEGIN … COMMIT; rolls back when dropped. kRead holds one snapshot; kWrite
// takes the write lock at once.
class Transaction {
 public:
  enum class Kind { kRead, kWrite };
  static Result<Transaction> Begin(Database& db, Kind kind);
  Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  ~Transaction();

  // After a failure nothing was changed.
  Status Commit();

 private:
  explicit Transaction(Database* db) : db_(db) {}
  Database* db_;  // null when over
};

}  // namespace inhouse
