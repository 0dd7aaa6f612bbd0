// Input that breaks indexers, through the front door: what can be read is in the
// index, what cannot is in the report with its reason.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "tests/indexer/library.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::Library;

constexpr char kGood[] = "def good():\n    pass\n";

std::string Repeated(std::string_view text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string ReasonFor(const IndexReport& report, const std::string& path) {
  for (const FileReport& file : report.files) {
    if (file.path == path) return file.reason;
  }
  return "not in the report";
}

TEST(OddInputTest, AGeneratedFileOfFiftyMegabytesIsLeftOutWithItsReason) {
  Library library;
  library.Write("good.py", kGood);
  library.Write("big.py", "x = 1\n");
  fs::resize_file(library.root() / "big.py", 50 << 20);
  EXPECT_EQ(ReasonFor(library.Update(), "big.py"), "larger than 8388608 bytes");
  EXPECT_TRUE(library.Has("good.good"));
}

TEST(OddInputTest, TenThousandLevelsAndLongSums) {
  Library library;
  library.Write("deep.py", "def before(): pass\nx = " + Repeated("(", 10'000) +
                               Repeated(")", 10'000) + "\ndef after(): pass\n");
  library.Write("lists.py", "x = " + Repeated("[", 10'000) + "\ndef after(): pass\n");
  library.Write("sum.py",
                "def before(): pass\nx = 1" + Repeated(" + 1", 200'000) + "\ndef after(): pass\n");
  EXPECT_EQ(library.Update().files_indexed, 3u);
  for (const char* name : {"deep.before", "deep.after", "sum.before", "sum.after"}) {
    EXPECT_TRUE(library.Has(name)) << name;
  }
}

TEST(OddInputTest, PythonTwoIsReadAsFarAsItGoes) {
  Library library;
  library.Write(
      "old.py",
      "def before(a, b=1):\n    print 'x', a\n\ndef between(a):\n    try:\n        exec a\n"
      "    except ValueError, e:\n        raise IOError, 'y'\n\n"
      "def after(a):\n    return a <> 0777L\n");
  EXPECT_EQ(library.Update().files_indexed, 1u);
  for (const char* name : {"old.before", "old.between", "old.after"}) {
    EXPECT_TRUE(library.Has(name)) << name;
  }
}

TEST(OddInputTest, EveryEncodingInOneTree) {
  Library library;
  library.Write("bom.py",
                "\xEF\xBB\xBF"
                "def bom(): pass\r\n");
  library.Write("bad.py", "# \xFF\xFE\xC3\ndef bad(): pass\n");
  library.Write("latin.py", "# -*- coding: iso-8859-1 -*-\ndef gr\xFC\xDF(): pass\n");
  library.Write("nul.py", std::string("def nul():\n    return '\0'\n", 26));
  std::string wide = "\xFF\xFE";
  for (const char c : std::string_view("def wide(): pass\n")) wide.append({c, '\0'});
  library.Write("wide.py", wide);
  library.Update();
  for (const char* name :
       {"bom.bom", "bad.bad", "latin.gr\xC3\xBC\xC3\x9F", "nul.nul", "wide.wide"}) {
    EXPECT_TRUE(library.Has(name)) << name;
  }
}

TEST(OddInputTest, NamesThatDifferByCaseOnly) {
  Library library;
  library.Write("Reader.py", "def up(): pass\nclass reader: pass\nclass Reader: pass\n");
  library.Write("reader.py", "def low(): pass\n");
  EXPECT_EQ(library.Update().files_indexed, 2u);
  for (const char* name : {"Reader.up", "reader.low", "Reader.reader", "Reader.Reader"}) {
    EXPECT_TRUE(library.Has(name)) << name;
  }
}

TEST(OddInputTest, PathsOfAnyBytes) {
  Library library;
  library.Write("a\nb.py", kGood);
  library.Write("caf\xE9.py", kGood);
  library.Write("x/\x1B[31m/m.py", kGood);
  EXPECT_EQ(library.Update().files_indexed, 3u);
  library.Write("caf\xE9.py", "def changed(): pass\n", 5);
  EXPECT_EQ(library.Update().files_indexed, 1u);
  fs::remove(library.root() / "a\nb.py");
  EXPECT_EQ(library.Update().files_removed, 1u);
}

TEST(OddInputTest, FilesThatVanishWhileTheyAreRead) {
  Library library;
  for (int i = 100; i < 300; ++i) {
    library.Write(std::string("m").append(std::to_string(i)).append(".py"), kGood);
  }
  IndexOptions options = library.Options();
  options.threads = 1;
  options.progress = [&](size_t, size_t) {
    fs::remove(library.root() / "m298.py");
    fs::remove(library.root() / "m299.py");
  };
  const IndexReport report = library.Update(options);
  EXPECT_EQ(report.files_indexed, 198u);
  EXPECT_NE(ReasonFor(report, "m299.py").find("No such file"), std::string::npos)
      << ReasonFor(report, "m299.py");
  EXPECT_TRUE(library.Has("m297.good"));
  EXPECT_FALSE(library.Has("m299.good"));
}

TEST(OddInputTest, SubmodulesAreReadAndOtherWorktreesAreNot) {
  Library library;
  library.Write("good.py", kGood);
  library.Write("sub/.git", "gitdir: ../.git/modules/sub\n");
  library.Write("sub/inner.py", kGood);
  library.Write("tree/.git", "gitdir: /elsewhere/.git/worktrees/tree\n");
  library.Write("tree/good.py", kGood);
  const IndexReport report = library.Update();
  EXPECT_EQ(report.files_indexed, 2u);
  EXPECT_EQ(ReasonFor(report, "tree/"), "another worktree of a repository");
}

}  // namespace
}  // namespace inhouse
