#include "agent/model/stop_cutter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace inhouse {
namespace {

struct Case {
  std::vector<std::string> stops;
  std::string text, wanted;
  bool stopped;
};

TEST(StopCutterTest, CutsBeforeTheFirstStopWhateverThePiecesAre) {
  const std::vector<Case> cases = {
      {{"Observation:"}, "code\nObservation: made up", "code\n", true},
      {{"Observation:"}, "code Observ", "code Observ", false},
      {{"aab"}, "aaaab!", "aa", true},
      {{"xy", "b"}, "axbxy", "ax", true},
      {{}, "text", "text", false},
      {{"", "|"}, "a|b", "a", true},
      {{"text"}, "text", "", true},
      {{"—"}, "a—b", "a", true},
  };
  for (const Case& c : cases) {
    for (size_t piece = 1; piece <= c.text.size(); ++piece) {
      StopCutter cutter(c.stops);
      std::string shown;
      for (size_t at = 0; at < c.text.size(); at += piece) {
        shown += cutter.Feed(c.text.substr(at, piece));
      }
      shown += cutter.Finish();
      EXPECT_EQ(shown, c.wanted) << c.text << " in pieces of " << piece;
      EXPECT_EQ(cutter.stopped(), c.stopped);
    }
  }
}

TEST(StopCutterTest, HoldsBackOnlyWhatMayBeAStop) {
  StopCutter cutter({"STOP"});
  EXPECT_EQ(cutter.Feed("ab ST"), "ab ");
  EXPECT_EQ(cutter.Feed("A"), "STA");
  EXPECT_EQ(cutter.Feed("STOP"), "");
  EXPECT_EQ(cutter.Feed("more"), "");
}

}  // namespace
}  // namespace inhouse
