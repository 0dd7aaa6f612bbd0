#include "agent/strategies/plan.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

std::string Read(std::string_view reply) {
  const auto plan = ParsePlan(reply);
  return plan.ok() ? PlanLines(*plan) : "error: " + plan.error().message;
}

TEST(PlanTest, AFencedListOfSteps) {
  EXPECT_EQ(Read("First the seeds.\n```json\n"
                 R"([{"function": "load", "purpose": "Reads.", "inputs": ["a.csv"],
                      "outputs": "a frame", "libraries": ["cdp_client.query", "pandas"]},
                     {"function": "main"}])"
                 "\n```\n"),
            "1. load: Reads. (in: a.csv; out: a frame; with: cdp_client.query, pandas)\n2. main\n");
}

TEST(PlanTest, ABareListAndAListUnderAName) {
  EXPECT_EQ(Read(R"([{"function": "main"}])"), "1. main\n");
  EXPECT_EQ(Read(R"(Plan: {"steps": [{"function": "main"}]} as asked)"), "1. main\n");
  EXPECT_EQ(Read(R"({"plan": [{"function": "main"}]})"), "1. main\n");
}

TEST(PlanTest, BracketsBeforeAndInsideStringsDoNotMatter) {
  EXPECT_EQ(Read(R"(I [will] use {x}. [{"function": "f", "purpose": "a ] in \" text"}])"),
            "1. f: a ] in \" text\n");
}

TEST(PlanTest, WhatIsNoPlanIsSaid) {
  EXPECT_NE(Read("no plan at all").find("no JSON list"), std::string::npos);
  EXPECT_NE(Read("[]").find("no JSON list"), std::string::npos);
  EXPECT_NE(Read(R"([{"purpose": "x"}])").find("no \"function\""), std::string::npos);
  EXPECT_NE(Read(R"([{"function": "f"}, 3])").find("no JSON object"), std::string::npos);
  EXPECT_NE(Read(R"([{"function": "f")").find("no JSON list"), std::string::npos);
}

TEST(PlanTest, APlanWithoutStepsIsNone) {
  const auto plan = ParsePlan(R"({"steps": []})");
  ASSERT_FALSE(plan.ok());
  EXPECT_NE(plan.error().message.find("no step"), std::string::npos);
}

TEST(PlanTest, SizesAreLimited) {
  std::string many = "[";
  for (int i = 0; i < 9; ++i) many.append(i == 0 ? "" : ",").append(R"({"function": "f"})");
  EXPECT_NE(Read(many + "]").find("9 steps"), std::string::npos);
  EXPECT_NE(Read(std::string(100'000, '[')).find("64 KiB"), std::string::npos);
  EXPECT_NE(Read(std::string(10'000, '[')).find("no JSON list"), std::string::npos);
  const std::string longer(1000, 'x');
  const auto plan = ParsePlan(R"([{"function": ")" + longer + R"("}])");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->front().function.size(), kMaxPlanText);
}

TEST(PlanTest, LineBreaksInTextsDoNotBreakTheLines) {
  EXPECT_EQ(Read(R"([{"function": "f", "purpose": "a\nb"}])"), "1. f: a b\n");
}

}  // namespace
}  // namespace inhouse
