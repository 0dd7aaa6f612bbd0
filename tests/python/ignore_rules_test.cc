#include "indexer/python/ignore_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace inhouse {
namespace {

// 'i' ignored, 'k' kept, '-' no pattern says anything.
char Judge(std::string_view patterns, std::string_view path, bool is_folder = false) {
  switch (IgnoreFile(patterns).Judge(path, is_folder).verdict) {
    case Verdict::kIgnore: return 'i';
    case Verdict::kKeep: return 'k';
    case Verdict::kNone: break;
  }
  return '-';
}

TEST(IgnoreRulesTest, NamesMatchAtEveryDepthAndPathsFromTheFolder) {
  EXPECT_EQ(Judge("a.py", "a.py"), 'i');
  EXPECT_EQ(Judge("a.py", "x/y/a.py"), 'i');
  EXPECT_EQ(Judge("/a.py", "x/a.py"), '-');
  EXPECT_EQ(Judge("x/a.py", "x/a.py"), 'i');
  EXPECT_EQ(Judge("x/a.py", "y/x/a.py"), '-');
  EXPECT_EQ(Judge("*.py", "x/a.py"), 'i');
  EXPECT_EQ(Judge("x/*.py", "x/y/a.py"), '-');
  EXPECT_EQ(Judge("x*y", "x/y"), '-');
}

TEST(IgnoreRulesTest, TheLastMatchDecidesAndIsNamed) {
  const IgnoreFile file("# first\n*.py\n\n!keep.py\nkeep.py  \n!keep.py\n");
  EXPECT_EQ(file.Judge("a.py", false).line, 2);
  EXPECT_EQ(file.Judge("keep.py", false).verdict, Verdict::kKeep);
  EXPECT_EQ(file.Judge("keep.py", false).line, 6);
  EXPECT_EQ(file.Judge("a.txt", false).verdict, Verdict::kNone);
}

TEST(IgnoreRulesTest, FolderPatterns) {
  EXPECT_EQ(Judge("build/", "build", true), 'i');
  EXPECT_EQ(Judge("build/", "build", false), '-');
  EXPECT_EQ(Judge("build/", "x/build", true), 'i');
  EXPECT_EQ(Judge("/build/", "x/build", true), '-');
  EXPECT_EQ(Judge("x/build/", "x/build", true), 'i');
}

TEST(IgnoreRulesTest, EscapesCommentsAndBlanks) {
  EXPECT_EQ(Judge("\\#a", "#a"), 'i');
  EXPECT_EQ(Judge("#a", "#a"), '-');
  EXPECT_EQ(Judge("\\!a", "!a"), 'i');
  EXPECT_EQ(Judge("a   ", "a"), 'i');
  EXPECT_EQ(Judge("a\\ ", "a "), 'i');
  EXPECT_EQ(Judge("a\t", "a"), '-');
  EXPECT_EQ(Judge("a\r\nb\r\n", "a"), 'i');
  EXPECT_EQ(Judge("\xEF\xBB\xBF"
                  "a",
                  "a"),
            'i');
  EXPECT_EQ(Judge("\\*", "*"), 'i');
  EXPECT_EQ(Judge("\\*", "a"), '-');
  for (const char* nothing : {"", "\n", "/", "!", " ", "//", "!/"}) {
    EXPECT_EQ(Judge(nothing, "a", true), '-') << nothing;
  }
  EXPECT_TRUE(IgnoreFile("# a\n\n").empty());
}

TEST(IgnoreRulesTest, Globs) {
  const std::tuple<const char*, const char*, bool> cases[] = {
      {"*", "a", true},
      {"*", "a/b", false},
      {"**", "a/b", true},
      {"a/**", "a/b/c", true},
      {"**/a", "a", true},
      {"**/a", "x/y/a", true},
      {"a/**/b", "a/b", true},
      {"a/**/b", "a/x/y/b", true},
      {"a/**/b", "ab", false},
      {"a**b", "axb", true},
      {"xa**b", "xa/b", false},
      {"***/a", "x/a", true},
      {"?", "a", true},
      {"?", "/", false},
      {"a?b", "a/b", false},
      {"[ab]", "b", true},
      {"[!ab]", "b", false},
      {"[^ab]", "c", true},
      {"[a-c]x", "bx", true},
      {"[]a]", "]", true},
      {"[a", "a", false},
      {"[!/]", "/", false},
      {"[[:digit:]]", "5", true},
      {"[[:upper:]]", "a", false},
      {"[[:nope:]a]", "a", false},
      {"[z-a]", "z", true},
      {"[\\]]", "]", true},
      {"*a*a*a*b", "aaaaaaaaaaaaaaaa", false},
      {"**/a/**/b/**/c", "x/a/b/x/b/y/c", true},
      {"*/a*c", "x/abc", true},
      {"**/*a*/x", "p/qar/x", true},
      {"", "", true},
      {"", "a", false},
  };
  for (const auto& [glob, path, matches] : cases) {
    EXPECT_EQ(GlobMatches(glob, path), matches) << glob << " on " << path;
  }
}

TEST(IgnoreRulesTest, ManyStarsAndLongNamesAreQuick) {
  // An exponential matcher would not come back from this.
  std::string glob, path;
  for (int i = 0; i < 100; ++i) glob += "*a**/";
  for (int i = 0; i < 1000; ++i) path += "aaaa/";
  EXPECT_FALSE(GlobMatches(glob + "b", path + "c"));
  EXPECT_FALSE(GlobMatches("**/" + glob + "**/b", path + "c"));
}

TEST(IgnoreRulesTest, TooLongPatternsHaveNoEffect) {
  EXPECT_EQ(Judge(std::string(2000, 'a') + "\nb\n", std::string(2000, 'a')), '-');
  EXPECT_EQ(Judge(std::string(2000, 'a') + "\nb\n", "b"), 'i');
}

}  // namespace
}  // namespace inhouse
