#include "tools/find_upward.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::TempDir;

TEST(FindUpwardTest, LooksInTheFolderItselfAndInEachParent) {
  const TempDir dir;
  const auto outer = dir.Write("marks/outer", "");
  const auto inner = dir.Write("a/marks/inner", "");
  EXPECT_EQ(FindUpward(dir.path() / "a" / "b", "marks/inner"), inner);
  EXPECT_EQ(FindUpward(dir.path() / "a", "marks/inner"), inner);
  EXPECT_EQ(FindUpward(dir.path() / "a" / "b", "marks/outer"), outer);
}

TEST(FindUpwardTest, EndsAtTheRootWithNothing) {
  const TempDir dir;
  EXPECT_EQ(FindUpward(dir.path() / "a", "no-such-file-anywhere"), std::nullopt);
}

TEST(FindUpwardTest, GoesOnPastWhatDoesNotFit) {
  const TempDir dir;
  const auto outer = dir.Write("mark", "good");
  const auto inner = dir.Write("a/mark", "bad");
  const auto fits = [](const std::filesystem::path& path) {
    return testing::ReadAll(path) == "good";
  };
  EXPECT_EQ(FindUpward(inner.parent_path(), "mark", fits), outer);
}

}  // namespace
}  // namespace inhouse
