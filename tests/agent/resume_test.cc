// A run that was killed after any of its events goes on to the same end.
#include "agent/resume.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "agent/agent.h"
#include "agent/trace.h"
#include "tests/support/fake_kernel.h"
#include "tests/support/fake_retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ReadAll;

std::string Cell(const std::string& code) { return "Next.\n```python\n" + code + "\n```\n"; }

std::string Script(const std::string& order) {
  return "# final script\ndef main() -> None:\n    print('" + order +
         "')\n\n\nif __name__ == \"__main__\":\n    main()\n";
}

class ResumeTest : public ::testing::Test {
 protected:
  ResumeTest() {
    task_.request = "write the audience";
    task_.session_dir = dir_.path() / "session";
    environment_.start_kernel = [this](const SandboxPolicy&,
                                       HostCall) -> Result<std::unique_ptr<Kernel>> {
      kernel_.cells.clear();
      kernel_.names.clear();
      return std::unique_ptr<Kernel>(std::make_unique<testing::BorrowedKernel>(kernel_));
    };
    environment_.run_script = [this](const SandboxPolicy&, std::string_view script,
                                     std::chrono::milliseconds,
                                     const fs::path& outputs) -> Result<ScriptRun> {
      ScriptRun run;
      run.exit_code = script.find("bad") == std::string_view::npos && !broken_ ? 0 : 1;
      fs::create_directories(outputs);
      std::ofstream(outputs / "a.csv") << script;
      run.outputs.files = {"a.csv"};
      return run;
    };
    environment_.clock_ms = [this] { return now_ms_ += tick_ms_; };
  }

  // "a = 1" binds a; "boom" fails.
  CellResult RunCell(std::string_view code) {
    if (code.starts_with("for _name in ")) {  // names are taken back
      std::erase_if(kernel_.names, [code](const LiveName& name) {
        return code.find("\"" + name.name + "\"") != std::string_view::npos;
      });
      return {};
    }
    if (code.find("boom") != std::string_view::npos) return testing::Raises("KeyError", "boom");
    if (lost_file_ && code.starts_with("a = 1")) {
      return testing::Raises("FileNotFoundError", "/data/a.csv");
    }
    kernel_.names.push_back({std::string(1, code[0]), "int", ""});
    return testing::Prints("did " + std::string(code));
  }

  static std::vector<RecordedReply> Replies() {
    return {{.content = Cell("a = 1")},       {.content = Cell("boom")},
            {.content = "no action at all"},  {.content = Cell("b = a")},
            {.content = Cell(Script("bad"))}, {.content = Cell(Script("good"))}};
  }

  Result<Outcome> Run(std::vector<RecordedReply> replies) {
    const auto model = MakeRecordedClient({std::move(replies)});
    return RunTask(task_, retriever_, *model, environment_, {});
  }

  // A session that holds the first `lines` of that one's trace, and the replies to come.
  std::vector<RecordedReply> CutAfter(const fs::path& from, size_t lines, const fs::path& to) {
    fs::remove_all(to);
    fs::create_directories(to);
    if (fs::exists(from / "blobs")) fs::copy(from / "blobs", to / "blobs");
    std::ifstream in(from / "trace.jsonl");
    std::ofstream out(to / "trace.jsonl");
    std::vector<RecordedReply> left = Replies();
    std::string line;
    for (size_t i = 0; i < lines && std::getline(in, line); ++i) {
      out << line << '\n';
      if (json::parse(line)["type"] == "reply") left.erase(left.begin());
    }
    return left;
  }

  testing::TempDir dir_;
  Task task_;
  Environment environment_;
  testing::FakeKernel kernel_{[this](std::string_view code) { return RunCell(code); }};
  testing::FakeRetriever retriever_{{{"house.write", "write(df)", "KeyError"}}};
  int64_t now_ms_ = 1'000'000, tick_ms_ = 7;
  bool broken_ = false;     // no script runs
  bool lost_file_ = false;  // "a = 1" fails
};

// The gates with what they said, in order.
std::vector<std::string> Gates(const fs::path& session) {
  std::vector<std::string> gates;
  const auto events = ReadTrace(session);
  EXPECT_TRUE(events.ok());
  for (const TraceEvent& event : *events) {
    if (event.type != "gate") continue;
    const json data = json::parse(event.data);
    gates.push_back(data["gate"].get<std::string>() +
                    (data["passed"].get<bool>() ? " passed" : " failed"));
  }
  return gates;
}

