#include "agent/strategies/codeact.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "agent/strategies/dialogue.h"
#include "tests/strategies/strategy_test.h"

namespace inhouse {
namespace {

using nlohmann::json;
using testing::Cell;
using testing::FakeKernel;
using testing::FakeRetriever;
using testing::Final;

class CodeActTest : public testing::StrategyTest {
 protected:
  CodeActTest() : StrategyTest("codeact") {}
};

TEST_F(CodeActTest, RunsCellsUntilTheFinalScriptPasses) {
  const auto outcome = Run({Cell("a = 1"), Cell("b = a"), Final("print(1)")});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome->steps, 3);
  EXPECT_EQ(outcome->script, "print(1)\n");
  EXPECT_EQ(kernel_.cells, (std::vector<std::string>{"a = 1\n", "b = a\n"}));
  EXPECT_TRUE(outcome->tokens_estimated);
  EXPECT_GT(outcome->input_tokens, 500);
}

TEST_F(CodeActTest, TheFirstPromptHoldsRequestFilesAndRules) {
  task_.rules = {"No seed users."};
  ASSERT_TRUE(Run({"ASK: which?"}).ok());
  const auto& messages = model_->prompts[0].messages;
  EXPECT_NE(messages[0].content.find("No seed users."), std::string::npos);
  EXPECT_NE(messages[1].content.find("Build an audience"), std::string::npos);
  EXPECT_NE(messages[1].content.find("users.csv"), std::string::npos);
}

TEST_F(CodeActTest, AFailedCellIsAnObservationWithTheApisItNeeds) {
  kernel_ = FakeKernel([](std::string_view) { return testing::Raises("KeyError", "'freq'"); });
  ASSERT_TRUE(Run({Cell("df['freq']"), "ASK: which?"}).ok());
  EXPECT_NE(Told(1).find("KeyError: 'freq'"), std::string::npos);
  EXPECT_NE(Told(1).find("query(sql)"), std::string::npos);
}

TEST_F(CodeActTest, ABlockThatDoesNotFitTheHouseApisGoesBackOnce) {
  ContractFinding finding;
  finding.text = "cdp_client.qery";
  finding.message = "cdp_client has no 'qery'";
  finding.suggestion = "cdp_client.query";
  finding.line = 1;
  retriever_.contract.findings = {finding};
  ASSERT_TRUE(Run({Cell("cdp_client.qery()"), Cell("cdp_client.qery()"), "ASK: which?"}).ok());
  EXPECT_NE(Told(1).find("cdp_client has no 'qery'"), std::string::npos);
  EXPECT_NE(Told(1).find("Use cdp_client.query"), std::string::npos);
  // The model insists: it runs.
  EXPECT_EQ(kernel_.cells, std::vector<std::string>{"cdp_client.qery()\n"});
}

TEST_F(CodeActTest, EarlierBlocksBindNamesForTheContractCheck) {
  ASSERT_TRUE(Run({Cell("import cdp_client as c"), Cell("c.query()"), "ASK: which?"}).ok());
  ASSERT_EQ(retriever_.checked.size(), 2u);
  EXPECT_EQ(retriever_.checked[1], "import cdp_client as c\nc.query()\n");
}

TEST_F(CodeActTest, BadRepliesAreObservations) {
  const auto outcome = Run({"I will load it.", "DONE", Final()});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_NE(Told(1).find("no ```python block"), std::string::npos);
  EXPECT_NE(Told(2).find("no final script yet"), std::string::npos);
}

TEST_F(CodeActTest, ACutReplyIsContinuedNotRun) {
  const RecordedReply cut{.content = "First.\n```python\nx = [1,\n     2",
                          .finish = FinishReason::kLength};
  const auto outcome = RunRecorded({cut, {.content = "     2, 3]\n```\n"}, {.content = Final()}});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(kernel_.cells, std::vector<std::string>{"x = [1,\n     2, 3]\n"});
  EXPECT_EQ(outcome->steps, 2) << "the rest is no step of its own";
  EXPECT_NE(Told(1).find("Go on exactly where it ends"), std::string::npos);
  EXPECT_EQ(model_->prompts[1].messages[2].content, cut.content);
  const auto& next = model_->prompts[2].messages;
  EXPECT_EQ(next[2].content, "First.\n```python\nx = [1,\n     2, 3]\n```");
  EXPECT_EQ(next.size(), 4u) << "the request for the rest is no part of the story";
}

TEST_F(CodeActTest, AReplyThatIsCutAgainAndAgainIsAskedForInSmallerPieces) {
  const RecordedReply cut{.content = "```python\nx = [1,", .finish = FinishReason::kLength};
  const RecordedReply more{.content = "\n2,", .finish = FinishReason::kLength};
  const auto outcome = RunRecorded({cut, more, more, {.content = Final()}});
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(kernel_.cells.empty());
  EXPECT_NE(Told(3).find("cut in the middle of its code"), std::string::npos);
  EXPECT_EQ(model_->prompts.size(), 2u + kMaxContinuations);
}

TEST_F(CodeActTest, AStreamThatBreaksOffEachTimeEndsTheRun) {
  const std::vector<std::string> replies(10, "```python\nx = [1,");
  breaks_off_ = 2;
  const auto two = Run({"I look at", "I look", Final()});
  ASSERT_TRUE(two.ok()) << two.error().message;
  EXPECT_EQ(two->kind, OutcomeKind::kDone) << "it goes on";
  breaks_off_ = 100;
  const auto outcome = Run(replies);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::kModel);
  EXPECT_EQ(outcome.error().message,
            "3 replies in a row broke off: the reply broke off: the stream ended");
  EXPECT_EQ(model_->prompts.size(), 3u);
}

