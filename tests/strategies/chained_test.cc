#include "agent/strategies/chained.h"

#include "tests/strategies/strategy_test.h"

namespace inhouse {
namespace {

using testing::Cell;
using testing::Final;

constexpr const char* kPlan =
    "```json\n[{\"function\": \"load\", \"purpose\": \"Reads the seeds.\"},"
    " {\"function\": \"main\", \"purpose\": \"Writes after a KeyError.\"}]\n```\n";

class ChainedTest : public testing::StrategyTest {
 protected:
  ChainedTest() : StrategyTest("chained") {}
  std::string Asked(size_t prompt) const { return model_->prompts.at(prompt).messages[1].content; }
};

TEST_F(ChainedTest, PlansThenWritesEachStepThenReviews) {
  const auto outcome = Run({kPlan, Cell("a = 1"), Cell("b = 2"), Final("a = 1\nb = 2")});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome->steps, 4);
  EXPECT_EQ(outcome->script, "a = 1\nb = 2\n");
  EXPECT_TRUE(kernel_.cells.empty()) << "nothing runs before the script is whole";
}

TEST_F(ChainedTest, EachCallSeesThePlanAndTheCodeBefore) {
  ASSERT_TRUE(Run({kPlan, Cell("first = 1"), Cell("second = 2"), Final()}).ok());
  EXPECT_NE(Asked(1).find("Write step 1 of 2: load: Reads the seeds."), std::string::npos);
  EXPECT_NE(Asked(1).find("(none yet)"), std::string::npos);
  EXPECT_NE(Asked(2).find("first = 1"), std::string::npos);
  EXPECT_NE(Asked(2).find("2. main: Writes after a KeyError."), std::string::npos);
  EXPECT_NE(Asked(3).find("first = 1\n\n\nsecond = 2"), std::string::npos);
  for (const ChatRequest& prompt : model_->prompts) {
    EXPECT_EQ(prompt.messages.size(), 2U);
    EXPECT_NE(prompt.messages[1].content.find("Build an audience"), std::string::npos);
  }
}

TEST_F(ChainedTest, CardsThatWereFoundStayInLaterPrompts) {
  ASSERT_TRUE(Run({kPlan, Cell("a = 1"), Cell("b = 2"), Final()}).ok());
  EXPECT_EQ(Asked(1).find("query(sql)"), std::string::npos);
  EXPECT_NE(Asked(2).find("query(sql)"), std::string::npos) << "the step names the KeyError";
  EXPECT_NE(Asked(3).find("query(sql)"), std::string::npos);
}

TEST_F(ChainedTest, TheReviewSeesWhatTheContractCheckFound) {
  ContractFinding finding;
  finding.message = "cdp_client has no function 'qery'";
  finding.line = 1;
  retriever_.contract.findings = {finding};
  ASSERT_TRUE(Run({kPlan, Cell("cdp_client.qery()"), Cell("b = 2"), Final()}).ok());
  EXPECT_NE(Asked(3).find("no function 'qery'"), std::string::npos);
  EXPECT_EQ(Asked(2).find("no function 'qery'"), std::string::npos);
}

TEST_F(ChainedTest, ABadPlanIsAskedForAgain) {
  const auto outcome = Run({"I would load and write.", kPlan, Cell("a"), Cell("b"), Final()});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_NE(Told(1).find("no JSON list of steps"), std::string::npos);
}

TEST_F(ChainedTest, FindingsGoBackToTheReview) {
  failures_ = 1;
  const auto outcome = Run({kPlan, Cell("a"), Cell("b"), Final("bad"), Final("good")});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(checked_, (std::vector<std::string>{"bad\n", "good\n"}));
  EXPECT_NE(Told(4).find("KeyError: 'freq'"), std::string::npos);
}

TEST_F(ChainedTest, AQuestionInPlaceOfAPlanEndsTheRun) {
  const auto outcome = Run({"ASK: which table?"});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kAsked);
  EXPECT_EQ(outcome->message, "which table?");
}

TEST_F(ChainedTest, TheLimitOfStepsHoldsInEveryPhase) {
  for (int steps = 1; steps <= 3; ++steps) {
    task_.limits.steps = steps;
    const auto outcome = Run({kPlan, Cell("a"), Cell("b"), Final()});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->kind, OutcomeKind::kLimit);
    EXPECT_EQ(outcome->steps, steps);
  }
}

TEST_F(ChainedTest, RepliesThatBringNothingEndTheRun) {
  task_.limits.retries = 0;
  const auto outcome = Run({kPlan, "no", "no", "no", "no", "no"});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kLimit);
  EXPECT_EQ(outcome->steps, 5);
}

TEST_F(ChainedTest, FollowUpsGoToThePlanOrTheReview) {
  task_.follow_ups = {"table users", "also a holdout"};
  const auto outcome =
      Run({"ASK: which table?", kPlan, Cell("a"), Cell("b"), Final("one"), Final("two")});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->script, "two\n");
  EXPECT_NE(Told(1).find("table users"), std::string::npos);
  for (size_t prompt = 2; prompt <= 4; ++prompt) {
    EXPECT_NE(Asked(prompt).find("Asked: which table?\nAnswered: table users"), std::string::npos)
        << "every later call is a prompt of its own: " << prompt;
  }
  EXPECT_NE(Told(5).find("also a holdout"), std::string::npos);
}

TEST_F(ChainedTest, AFailedAttemptIsPlannedAnew) {
  failures_ = 3;
  const auto outcome = Run({kPlan, Cell("a"), Cell("b"), Final("1"), Final("2"), Final("3"), kPlan,
                            Cell("c"), Cell("d"), Final("4")});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome->script, "4\n");
  EXPECT_NE(Asked(6).find("An earlier attempt at this request failed"), std::string::npos);
  EXPECT_NE(Asked(7).find("(none yet)"), std::string::npos) << "no code of the first attempt";
}

TEST_F(ChainedTest, ACutPlanIsContinued) {
  const std::string plan = kPlan;
  const RecordedReply cut{.content = plan.substr(0, 60), .finish = FinishReason::kLength};
  const auto outcome = RunRecorded({cut,
                                    {.content = plan.substr(60)},
                                    {.content = Cell("a")},
                                    {.content = Cell("b")},
                                    {.content = Final()}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
}

}  // namespace
}  // namespace inhouse
