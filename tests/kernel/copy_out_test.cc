// Taking results from a folder that hostile code has written.
#include "agent/kernel/copy_out.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "indexer/base/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::ReadAll;
using testing::TempDir;

class CopyOutTest : public ::testing::Test {
 protected:
  CopyReport Copy(const CopyLimits& limits = {}) {
    const UniqueFd folder(::open(from_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    Result<CopyReport> report = CopyOut(folder.get(), to_.path() / "out", limits);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? std::move(report).value() : CopyReport{};
  }
  static bool Mentions(const std::vector<std::string>& skipped, const std::string& text) {
    return std::any_of(skipped.begin(), skipped.end(), [&](const std::string& line) {
      return line.find(text) != std::string::npos;
    });
  }

  TempDir from_, to_;
};

TEST_F(CopyOutTest, RegularFilesComeInOrderWithTheirFolders) {
  from_.Write("b.csv", "2");
  from_.Write("a/c.csv", "1");
  from_.Write("__pycache__/x.pyc", "no");
  EXPECT_EQ(Copy().files, (std::vector<std::string>{"a/c.csv", "b.csv"}));
  EXPECT_EQ(ReadAll(to_.path() / "out/a/c.csv"), "1");
}

TEST_F(CopyOutTest, LinksAreNotFollowed) {
  const fs::path secret = to_.Write("secret", "s3cret");
  fs::create_symlink(secret, from_.path() / "file");
  fs::create_directory_symlink(to_.path(), from_.path() / "folder");
  fs::create_symlink("/proc/self/environ", from_.path() / "environment");
  const CopyReport report = Copy();
  EXPECT_TRUE(report.files.empty());
  EXPECT_EQ(report.skipped,
            (std::vector<std::string>{"environment: it is a link", "file: it is a link",
                                      "folder: it is a link"}));
}

TEST_F(CopyOutTest, PipesAndSocketsDoNotBlock) {
  ASSERT_EQ(::mkfifo((from_.path() / "pipe").c_str(), 0644), 0);
  EXPECT_TRUE(Mentions(Copy().skipped, "pipe: it is not a regular file"));
}

TEST_F(CopyOutTest, ModeBitsDoNotTravel) {
  const fs::path file = from_.Write("tool", "#!/bin/sh\n");
  ::chmod(file.c_str(), 06777);
  Copy();
  struct stat info {};
  ASSERT_EQ(::stat((to_.path() / "out/tool").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07133, 0U);
}

TEST_F(CopyOutTest, NamesAreMadeHarmless) {
  from_.Write("a\nb\x1b[2J", "1");
  from_.Write("-rf", "2");
  from_.Write("100%", "3");
  from_.Write("café.csv", "4");
  from_.Write("\xff", "5");
  EXPECT_EQ(Copy().files,
            (std::vector<std::string>{"%2Drf", "%FF", "100%25", "a%0Ab%1B[2J", "café.csv"}));
}

TEST_F(CopyOutTest, WhatProgramsRunByThemselvesIsLeftOut) {
  from_.Write(".git/config", "[core]\n\tfsmonitor = touch owned\n");
  from_.Write("bare/HEAD", "ref: refs/heads/main\n");
  from_.Write("bare/config", "[core]\n\tfsmonitor = touch owned\n");
  for (const char* name :
       {".envrc", "inhouse.toml", "INHOUSE.toml", "conftest.py", "Makefile", "sitecustomize.py",
        "a/pyproject.toml", "a/x.pth", "usercustomize/__init__.py", "b/sitecustomize.pyc",
        "AGENTS.md", "CLAUDE.md", "eslint.config.mjs", "settings.gradle", "view.lnk"}) {
    from_.Write(name, "x");
  }
  from_.Write("a/audience.csv", "1");
  const CopyReport report = Copy();
  EXPECT_EQ(report.files, (std::vector<std::string>{"a/audience.csv", "bare/config"}));
  EXPECT_TRUE(Mentions(report.skipped, ".git: names that begin with a dot are not taken"));
  EXPECT_TRUE(Mentions(report.skipped, "bare/HEAD: programs act on a file of this name"));
  EXPECT_EQ(report.skipped.size(), 17U);
}

TEST_F(CopyOutTest, NamesThatAreTooLongAreLeftOutAndTheRestIsCopied) {
  from_.Write(std::string(250, '\n'), "1");
  from_.Write("ok.csv", "2");
  const CopyReport report = Copy();
  EXPECT_EQ(report.files, std::vector<std::string>{"ok.csv"});
  EXPECT_TRUE(Mentions(report.skipped, "its name is too long"));
}

TEST_F(CopyOutTest, DeepTreesEndAtTheLimit) {
  UniqueFd folder(::open(from_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < 600; ++i) {
    ASSERT_EQ(::mkdirat(folder.get(), "d", 0755), 0);
    folder = UniqueFd(::openat(folder.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  EXPECT_TRUE(Mentions(Copy().skipped, "nested too deep"));
}

TEST_F(CopyOutTest, ManyFoldersAreAllCopied) {
  for (int i = 0; i < 400; ++i) from_.Write(std::to_string(i).append("/x.parquet"), "x");
  EXPECT_EQ(Copy().files.size(), 400U);
}

TEST_F(CopyOutTest, NumberAndSizeAreBounded) {
  for (int i = 0; i < 9; ++i) from_.Write(std::to_string(i), std::string(100, 'x'));
  CopyLimits few;
  few.files = 4;
  EXPECT_EQ(Copy(few).files.size(), 4U);
  CopyLimits small;
  small.total_bytes = 250;
  const CopyReport report = Copy(small);
  EXPECT_EQ(report.files.size(), 2U);
  EXPECT_TRUE(Mentions(report.skipped, "over the size limit"));
}

TEST_F(CopyOutTest, SparseFileOfHugeSizeIsLeftOut) {
  const fs::path file = from_.Write("sparse", "");
  ASSERT_EQ(::truncate(file.c_str(), off_t{1} << 40), 0);
  EXPECT_TRUE(Mentions(Copy().skipped, "sparse: over the size limit"));
}

TEST_F(CopyOutTest, DestinationThatCannotBeMadeIsAStorageError) {
  from_.Write("a", "1");
  const fs::path file = to_.Write("file", "in the way");
  const UniqueFd folder(::open(from_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto report = CopyOut(folder.get(), file / "out", {});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind, ErrorKind::kStorage);
}

}  // namespace
}  // namespace inhouse
