#include "agent/step_context.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/fake_kernel.h"
#include "tests/support/fake_retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using nlohmann::json;
using testing::FakeRetriever;

class StepContextTest : public ::testing::Test {
 protected:
  StepContextTest() {
    auto trace = TraceWriter::Open(dir_.path(), [] { return int64_t{0}; });
    EXPECT_TRUE(trace.ok());
    trace_ = std::move(trace).value();
  }
  json LastEvent() const { return json::parse(ReadTrace(dir_.path())->back().data); }

  testing::TempDir dir_;
  std::unique_ptr<TraceWriter> trace_;
  FakeRetriever retriever_{{{"audience_io.write_audience", "write_audience(df, name)", "write"},
                            {"cdp_client.query", "query(sql)", "warehouse"}}};
};

TEST(CollectEvidence, TakesIntentNamesAndFailure) {
  const CellResult failed = testing::Raises("TypeError", "query() got 2");
  const Evidence evidence = CollectEvidence({"Read the users.",
                                             "import cdp_client as c\nc.query(1, 2)",
                                             &failed,
                                             {{"df", "DataFrame", "3 x 2"}}});
  EXPECT_EQ(evidence.text, "Read the users.");
  EXPECT_EQ(evidence.identifiers, (std::vector<std::string>{"cdp_client.query"}));
  EXPECT_EQ(evidence.error_type, "TypeError");
  EXPECT_NE(evidence.traceback.find("query() got 2"), std::string::npos);
  EXPECT_EQ(evidence.live_names, (std::vector<std::string>{"df: DataFrame 3 x 2"}));
}

TEST(CollectEvidence, ACellThatRanHasNoError) {
  const CellResult ran = testing::Prints("x");
  EXPECT_TRUE(CollectEvidence({"", "", &ran, {}}).error_type.empty());
}

TEST_F(StepContextTest, ShowsACardOnce) {
  StepContext context(retriever_, *trace_);
  Evidence evidence;
  evidence.text = "write the audience";
  EXPECT_EQ(context.Retrieve(1, evidence, 500)->text, "write_audience(df, name)\n");
  EXPECT_EQ(context.Retrieve(2, evidence, 500)->text, "");
  EXPECT_EQ(retriever_.asked.back().already_shown,
            (std::vector<std::string>{"audience_io.write_audience"}));
}

TEST_F(StepContextTest, WhatWasTrimmedMayComeBack) {
  StepContext context(retriever_, *trace_);
  Evidence evidence;
  evidence.text = "write the audience";
  ASSERT_FALSE(context.Retrieve(1, evidence, 500)->text.empty());
  context.Forget({"audience_io.write_audience"});
  EXPECT_EQ(context.Retrieve(2, evidence, 500)->text, "write_audience(df, name)\n");
  context.ForgetAll();
  EXPECT_FALSE(context.Retrieve(3, evidence, 500)->text.empty());
}

TEST_F(StepContextTest, KnowsWhichShownApisCodeUses) {
  StepContext context(retriever_, *trace_);
  Evidence evidence;
  evidence.text = "write to the warehouse";
  ASSERT_TRUE(context.Retrieve(4, evidence, 500).ok());
  EXPECT_TRUE(context.Used("", "df.write()\n").empty());
  const auto used = context.Used("import audience_io as out\n", "out.write_audience(df, 'x')\n");
  ASSERT_EQ(used.size(), 1u);
  EXPECT_EQ(used[0].symbol, "audience_io.write_audience");
  EXPECT_EQ(used[0].shown_at, 4);
  EXPECT_TRUE(context.Used("import cdp_client\ncdp_client.query('x')\n", "x = 1\n").empty())
      << "code before is not this code";
}

TEST_F(StepContextTest, TracesWhatWasShownAndWhy) {
  StepContext context(retriever_, *trace_);
  Evidence evidence;
  evidence.text = "write it";
  ASSERT_TRUE(context.Retrieve(3, evidence, 500).ok());
  const json event = LastEvent();
  EXPECT_EQ(event["kind"], "step");
  EXPECT_EQ(event["entries"][0]["symbol"], "audience_io.write_audience");
  EXPECT_EQ(event["entries"][0]["path"], "libs/house.py");
  EXPECT_EQ(event["evidence"]["text"], "write it");
}

TEST_F(StepContextTest, AnswersTheQuestionsOfACell) {
  StepContext context(retriever_, *trace_);
  EXPECT_EQ(*context.Answer(1, "find_api", "{\"query\": \"read the warehouse\"}"), "query(sql)\n");
  EXPECT_EQ(LastEvent()["kind"], "find_api");
  EXPECT_NE(context.Answer(1, "find_api", "{\"query\": \"sing\"}")->find("No house API"),
            std::string::npos);
  EXPECT_NE(context.Answer(1, "show_api", "{\"name\": \"cdp_client.query\"}")->find("query(sql)"),
            std::string::npos);
  EXPECT_EQ(context.Answer(1, "show_api", "{\"name\": \"nope\"}").error().kind,
            ErrorKind::kNegative);
}

