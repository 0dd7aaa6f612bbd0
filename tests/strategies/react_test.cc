#include "agent/strategies/react.h"

#include <nlohmann/json.hpp>

#include "agent/strategies/react_tools.h"
#include "tests/strategies/strategy_test.h"

namespace inhouse {
namespace {

using nlohmann::json;
using testing::Cell;
using testing::Final;

std::string Call(const std::string& tool, const json& arguments) {
  return "Next.\n```json\n" + json({{"tool", tool}, {"arguments", arguments}}).dump() + "\n```\n";
}

RecordedReply Native(const std::string& tool, const json& arguments) {
  RecordedReply reply;
  reply.content = "Next.";
  reply.tool_calls = {{"call_1", tool, arguments.dump()}};
  reply.finish = FinishReason::kToolCalls;
  return reply;
}

class ReActTest : public testing::StrategyTest {
 protected:
  ReActTest() : StrategyTest("react") {}
};

TEST_F(ReActTest, CallsToolsUntilTheFinalScriptPasses) {
  kernel_ = testing::FakeKernel([](std::string_view) { return testing::Prints("3 rows\n"); });
  const auto outcome = Run({Call("read_schema", {{"path_or_table", "/data/users.csv"}}),
                            Call("run_python", {{"code", "print(1)"}}), Final("print(1)")});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome->steps, 3);
  EXPECT_EQ(kernel_.cells.size(), 2U);
  EXPECT_NE(Told(1).find("3 rows"), std::string::npos);
}

TEST_F(ReActTest, ToolsAreDescribedInTextWhereTheModelTakesNone) {
  ASSERT_TRUE(Run({"ASK: which?"}).ok());
  const ChatRequest& prompt = model_->prompts[0];
  EXPECT_TRUE(prompt.tools.empty());
  for (const ToolSpec& tool : ReActTools()) {
    EXPECT_NE(prompt.messages[0].content.find(std::string("- `").append(tool.name).append("`")),
              std::string::npos);
  }
  EXPECT_NE(prompt.messages[0].content.find("{\"tool\": \"name\""), std::string::npos);
}

TEST_F(ReActTest, NativeCallsAndTheirResultsGoAsToolMessages) {
  const auto outcome = RunRecorded(
      {Native("run_python", {{"code", "print(1)"}}), RecordedReply{.content = Final("print(1)")}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(model_->prompts[0].tools.size(), ReActTools().size());
  const auto& messages = model_->prompts[1].messages;
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[2].tool_calls.size(), 1U);
  EXPECT_EQ(messages[3].role, ChatRole::kTool);
  EXPECT_EQ(messages[3].tool_call_id, "call_1");
}

TEST_F(ReActTest, OfSeveralCallsTheFirstIsMade) {
  RecordedReply reply = Native("run_python", {{"code", "print(1)"}});
  reply.tool_calls.push_back({"call_2", "run_python", json({{"code", "print(2)"}}).dump()});
  ASSERT_TRUE(RunRecorded({reply, RecordedReply{.content = Final()}}).ok());
  EXPECT_EQ(kernel_.cells.size(), 1U);
  const auto& messages = model_->prompts[1].messages;
  ASSERT_EQ(messages.size(), 5U);
  EXPECT_EQ(messages[3].tool_call_id, "call_2");
  EXPECT_NE(messages[3].content.find("Not made"), std::string::npos);
  EXPECT_EQ(messages[4].tool_call_id, "call_1");
}

TEST_F(ReActTest, TheEngineAnswersWithoutTheSandbox) {
  ASSERT_TRUE(Run({Call("show_api", {{"name", "cdp_client.query"}}),
                   Call("show_api", {{"name", "cdp_client.qery"}}), Final()})
                  .ok());
  EXPECT_TRUE(kernel_.cells.empty());
  EXPECT_NE(Told(1).find("query(sql)"), std::string::npos);
  EXPECT_NE(Told(2).find("error: "), std::string::npos);
}

TEST_F(ReActTest, WrongCallsAreObservations) {
  ASSERT_TRUE(
      Run({Call("delete_all", json::object()), Call("run_python", json::object()), Final()}).ok());
  EXPECT_NE(Told(1).find("`delete_all` was not called"), std::string::npos);
  EXPECT_NE(Told(2).find("\"code\" is missing"), std::string::npos);
  EXPECT_TRUE(kernel_.cells.empty());
}

TEST_F(ReActTest, APythonBlockRunsAsAProgram) {
  ASSERT_TRUE(Run({Cell("print(7)"), Final()}).ok());
  ASSERT_EQ(kernel_.cells.size(), 1U);
  EXPECT_NE(kernel_.cells[0].find("print(7)"), std::string::npos);
}

TEST_F(ReActTest, TheSameCallTwiceIsMadeOnce) {
  const std::string call = Call("run_python", {{"code", "print(1)"}});
  ASSERT_TRUE(Run({call, call, Final()}).ok());
  EXPECT_EQ(kernel_.cells.size(), 1U);
  EXPECT_NE(Told(2).find("same call"), std::string::npos);
}

TEST_F(ReActTest, ATracebackOfTheProgramIsEvidence) {
  kernel_ = testing::FakeKernel([](std::string_view) {
    return testing::Prints("Traceback (most recent call last):\nKeyError: 'freq'\n[exit code 1]\n");
  });
  ASSERT_TRUE(Run({Cell("print(1)"), Final()}).ok());
  EXPECT_NE(Told(1).find("query(sql)"), std::string::npos) << "the card that the error is about";
}

TEST_F(ReActTest, TheContractCheckStandsBeforePrograms) {
  ContractFinding finding;
  finding.message = "cdp_client has no function 'qery'";
  finding.line = 1;
  retriever_.contract.findings = {finding};
  const std::string call = Call("run_python", {{"code", "cdp_client.qery()"}});
  ASSERT_TRUE(Run({call, call, Final()}).ok());
  EXPECT_NE(Told(1).find("no function 'qery'"), std::string::npos);
  EXPECT_EQ(kernel_.cells.size(), 1U) << "the model may insist once";
}

TEST_F(ReActTest, FindingsGoBack) {
  failures_ = 1;
  const auto outcome = Run({Final("bad"), Final("good")});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_NE(Told(1).find("KeyError: 'freq'"), std::string::npos);
}

}  // namespace
}  // namespace inhouse
