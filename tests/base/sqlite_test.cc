#include "indexer/base/sqlite.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::ReadAll;
using testing::TempDir;

Database OpenOrDie(const fs::path& path, Database::Mode mode,
                   std::chrono::milliseconds busy = std::chrono::seconds(5)) {
  Result<Database> db = Database::Open(path, mode, busy);
  EXPECT_TRUE(db.ok()) << db.error().message;
  return std::move(db).value();
}

void MakeTable(const fs::path& path, int rows) {
  Database db = OpenOrDie(path, Database::Mode::kWrite);
  ASSERT_TRUE(db.Script("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)").ok());
  Result<Transaction> transaction = Transaction::Begin(db, Transaction::Kind::kWrite);
  ASSERT_TRUE(transaction.ok());
  for (int i = 0; i < rows; ++i) {
    ASSERT_TRUE(db.Run("INSERT INTO t VALUES(?, ?)", i, std::string(100, 'x')).ok());
  }
  ASSERT_TRUE(transaction->Commit().ok());
  ASSERT_TRUE(db.Checkpoint().ok());
}

Result<int64_t> Count(Database& db) {
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT count(*), sum(length(name)) FROM t"));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  return row ? query.Int(0) : int64_t{-1};
}

void Overwrite(const fs::path& path, std::streamoff offset, char mask) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(offset);
  const char old = static_cast<char>(file.get());
  file.seekp(offset);
  file.put(static_cast<char>(old ^ mask));
}

TEST(Sqlite, GivesBackWhatWasStored) {
  TempDir dir;
  Database db = OpenOrDie(dir.path() / "a b?#%.db", Database::Mode::kWrite);
  ASSERT_TRUE(db.Script("CREATE TABLE t(i, r, s, b, n)").ok());
  const std::string bytes("\0\xff", 2);
  ASSERT_TRUE(
      db.Run("INSERT INTO t VALUES(?,?,?,?,?)", int64_t{1} << 60, 0.5, "text", Blob{bytes}, nullptr)
          .ok());
  Result<Query> query = db.Ask("SELECT * FROM t");
  ASSERT_TRUE(query.ok());
  ASSERT_TRUE(query->Next().value());
  EXPECT_EQ(query->Int(0), int64_t{1} << 60);
  EXPECT_EQ(query->Real(1), 0.5);
  EXPECT_EQ(query->Text(2), "text");
  EXPECT_EQ(query->Text(3), bytes);
  EXPECT_TRUE(query->IsNull(4));
  EXPECT_FALSE(query->Next().value());
  EXPECT_TRUE(fs::exists(dir.path() / "a b?#%.db"));
}

TEST(Sqlite, DroppedTransactionLeavesNothing) {
  TempDir dir;
  MakeTable(dir.path() / "a.db", 3);
  Database db = OpenOrDie(dir.path() / "a.db", Database::Mode::kWrite);
  {
    Result<Transaction> transaction = Transaction::Begin(db, Transaction::Kind::kWrite);
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(db.Run("DELETE FROM t").ok());
  }
  EXPECT_EQ(Count(db).value(), 3);
}

TEST(Sqlite, ReaderSeesOldStateUntilCommit) {
  TempDir dir;
  MakeTable(dir.path() / "a.db", 3);
  Database writer = OpenOrDie(dir.path() / "a.db", Database::Mode::kWrite);
  Database reader = OpenOrDie(dir.path() / "a.db", Database::Mode::kReadOnly);
  Result<Transaction> transaction = Transaction::Begin(writer, Transaction::Kind::kWrite);
  ASSERT_TRUE(writer.Run("DELETE FROM t WHERE id=0").ok());
  EXPECT_EQ(Count(reader).value(), 3);
  ASSERT_TRUE(transaction->Commit().ok());
  EXPECT_EQ(Count(reader).value(), 2);
}

TEST(Sqlite, EveryFlippedBitInAPageIsNoticed) {
  TempDir dir;
  const fs::path path = dir.path() / "a.db";
  MakeTable(path, 400);
  const auto size = static_cast<std::streamoff>(fs::file_size(path));
  ASSERT_GT(size, 8 * 4096);
  int noticed = 0, tried = 0;
  for (std::streamoff at = 5; at < size; at += 1531, ++tried) {
    Overwrite(path, at, 0x10);
    Result<Database> db = Database::Open(path, Database::Mode::kReadOnly);
    const Status checked = db.ok() ? db->CheckIntegrity() : Status(db.error());
    if (!checked.ok()) {
      ++noticed;
      EXPECT_EQ(checked.error().kind, ErrorKind::kIndex) << checked.error().message;
      EXPECT_NE(checked.error().message.find("--rebuild"), std::string::npos);
    }
    Overwrite(path, at, 0x10);
  }
  EXPECT_EQ(noticed, tried);
}

TEST(Sqlite, TruncatedFileIsNoticed) {
  TempDir dir;
  const fs::path path = dir.path() / "a.db";
  MakeTable(path, 400);
  const auto size = fs::file_size(path);
  for (const uintmax_t keep : {size - 4096, size / 2, uintmax_t{5000}, uintmax_t{50}}) {
    fs::resize_file(path, keep);
    Result<Database> db = Database::Open(path, Database::Mode::kReadOnly);
    ASSERT_TRUE(db.ok());
    Result<int64_t> count = Count(*db);
    ASSERT_FALSE(count.ok()) << keep;
    EXPECT_EQ(count.error().kind, ErrorKind::kIndex) << count.error().message;
  }
}

void Zero(const fs::path& path, std::streamoff page) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(page * 4096);
  file << std::string(4096, '\0');
}

