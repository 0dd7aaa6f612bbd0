// What goes wrong around an index folder: damage, other versions, locks, full
// disks, missing rights, readers beside a writer.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "indexer/base/sqlite.h"
#include "indexer/store/catalog.h"
#include "indexer/store/vector_index.h"
#include "tests/store/sample.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::BeginOrDie;
using testing::FileWithChunks;
using testing::Numbered;
using testing::OpenOrDie;
using testing::ReadAll;
using testing::SampleFiles;
using testing::Store;
using testing::TempDir;
using testing::ValueOf;

// So that a snapshot is written for little.
constexpr VectorIndex::Options kFewRows{.exact_limit = 100};

// Keeps the first error.
template <typename T>
void Note(const Result<T>& result, Status* status) {
  if (status->ok() && !result.ok()) *status = result.error();
}

// Every kind of read; the first error.
Status ReadEverything(Catalog& catalog) {
  const std::vector<std::string> terms = {"bodi", "audienc"};
  ASSIGN_OR_RETURN(const auto names, catalog.Names());
  Status status;
  for (const auto& name : names) {
    Note(catalog.SymbolById(name.symbol_id), &status);
    Note(catalog.MembersOf(name.qualified_name), &status);
    Note(catalog.ChunksOf(name.qualified_name), &status);
    Note(catalog.CallersOf(name.qualified_name, 10), &status);
  }
  Note(catalog.Files(), &status);
  Note(catalog.CallCountOf("cdp_client.core.query"), &status);
  Note(catalog.Vectors(), &status);
  Note(catalog.SearchText(terms, 10), &status);
  Note(catalog.ResolveName("cdp_client.Session.close"), &status);
  Note(catalog.UsedTogether("cdp_client.core.query", 10), &status);
  Note(catalog.CorpusWeights(), &status);
  Note(catalog.Counts(), &status);
  return status;
}

Status OpenAndRead(const fs::path& dir) {
  ASSIGN_OR_RETURN(auto catalog, Catalog::Open(dir));
  return ReadEverything(*catalog);
}

void ExpectIndexError(const Status& status, const fs::path& dir) {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kIndex) << status.error().message;
  EXPECT_NE(status.error().message.find("inhouse index"), std::string::npos)
      << status.error().message;
  EXPECT_NE(status.error().message.find(dir.string()), std::string::npos);
}

void StoreSample(const fs::path& dir) {
  std::vector<FileUpdate> files = SampleFiles();
  for (uint32_t i = 0; i < 8; ++i) {
    files.push_back(FileWithChunks(Numbered("m", i), 40, 64, 1));
  }
  Store(dir, files);
}

TEST(BrokenIndex, MissingFolderAndEmptyFolderNameTheCommand) {
  TempDir dir;
  ExpectIndexError(OpenAndRead(dir.path()), dir.path());
  ExpectIndexError(OpenAndRead(dir.path() / "none"), dir.path());
  { auto writer = BeginOrDie(dir.path()); }
  ExpectIndexError(OpenAndRead(dir.path()), dir.path());
}

TEST(BrokenIndex, GarbageNamesTheFile) {
  TempDir dir;
  for (const size_t size : {100u, 5000u, 100000u}) {
    dir.Write("catalog.db", std::string(size, 'x'));
    const Status status = OpenAndRead(dir.path());
    ExpectIndexError(status, dir.path() / "catalog.db");
    EXPECT_NE(status.error().message.find("--rebuild"), std::string::npos);
    const auto writer = CatalogWriter::Begin(dir.path());
    ASSERT_FALSE(writer.ok());
    EXPECT_EQ(writer.error().kind, ErrorKind::kIndex);
  }
}

TEST(BrokenIndex, TruncationIsNoticed) {
  TempDir dir;
  StoreSample(dir.path());
  const fs::path file = dir.path() / "catalog.db";
  const std::string bytes = ReadAll(file);
  for (size_t keep = 100; keep < bytes.size(); keep += bytes.size() / 7) {
    dir.Write("catalog.db", bytes.substr(0, keep));
    ExpectIndexError(OpenAndRead(dir.path()), file);
  }
}

