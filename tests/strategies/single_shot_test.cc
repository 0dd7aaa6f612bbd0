#include "agent/strategies/single_shot.h"

#include "tests/strategies/strategy_test.h"

namespace inhouse {
namespace {

using testing::Cell;
using testing::Final;

class SingleShotTest : public testing::StrategyTest {
 protected:
  SingleShotTest() : StrategyTest("single-shot") {}
};

TEST_F(SingleShotTest, OneReplyIsTheScript) {
  const auto outcome = Run({Final("print(1)")});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome->steps, 1);
  EXPECT_EQ(outcome->script, "print(1)\n");
  EXPECT_TRUE(kernel_.cells.empty());
}

TEST_F(SingleShotTest, ABlockWithoutTheMarkIsTheScriptToo) {
  const auto outcome = Run({Cell("print(1)")});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->script, "print(1)\n");
}

TEST_F(SingleShotTest, ThePromptHoldsRequestFilesRulesAndCards) {
  task_.request = "Mend the KeyError";
  task_.rules = {"No seed users."};
  ASSERT_TRUE(Run({"ASK: which?"}).ok());
  const auto& messages = model_->prompts[0].messages;
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_NE(messages[0].content.find("No seed users."), std::string::npos);
  EXPECT_NE(messages[1].content.find("users.csv"), std::string::npos);
  EXPECT_NE(messages[1].content.find("query(sql)"), std::string::npos);
}

TEST_F(SingleShotTest, FindingsGoBackUntilTheAttemptsAreUsedUp) {
  task_.limits.retries = 0;
  failures_ = 3;
  const auto outcome = Run({Final("a"), Final("b"), Final("c")});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kGateFailed);
  EXPECT_EQ(checked_, (std::vector<std::string>{"a\n", "b\n", "c\n"}));
  EXPECT_NE(Told(1).find("KeyError: 'freq'"), std::string::npos);
}

TEST_F(SingleShotTest, AReplyWithoutAScriptIsAskedForOne) {
  const auto outcome = Run({"Let me think.", Final()});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_NE(Told(1).find("nothing was run"), std::string::npos);
}

TEST_F(SingleShotTest, QuestionsAndRefusalsEndTheRun) {
  EXPECT_EQ(Run({"ASK: which table?"})->kind, OutcomeKind::kAsked);
  EXPECT_EQ(Run({"REFUSE: no."})->kind, OutcomeKind::kRefused);
}

}  // namespace
}  // namespace inhouse
