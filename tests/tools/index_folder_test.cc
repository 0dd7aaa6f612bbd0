#include "tools/index_folder.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

TEST(IndexFolderTest, ANamedFolderIsTakenAsItIs) {
  EXPECT_EQ(FindIndexFolder("/x/y", "/a"), "/x/y");
  EXPECT_EQ(FindIndexFolder("../i", "/a/b"), "/a/i");
}

TEST(IndexFolderTest, ElseTheNearestUpward) {
  const TempDir dir;
  fs::create_directories(dir.path() / ".inhouse");
  fs::create_directories(dir.path() / "a/.inhouse");
  fs::create_directories(dir.path() / "a/b/c");
  EXPECT_EQ(FindIndexFolder("", dir.path() / "a/b/c"), dir.path() / "a/.inhouse");
  EXPECT_EQ(FindIndexFolder("", dir.path()), dir.path() / ".inhouse");
}

TEST(IndexFolderTest, AFileOfThatNameIsNoIndex) {
  const TempDir dir;
  fs::create_directories(dir.path() / ".inhouse");
  dir.Write("a/.inhouse", "not a folder");
  EXPECT_EQ(FindIndexFolder("", dir.path() / "a"), dir.path() / ".inhouse");
}

TEST(IndexFolderTest, ElseOneToBeMadeHere) {
  const TempDir dir;
  EXPECT_EQ(FindIndexFolder("", dir.path()), dir.path() / ".inhouse");
}

}  // namespace
}  // namespace inhouse
