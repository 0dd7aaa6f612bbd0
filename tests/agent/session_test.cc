#include "agent/session.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/notebook.h"
#include "agent/trace_records.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using nlohmann::json;
using testing::ReadAll;
using testing::TempDir;

TEST(Session, MakesItsFolderWithTheRequest) {
  const TempDir dir;
  const auto session = Session::Create(dir.path() / "a" / "b", "Do it");
  ASSERT_TRUE(session.ok()) << session.error().message;
  EXPECT_EQ(ReadAll(session->folder() / "request.md"), "Do it\n");
  EXPECT_TRUE(std::filesystem::is_directory(session->outputs()));
}

TEST(Session, TakesAnEmptyFolderAndNoOther) {
  const TempDir dir;
  EXPECT_TRUE(Session::Create(dir.path(), "x").ok());
  const auto again = Session::Create(dir.path(), "x");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(again.error().message.find("holds files already"), std::string::npos);
  const auto file = Session::Create(dir.Write("file", "x"), "x");
  EXPECT_EQ(file.error().kind, ErrorKind::kBadInput);
  EXPECT_EQ(Session::Create("", "x").error().kind, ErrorKind::kBadInput);
}

TEST(Base64, FollowsTheTestVectorsOfRfc4648) {
  EXPECT_EQ(EncodeBase64(""), "");
  EXPECT_EQ(EncodeBase64("f"), "Zg==");
  EXPECT_EQ(EncodeBase64("fo"), "Zm8=");
  EXPECT_EQ(EncodeBase64("foo"), "Zm9v");
  EXPECT_EQ(EncodeBase64("foobar"), "Zm9vYmFy");
}

class NotebookTest : public ::testing::Test {
 protected:
  void Add(const std::string& type, const json& data) {
    events_.push_back({static_cast<int64_t>(events_.size()), 0, 1, type, data.dump()});
  }
  void AddCode(const std::string& code, bool is_final) {
    ParsedReply parsed;
    parsed.action = {ActionKind::kCode, code, "", is_final};
    parsed.prose = "A step.";
    Add("action", ActionRecord(parsed));
  }
  json Cells() const { return json::parse(BuildNotebook(events_))["cells"]; }
  std::vector<TraceEvent> events_;
};

TEST_F(NotebookTest, HoldsCellsWithAllThatTheyGave) {
  AddCode("plot()\n", false);
  CellResult result;
  result.output = "hello\n";
  result.display = "42";
  result.warnings = {"old"};
  result.figures = {{"figure-1.png", "PNG"}};
  Add("observation", CellRecord(result, "Observation", {}));
  const json cell = Cells().at(1);
  EXPECT_EQ(cell["cell_type"], "code");
  EXPECT_EQ(cell["source"], "plot()\n");
  EXPECT_EQ(cell["execution_count"], 1);
  ASSERT_EQ(cell["outputs"].size(), 4u);
  EXPECT_EQ(cell["outputs"][0]["text"], "hello\n");
  EXPECT_EQ(cell["outputs"][2]["data"]["text/plain"], "42");
  EXPECT_EQ(cell["outputs"][3]["data"]["image/png"], "UE5H");
}

TEST_F(NotebookTest, ShowsErrors) {
  AddCode("1/0\n", false);
  CellResult result;
  result.outcome = CellOutcome::kError;
  result.error_type = "ZeroDivisionError";
  result.error_message = "division by zero";
  result.traceback = "Traceback\nZeroDivisionError\n";
  Add("observation", CellRecord(result, "", {}));
  const json output = Cells().at(1)["outputs"].at(0);
  EXPECT_EQ(output["output_type"], "error");
  EXPECT_EQ(output["ename"], "ZeroDivisionError");
  EXPECT_EQ(output["traceback"].size(), 2u);
}

TEST_F(NotebookTest, TheFinalScriptShowsWhatItsRunPrinted) {
  AddCode("main()\n", true);
  Add("gate", {{"gate", "runs"}, {"passed", true}, {"findings", 0}, {"output", "wrote 10\n"}});
  const json cell = Cells().at(2);
  EXPECT_EQ(cell["source"], "main()\n");
  EXPECT_EQ(cell["outputs"][0]["text"], "wrote 10\n");
}

TEST_F(NotebookTest, AScriptThatWasNotRunHasNoOutput) {
  AddCode("main()\n", true);
  EXPECT_TRUE(Cells().at(2)["execution_count"].is_null());
  EXPECT_TRUE(Cells().at(2)["outputs"].empty());
}

}  // namespace
}  // namespace inhouse
