#include "agent/strategies/loop_watch.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

LoopWatch::Ran Ran(int step, std::string code, std::string shown = "", bool brought = false) {
  return {.step = step,
          .code = std::move(code),
          .outcome = "it ran",
          .shown = std::move(shown),
          .brought = brought};
}

TEST(LoopWatch, TheBlockJustBeforeIsARepetition) {
  LoopWatch loops;
  loops.Add(Ran(1, "df.head()\n"));
  ASSERT_TRUE(loops.Repeats("df.head()  # once more\n\n"));
  EXPECT_EQ(loops.Repeats("df.head()\n")->step, 1);
  EXPECT_FALSE(loops.Repeats("df.tail()\n"));
}

TEST(LoopWatch, OfTwoBlocksInTurnsTheThirdTimeIsOne) {
  LoopWatch loops;
  for (const int step : {1, 2, 3, 4}) loops.Add(Ran(step, step % 2 == 1 ? "a()" : "b()"));
  EXPECT_TRUE(loops.Repeats("a()"));
  EXPECT_TRUE(loops.Repeats("b()"));
}

TEST(LoopWatch, TextInQuotesMakesADifferentBlock) {
  LoopWatch loops;
  loops.Add(Ran(1, "show('a # 1')"));
  EXPECT_FALSE(loops.Repeats("show('a # 2')"));
}

TEST(LoopWatch, ABlockThatWaitsMayBeSentAgain) {
  LoopWatch loops;
  for (int step = 1; step <= 9; ++step) {
    EXPECT_FALSE(loops.Repeats("import time\ntime.sleep(5)\nstatus()"));
    const LoopWatch::Note note = loops.Add(Ran(step, "import time\ntime.sleep(5)\nstatus()"));
    EXPECT_EQ(note.same_as_step + note.idle_blocks, 0);
  }
  EXPECT_FALSE(loops.Stuck());
}

TEST(LoopWatch, NearlyTheSameWithTheSameOutcomeIsSaid) {
  LoopWatch loops;
  const std::string code =
      "rows = query('SELECT user_id, segment FROM users WHERE x = 1')\nprint(rows.";
  loops.Add(Ran(1, code + "head())", "KeyError"));
  EXPECT_EQ(loops.Add(Ran(2, code + "tail())", "KeyError")).same_as_step, 1);
  EXPECT_EQ(loops.Add(Ran(3, code + "sum())", "other")).same_as_step, 0)
      << "it gave something else";
  EXPECT_EQ(loops.Add(Ran(4, "count = 3", "other")).same_as_step, 0) << "another block";
}

TEST(LoopWatch, BlocksThatBringNothingAreSaid) {
  LoopWatch loops;
  for (int step = 1; step < LoopWatch::kIdleBlocks; ++step) {
    EXPECT_EQ(loops.Add(Ran(step, "print(" + std::to_string(step) + ")", std::to_string(step)))
                  .idle_blocks,
              0);
  }
  EXPECT_EQ(loops.Add(Ran(5, "other(5)", "5")).idle_blocks, LoopWatch::kIdleBlocks);
  EXPECT_EQ(loops.Add(Ran(6, "x = 1", "6", true)).idle_blocks, 0);
  EXPECT_EQ(loops.Add(Ran(7, "more(7)", "7")).idle_blocks, 0) << "counted anew";
}

TEST(LoopWatch, StuckOnlyAfterItWasSaidOften) {
  LoopWatch loops;
  const std::string code = "frame = load('users.csv', columns=['a', 'b', 'c'])\nshow(frame, ";
  for (int step = 1; step <= LoopWatch::kMaxNotes; ++step) {
    loops.Add(Ran(step, code + std::to_string(step) + ")", "KeyError"));
    EXPECT_FALSE(loops.Stuck()) << step;
  }
  loops.Add(Ran(9, code + "9)", "KeyError"));
  EXPECT_TRUE(loops.Stuck());
}

TEST(LoopWatch, SomethingNewEndsTheCount) {
  LoopWatch loops;
  const std::string code = "frame = load('users.csv', columns=['a', 'b', 'c'])\nshow(frame, ";
  loops.Add(Ran(1, code + "1)", "KeyError"));
  loops.Add(Ran(2, code + "2)", "KeyError"));
  loops.Add(Ran(3, code + "3)", "KeyError"));
  loops.Add(Ran(4, "x = 1", "", true));
  loops.Add(Ran(5, code + "5)", "KeyError"));
  EXPECT_FALSE(loops.Stuck());
}

TEST(LoopWatch, AfterALossEverythingMayBeSentAgain) {
  LoopWatch loops;
  loops.Add(Ran(1, "df = load()"));
  LoopWatch::Ran died = Ran(2, "crash()");
  died.state_lost = true;
  loops.Add(died);
  EXPECT_FALSE(loops.Repeats("df = load()"));
  EXPECT_FALSE(loops.Repeats("crash()"));
}

TEST(WordOverlap, IsAShare) {
  EXPECT_EQ(WordOverlap("a b", "a b"), 1.0);
  EXPECT_EQ(WordOverlap("a b", "c d"), 0.0);
  EXPECT_EQ(WordOverlap("a b", "a c"), 0.5);
  EXPECT_EQ(WordOverlap("", ""), 1.0);
}

}  // namespace
}  // namespace inhouse
