#include "tools/review.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/trace.h"
#include "indexer/base/file_io.h"
#include "tests/support/temp_dir.h"
#include "tools/pending_review.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::ReadAll;
using testing::TempDir;

constexpr char kScript[] =
    "def main():\n    print(1)\n\n\nif __name__ == \"__main__\":\n    main()\n";

// A session with a script, a person who types `typed`, and a sandbox that runs
// nothing: the script's exit code is 1 if it holds the word "broken".
class ReviewTest : public ::testing::Test {
 protected:
  ReviewTest() {
    task_.session_dir = dir_.path();
    dir_.Write("report.md", "# Report\n");
    dir_.Write("script.py", kScript);
    dir_.Write("outputs/old.parquet", "old");
    outcome_.script = kScript;
    outcome_.outputs = {"old.parquet"};
    environment_.run_script = [](const SandboxPolicy&, std::string_view script,
                                 std::chrono::milliseconds,
                                 const fs::path& outputs) -> Result<ScriptRun> {
      ScriptRun run;
      run.exit_code = script.find("broken") != std::string_view::npos ? 1 : 0;
      RETURN_IF_ERROR(WriteFileDurably(outputs / "new.parquet", "new"));
      run.outputs.files = {"new.parquet"};
      return run;
    };
  }

  std::string Decide(const std::string& typed, bool terminal = true, bool yes = false) {
    std::istringstream in(typed);
    std::ostringstream out;
    CommandContext context{in, out, err_};
    context.in_is_terminal = context.err_is_terminal = terminal;
    context.variable = [this](const std::string& name) {
      return name == "EDITOR" ? std::optional<std::string>(editor_) : std::nullopt;
    };
    const Result<ReviewDecision> decision = ReviewScript(
        {task_, environment_, yes, [] { return int64_t{5}; }}, context, &outcome_, &reason_);
    return decision.ok() ? ReviewDecisionName(*decision) : decision.error().message;
  }
  // The data of the trace's last event, which must be the review.
  nlohmann::json Recorded() {
    const auto events = ReadTrace(dir_.path());
    EXPECT_TRUE(events.ok());
    EXPECT_EQ(events->back().type, "review");
    return nlohmann::json::parse(events->back().data);
  }

  TempDir dir_;
  Task task_;
  Environment environment_;
  Outcome outcome_;
  std::ostringstream err_;
  std::string editor_ = "true";
  std::string reason_;
};

TEST_F(ReviewTest, YesApprovesWithoutAsking) {
  EXPECT_EQ(Decide("", false, true), "approved");
  EXPECT_EQ(Recorded()["by"], "--yes");
  EXPECT_EQ(err_.str(), "");
  EXPECT_NE(ReadAll(dir_.path() / "report.md").find("approved, by --yes"), std::string::npos);
}

TEST_F(ReviewTest, WithoutATerminalItIsUnreviewedAndSaysSo) {
  EXPECT_EQ(Decide("a\n", false), "unreviewed");
  EXPECT_NE(err_.str().find("not reviewed"), std::string::npos);
  EXPECT_EQ(Recorded()["decision"], "unreviewed");
}

TEST_F(ReviewTest, ThePersonSeesTheScriptAndDecides) {
  EXPECT_EQ(Decide("what?\napprove\n"), "approved");
  EXPECT_NE(err_.str().find("print(1)"), std::string::npos);
  EXPECT_EQ(Recorded()["by"], "terminal");
  EXPECT_EQ(Decide("r\n"), "rejected");
}

TEST_F(ReviewTest, TheEndOfTheInputDecidesNothing) {
  EXPECT_EQ(Decide(""), "saved");
  EXPECT_NE(err_.str().find("inhouse run --resume --out"), std::string::npos);
  EXPECT_EQ(Decide("e\n"), "saved") << "after an edit that changed nothing";
}

TEST_F(ReviewTest, AnEditedScriptThatPassesTakesThePlaceOfTheOldOne) {
  editor_ = "sed -i 's/print(1)/print(2)/'";
  EXPECT_EQ(Decide("e\na\n"), "edited") << err_.str();
  EXPECT_NE(outcome_.script.find("print(2)"), std::string::npos);
  EXPECT_EQ(ReadAll(dir_.path() / "script.py"), outcome_.script);
  EXPECT_TRUE(fs::exists(dir_.path() / "outputs/new.parquet"));
  EXPECT_FALSE(fs::exists(dir_.path() / "outputs/old.parquet"));
  EXPECT_FALSE(fs::exists(dir_.path() / ".review.py"));
}

TEST_F(ReviewTest, AnEditedScriptThatFailsChangesNothing) {
  editor_ = "sed -i 's/print(1)/broken/'";
  EXPECT_EQ(Decide("e\na\n"), "approved");
  EXPECT_EQ(ReadAll(dir_.path() / "script.py"), kScript);
  EXPECT_TRUE(fs::exists(dir_.path() / "outputs/old.parquet"));
  EXPECT_FALSE(fs::exists(dir_.path() / ".review-outputs"));
  EXPECT_NE(err_.str().find("did not pass"), std::string::npos);
}

TEST_F(ReviewTest, AReasonForRejectingIsKeptForTheModel) {
  EXPECT_EQ(Decide("r\nthe EU segment only\n"), "rejected");
  EXPECT_EQ(reason_, "the EU segment only");
}