// Overflow pages too: there zeros would be contents.
TEST(Sqlite, APageOfZerosIsNoticed) {
  TempDir dir;
  const fs::path path = dir.path() / "a.db";
  MakeTable(path, 100);
  {
    Database db = OpenOrDie(path, Database::Mode::kWrite);
    ASSERT_TRUE(db.Run("INSERT INTO t VALUES(1000, ?)", std::string(50'000, 'y')).ok());
    ASSERT_TRUE(db.Checkpoint().ok());
  }
  const std::string intact = ReadAll(path);
  for (std::streamoff page = 0; page < static_cast<std::streamoff>(intact.size()) / 4096; ++page) {
    Zero(path, page);
    for (const auto mode : {Database::Mode::kReadOnly, Database::Mode::kWrite}) {
      Result<Database> db = Database::Open(path, mode);
      const Status status =
          db.ok() ? Count(*db).ok() ? Status() : Status(Count(*db).error()) : Status(db.error());
      // Without a first page it is an empty file to SQLite: nobody takes it for this one.
      EXPECT_FALSE(status.ok()) << page;
    }
    dir.Write("a.db", intact);
  }
}

// Pages that come and go within one update are written as empty ones.
TEST(Sqlite, LeavesNoHoles) {
  TempDir dir;
  const fs::path path = dir.path() / "a.db";
  Database db = OpenOrDie(path, Database::Mode::kWrite);
  ASSERT_TRUE(db.Script("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)").ok());
  for (int round = 0; round < 4; ++round) {
    Result<Transaction> transaction = Transaction::Begin(db, Transaction::Kind::kWrite);
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(
        db.Script("CREATE TABLE gone(b); INSERT INTO gone VALUES(zeroblob(400000));"
                  "CREATE TABLE also_gone(b); INSERT INTO also_gone VALUES(zeroblob(400000))")
            .ok());
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(
          db.Run("INSERT INTO t VALUES(?, ?)", 1000 * round + i, std::string(100, 'x')).ok());
    }
    ASSERT_TRUE(db.Script(round % 2 == 0 ? "DROP TABLE gone; DROP TABLE also_gone"
                                         : "DROP TABLE also_gone; DROP TABLE gone")
                    .ok());
    ASSERT_TRUE(transaction->Commit().ok());
    ASSERT_TRUE(db.Checkpoint().ok());
    ASSERT_TRUE(db.CheckIntegrity().ok());
  }
  const std::string bytes = ReadAll(path);
  ASSERT_EQ(bytes.size() % 4096, 0u);
  for (size_t at = 0; at < bytes.size(); at += 4096) {
    EXPECT_NE(bytes.substr(at, 4096), std::string(4096, '\0')) << at / 4096;
  }
  Database reader = OpenOrDie(path, Database::Mode::kReadOnly);
  EXPECT_EQ(Count(reader).value(), 4000);
}

TEST(Sqlite, OtherFilesAreRefused) {
  TempDir dir;
  const fs::path path = dir.Write("a.db", std::string(10000, 'x'));
  Result<Database> db = Database::Open(path, Database::Mode::kWrite);
  ASSERT_FALSE(db.ok());
  EXPECT_EQ(db.error().kind, ErrorKind::kIndex);
}

TEST(Sqlite, MissingFileNamesTheRemedy) {
  TempDir dir;
  Result<Database> db = Database::Open(dir.path() / "none.db", Database::Mode::kReadOnly);
  ASSERT_FALSE(db.ok());
  EXPECT_EQ(db.error().kind, ErrorKind::kIndex);
  EXPECT_NE(db.error().message.find("inhouse index"), std::string::npos);
}

TEST(Sqlite, SecondWriterIsTold) {
  TempDir dir;
  MakeTable(dir.path() / "a.db", 1);
  Database first = OpenOrDie(dir.path() / "a.db", Database::Mode::kWrite);
  Result<Transaction> held = Transaction::Begin(first, Transaction::Kind::kWrite);
  Database second =
      OpenOrDie(dir.path() / "a.db", Database::Mode::kWrite, std::chrono::milliseconds(1));
  Result<Transaction> refused = Transaction::Begin(second, Transaction::Kind::kWrite);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kStorage);
}

// A file that may not grow stands for a full disk: the child's write fails.
TEST(Sqlite, FailedWriteIsStorageAndKeepsTheOldState) {
  TempDir dir;
  const fs::path path = dir.path() / "a.db";
  MakeTable(path, 10);
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    Result<Database> db = Database::Open(path, Database::Mode::kWrite);
    const rlimit limit{40000, 40000};
    setrlimit(RLIMIT_FSIZE, &limit);
    Status status;
    {
      Result<Transaction> transaction = Transaction::Begin(*db, Transaction::Kind::kWrite);
      for (int i = 100; i < 100000 && status.ok(); ++i) {
        status = db->Run("INSERT INTO t VALUES(?, ?)", i, std::string(1000, 'y'));
      }
      if (status.ok()) status = transaction->Commit();
    }
    _exit(!status.ok() && status.error().kind == ErrorKind::kStorage ? 0 : 1);
  }
  int result = -1;
  ASSERT_EQ(waitpid(child, &result, 0), child);
  EXPECT_EQ(result, 0);
  Database db = OpenOrDie(path, Database::Mode::kReadOnly);
  EXPECT_EQ(Count(db).value(), 10);
}

TEST(Sqlite, ImmutableFileNeedsNoSideFiles) {
  TempDir dir;
  MakeTable(dir.path() / "a.db", 7);
  Database db = OpenOrDie(dir.path() / "a.db", Database::Mode::kImmutable);
  EXPECT_EQ(Count(db).value(), 7);
  EXPECT_FALSE(fs::exists(dir.path() / "a.db-wal"));
  EXPECT_FALSE(fs::exists(dir.path() / "a.db-shm"));
}

}  // namespace
}  // namespace inhouse
