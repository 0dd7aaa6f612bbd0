#include "agent/strategies/react_tools.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace inhouse {
namespace {

using nlohmann::json;

std::string Problem(std::string_view name, std::string_view arguments) {
  const auto plan = PlanTool(name, arguments);
  EXPECT_FALSE(plan.ok());
  return plan.ok() ? "" : plan.error().message;
}

TEST(ReActToolsTest, EveryToolHasASchemaThatNamesItsArguments) {
  for (const ToolSpec& tool : ReActTools()) {
    const json schema = json::parse(tool.parameters);
    EXPECT_EQ(schema["type"], "object");
    EXPECT_FALSE(schema["required"].empty()) << tool.name;
    for (const json& name : schema["required"]) {
      const std::string marked = std::string("`").append(name.get<std::string>()).append("`");
      EXPECT_NE(tool.description.find(marked), std::string::npos) << tool.name;
    }
  }
}

TEST(ReActToolsTest, QuestionsGoToTheEngine) {
  const auto plan = PlanTool("search_api", R"({"query": "write \"it\""})");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->engine_call, "find_api");
  EXPECT_EQ(json::parse(plan->engine_arguments)["query"], "write \"it\"");
  EXPECT_TRUE(plan->cell.empty());
  EXPECT_EQ(PlanTool("show_api", R"({"name": "a.b"})")->engine_call, "show_api");
}

TEST(ReActToolsTest, TheModelsCodeTravelsAsData) {
  const auto plan = PlanTool("run_python", json({{"code", "print('\"\\n\u00e9')"}}).dump());
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->python, "print('\"\\n\u00e9')");
  EXPECT_EQ(plan->cell.find("\u00e9"), std::string::npos) << "all ASCII in the cell";
}

TEST(ReActToolsTest, WrongCallsAreNamed) {
  EXPECT_NE(Problem("delete_all", "{}").find("no tool \"delete_all\""), std::string::npos);
  EXPECT_NE(Problem("run_python", "").find("no JSON object"), std::string::npos);
  EXPECT_NE(Problem("run_python", "[1]").find("no JSON object"), std::string::npos);
  EXPECT_NE(Problem("run_python", "{}").find("\"code\" is missing"), std::string::npos);
  EXPECT_NE(Problem("run_python", R"({"code": 1})").find("is no text"), std::string::npos);
  EXPECT_NE(Problem("check_imports", R"({"names": "os"})").find("list"), std::string::npos);
  EXPECT_NE(Problem("check_imports", R"({"names": [1]})").find("list"), std::string::npos);
  EXPECT_NE(Problem("write_file", R"({"path": "a"})").find("\"content\""), std::string::npos);
  EXPECT_FALSE(PlanTool("run_python", std::string(100'000, '[')).ok());
}

}  // namespace
}  // namespace inhouse
