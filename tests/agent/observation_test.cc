#include "agent/observation.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

std::string Told(const std::string& gate, const std::string& message) {
  return FindingsWithoutRows({{gate, "error", message, 0, 0}}).at(0).message;
}

TEST(FindingsWithoutRows, PrintedRowsOfAScriptThatHungAreLeftOut) {
  const std::string told = Told("runs", "it had printed:\nscoring\n0  ana@example.org  12\n");
  EXPECT_EQ(told.find("ana@example.org"), std::string::npos);
  EXPECT_NE(told.find("scoring"), std::string::npos);
  EXPECT_NE(told.find("1 rows withheld"), std::string::npos);
}

TEST(FindingsWithoutRows, ATracebackStays) {
  const std::string message =
      "exit code 1:\nTraceback (most recent call last):\n  File \"s.py\", line 3, in "
      "main\nKeyError";
  EXPECT_EQ(Told("runs", message), message);
}

TEST(FindingsWithoutRows, LinesOfOutputsAreNotQuoted) {
  EXPECT_EQ(Told("reproducible", "a.csv differs (line 2: '7,ana' and '8,ben')"),
            "a.csv differs (the lines are withheld)");
}

TEST(FindingsWithoutRows, OtherGatesSayWhatTheySay) {
  EXPECT_EQ(Told("contract", "f(1, 2, 3) takes 2 (line 4)"), "f(1, 2, 3) takes 2 (line 4)");
}

}  // namespace
}  // namespace inhouse