TEST(BrokenIndex, EveryPageOfZerosIsNoticedOrAsksForNothing) {
  TempDir dir;
  StoreSample(dir.path());
  const std::string bytes = ReadAll(dir.path() / "catalog.db");
  size_t noticed = 0;
  for (size_t at = 0; at < bytes.size(); at += 4096) {
    std::string hurt = bytes;
    hurt.replace(at, 4096, 4096, '\0');
    dir.Write("catalog.db", hurt);
    // What no answer needs is found by whoever reads all of it.
    auto db = Database::Open(dir.path() / "catalog.db", Database::Mode::kReadOnly);
    const bool found = !OpenAndRead(dir.path()).ok() || !db.ok() || !db->CheckIntegrity().ok();
    noticed += found ? 1 : 0;
  }
  EXPECT_EQ(noticed, bytes.size() / 4096);
}

TEST(BrokenIndex, FlippedBitsGiveAnErrorOrTheSameAnswer) {
  TempDir dir;
  StoreSample(dir.path());
  const fs::path file = dir.path() / "catalog.db";
  const std::string bytes = ReadAll(file);
  int noticed = 0;
  for (size_t at = 7; at < bytes.size(); at += 3989) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    dir.Write("catalog.db", damaged);
    const Status status = OpenAndRead(dir.path());
    if (!status.ok()) {
      ExpectIndexError(status, file);
      ++noticed;
    }
  }
  EXPECT_GT(noticed, 10);
}

TEST(BrokenIndex, RebuildReplacesWhatCannotBeRead) {
  TempDir dir;
  dir.Write("catalog.db", std::string(9000, 'x'));
  dir.Write("vectors.json", "{}");
  {
    auto writer = ValueOf(CatalogWriter::BeginRebuild(dir.path()));
    ASSERT_TRUE(writer->PutFile(SampleFiles()[1]).ok());
    EXPECT_EQ(ValueOf(writer->Commit()), 1);
  }
  EXPECT_TRUE(OpenAndRead(dir.path()).ok());
  EXPECT_FALSE(fs::exists(dir.path() / "vectors.json"));
}

TEST(BrokenIndex, RebuildOfASoundIndexAnswersUntilCommit) {
  TempDir dir;
  StoreSample(dir.path());
  auto catalog = OpenOrDie(dir.path());
  {
    auto writer = ValueOf(CatalogWriter::BeginRebuild(dir.path()));
    EXPECT_EQ(ValueOf(catalog->Files()).size(), 13u);
    EXPECT_TRUE(ReadEverything(*catalog).ok());
    ASSERT_TRUE(writer->PutFile(FileWithChunks("z.py", 3, 64, 9)).ok());
    EXPECT_EQ(ValueOf(writer->Commit()), 2);
  }
  EXPECT_EQ(ValueOf(catalog->Files()).size(), 1u);
  EXPECT_EQ(ValueOf(catalog->SearchText(std::vector<std::string>{"bodi"}, 99)).size(), 3u);
}

void SetFormat(const fs::path& dir, const char* format) {
  Database db = ValueOf(Database::Open(dir / "catalog.db", Database::Mode::kWrite));
  ASSERT_TRUE(db.Run("UPDATE meta SET value = ? WHERE key = 'format'", format).ok());
  ASSERT_TRUE(db.Checkpoint().ok());
}

TEST(BrokenIndex, OtherFormatsSaySo) {
  TempDir dir;
  StoreSample(dir.path());
  SetFormat(dir.path(), "99");
  const Status newer = OpenAndRead(dir.path());
  ExpectIndexError(newer, dir.path());
  EXPECT_NE(newer.error().message.find("newer version"), std::string::npos);
  EXPECT_FALSE(CatalogWriter::Begin(dir.path()).ok());
  SetFormat(dir.path(), "0");
  EXPECT_NE(OpenAndRead(dir.path()).error().message.find("older version"), std::string::npos);
  SetFormat(dir.path(), "what");
  ExpectIndexError(OpenAndRead(dir.path()), dir.path());
  EXPECT_TRUE(CatalogWriter::BeginRebuild(dir.path()).ok());
}

TEST(WriteLock, SecondWriterNamesTheFirst) {
  TempDir dir;
  auto first = BeginOrDie(dir.path());
  const auto second = CatalogWriter::Begin(dir.path(), std::chrono::milliseconds(1));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::kStorage);
  EXPECT_NE(second.error().message.find("process " + std::to_string(getpid())), std::string::npos)
      << second.error().message;
}