// Types and texts of what was told, without the times and what resumed runs went on with.
std::vector<std::string> Story(const fs::path& session) {
  std::vector<std::string> story;
  const auto events = ReadTrace(session);
  EXPECT_TRUE(events.ok());
  for (const TraceEvent& event : *events) {
    if (event.type == "task" && event.seq > 0) continue;
    const json data = json::parse(event.data);
    std::string line = std::to_string(event.step) + " " + event.type;
    if (event.type == "observation") line += " " + data["text"].get<std::string>();
    if (event.type == "prompt") line += " " + data["prompt_sha256"].get<std::string>();
    story.push_back(std::move(line));
  }
  return story;
}

void ExpectSame(const std::vector<std::string>& now, const std::vector<std::string>& before,
                size_t lines) {
  EXPECT_EQ(now.size(), before.size()) << "after line " << lines;
  for (size_t i = 0; i < std::min(now.size(), before.size()); ++i) {
    ASSERT_EQ(now[i], before[i]) << "event " << i << ", killed after line " << lines;
  }
}

bool IsOfACheck(const std::string& line) {
  return line.ends_with(" gate") || line.ends_with(" finding");
}

// What is told when a run that told `story` is killed after so many lines and resumed: a check that
// may have been cut short is told again from its beginning.
std::vector<std::string> Resumed(const std::vector<std::string>& story, size_t lines) {
  size_t from = lines;
  while (IsOfACheck(story[from - 1])) --from;
  std::vector<std::string> resumed(story.begin(), story.begin() + static_cast<ptrdiff_t>(lines));
  resumed.insert(resumed.end(), story.begin() + static_cast<ptrdiff_t>(from), story.end());
  return resumed;
}

TEST_F(ResumeTest, KilledAfterAnyEventItComesToTheSameEnd) {
  ASSERT_TRUE(Run(Replies()).ok());
  const fs::path whole = task_.session_dir;
  const std::vector<std::string> story = Story(whole);
  const std::string script = ReadAll(whole / "script.py");
  task_.resume = true;
  for (size_t lines = 1; lines + 1 < story.size(); ++lines) {
    task_.session_dir = dir_.path() / "cut";
    const auto outcome = Run(CutAfter(whole, lines, task_.session_dir));
    ASSERT_TRUE(outcome.ok()) << "after line " << lines << ": " << outcome.error().message;
    EXPECT_EQ(outcome->kind, OutcomeKind::kDone) << "after line " << lines;
    EXPECT_EQ(ReadAll(task_.session_dir / "script.py"), script);
    EXPECT_EQ(ReadAll(task_.session_dir / "outputs" / "a.csv"), ReadAll(whole / "outputs/a.csv"));
    const bool in_a_cell = story[lines - 1].find(" action") != std::string::npos &&
                           story[lines].find(" observation Observation") != std::string::npos;
    if (!in_a_cell) ExpectSame(Story(task_.session_dir), Resumed(story, lines), lines);
  }
}

TEST_F(ResumeTest, WhatAskedItsBrokerSomethingElseIsTakenBackAndTold) {
  ASSERT_TRUE(Run(Replies()).ok());
  const fs::path whole = task_.session_dir;
  const std::vector<std::string> story = Story(whole);
  const size_t third = static_cast<size_t>(
      std::find_if(story.begin(), story.end(),
                   [](const std::string& line) { return line.starts_with("3 reply"); }) -
      story.begin());
  task_.resume = true;
  task_.session_dir = dir_.path() / "cut";
  kernel_.reruns_differ = true;
  ASSERT_TRUE(Run(CutAfter(whole, third, task_.session_dir)).ok());
  ASSERT_EQ(kernel_.names.size(), 1U);  // a is gone
  EXPECT_EQ(kernel_.names[0].name, "b");
  std::string told;
  for (const std::string& line : Story(task_.session_dir)) {
    if (line.find("could not be rebuilt") != std::string::npos) told += line;
  }
  EXPECT_NE(told.find("4 observation"), std::string::npos) << told;
  EXPECT_NE(told.find("these names are gone: a; what the block of step 1 made"), std::string::npos)
      << told;
}

