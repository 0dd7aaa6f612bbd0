#include "tools/text_diff.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

TEST(LineDiff, EqualTextsHaveNone) {
  EXPECT_EQ(LineDiff("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(LineDiff("", ""), "");
}

TEST(LineDiff, ShowsWhatWentAndWhatCameWithALittleAround) {
  EXPECT_EQ(LineDiff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "  …\n  2\n  3\n  4\n- 5\n+ five\n  6\n  7\n  8\n");
  EXPECT_EQ(LineDiff("a\n", "a\nb\n"), "  a\n+ b\n");
  EXPECT_EQ(LineDiff("a\nb\nc\n", "b\nc\nd\n"), "- a\n  b\n  c\n+ d\n");
}

TEST(LineDiff, ChangesFarApartHaveAGap) {
  std::string before, after;
  for (int i = 0; i < 30; ++i) {
    before += std::to_string(i) + "\n";
    after += (i == 0 || i == 29 ? "x" : std::to_string(i)) + std::string("\n");
  }
  const std::string diff = LineDiff(before, after);
  EXPECT_NE(diff.find("  …\n"), std::string::npos) << diff;
  EXPECT_EQ(diff.find("  15\n"), std::string::npos);
}

TEST(LineDiff, AVeryLongChangeIsNotWorkedOut) {
  std::string before, after;
  for (size_t i = 0; i <= kMaxDiffLines; ++i) before += "a\n", after += "b\n";
  EXPECT_EQ(LineDiff(before, after), "all lines changed\n");
}

}  // namespace
}  // namespace inhouse
