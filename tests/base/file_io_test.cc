#include "indexer/base/file_io.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::TempDir;

TEST(FileIoTest, WritesAndReadsBack) {
  TempDir dir;
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(WriteFileDurably(dir.path() / "f", bytes).ok());
  auto read = ReadFile(dir.path() / "f");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, bytes);
}

TEST(FileIoTest, LeavesNothingBesideThePublishedFile) {
  TempDir dir;
  ASSERT_TRUE(WriteFileDurably(dir.path() / "f", "x").ok());
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir.path()))
    ++count;
  EXPECT_EQ(count, 1u);
}

TEST(FileIoTest, MissingFileIsBadInputThatNamesThePath) {
  TempDir dir;
  auto read = ReadFile(dir.path() / "absent");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(read.error().message.find("absent"), std::string::npos);
}

TEST(FileIoTest, RefusesFilesOverTheLimitAndPipes) {
  TempDir dir;
  dir.Write("big", std::string(100, 'x'));
  EXPECT_FALSE(ReadFile(dir.path() / "big", 99).ok());
  ASSERT_EQ(mkfifo((dir.path() / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(ReadFile(dir.path() / "pipe").ok());
}

TEST(FileIoTest, WriteIntoMissingFolderIsStorageError) {
  TempDir dir;
  const Status status = WriteFileDurably(dir.path() / "no" / "f", "x");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kStorage);
}

TEST(FileIoTest, APersonsFileKeepsItsPermissionsAndItsLink) {
  TempDir dir;
  const auto real = dir.path() / "real.py";
  ASSERT_TRUE(WriteFileDurably(real, "old").ok());
  std::filesystem::permissions(real, std::filesystem::perms(0750));
  std::filesystem::create_symlink("real.py", dir.path() / "link.py");
  ASSERT_TRUE(ReplaceFileDurably(dir.path() / "link.py", "new").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(dir.path() / "link.py"));
  EXPECT_EQ(*ReadFile(real), "new");
  EXPECT_EQ(std::filesystem::status(real).permissions(), std::filesystem::perms(0750));
  EXPECT_FALSE(ReplaceFileDurably(dir.path() / "absent.py", "new").ok());
}

}  // namespace
}  // namespace inhouse