TEST_F(CodeActTest, AModelThatBringsNothingIsStopped) {
  task_.limits.retries = 0;
  const auto outcome = Run({"a", "b", "c", "d", "e", "f"});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kLimit);
  EXPECT_EQ(outcome->steps, kMaxBadReplies);
}

TEST_F(CodeActTest, AFailedAttemptBeginsAnewWithASummary) {
  failures_ = 3;
  const auto outcome = Run(
      {Cell("a = 1"), Final("one"), Final("two"), Final("three"), Cell("b = 2"), Final("four")});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome->script, "four\n");
  EXPECT_EQ(kernel_.restarts, 1);
  const auto& anew = model_->prompts[4].messages;
  ASSERT_EQ(anew.size(), 2u) << "nothing of the first attempt but its summary";
  EXPECT_NE(anew[1].content.find("An earlier attempt at this request failed"), std::string::npos);
  EXPECT_NE(anew[1].content.find("KeyError: 'freq'"), std::string::npos);
  EXPECT_NE(anew[1].content.find("Build an audience"), std::string::npos);
  EXPECT_EQ(anew[1].content.find("a = 1"), std::string::npos);
}

TEST_F(CodeActTest, ANewAttemptKnowsWhatThePersonSaid) {
  failures_ = 3;
  task_.follow_ups = {"the EU one"};
  const auto outcome = Run({"ASK: which segment?", Final("1"), Final("2"), Final("3"), Final("4")});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  const std::string& request = model_->prompts[4].messages[1].content;
  EXPECT_NE(request.find("Asked: which segment?\nAnswered: the EU one"), std::string::npos);
}

TEST_F(CodeActTest, AModelThatGoesInCirclesIsToldAndThenStopped) {
  task_.limits.retries = 0;
  kernel_ = FakeKernel([](std::string_view) { return testing::Raises("KeyError", "'freq'"); });
  std::vector<std::string> replies;
  for (int i = 0; i < 8; ++i) {
    replies.push_back(
        Cell("frame = load('users.csv', columns=['a', 'b'])\nfrequency = "
             "frame['freq']\nprint(frequency, " +
             std::to_string(i) + ")"));
  }
  const auto outcome = Run(replies);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kLimit);
  EXPECT_NE(outcome->message.find("in circles"), std::string::npos);
  EXPECT_EQ(outcome->steps, 4);
  EXPECT_NE(Told(2).find("nearly the block of step 1"), std::string::npos);
}

