#include "agent/agent.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/recording.h"
#include "agent/trace.h"
#include "tests/support/fake_kernel.h"
#include "tests/support/fake_retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using nlohmann::json;
using testing::ReadAll;

constexpr const char* kScript =
    "import audience_io\n\n\ndef main() -> None:\n    audience_io.write_audience(1, name='a')\n\n\n"
    "if __name__ == \"__main__\":\n    main()\n";

class AgentTest : public ::testing::Test {
 protected:
  AgentTest() {
    task_.request = "write the audience";
    task_.session_dir = dir_.path() / "session";
    task_.data_dir = dir_.path() / "data";
    dir_.Write("data/seeds/q1.csv", "user_id\n");
    dir_.Write("data/.cache/a.csv", "hidden\n");
    dir_.Write("data/.stamp", "hidden\n");
    environment_.start_kernel = [this](const SandboxPolicy&,
                                       HostCall host_call) -> Result<std::unique_ptr<Kernel>> {
      host_call_ = std::move(host_call);
      return std::unique_ptr<Kernel>(std::make_unique<testing::BorrowedKernel>(kernel_));
    };
    environment_.run_script = [](const SandboxPolicy&, std::string_view, std::chrono::milliseconds,
                                 const std::filesystem::path& outputs) -> Result<ScriptRun> {
      std::filesystem::create_directories(outputs / "audiences");
      std::ofstream(outputs / "audiences" / "a.parquet") << "rows";
      ScriptRun run;
      run.exit_code = 0;
      run.output = "wrote 10\n";
      run.outputs.files = {"audiences/a.parquet"};
      return run;
    };
    environment_.clock_ms = [this] { return now_ms_ += 7; };
  }

  static std::vector<RecordedReply> Replies() {
    return {{.content = "Look.\n```python\nx = 1\n```"},
            {.content = std::string("```python\n# final script\n") + kScript + "```"}};
  }

  Result<Outcome> Run(std::vector<RecordedReply> replies, bool strict = false) {
    const auto model = MakeRecordedClient({std::move(replies), "", strict});
    return RunTask(task_, retriever_, *model, environment_, {});
  }

  testing::TempDir dir_;
  Task task_;
  Environment environment_;
  HostCall host_call_;
  testing::FakeKernel kernel_{nullptr};
  testing::FakeRetriever retriever_{
      {{"audience_io.write_audience", "write_audience(df, name)", "audience"}}};
  int64_t now_ms_ = 1'000'000;
};

TEST_F(AgentTest, FillsTheSessionFolder) {
  const auto outcome = Run(Replies());
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome->outputs, (std::vector<std::string>{"audiences/a.parquet"}));
  const auto& folder = task_.session_dir;
  EXPECT_EQ(ReadAll(folder / "request.md"), "write the audience\n");
  EXPECT_EQ(ReadAll(folder / "script.py"), kScript);
  EXPECT_EQ(ReadAll(folder / "outputs" / "audiences" / "a.parquet"), "rows");
  EXPECT_EQ(json::parse(ReadAll(folder / "session.ipynb"))["nbformat_minor"], 5);
  const std::string report = ReadAll(folder / "report.md");
  EXPECT_NE(report.find("| `audience_io.write_audience` | 5 | libs/house.py:7 | 0 |"),
            std::string::npos)
      << report;
  EXPECT_FALSE(std::filesystem::exists(folder / ".second-run"));
}

TEST_F(AgentTest, TracesAllTypesOfEventsFromTheRequestToTheEnd) {
  ASSERT_TRUE(Run(Replies()).ok());
  const auto events = ReadTrace(task_.session_dir);
  ASSERT_TRUE(events.ok()) << events.error().message;
  std::set<std::string> types;
  for (const TraceEvent& event : *events) types.insert(event.type);
  EXPECT_EQ(types, (std::set<std::string>{"task", "retrieval", "prompt", "reply", "action",
                                          "observation", "gate", "end"}));
  EXPECT_EQ(events->front().type, "task");
  EXPECT_EQ(json::parse(events->front().data)["data_files"], json({"seeds/q1.csv"}));
  EXPECT_EQ(json::parse(events->back().data)["outcome"], "done");
  EXPECT_LE(events->front().t_ms, events->back().t_ms);
}

TEST_F(AgentTest, ItsOwnTraceIsARecordingThatReplaysStrictly) {
  ASSERT_TRUE(Run(Replies()).ok());
  const auto recorded = LoadRecording(task_.session_dir);
  ASSERT_TRUE(recorded.ok());
  task_.session_dir = dir_.path() / "again";
  const auto outcome = Run(*recorded, true);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
}

TEST_F(AgentTest, CellsCanAskForApis) {
  kernel_ = testing::FakeKernel([this](std::string_view) {
    return testing::Prints(*host_call_("find_api", "{\"query\": \"write an audience\"}"));
  });
  task_.request = "x";
  ASSERT_TRUE(Run(Replies()).ok());
  bool found = false;
  const auto events = ReadTrace(task_.session_dir);
  ASSERT_TRUE(events.ok());
  for (const TraceEvent& event : *events) {
    const json data = json::parse(event.data);
    found = found || (event.type == "retrieval" && data["kind"] == "find_api" && event.step == 1);
  }
  EXPECT_TRUE(found);
}

TEST_F(AgentTest, AnErrorStillCompletesTheFolder) {
  const auto outcome = Run({{.content = "Look.\n```python\nx = 1\n```"}});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::kModel);
  const auto events = ReadTrace(task_.session_dir);
  EXPECT_EQ(json::parse(events->back().data)["outcome"], "error");
  EXPECT_TRUE(std::filesystem::exists(task_.session_dir / "session.ipynb"));
  EXPECT_NE(ReadAll(task_.session_dir / "report.md").find("**error**"), std::string::npos);
}

TEST_F(AgentTest, BadInputIsFoundBeforeAnythingIsMade) {
  task_.data_dir = dir_.path() / "nowhere";
  EXPECT_EQ(Run({}).error().kind, ErrorKind::kBadInput);
  EXPECT_FALSE(std::filesystem::exists(task_.session_dir));
  task_.data_dir.clear();
  task_.strategy = "magic";
  EXPECT_EQ(Run({}).error().kind, ErrorKind::kUsage);
  EXPECT_FALSE(std::filesystem::exists(task_.session_dir));
}

TEST_F(AgentTest, ASessionFolderInUseIsRefused) {
  dir_.Write("session/old.txt", "x");
  const auto outcome = Run(Replies());
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::kBadInput);
  EXPECT_TRUE(kernel_.cells.empty());
}

TEST_F(AgentTest, AScriptThatDidNotPassLeavesNoOutputs) {
  task_.limits.retries = 0;
  environment_.run_script = [](const SandboxPolicy&, std::string_view, std::chrono::milliseconds,
                               const std::filesystem::path& outputs) -> Result<ScriptRun> {
    std::ofstream(outputs / "half.csv") << "half";
    ScriptRun run;
    run.exit_code = 1;
    run.output = "KeyError: 'x'\n";
    run.outputs.files = {"half.csv"};
    return run;
  };
  task_.limits.attempts = 0;
  const auto outcome = Run(Replies());
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->kind, OutcomeKind::kGateFailed);
  EXPECT_TRUE(outcome->outputs.empty());
  EXPECT_TRUE(std::filesystem::is_empty(task_.session_dir / "outputs"));
  EXPECT_EQ(ReadAll(task_.session_dir / "script.py"), kScript);
}

}  // namespace
}  // namespace inhouse