TEST(WriteLock, IsFreeAfterTheHolderEnds) {
  TempDir dir;
  for (int i = 0; i < 2; ++i) {
    auto writer = CatalogWriter::Begin(dir.path(), std::chrono::milliseconds(1));
    EXPECT_TRUE(writer.ok());
  }
  EXPECT_EQ(Store(dir.path(), SampleFiles()), 1);
}

TEST(WriteLock, WaitsForTheHolder) {
  TempDir dir;
  auto first = BeginOrDie(dir.path());
  std::atomic<bool> started = false, done = false;
  std::jthread second([&] {
    started = true;
    done = CatalogWriter::Begin(dir.path(), std::chrono::minutes(1)).ok();
  });
  while (!started) std::this_thread::yield();
  EXPECT_FALSE(done);
  first.reset();
  second.join();
  EXPECT_TRUE(done);
}

// Runs `work` in a child that may do less than we; its exit status.
template <typename Work>
int InChild(Work work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int result = -1;
  EXPECT_EQ(waitpid(child, &result, 0), child);
  return WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

// One update of as many files.
Status StoreFiles(const fs::path& dir, uint32_t count) {
  ASSIGN_OR_RETURN(auto writer, CatalogWriter::Begin(dir));
  for (uint32_t i = 0; i < count; ++i) {
    const auto put = writer->PutFile(FileWithChunks(Numbered("n", i), 100, 64, i));
    if (!put.ok()) return put.error();
  }
  const auto commit = writer->Commit();
  if (!commit.ok()) return commit.error();
  return {};
}

// Files that may not grow stand for a full disk.
TEST(FullDisk, IsStorageAndTheOldIndexAnswers) {
  TempDir dir;
  StoreSample(dir.path());
  const int result = InChild([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{600'000, 600'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status status = StoreFiles(dir.path(), 300);
    if (status.ok()) return 3;
    return status.error().kind == ErrorKind::kStorage ? 0 : 4;
  });
  EXPECT_EQ(result, 0);
  auto catalog = OpenOrDie(dir.path());
  EXPECT_EQ(ValueOf(catalog->Files()).size(), 13u);
  EXPECT_EQ(ValueOf(catalog->Meta()).commit, 1);
  EXPECT_TRUE(ReadEverything(*catalog).ok());
  EXPECT_EQ(Store(dir.path(), {FileWithChunks("z.py", 1, 64, 1)}), 2);
}

TEST(FullDisk, SnapshotThatCannotBeWrittenLeavesTheOldOne) {
  TempDir dir;
  StoreSample(dir.path());
  {
    auto catalog = OpenOrDie(dir.path());
    ASSERT_TRUE(VectorIndex::WriteSnapshot(*catalog, dir.path(), kFewRows).ok());
  }
  const std::string before = ReadAll(dir.path() / "vectors.json");
  Store(dir.path(), {FileWithChunks("z.py", 50, 64, 1)});
  const int result = InChild([&] {
    signal(SIGXFSZ, SIG_IGN);
    auto catalog = Catalog::Open(dir.path());
    const rlimit limit{2000, 2000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status status = VectorIndex::WriteSnapshot(**catalog, dir.path(), kFewRows);
    return !status.ok() && status.error().kind == ErrorKind::kStorage ? 0 : 1;
  });
  EXPECT_EQ(result, 0);
  EXPECT_EQ(ReadAll(dir.path() / "vectors.json"), before);
  auto catalog = OpenOrDie(dir.path());
  EXPECT_EQ(ValueOf(VectorIndex::Open(*catalog, dir.path(), kFewRows))->size(), 370u);
}

// Several MiB.
void StoreMuch(const fs::path& dir) {
  std::vector<FileUpdate> files;
  for (uint32_t i = 0; i < 120; ++i) {
    files.push_back(FileWithChunks(Numbered("m", i), 200, 256, i));
  }
  Store(dir, files);
}

Status RemoveAllBut(const fs::path& dir, size_t kept) {
  ASSIGN_OR_RETURN(const auto writer, CatalogWriter::Begin(dir));
  ASSIGN_OR_RETURN(const std::vector<FileRow> files, writer->Files());
  for (size_t i = kept; i < files.size(); ++i) RETURN_IF_ERROR(writer->RemoveFile(files[i].id));
  const auto commit = writer->Commit();
  return commit.ok() ? Status() : Status(commit.error());
}

TEST(Space, IsGivenBackWhenMuchIsRemovedAndReadersSeeOneStateOrTheOther) {
  TempDir dir;
  StoreMuch(dir.path());
  const fs::path file = dir.path() / "catalog.db";
  const auto before = fs::file_size(file);
  ASSERT_GT(before, 4u << 20);
  const auto reader = OpenOrDie(dir.path());
  EXPECT_EQ(ValueOf(reader->Files()).size(), 120u);
  ASSERT_TRUE(RemoveAllBut(dir.path(), 4).ok());
  EXPECT_LT(fs::file_size(file), before / 4);
  EXPECT_EQ(ValueOf(reader->Files()).size(), 4u);
  EXPECT_TRUE(ReadEverything(*reader).ok());
  EXPECT_EQ(ValueOf(OpenOrDie(dir.path())->Vectors()).ids.size(), 800u);
  EXPECT_EQ(Store(dir.path(), {FileWithChunks("z.py", 3, 256, 1)}), 3);
}

TEST(Space, ARebuildWithLessGivesBackSpace) {
  TempDir dir;
  StoreMuch(dir.path());
  const auto before = fs::file_size(dir.path() / "catalog.db");
  {
    const auto writer = ValueOf(CatalogWriter::BeginRebuild(dir.path()));
    ASSERT_TRUE(writer->PutFile(FileWithChunks("m1.py", 200, 256, 1)).ok());
    ASSERT_TRUE(writer->Commit().ok());
  }
  EXPECT_LT(fs::file_size(dir.path() / "catalog.db"), before / 4);
  EXPECT_TRUE(OpenAndRead(dir.path()).ok());
}

// There is room for the update, but not for a copy of what is left.
TEST(Space, IsNotGivenBackOnAFullDiskAndTheUpdateCounts) {
  TempDir dir;
  StoreMuch(dir.path());
  const auto before = fs::file_size(dir.path() / "catalog.db");
  const int result = InChild([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{800'000, 800'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    return RemoveAllBut(dir.path(), 60).ok() ? 0 : 1;
  });
  EXPECT_EQ(result, 0);
  EXPECT_EQ(fs::file_size(dir.path() / "catalog.db"), before);
  EXPECT_EQ(ValueOf(OpenOrDie(dir.path())->Files()).size(), 60u);
  EXPECT_TRUE(OpenAndRead(dir.path()).ok());
}

// As a user who may read the folder but not write it.
template <typename Work>
int AsReaderOnly(const fs::path& dir, Work work) {
  chmod(dir.c_str(), 0555);
  const int result = InChild([&] {
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return 90;
    return work();
  });
  chmod(dir.c_str(), 0755);
  return result;
}

TEST(ReadOnlyFolder, AnswersAndRefusesToWrite) {
  TempDir dir;
  StoreSample(dir.path());
  fs::remove(dir.path() / "catalog.db-shm");
  fs::remove(dir.path() / "catalog.db-wal");
  EXPECT_EQ(AsReaderOnly(dir.path(),
                         [&] {
                           auto catalog = Catalog::Open(dir.path());
                           if (!catalog.ok()) return 1;
                           if (!ReadEverything(**catalog).ok()) return 2;
                           const VectorIndex::Options few{.exact_limit = 100};
                           auto index = VectorIndex::Open(**catalog, dir.path(), few);
                           if (!index.ok() || (*index)->size() != 320) return 3;
                           auto writer = CatalogWriter::Begin(dir.path());
                           if (writer.ok()) return 4;
                           return writer.error().kind == ErrorKind::kStorage ? 0 : 5;
                         }),
            0);
  EXPECT_FALSE(fs::exists(dir.path() / "vectors.faiss"));
}

TEST(ReadOnlyFolder, ALogWithoutItsSharedFileIsSaid) {
  TempDir dir;
  StoreSample(dir.path());
  {
    const auto writer = BeginOrDie(dir.path());
    ASSERT_TRUE(writer->PutFile(FileWithChunks("z.py", 1, 64, 1)).ok());
    writer->KeepLog();
    ASSERT_TRUE(writer->Commit().ok());
  }
  ASSERT_TRUE(fs::exists(dir.path() / "catalog.db-wal"));
  fs::remove(dir.path() / "catalog.db-shm");
  EXPECT_EQ(AsReaderOnly(dir.path(),
                         [&] {
                           const auto catalog = Catalog::Open(dir.path());
                           if (catalog.ok()) return 1;
                           const std::string& message = catalog.error().message;
                           const bool says = message.find("catalog.db-shm") != message.npos &&
                                             message.find("inhouse index") != message.npos;
                           return says ? 0 : 2;
                         }),
            0);
  EXPECT_EQ(ValueOf(OpenOrDie(dir.path())->Files()).size(), 14u);
}

TEST(Concurrency, AnIndexThatIsDeletedAndMadeAnewIsFollowed) {
  TempDir dir;
  Store(dir.path() / "i", {FileWithChunks("a.py", 2, 16, 1)});
  const auto catalog = OpenOrDie(dir.path() / "i");
  EXPECT_EQ(ValueOf(catalog->Files()).front().path, "a.py");
  fs::remove_all(dir.path() / "i");
  const auto none = catalog->Files();
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::kIndex);
  Store(dir.path() / "i", {FileWithChunks("b.py", 3, 16, 1)});
  EXPECT_EQ(ValueOf(catalog->Files()).front().path, "b.py");
  EXPECT_EQ(ValueOf(catalog->Vectors()).ids.size(), 3u);
}

TEST(ReadOnlyFolder, SeesWhatOthersWriteMeanwhile) {
  TempDir dir;
  StoreSample(dir.path());
  fs::remove(dir.path() / "catalog.db-shm");
  fs::remove(dir.path() / "catalog.db-wal");
  int ready[2], go[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(go), 0);
  chmod(dir.path().c_str(), 0555);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(90);
    auto catalog = Catalog::Open(dir.path());
    if (!catalog.ok() || (*catalog)->Files().value().size() != 13) _exit(1);
    char byte = 'r';
    if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1) _exit(2);
    const auto files = (*catalog)->Files();
    _exit(files.ok() && files.value().size() == 14 ? 0 : 3);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  chmod(dir.path().c_str(), 0755);
  Store(dir.path(), {FileWithChunks("z.py", 3, 64, 1)});
  chmod(dir.path().c_str(), 0555);
  ASSERT_EQ(write(go[1], &byte, 1), 1);
  int result = -1;
  ASSERT_EQ(waitpid(child, &result, 0), child);
  chmod(dir.path().c_str(), 0755);
  EXPECT_EQ(result, 0);
  for (const int fd : {ready[0], ready[1], go[0], go[1]}) close(fd);
}

// Each commit holds one file "v.py" with as many chunks as its number says;
// readers must never see anything else.
TEST(Concurrency, ReadersSeeWholeCommitsWhileAWriterWorks) {
  TempDir dir;
  Store(dir.path(), {FileWithChunks("v.py", 1, 16, 1)});
  constexpr int kCommits = 25;
  std::atomic<bool> done = false;
  std::atomic<int> bad = 0, reads = 0;
  const auto read = [&] {
    auto catalog = OpenOrDie(dir.path());
    auto index = ValueOf(VectorIndex::Open(*catalog, dir.path()));
    int64_t last = 0;
    while (!done || reads < 10) {
      const auto vectors = ValueOf(catalog->Vectors());
      const CatalogCounts counts = ValueOf(catalog->Counts());
      if (vectors.ids.size() != static_cast<size_t>(vectors.commit)) ++bad;
      if (vectors.commit < last || counts.files != 1) ++bad;
      last = vectors.commit;
      if (!index->Refresh(*catalog).ok() || index->commit() < last) ++bad;
      if (index->size() != static_cast<size_t>(index->commit())) ++bad;
      ++reads;
    }
  };
  {
    std::jthread one(read), two(read);
    for (uint32_t i = 2; i <= kCommits; ++i) {
      EXPECT_EQ(Store(dir.path(), {FileWithChunks("v.py", i, 16, i)}), i);
    }
    done = true;
  }
  EXPECT_EQ(bad, 0);
  EXPECT_GE(reads, 10);
}

}  // namespace
}  // namespace inhouse