TEST_F(CodeActTest, APromptThatWouldNotFitIsSqueezedBeforeItIsSent) {
  context_tokens_ = 12'000;
  kernel_ = FakeKernel([this](std::string_view) {
    kernel_.names = {{"df", "DataFrame", "3 x 2: user_id int64"}};
    return testing::Prints(std::string(2900, 'x') + "\n");
  });
  std::vector<std::string> replies;
  for (int i = 0; i < 6; ++i)
    replies.push_back(Cell("step_" + std::to_string(i) + "(" + std::string(300, 'c') + ")"));
  replies.push_back("ASK: x");
  ASSERT_TRUE(Run(replies).ok());
  const auto& last = model_->prompts.back().messages;
  EXPECT_NE(last.back().content.find("Alive in the interpreter now"), std::string::npos);
  EXPECT_NE(last.back().content.find("user_id int64"), std::string::npos);
  EXPECT_LT(last[last.size() - 3].content.size(), 500u);
  for (const ChatRequest& prompt : model_->prompts) {
    EXPECT_NE(prompt.messages[1].content.find("Build an audience"), std::string::npos);
  }
}

TEST_F(CodeActTest, TheTraceSaysWhichShownApisABlockUses) {
  task_.request = "a KeyError";  // the card's word
  ASSERT_TRUE(Run({Cell("import cdp_client as c"), Cell("c.query('x')"), "ASK: x"}).ok());
  std::vector<json> used;
  const auto events = ReadTrace(dir_.path());
  ASSERT_TRUE(events.ok());
  for (const TraceEvent& event : *events) {
    if (event.type == "action") used.push_back(json::parse(event.data)["used"]);
  }
  ASSERT_EQ(used.size(), 3u);
  EXPECT_TRUE(used[0].empty());
  EXPECT_EQ(used[1], json::parse(R"([{"symbol": "cdp_client.query", "shown_at": 0}])"));
}

TEST_F(CodeActTest, ARepeatedCellIsNotRunAgain) {
  kernel_ = FakeKernel([](std::string_view) { return testing::Raises("KeyError", "'freq'"); });
  ASSERT_TRUE(Run({Cell("df['freq']"), Cell("df['freq']  "), "ASK: which?"}).ok());
  EXPECT_EQ(kernel_.cells.size(), 1u);
  EXPECT_NE(Told(2).find("same block as in step 1"), std::string::npos);
}

TEST_F(CodeActTest, AlternatingCellsStopAtTheThirdTime) {
  ASSERT_TRUE(Run({Cell("a"), Cell("b"), Cell("a"), Cell("b"), Cell("a"), "ASK: x"}).ok());
  EXPECT_EQ(kernel_.cells.size(), 4u);
}

TEST_F(CodeActTest, FindingsGoBackAsOftenAsAllowed) {
  failures_ = 1;
  const auto outcome = Run({Final("a = 1"), Final("b = 2")});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome->script, "b = 2\n");
  EXPECT_NE(Told(1).find("KeyError: 'freq'"), std::string::npos);
  EXPECT_NE(Told(1).find("in line 1: a = 1"), std::string::npos);
}

TEST_F(CodeActTest, AScriptThatKeepsFailingEndsTheRun) {
  failures_ = 9;
  task_.limits.retries = 0;
  const auto outcome = Run({Final("a"), Final("b"), Final("c"), Final("d")});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kGateFailed);
  EXPECT_EQ(checked_.size(), 3u);  // the first, and two attempts more
  EXPECT_EQ(outcome->findings.size(), 1u);
  EXPECT_NE(Told(2).find("last attempt"), std::string::npos);
}

TEST_F(CodeActTest, QuestionsAndRefusalsEndTheRun) {
  EXPECT_EQ(Run({"ASK: which quarter?"})->message, "which quarter?");
  EXPECT_EQ(Run({"REFUSE: it sends mail"})->kind, OutcomeKind::kRefused);
  const auto declined = RunRecorded({{.content = "I can't.", .finish = FinishReason::kRefusal}});
  EXPECT_EQ(declined->kind, OutcomeKind::kRefused);
  EXPECT_EQ(declined->message, "I can't.");
}

