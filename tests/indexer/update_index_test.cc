#include <gtest/gtest.h>

#include <algorithm>

#include "indexer/base/digest.h"
#include "tests/indexer/library.h"

namespace inhouse {
namespace {

using testing::Library;

constexpr char kMetrics[] = "def ltv(orders):\n    \"\"\"Lifetime value.\"\"\"\n    return 1\n";

// Digest of everything that an answer could be made of.
std::string Dump(Catalog& catalog) {
  std::string text;
  const auto names = catalog.Names();
  for (const Catalog::NameEntry& entry : names.value()) {
    text += entry.import_name + "=" + entry.qualified_name + "\n";
    const auto chunks = catalog.ChunksOf(entry.qualified_name);
    for (const ChunkRow& chunk : chunks.value()) {
      text += std::to_string(chunk.id) + " " + chunk.chunk.symbol + " " + chunk.chunk.body + "\n";
    }
    const auto calls = catalog.CallersOf(entry.qualified_name, 100);
    for (const CallSiteRow& call : calls.value()) {
      text += call.call.written + " in " + call.call.caller + "\n";
    }
  }
  const auto vectors = catalog.Vectors();
  for (const int64_t id : vectors->ids) text += std::to_string(id) + ",";
  text.append(vectors->values.begin(), vectors->values.end());
  return Xxh3Hex(text);
}

TEST(UpdateIndexTest, TheFirstRunIndexesAndTheSecondChangesNothing) {
  Library library;
  library.Write("metrics.py", kMetrics);
  library.Write("cdp/__init__.py", "from cdp.core import query\n");
  library.Write("cdp/core.py", "def query(sql):\n    return sql\n");
  const IndexReport first = library.Update();
  EXPECT_EQ(first.files_indexed, 3u);
  EXPECT_GT(first.symbols, 4u);
  EXPECT_GT(first.chunks, 2u);
  EXPECT_EQ(first.commit, 1);
  const IndexReport second = library.Update();
  EXPECT_EQ(second.files_indexed, 0u);
  EXPECT_EQ(second.files_unchanged, 3u);
  EXPECT_EQ(second.commit, first.commit);
  EXPECT_EQ(second.symbols, first.symbols);
}

TEST(UpdateIndexTest, APackageWhoseLastFileMovesOutOfItIsGone) {
  Library library;
  library.Write("house/__init__.py", "");
  library.Write("house/sub/__init__.py", "def run(value):\n    pass\n");
  library.Write("jobs/daily.py", "import house.sub\nhouse.sub.run(1)\n");
  const size_t with_usage = library.Update().chunks;
  std::filesystem::remove(library.root() / "house/__init__.py");  // house.sub is sub now
  const IndexReport moved = library.Update();
  EXPECT_TRUE(library.Has("sub.run"));
  IndexOptions fresh = library.Options();
  fresh.index_dir = library.path() / "fresh";
  EXPECT_EQ(moved.chunks, library.Update(fresh).chunks);
  EXPECT_LT(moved.chunks, with_usage);
}

TEST(UpdateIndexTest, ChangedAddedAndRemovedFiles) {
  Library library;
  library.Write("a.py", "def old_name():\n    pass\n");
  library.Write("b.py", "def stays():\n    pass\n");
  library.Update();
  library.Write("a.py", "def new_name():\n    pass\n", 5);
  library.Write("c.py", "def added():\n    pass\n");
  std::filesystem::remove(library.root() / "b.py");
  const IndexReport report = library.Update();
  EXPECT_EQ(report.files_indexed, 2u);
  EXPECT_EQ(report.files_removed, 1u);
  EXPECT_TRUE(library.Has("a.new_name"));
  EXPECT_FALSE(library.Has("a.old_name"));
  EXPECT_FALSE(library.Has("b.stays"));
  EXPECT_TRUE(library.Has("c.added"));
}

TEST(UpdateIndexTest, ATouchedFileIsNotIndexedAgain) {
  Library library;
  library.Write("a.py", kMetrics);
  const int64_t commit = library.Update().commit;
  library.Write("a.py", kMetrics, 5);
  const IndexReport report = library.Update();
  EXPECT_EQ(report.files_indexed, 0u);
  EXPECT_EQ(report.commit, commit);
}

// Two writes within the grain of the clock leave size and time as they were.
TEST(UpdateIndexTest, AFileJustWrittenIsLookedAtAgain) {
  Library library;
  library.Write("a.py", "def aaa():\n    pass\n", 0);
  library.Update();
  const auto stamp = std::filesystem::last_write_time(library.root() / "a.py");
  library.Write("a.py", "def bbb():\n    pass\n", 0);
  std::filesystem::last_write_time(library.root() / "a.py", stamp);
  library.Update();
  EXPECT_TRUE(library.Has("a.bbb"));
}

TEST(UpdateIndexTest, TheNumberOfThreadsDoesNotShow) {
  Library library;
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    library.Write("pkg/m" + n + ".py", "def f" + n + "(a):\n    \"\"\"Number " + n +
                                           ".\"\"\"\n    return f" + n + "(a)\n");
  }
  IndexOptions one = library.Options();
  one.threads = 1;
  library.Update(one);
  const std::string expected = Dump(*library.Open());
  IndexOptions four = library.Options();
  four.threads = 4;
  four.index_dir = library.path() / "other";
  library.Update(four);
  const auto other = Catalog::Open(four.index_dir);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(Dump(**other), expected);
}

TEST(UpdateIndexTest, AnUpdateGivesWhatARebuildGives) {
  Library library;
  library.Write("use.py", "import lib\nlib.f(1)\n");
  library.Write("lib.py", "def f(a):\n    pass\n");
  library.Update();
  library.Write("lib.py", "def f(a, b):\n    pass\ndef g():\n    pass\n", 5);
  library.Update();
  const std::vector<std::string> updated = library.Names();
  IndexOptions rebuild = library.Options();
  rebuild.rebuild = true;
  library.Update(rebuild);
  std::vector<std::string> names = library.Names(), sorted = updated;
  std::sort(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, names);
}

TEST(UpdateIndexTest, ExcludedFilesLeaveTheIndex) {
  Library library;
  library.Write("a.py", kMetrics);
  library.Write("vendor/b.py", kMetrics);
  library.Update();
  EXPECT_TRUE(library.Has("vendor.b.ltv"));
  IndexOptions options = library.Options();
  options.exclude = {"vendor/"};
  EXPECT_EQ(library.Update(options).files_removed, 1u);
  EXPECT_FALSE(library.Has("vendor.b.ltv"));
}

TEST(UpdateIndexTest, OtherRootsStay) {
  Library library;
  library.Write("one/a.py", kMetrics);
  library.Write("two/b.py", kMetrics);
  IndexOptions options = library.Options();
  options.roots = {library.root() / "one"};
  library.Update(options);
  options.roots = {library.root() / "two"};
  library.Update(options);
  EXPECT_TRUE(library.Has("a.ltv"));
  EXPECT_TRUE(library.Has("b.ltv"));
}

TEST(UpdateIndexTest, ARemovedRootIsForgottenWhetherItIsThereOrNot) {
  Library library;
  library.Write("one/a.py", kMetrics);
  library.Write("two/b.py", kMetrics);
  library.Write("three/c.py", kMetrics);
  IndexOptions options = library.Options();
  options.roots = {library.root() / "one", library.root() / "two", library.root() / "three"};
  library.Update(options);
  std::filesystem::rename(library.root() / "two", library.root() / "elsewhere");
  options.roots.clear();
  options.removed_roots = {library.root() / "two", library.root() / "three"};
  EXPECT_EQ(library.Update(options).files_removed, 2u);
  EXPECT_TRUE(library.Has("a.ltv"));
  EXPECT_FALSE(library.Has("b.ltv"));
  EXPECT_FALSE(library.Has("c.ltv"));

  const Result<IndexReport> again = UpdateIndex(options);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(again.error().message.find("no root of this index"), std::string::npos);
  EXPECT_NE(again.error().message.find("one"), std::string::npos);
  EXPECT_TRUE(library.Has("a.ltv"));
}

TEST(UpdateIndexTest, APartOfAnIndexedRootUpdatesThatPart) {
  Library library;
  library.Write("pkg/__init__.py", "");
  library.Write("pkg/a.py", kMetrics);
  library.Write("other.py", kMetrics);
  library.Update();
  library.Write("pkg/a.py", "def newer():\n    pass\n", 5);
  library.Write("other.py", "def unseen():\n    pass\n", 5);
  IndexOptions options = library.Options();
  options.roots = {library.root() / "pkg" / "a.py"};
  const IndexReport report = library.Update(options);
  EXPECT_EQ(report.files_indexed, 1u);
  EXPECT_TRUE(library.Has("pkg.a.newer"));
  EXPECT_TRUE(library.Has("other.ltv"));
  options.roots = {library.root() / "pkg"};
  EXPECT_EQ(library.Update(options).files_unchanged, 2u);
}

TEST(UpdateIndexTest, AUsageChunkComesOnceItsLibraryIsIndexed) {
  Library library;
  library.Write("jobs/daily.py", "import house\n\nrows = house.load('x')\n");
  library.Write("house/house.py", "def load(name):\n    return name\n");
  IndexOptions options = library.Options();
  options.roots = {library.root() / "jobs"};
  library.Update(options);
  options.roots = {library.root() / "house"};
  library.Update(options);
  const auto chunks = library.Open()->ChunksOf("house.load");
  ASSERT_TRUE(chunks.ok());
  EXPECT_TRUE(std::any_of(chunks->begin(), chunks->end(),
                          [](const ChunkRow& row) { return row.chunk.kind == ChunkKind::kUsage; }));
}

TEST(UpdateIndexTest, NotebooksAndMarkdownShowUsage) {
  Library library;
  library.Write("house/house.py", "def load(name):\n    return name\n");
  library.Write("docs/guide.md", "# Guide\n\n```python\nimport house\nhouse.load('md')\n```\n");
  library.Write("docs/demo.ipynb", R"json({"cells": [{"cell_type": "code", "metadata": {},
    "outputs": [], "execution_count": null, "source": ["import house\n", "house.load('nb')"]}],
    "metadata": {}, "nbformat": 4, "nbformat_minor": 5})json");
  IndexOptions options = library.Options();
  options.roots = {library.root() / "house", library.root() / "docs"};
  library.Update(options);
  const auto calls = library.Open()->CallersOf("house.load", 10);
  ASSERT_TRUE(calls.ok());
  EXPECT_EQ(calls->size(), 2u);
}

TEST(UpdateIndexTest, TheExampleTeam) {
  Library library;
  IndexOptions options = library.Options();
  const std::filesystem::path corpus = std::filesystem::path(INHOUSE_SOURCE_DIR) / "corpus";
  options.roots = {corpus / "libs", corpus / "scripts"};
  const IndexReport report = library.Update(options);
  EXPECT_EQ(report.files_skipped, 0u);
  EXPECT_GT(report.symbols, 300u);
  const auto rows = library.Open()->SymbolsNamed("audience_io.write_audience");
  ASSERT_TRUE(rows.ok());
  ASSERT_FALSE(rows->empty());
  const auto calls = library.Open()->CallersOf(rows->front().symbol.qualified_name, 100);
  ASSERT_TRUE(calls.ok());
  EXPECT_GE(calls->size(), 3u);
}

}  // namespace
}  // namespace inhouse
