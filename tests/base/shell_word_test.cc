#include "indexer/base/shell_word.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

TEST(ShellWord, QuotesOnlyWhatAShellWouldTakeApart) {
  EXPECT_EQ(ShellWord("/srv/house-1.0/.inhouse"), "/srv/house-1.0/.inhouse");
  EXPECT_EQ(ShellWord("/home/Zoë"), "/home/Zoë");
  EXPECT_EQ(ShellWord("/my libs"), "'/my libs'");
  EXPECT_EQ(ShellWord("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("~x"), "'~x'");
}

}  // namespace
}  // namespace inhouse