TEST_F(CodeActTest, TheStepLimitIsToldBeforeItIsReached) {
  task_.limits.steps = 3;
  const auto outcome = Run({Cell("a"), Cell("b"), Cell("c")});
  EXPECT_EQ(outcome->kind, OutcomeKind::kLimit);
  EXPECT_EQ(outcome->steps, 3);
  EXPECT_EQ(Told(0).find("left:"), std::string::npos);
  EXPECT_NE(Told(1).find("2 steps are left"), std::string::npos);
  EXPECT_NE(Told(2).find("One step is left"), std::string::npos);
}

TEST_F(CodeActTest, TokensAndSecondsAreLimits) {
  task_.limits.tokens = 100;
  EXPECT_NE(Run({Cell("a"), Cell("b")})->message.find("100 tokens"), std::string::npos);
  EXPECT_EQ(model_->prompts.size(), 1u);
  now_ms_ = 901'000;
  const auto late = Run({Cell("a")});
  EXPECT_NE(late->message.find("900 seconds"), std::string::npos);
  EXPECT_NE(late->message.find("0 blocks ran"), std::string::npos);
  EXPECT_NE(late->message.find("allow more with --seconds and go on with inhouse run --resume"),
            std::string::npos);
}

TEST_F(CodeActTest, ASpentSumEndsTheRunWithWhatWasReached) {
  affordable_ = 2;
  const auto outcome = Run({Cell("a = 1"), Cell("b = 2"), Final()});
  ASSERT_TRUE(outcome.ok()) << "a limit is an outcome, not an error";
  EXPECT_EQ(outcome->kind, OutcomeKind::kLimit);
  EXPECT_NE(outcome->message.find("the money is spent; reached: 2 blocks ran"), std::string::npos)
      << outcome->message;
  EXPECT_NE(outcome->message.find("--usd"), std::string::npos);
}

TEST_F(CodeActTest, InterruptingIsAnError) {
  cancelled_ = true;
  const auto outcome = Run({Cell("a")});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::kInterrupted);
}

TEST_F(CodeActTest, AFullContextIsSqueezedOnce) {
  RecordedReply full{.content = "", .finish = FinishReason::kContextFull};
  EXPECT_EQ(RunRecorded({full, {.content = "ASK: x"}})->kind, OutcomeKind::kAsked);
  EXPECT_EQ(RunRecorded({full, full})->kind, OutcomeKind::kLimit);
}

TEST_F(CodeActTest, ADeadInterpreterIsAnObservationWithWhatWasLost) {
  int cell = 0;
  kernel_ = FakeKernel([&](std::string_view) {
    CellResult result;
    if (++cell == 1) {
      kernel_.names = {{"df", "DataFrame", ""}};
      return result;
    }
    kernel_.names.clear();
    result.outcome = CellOutcome::kKernelDied;
    result.state_lost = true;
    return result;
  });
  ASSERT_TRUE(Run({Cell("df = load()"), Cell("crash()"), Cell("df = load()"), "ASK: x"}).ok());
  EXPECT_NE(Told(2).find("all names are gone: df"), std::string::npos);
  EXPECT_EQ(kernel_.cells.size(), 3u) << "after a loss a block may be sent again";
}

TEST_F(CodeActTest, RowsStayHereUnlessTheTeamAgrees) {
  kernel_ = FakeKernel([](std::string_view) { return testing::Prints("0  ann  9.5\n"); });
  local_ = false;
  ASSERT_TRUE(Run({Cell("print(df)"), "ASK: x"}).ok());
  EXPECT_EQ(Told(1).find("ann"), std::string::npos);
  EXPECT_NE(model_->prompts[0].messages[0].content.find("withheld"), std::string::npos);
  task_.send_rows = true;
  ASSERT_TRUE(Run({Cell("print(df)"), "ASK: x"}).ok());
  EXPECT_NE(Told(1).find("ann"), std::string::npos);
}

TEST_F(CodeActTest, WhatAModelInventsIsNotInTheNextPrompt) {
  ASSERT_TRUE(Run({Cell("a = 1") + "Observation: it gave 42.\n", "ASK: x"}).ok());
  for (const Message& message : model_->prompts[1].messages) {
    EXPECT_EQ(message.content.find("it gave 42"), std::string::npos);
  }
}