TEST_F(ResumeTest, TheKernelIsRebuiltFromTheCellsThatSucceeded) {
  ASSERT_TRUE(Run(Replies()).ok());
  const fs::path whole = task_.session_dir;
  const std::vector<std::string> story = Story(whole);
  const size_t second = static_cast<size_t>(
      std::find_if(story.begin(), story.end(),
                   [](const std::string& line) { return line.starts_with("3 reply"); }) -
      story.begin());
  task_.resume = true;
  task_.session_dir = dir_.path() / "cut";
  ASSERT_TRUE(Run(CutAfter(whole, second, task_.session_dir)).ok());
  EXPECT_EQ(kernel_.cells, (std::vector<std::string>{"a = 1\n", "b = a\n"}));
}

TEST_F(ResumeTest, ACellThatWasRunningIsNotRunAgainAndTheModelIsTold) {
  ASSERT_TRUE(Run(Replies()).ok());
  const fs::path whole = task_.session_dir;
  const std::vector<std::string> story = Story(whole);
  const size_t action =
      static_cast<size_t>(std::find(story.begin(), story.end(), "4 action") - story.begin());
  task_.resume = true;
  task_.session_dir = dir_.path() / "cut";
  ASSERT_TRUE(Run(CutAfter(whole, action + 1, task_.session_dir)).ok());
  EXPECT_EQ(kernel_.cells, (std::vector<std::string>{"a = 1\n"}));
  const std::vector<std::string> resumed = Story(task_.session_dir);
  EXPECT_NE(resumed[action + 1].find("it was not run again"), std::string::npos)
      << resumed[action + 1];
}

TEST_F(ResumeTest, ACellThatFailsInTheRebuildingIsToldToTheModel) {
  EXPECT_FALSE(Run({{.content = Cell("a = 1")}}).ok()) << "the replies ran out";
  task_.resume = true;
  lost_file_ = true;
  ASSERT_TRUE(Run({{.content = Cell("b = 2")}, {.content = Cell(Script("good"))}}).ok());
  const std::string told = [this] {
    std::string text;
    for (const std::string& line : Story(task_.session_dir)) text += line + "\n";
    return text;
  }();
  EXPECT_NE(told.find("block of step 1, which ran before, was run again and failed "
                      "(FileNotFoundError); these names are gone: a"),
            std::string::npos)
      << told;
}

TEST_F(ResumeTest, AnInterruptedRunGoesOnAndHasTwoEnds) {
  bool cancelled = false;
  environment_.cancelled = [&cancelled] { return cancelled; };
  const auto cut = Run({{.content = Cell("a = 1")}});
  ASSERT_FALSE(cut.ok()) << "the replies ran out";
  task_.resume = true;
  std::vector<RecordedReply> rest = Replies();
  rest.erase(rest.begin());
  const auto outcome = Run(std::move(rest));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  const std::vector<std::string> story = Story(task_.session_dir);
  EXPECT_EQ(std::count_if(story.begin(), story.end(),
                          [](const std::string& line) { return line.ends_with(" end"); }),
            2);
}

