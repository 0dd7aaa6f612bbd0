// What cannot be indexed is told in one line, and nothing stored is lost.
#include <gtest/gtest.h>
#include <unistd.h>

#include "indexer/store/catalog.h"
#include "tests/indexer/library.h"
#include "tests/support/scripted_server.h"

namespace inhouse {
namespace {

using testing::JsonAnswer;
using testing::Library;
using testing::ScriptedServer;
using testing::Send;

constexpr char kCode[] = "def f():\n    pass\n";

Error FailureOf(const IndexOptions& options) {
  const Result<IndexReport> report = UpdateIndex(options);
  EXPECT_FALSE(report.ok());
  return report.ok() ? Error{ErrorKind::kUsage, ""} : report.error();
}

const FileReport* ReportOn(const IndexReport& report, std::string_view path) {
  for (const FileReport& file : report.files) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

TEST(UpdateIndexErrorsTest, AMissingRootIsNamedAndTheIndexStays) {
  Library library;
  library.Write("a.py", kCode);
  library.Update();
  IndexOptions options = library.Options();
  options.roots = {library.root(), library.path() / "absent"};
  const Error error = FailureOf(options);
  EXPECT_EQ(error.kind, ErrorKind::kBadInput);
  EXPECT_NE(error.message.find("absent"), std::string::npos);
  EXPECT_TRUE(library.Has("a.f"));
}

TEST(UpdateIndexErrorsTest, AnEmptyFolderIsNamed) {
  Library library;
  std::filesystem::create_directories(library.root() / "empty");
  IndexOptions options = library.Options();
  options.roots = {library.root() / "empty"};
  const Error error = FailureOf(options);
  EXPECT_EQ(error.kind, ErrorKind::kBadInput);
  EXPECT_NE(error.message.find("empty"), std::string::npos);
  EXPECT_EQ(FailureOf(IndexOptions{}).kind, ErrorKind::kBadInput);
}

// The superuser reads everything: while this lives, somebody else owns `folder`
// and does the work.
class OrdinaryUser {
 public:
  explicit OrdinaryUser(const std::filesystem::path& folder) {
    if (geteuid() != 0) return;
    constexpr uid_t kNobody = 65534;
    EXPECT_EQ(chown(folder.c_str(), kNobody, kNobody), 0);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      EXPECT_EQ(chown(entry.path().c_str(), kNobody, kNobody), 0);
    }
    EXPECT_EQ(seteuid(kNobody), 0);
    changed_ = true;
  }
  ~OrdinaryUser() {
    if (changed_) {
      EXPECT_EQ(seteuid(0), 0);
    }
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;

 private:
  bool changed_ = false;
};

// A share that is not mounted looks like this: what is known of it stays.
TEST(UpdateIndexErrorsTest, AFolderWithoutAnyCodeLeftKeepsItsFacts) {
  Library library;
  library.Write("a.py", kCode);
  library.Update();
  std::filesystem::remove(library.root() / "a.py");
  const Error error = FailureOf(library.Options());
  EXPECT_EQ(error.kind, ErrorKind::kBadInput);
  EXPECT_NE(error.message.find("the index holds 1"), std::string::npos) << error.message;
  const std::string remedy =
      "inhouse index --remove " + library.root().string() + " --index " + library.index().string();
  EXPECT_NE(error.message.find(remedy), std::string::npos) << error.message;
  EXPECT_TRUE(library.Has("a.f"));
}

// It is made from the catalog, which holds the update: readers do without.
TEST(UpdateIndexErrorsTest, ASearchImageThatCannotBeWrittenIsNoted) {
  Library library;
  library.Write("a.py", kCode);
  library.Update();
  std::filesystem::remove(library.index() / "search.image");
  std::filesystem::create_directories(library.index() / "search.image" / "in the way");
  library.Write("b.py", kCode, 5);
  const IndexReport report = library.Update();
  EXPECT_EQ(report.files_indexed, 1u);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_NE(report.notes[0].find("search.image"), std::string::npos) << report.notes[0];
  EXPECT_TRUE(library.Has("b.f"));
}

TEST(UpdateIndexErrorsTest, WhatCannotBeReadForTheMomentKeepsItsFacts) {
  Library library;
  library.Write("a.py", kCode);
  library.Write("inner/b.py", kCode);
  library.Update();
  const std::filesystem::path inner = library.root() / "inner";
  std::filesystem::permissions(inner, std::filesystem::perms::none);
  IndexReport report;
  {
    const OrdinaryUser user(library.path());
    report = library.Update();
  }
  EXPECT_EQ(report.files_removed, 0u);
  EXPECT_TRUE(library.Has("inner.b.f"));
  const FileReport* skipped = ReportOn(report, "inner/");
  ASSERT_NE(skipped, nullptr);
  EXPECT_NE(skipped->reason.find("cannot be read"), std::string::npos);
  std::filesystem::permissions(inner, std::filesystem::perms::owner_all);
}

TEST(UpdateIndexErrorsTest, ANamedFileThatIsNoPythonIsRefused) {
  Library library;
  library.Write("table.csv", "id,value\n1,2\n");
  library.Write("job", "#!/usr/bin/env python3\ndef f():\n    pass\n");
  IndexOptions options = library.Options();
  options.roots = {library.root() / "table.csv"};
  const Error error = FailureOf(options);
  EXPECT_EQ(error.kind, ErrorKind::kBadInput);
  EXPECT_NE(error.message.find("table.csv: not a Python file"), std::string::npos);
  options.roots = {library.root() / "job"};
  EXPECT_EQ(library.Update(options).files_indexed, 1u);
}

TEST(UpdateIndexErrorsTest, MoreSymbolsThanAreTakenAreNoted) {
  Library library;
  std::string code;
  for (int i = 0; i < 50'001; ++i) code += "def f" + std::to_string(i) + "(): pass\n";
  library.Write("big.py", code);
  const IndexReport report = library.Update();
  const FileReport* big = ReportOn(report, "big.py");
  ASSERT_NE(big, nullptr);
  EXPECT_NE(big->reason.find("more than 50000 symbols"), std::string::npos) << big->reason;
}

TEST(UpdateIndexErrorsTest, PicturesAreErrorsAsRootsAndSkippedInside) {
  Library library;
  using namespace std::string_literals;
  const std::string png = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0"s;
  library.Write("logo.png", png);
  IndexOptions options = library.Options();
  options.roots = {library.root() / "logo.png"};
  const Error error = FailureOf(options);
  EXPECT_EQ(error.kind, ErrorKind::kBadInput);
  EXPECT_NE(error.message.find("logo.png"), std::string::npos);
  library.Write("fake.py", png);
  library.Write("a.py", kCode);
  const IndexReport report = library.Update();
  EXPECT_EQ(report.files_indexed, 1u);
  const FileReport* fake = ReportOn(report, "fake.py");
  ASSERT_NE(fake, nullptr);
  EXPECT_EQ(fake->outcome, FileOutcome::kSkipped);
  EXPECT_NE(fake->reason.find("not a text file"), std::string::npos);
}

TEST(UpdateIndexErrorsTest, BrokenAndOddFilesGiveWhatTheyCan) {
  Library library;
  library.Write("broken.py", "def good():\n    pass\n\ndef bad(:\n    pass\n");
  library.Write("latin.py", "# coding: latin-1\ndef caf\xE9():\n    pass\n");
  library.Write("empty.py", "");
  const IndexReport report = library.Update();
  EXPECT_EQ(report.files_indexed, 3u);
  EXPECT_TRUE(library.Has("broken.good"));
  EXPECT_TRUE(library.Has("latin.caf\xC3\xA9"));
  EXPECT_NE(ReportOn(report, "broken.py")->reason.find("syntax error"), std::string::npos);
  EXPECT_NE(ReportOn(report, "latin.py")->reason.find("latin-1"), std::string::npos);
}

TEST(UpdateIndexErrorsTest, LinksInCirclesEnd) {
  Library library;
  library.Write("pkg/a.py", kCode);
  std::filesystem::create_directory_symlink(library.root(), library.root() / "pkg" / "loop");
  std::filesystem::create_symlink(library.root() / "gone.py", library.root() / "dangling.py");
  const IndexReport report = library.Update();
  EXPECT_EQ(report.files_indexed, 1u);
}

TEST(UpdateIndexErrorsTest, AFileThatTurnsBadLeavesTheIndex) {
  Library library;
  library.Write("a.py", kCode);
  library.Write("b.py", kCode);
  library.Update();
  library.Write("a.py", std::string(1000, '\0'), 5);
  const IndexReport report = library.Update();
  EXPECT_EQ(report.files_skipped, 1u);
  EXPECT_FALSE(library.Has("a.f"));
  EXPECT_TRUE(library.Has("b.f"));
}

TEST(UpdateIndexErrorsTest, AnotherEmbedderNeedsARebuild) {
  Library library;
  library.Write("a.py", kCode);
  library.Update();
  IndexOptions options = library.Options();
  options.embedder = "nonsense";
  EXPECT_FALSE(UpdateIndex(options).ok());
  EXPECT_TRUE(library.Has("a.f"));
}

TEST(UpdateIndexErrorsTest, VectorsOfTwoModelsAreNotMixed) {
  Library library;
  library.Write("a.py", kCode);
  const std::string row = R"({"data":[{"embedding":[3,4]}]})";
  const ScriptedServer server({{Send(JsonAnswer("200 OK", row))},
                               {Send(JsonAnswer("200 OK", row))},
                               {Send(JsonAnswer("200 OK", row))},
                               {Send(JsonAnswer("200 OK", row))}});
  IndexOptions options = library.Options();
  options.embedder = "remote";
  options.remote.base_url = server.url("/v1");
  options.remote.model = "tiny";
  options.remote.batch = 1;
  ASSERT_EQ(library.Update(options).chunks, 2u);
  const auto catalog = library.Open();
  EXPECT_EQ(catalog->Meta()->embedder, "remote/tiny/2");
  EXPECT_EQ(catalog->Vectors()->values, (std::vector<int8_t>{76, 102, 76, 102}));
  options.remote.model = "other";
  const auto mixed = UpdateIndex(options);
  ASSERT_FALSE(mixed.ok());
  EXPECT_NE(mixed.error().message.find("made with embedder remote/tiny/2"), std::string::npos);
}

TEST(UpdateIndexErrorsTest, AWriterThatIsAtWorkIsWaitedForThenNamed) {
  Library library;
  library.Write("a.py", kCode);
  library.Update();
  const auto other = CatalogWriter::Begin(library.index());
  ASSERT_TRUE(other.ok());
  const auto second = CatalogWriter::Begin(library.index(), std::chrono::milliseconds(50));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::kStorage);
}

TEST(UpdateIndexErrorsTest, ARootInsideAnotherIsIndexedOnce) {
  Library library;
  library.Write("pkg/__init__.py", "");
  library.Write("pkg/a.py", kCode);
  IndexOptions options = library.Options();
  options.roots = {library.root() / "pkg"};
  library.Update(options);
  // The parent takes its files over.
  options.roots = {library.root()};
  library.Update(options);
  const auto files = library.Open()->Files();
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->size(), 2u);
  for (const FileRow& file : *files) {
    EXPECT_EQ(file.root, std::filesystem::canonical(library.root()).string());
  }
}

}  // namespace
}  // namespace inhouse
