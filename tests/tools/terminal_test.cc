#include "tools/terminal.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

TEST(TerminalTest, EscapeSequencesAreShownNotObeyed) {
  EXPECT_EQ(Printable("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(Printable("\x7f\r\b"), "\\x7f\\x0d\\x08");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");
}

TEST(TerminalTest, TextOfAnyLanguageIsLeftAsItIs) {
  const std::string text = "naïve — 日本語\n\tend £";
  EXPECT_EQ(Printable(text), text);
}

TEST(TerminalTest, OneLineIsOneLine) { EXPECT_EQ(OneLine("a\nb\tc\n\n"), "a b c"); }

TEST(TerminalTest, ColoursOnlyWhenWanted) {
  EXPECT_EQ(Style(false).Bold("x"), "x");
  EXPECT_EQ(Style(true).Bold("x"), "\x1b[1mx\x1b[0m");
  EXPECT_EQ(Style(true).Dim(""), "");
}

}  // namespace
}  // namespace inhouse