TEST_F(ResumeTest, AFinishedRunGoesOnWithAMessageOnly) {
  ASSERT_TRUE(Run(Replies()).ok());
  task_.resume = true;
  const auto nothing = Run({});
  ASSERT_FALSE(nothing.ok());
  EXPECT_NE(nothing.error().message.find("--then"), std::string::npos);
  task_.follow_ups = {"also a holdout"};
  const auto outcome = Run({{.content = Cell(Script("better"))}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_NE(ReadAll(task_.session_dir / "script.py").find("better"), std::string::npos);
  task_.follow_ups = {"EU only"};
  ASSERT_TRUE(Run({{.content = Cell(Script("third"))}}).ok()) << "and again";
  EXPECT_NE(ReadAll(task_.session_dir / "script.py").find("third"), std::string::npos);
}

TEST_F(ResumeTest, WhatWasAcceptedStaysWhenAFollowUpFails) {
  task_.limits.retries = 0;
  ASSERT_TRUE(Run(Replies()).ok());
  const std::string accepted = ReadAll(task_.session_dir / "outputs" / "a.csv");
  ASSERT_FALSE(accepted.empty());
  task_.resume = true;
  task_.follow_ups = {"also a holdout"};
  EXPECT_FALSE(Run({}).ok()) << "the model is gone";
  EXPECT_EQ(ReadAll(task_.session_dir / "outputs" / "a.csv"), accepted);
  task_.follow_ups = {};
  // The first, and as many more as go back.
  const auto failed = Run({{.content = Cell(Script("bad 1"))},
                           {.content = Cell(Script("bad 2"))},
                           {.content = Cell(Script("bad 3"))}});
  ASSERT_TRUE(failed.ok()) << failed.error().message;
  EXPECT_EQ(failed->kind, OutcomeKind::kGateFailed);
  EXPECT_EQ(ReadAll(task_.session_dir / "outputs" / "a.csv"), accepted);
  EXPECT_EQ(ReadAll(task_.session_dir / "script.py"), accepted) << "the fake run leaves the script";
  EXPECT_EQ(failed->outputs, (std::vector<std::string>{"a.csv"}));
  EXPECT_NE(ReadAll(task_.session_dir / "failed_script.py").find("bad 3"), std::string::npos);
  const std::string report = ReadAll(task_.session_dir / "report.md");
  EXPECT_NE(report.find("are of failed_script.py"), std::string::npos) << report;
  task_.follow_ups = {"EU only"};
  ASSERT_TRUE(Run({{.content = Cell(Script("third"))}}).ok());
  EXPECT_NE(ReadAll(task_.session_dir / "script.py").find("third"), std::string::npos);
  EXPECT_FALSE(fs::exists(task_.session_dir / "failed_script.py"));
}

TEST_F(ResumeTest, AQuestionAfterAScriptThatFailedKeepsItsChecksInTheReport) {
  task_.follow_ups = {"EU only"};
  const auto refused = Run({{.content = Cell(Script("good"))},
                            {.content = Cell(Script("bad"))},
                            {.content = "REFUSE: there is no region"}});
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  EXPECT_EQ(refused->kind, OutcomeKind::kRefused);
  EXPECT_NE(ReadAll(task_.session_dir / "script.py").find("good"), std::string::npos);
  EXPECT_NE(ReadAll(task_.session_dir / "failed_script.py").find("bad"), std::string::npos);
  const std::string report = ReadAll(task_.session_dir / "report.md");
  EXPECT_NE(report.find("- runs: failed"), std::string::npos) << report;
}

TEST_F(ResumeTest, AMessageHasStepsAndTimeOfItsOwnHoweverLongTheRunWas) {
  tick_ms_ = 1000;
  ASSERT_TRUE(Run(Replies()).ok());
  task_.resume = true;
  tick_ms_ = 7;
  task_.limits.seconds = 5;
  task_.limits.steps = 1;
  task_.follow_ups = {"EU only"};
  const auto outcome = Run({{.content = Cell(Script("better"))}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone) << outcome->message;
  EXPECT_EQ(outcome->steps, 7);
}

TEST_F(ResumeTest, TheTimeOfAMessageGoesOnWhereItsRunBrokeOff) {
  ASSERT_TRUE(Run(Replies()).ok());
  task_.resume = true;
  task_.follow_ups = {"EU only"};
  tick_ms_ = 1000;
  EXPECT_FALSE(Run({{.content = Cell("c = 1")}}).ok()) << "the replies ran out";
  tick_ms_ = 7;
  task_.follow_ups.clear();
  task_.limits.seconds = 5;
  const auto late = Run({{.content = Cell(Script("better"))}});
  ASSERT_TRUE(late.ok()) << late.error().message;
  EXPECT_EQ(late->kind, OutcomeKind::kLimit);
  EXPECT_NE(late->message.find("5 seconds"), std::string::npos) << late->message;
  task_.limits.seconds = 900;
  const auto outcome = Run({{.content = Cell(Script("better"))}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
}

TEST_F(ResumeTest, ACheckThatWentBackStandsAsItWasWhateverTheGatesSayNow) {
  broken_ = true;
  EXPECT_FALSE(Run({{.content = Cell(Script("good"))}}).ok()) << "the replies ran out";
  const std::vector<std::string> before = Gates(task_.session_dir);
  ASSERT_EQ(before.back(), "runs failed");
  broken_ = false;
  task_.resume = true;
  const auto outcome = Run({{.content = Cell(Script("again"))}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  EXPECT_EQ(outcome->steps, 2);
  std::vector<std::string> gates = before;
  for (const char* gate : {"text", "house rules", "contract", "runs", "reproducible"}) {
    gates.push_back(std::string(gate) + " passed");
  }
  gates.emplace_back("fault probes passed");
  EXPECT_EQ(Gates(task_.session_dir), gates);
}

TEST_F(ResumeTest, ACheckThatWasCutShortIsRecordedAsAWholeAndTheReportHasOneOfThem) {
  broken_ = true;
  EXPECT_FALSE(Run({{.content = Cell(Script("good"))}}).ok()) << "the replies ran out";
  const fs::path whole = task_.session_dir;
  const std::vector<std::string> story = Story(whole);
  size_t lines = 0;
  for (size_t i = 0; i < story.size(); ++i) lines = IsOfACheck(story[i]) ? i + 1 : lines;
  broken_ = false;
  task_.resume = true;
  task_.session_dir = dir_.path() / "cut";
  static_cast<void>(CutAfter(whole, lines, task_.session_dir));
  const auto outcome = Run({});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
  const std::vector<std::string> gates = Gates(task_.session_dir);
  EXPECT_EQ(std::count(gates.begin(), gates.end(), "runs failed"), 1);
  EXPECT_EQ(std::count(gates.begin(), gates.end(), "runs passed"), 1);
  EXPECT_EQ(std::count(gates.begin(), gates.end(), "text passed"), 2);
  const std::string report = ReadAll(task_.session_dir / "report.md");
  EXPECT_NE(report.find("runs: passed"), std::string::npos) << report;
  EXPECT_EQ(report.find("runs: failed"), std::string::npos) << report;
}

TEST_F(ResumeTest, WhatItGoesOnWithIsRecordedAndReported) {
  EXPECT_FALSE(Run({{.content = Cell("a = 1")}}).ok()) << "the replies ran out";
  task_.resume = true;
  task_.policy.kind = SandboxKind::kPodman;
  task_.limits.steps = 40;
  const auto outcome = Run({{.content = Cell(Script("good"))}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  const auto events = ReadTrace(task_.session_dir);
  ASSERT_TRUE(events.ok());
  const auto task = std::find_if(events->rbegin(), events->rend(),
                                 [](const TraceEvent& event) { return event.type == "task"; });
  ASSERT_GT(task->seq, 0);
  const json data = json::parse(task->data);
  EXPECT_EQ(data["limits"]["steps"], 40);
  EXPECT_NE(data["sandbox"].dump().find("podman"), std::string::npos) << data["sandbox"];
  EXPECT_NE(ReadAll(task_.session_dir / "report.md").find("podman"), std::string::npos);
}

TEST_F(ResumeTest, ARunThatHadDataNeedsData) {
  task_.data_dir = dir_.path() / "data";
  fs::create_directories(task_.data_dir);
  std::ofstream(task_.data_dir / "users.csv") << "id\n1\n";
  EXPECT_FALSE(Run({{.content = Cell("a = 1")}}).ok()) << "the replies ran out";
  task_.resume = true;
  const fs::path data = std::exchange(task_.data_dir, fs::path());
  const auto without = Run({});
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(without.error().message.find("users.csv"), std::string::npos);
  EXPECT_NE(without.error().message.find("--data"), std::string::npos);
  task_.data_dir = data;
  EXPECT_TRUE(Run({{.content = Cell(Script("good"))}}).ok());
}

TEST_F(ResumeTest, WhatWasSaidLaterStandsInRequestAndReport) {
  ASSERT_TRUE(Run(Replies()).ok());
  EXPECT_EQ(ReadAll(task_.session_dir / "request.md"), "write the audience\n");
  task_.resume = true;
  task_.follow_ups = {"EU only"};
  ASSERT_TRUE(Run({{.content = Cell(Script("better"))}}).ok());
  EXPECT_EQ(ReadAll(task_.session_dir / "request.md"), "write the audience\n\n---\n\nEU only\n");
  const std::string report = ReadAll(task_.session_dir / "report.md");
  EXPECT_LT(report.find("write the audience"), report.find("EU only"));
  EXPECT_NE(report.find("EU only"), std::string::npos) << report;
}

TEST_F(ResumeTest, WhatIsNoSessionIsNamed) {
  task_.resume = true;
  const auto outcome = Run({});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(outcome.error().message.find("is no session"), std::string::npos);
}

}  // namespace
}  // namespace inhouse