TEST_F(ReviewTest, SavingApprovesNothing) {
  EXPECT_EQ(Decide("s\n"), "saved");
  EXPECT_EQ(Recorded()["decision"], "saved");
  EXPECT_EQ(ReadAll(dir_.path() / "script.py"), kScript);
}

TEST_F(ReviewTest, ThePersonSeesFindingsAndWhatChanged) {
  auto trace = TraceWriter::Open(dir_.path(), [] { return int64_t{0}; });
  ASSERT_TRUE(trace.ok());
  for (const std::string number : {"0", "1"}) {
    const std::string text =
        "def main():\n    print(" + number + ")\n\n\nif __name__ == \"__main__\":\n    main()\n";
    ASSERT_TRUE(
        (*trace)->Append(1, "action", {{"kind", "code"}, {"text", text}, {"final", true}}).ok());
  }
  trace->reset();
  outcome_.findings = {{"text", "warning", "a constant is unused", 2, 0}};
  EXPECT_EQ(Decide("a\n"), "approved");
  EXPECT_NE(err_.str().find("warning: line 2: a constant is unused"), std::string::npos);
  EXPECT_NE(err_.str().find("-     print(0)\n+     print(1)"), std::string::npos) << err_.str();
}

TEST_F(ReviewTest, ADeploymentIsRecorded) {
  const ReviewInputs inputs{task_, environment_, true, [] { return int64_t{5}; }};
  ASSERT_TRUE(RecordDeployment(inputs, outcome_, Status()).ok());
  EXPECT_EQ(Recorded()["decision"], "deployed");
  EXPECT_NE(ReadAll(dir_.path() / "report.md").find("deployed, by --deploy"), std::string::npos);
}

// A session that ended with a script, by hand.
class PendingReviewTest : public ::testing::Test {
 protected:
  PendingReviewTest() {
    Append("action", {{"final", true}, {"text", kScript}});
    Append("finding", {{"gate", "runs"}, {"severity", "note"}, {"message", "slow"}});
    Append("gate", {{"gate", "runs"}, {"passed", true}});
    Append("end", {{"outcome", "done"}, {"steps", 3}, {"outputs", {"a.csv"}}});
    dir_.Write("script.py", kScript);
  }
  void Append(const char* type, const nlohmann::json& data) {
    const auto trace = TraceWriter::Open(dir_.path(), [] { return int64_t{0}; });
    ASSERT_TRUE(trace.ok() && (*trace)->Append(1, type, data).ok());
  }
  bool Due() {
    const auto pending = PendingReview(dir_.path());
    EXPECT_TRUE(pending.ok()) << pending.error().message;
    return pending.ok() && pending->has_value();
  }

  TempDir dir_;
};

TEST_F(PendingReviewTest, IsDueUntilADecisionIsMade) {
  const auto pending = PendingReview(dir_.path());
  ASSERT_TRUE(pending.ok() && pending->has_value());
  EXPECT_EQ((*pending)->script, kScript);
  EXPECT_EQ((*pending)->steps, 3);
  EXPECT_EQ((*pending)->outputs, std::vector<std::string>{"a.csv"});
  ASSERT_EQ((*pending)->findings.size(), 1U);
  EXPECT_EQ((*pending)->findings[0].message, "slow");
  for (const char* decision : {"saved", "unreviewed"}) {
    Append("review", {{"decision", decision}});
    EXPECT_TRUE(Due()) << decision;
  }
  Append("review", {{"decision", "rejected"}});
  EXPECT_FALSE(Due());
  Append("end", {{"outcome", "asked"}});
  EXPECT_FALSE(Due());
}

TEST_F(PendingReviewTest, AScriptNeedNotBeMarkedAsFinal) {
  const std::string unmarked = "print('unmarked')\n";
  Append("action", {{"kind", "code"}, {"final", false}, {"text", unmarked}});
  Append("gate", {{"gate", "runs"}, {"passed", true}});
  Append("end", {{"outcome", "done"}});
  dir_.Write("script.py", unmarked);
  EXPECT_TRUE(Due());
}

TEST_F(PendingReviewTest, ARunThatGoesOnIsNotDue) {
  Append("prompt", nlohmann::json::object());
  EXPECT_FALSE(Due());
}

TEST_F(PendingReviewTest, AScriptThatDidNotPassIsNotOffered) {
  dir_.Write("script.py", "print('another')\n");
  EXPECT_FALSE(PendingReview(dir_.path()).ok());
  Append("action", {{"final", true}, {"text", "print('another')\n"}});
  Append("gate", {{"gate", "runs"}, {"passed", false}});
  const auto pending = PendingReview(dir_.path());
  ASSERT_FALSE(pending.ok());
  EXPECT_NE(pending.error().message.find("--then"), std::string::npos);
}

TEST_F(PendingReviewTest, ADamagedTraceIsBadInput) {
  Append("end", {{"outcome", "done"}, {"steps", "three"}});
  const auto pending = PendingReview(dir_.path());
  ASSERT_FALSE(pending.ok());
  EXPECT_EQ(pending.error().kind, ErrorKind::kBadInput);
}

}  // namespace
}  // namespace inhouse
