#include "indexer/chunk/source_lines.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

TEST(SourceLinesTest, LinesByNumber) {
  const SourceLines lines("one\ntwo\n\nfour");
  EXPECT_EQ(lines.count(), 4);
  EXPECT_EQ(lines.Lines(1, 1), "one");
  EXPECT_EQ(lines.Lines(2, 4), "two\n\nfour");
  EXPECT_EQ(lines.Lines(3, 3), "");
  EXPECT_EQ(lines.Lines(-3, 99), "one\ntwo\n\nfour");
  EXPECT_EQ(lines.Lines(9, 12), "");
}

TEST(SourceLinesTest, TheLineOfAByte) {
  const SourceLines lines("one\ntwo\n");
  EXPECT_EQ(lines.LineOf(0), 1);
  EXPECT_EQ(lines.LineOf(3), 1);
  EXPECT_EQ(lines.LineOf(4), 2);
}

TEST(SourceLinesTest, AnEmptyText) {
  const SourceLines lines("");
  EXPECT_EQ(lines.Lines(1, 1), "");
  EXPECT_EQ(lines.LineOf(0), 1);
}

TEST(SourceLinesTest, CommonIndentationGoes) {
  EXPECT_EQ(DedentAndCut("    a\n      b\n\n    c", 100), "a\n  b\n\nc");
  EXPECT_EQ(DedentAndCut("\ta\n\tb", 100), "a\nb");
  EXPECT_EQ(DedentAndCut("", 100), "");
}

TEST(SourceLinesTest, ALongTextIsCutAtALineOrACharacter) {
  EXPECT_EQ(DedentAndCut("aaaa\nbbbb\ncccc", 10), "aaaa\nbbbb");
  const std::string cut = DedentAndCut("ééééé", 5);
  EXPECT_EQ(cut, "éé");
}

TEST(SourceLinesTest, NamesAsWords) {
  EXPECT_EQ(WordsOfName("cdp_client.core.query"), "cdp_client core query");
  EXPECT_EQ(WordsOfName(""), "");
}

}  // namespace
}  // namespace inhouse