TEST_F(CodeActTest, PromptsAreTheSameInEveryRun) {
  const std::vector<std::string> replies = {Cell("a = 1"), "nothing", "ASK: x"};
  kernel_ = FakeKernel([this](std::string_view) {
    CellResult result = testing::Prints("<f at 0x" + std::to_string(70000000 + now_ms_) + ">\n");
    result.seconds = static_cast<double>(now_ms_);
    return result;
  });
  std::vector<std::string> digests[2];
  for (auto& list : digests) {
    now_ms_ += 1000;
    ASSERT_TRUE(Run(replies).ok());
    for (const ChatRequest& prompt : model_->prompts) list.push_back(PromptDigest(prompt));
  }
  EXPECT_EQ(digests[0], digests[1]);
}

TEST_F(CodeActTest, EveryStepIsTraced) {
  ASSERT_TRUE(Run({Cell("a = 1"), Final()}).ok());
  std::vector<std::string> types;
  const auto events = ReadTrace(dir_.path());
  ASSERT_TRUE(events.ok());
  for (const TraceEvent& event : *events) {
    types.push_back(std::to_string(event.step) + event.type);
  }
  EXPECT_EQ(types, (std::vector<std::string>{"0retrieval", "0retrieval", "1prompt", "1reply",
                                             "1action", "1observation", "1retrieval", "2prompt",
                                             "2reply", "2action"}));
}

TEST(MakeStrategy, NamesTheStrategiesThatExist) {
  const auto strategy = MakeStrategy("magic");
  ASSERT_FALSE(strategy.ok());
  EXPECT_EQ(strategy.error().kind, ErrorKind::kUsage);
  EXPECT_NE(strategy.error().message.find("codeact"), std::string::npos);
}

TEST_F(CodeActTest, AFollowUpGoesOnWithTheKernelAlive) {
  task_.follow_ups = {"also add a holdout group"};
  task_.limits.steps = 2;
  const auto outcome = Run({Cell("a = 1"), Final("one"), Cell("b = a"), Final("two")});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome->script, "two\n");
  EXPECT_EQ(outcome->steps, 4) << "the limit of steps holds for each message";
  EXPECT_NE(Told(2).find("also add a holdout group"), std::string::npos);
  EXPECT_EQ(kernel_.cells.size(), 2U);
}

TEST_F(CodeActTest, AFollowUpAnswersAQuestion) {
  task_.follow_ups = {"the EU one"};
  const auto outcome = Run({"ASK: which segment?", Final("one")});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_NE(Told(1).find("the EU one"), std::string::npos);
}

TEST_F(CodeActTest, ThePersonIsAskedAfterTheFollowUpsThatWereGiven) {
  std::vector<OutcomeKind> asked;
  task_.follow_ups = {"first"};
  next_message_ = [&asked](const Outcome& so_far) {
    asked.push_back(so_far.kind);
    return asked.size() == 1 ? "second" : "";
  };
  const auto outcome = Run({Final("one"), "ASK: why?", Final("three")});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->script, "three\n");
  EXPECT_EQ(asked, (std::vector<OutcomeKind>{OutcomeKind::kAsked, OutcomeKind::kDone}));
}

TEST_F(CodeActTest, ARefusalHasNoFollowUp) {
  task_.follow_ups = {"please"};
  EXPECT_EQ(Run({"REFUSE: no."})->kind, OutcomeKind::kRefused);
  EXPECT_EQ(model_->prompts.size(), 1U);
}

TEST_F(CodeActTest, AMessageAfterAFailureGoesOnOnlyWhenTheRunIsResumed) {
  task_.limits.retries = 0;
  task_.follow_ups = {"leave the holdout out"};
  failures_ = 3;
  EXPECT_EQ(Run({Final("1"), Final("2"), Final("3")})->kind, OutcomeKind::kGateFailed);
  task_.resume = true;
  failures_ = 3;
  const auto outcome = Run({Final("1"), Final("2"), Final("3"), Final("4")});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_NE(Told(3).find("leave the holdout out"), std::string::npos);
}

}  // namespace
}  // namespace inhouse