TEST_F(StepContextTest, AnswersOfOneCellFitItsOutput) {
  const std::string wide = "write_audience(" + std::string(3000, 'x') + ")";
  FakeRetriever retriever{{{"audience_io.write_audience", wide, "write"}}};
  StepContext context(retriever, *trace_);
  const auto answer = [&context](int step) {
    return *context.Answer(step, "show_api", R"({"name": "audience_io.write_audience"})");
  };
  EXPECT_EQ(answer(1).find("short form"), std::string::npos);
  EXPECT_NE(answer(1).find("short form"), std::string::npos);
  EXPECT_NE(answer(1).find(wide), std::string::npos);
  EXPECT_EQ(answer(2).find("short form"), std::string::npos);
}

TEST_F(StepContextTest, QuestionsOfAHostileCellAreBadInput) {
  StepContext context(retriever_, *trace_);
  EXPECT_EQ(context.Answer(1, "find_api", "[]").error().kind, ErrorKind::kBadInput);
  EXPECT_EQ(context.Answer(1, "find_api", "{\"query\": 3}").error().kind, ErrorKind::kBadInput);
  EXPECT_EQ(context.Answer(1, "show_api", "nonsense{").error().kind, ErrorKind::kBadInput);
  EXPECT_EQ(context.Answer(1, "open_door", "{}").error().kind, ErrorKind::kBadInput);
}

TEST_F(StepContextTest, WhatScoresLowIsLeftOut) {
  StepContext context(retriever_, *trace_);
  Evidence evidence;
  evidence.text = "write to the warehouse";
  retriever_.scores = {{"cdp_client.query", 0.2}};
  const auto cards = context.Retrieve(1, evidence, 500, kSureScore);
  ASSERT_TRUE(cards.ok());
  EXPECT_EQ(cards->text, "write_audience(df, name)");
  EXPECT_EQ(LastEvent()["entries"].size(), 1u);
  retriever_.scores.clear();
  EXPECT_NE(context.Retrieve(2, evidence, 500)->text.find("query(sql)"), std::string::npos)
      << "what was left out may come later";
}

TEST_F(StepContextTest, FindApiNamesWhatStandsAboveAndPrintsTheRest) {
  StepContext context(retriever_, *trace_);
  Evidence evidence;
  evidence.text = "write";
  ASSERT_TRUE(context.Retrieve(1, evidence, 500).ok());
  EXPECT_EQ(*context.Answer(2, "find_api", R"({"query": "write to the warehouse"})"),
            "Shown above already: audience_io.write_audience\nquery(sql)\n");
  EXPECT_EQ(*context.Answer(2, "find_api", R"({"query": "write"})"),
            "Shown above already: audience_io.write_audience\nNothing else matches \"write\".");
}

TEST_F(StepContextTest, WhatACellPrintedMayComeBackOnceItsObservationIsOld) {
  StepContext context(retriever_, *trace_);
  ASSERT_TRUE(context.Answer(3, "show_api", R"({"name": "cdp_client.query"})").ok());
  Evidence evidence;
  evidence.text = "warehouse";
  EXPECT_TRUE(context.Retrieve(3, evidence, 500)->text.empty());
  EXPECT_TRUE(context.Retrieve(4, evidence, 500)->text.empty());
  EXPECT_EQ(context.Retrieve(5, evidence, 500)->text, "query(sql)\n");
  EXPECT_TRUE(context.Retrieve(9, evidence, 500)->text.empty()) << "a card stays";
}

TEST_F(StepContextTest, SignaturesOfRulesAreTracedAndOthersAreEmpty) {
  StepContext context(retriever_, *trace_);
  const auto signatures = context.Signatures({"cdp_client.query", "nope.nothing"});
  ASSERT_TRUE(signatures.ok());
  EXPECT_EQ(*signatures, (std::vector<std::string>{"query(sql)", ""}));
  EXPECT_EQ(LastEvent()["kind"], "rules");
  EXPECT_EQ(context.Used("import cdp_client\n", "cdp_client.query(1)").size(), 1u);
  Evidence evidence;
  evidence.text = "warehouse";
  EXPECT_FALSE(context.Retrieve(1, evidence, 500)->text.empty()) << "its card may still come";
}

TEST(CollectEvidence, FramesComeWithTheirColumns) {
  const Evidence evidence = CollectEvidence(
      {"", "", nullptr, {{"df", "DataFrame", "3 x 1: user_id str"}, {"n", "int", "7"}}});
  EXPECT_EQ(evidence.live_names,
            (std::vector<std::string>{"df: DataFrame 3 x 1: user_id str", "n: int"}));
}

}  // namespace
}  // namespace inhouse
