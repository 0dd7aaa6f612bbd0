#include "agent/gates/probe_findings.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

std::string Report(const std::string& probes, const std::string& inputs = R"("users.csv")",
                   int planned = 1) {
  return R"({"v": 1, "problem": "", "inputs": [)" + inputs + R"(], "planned": )" +
         std::to_string(planned) + R"(, "probes": [)" + probes + "]}";
}

std::string Probe(int number, const std::string& input, const std::string& fault,
                  const std::string& result, const std::string& detail = "") {
  return R"({"number": )" + std::to_string(number) + R"(, "input": ")" + input +
         R"(", "fault": ")" + fault + R"(", "described": "with )" + fault + " in " + input +
         R"(", "result": ")" + result + R"(", "detail": ")" + detail + R"(", "line": 7})";
}

ProbeReport Judge(const std::vector<std::string>& reports) {
  std::vector<ProbeVerdicts> workers;
  for (const std::string& report : reports) workers.push_back(ParseVerdicts(report));
  return JudgeProbes(workers);
}

TEST(ProbeFindings, GoodResultsAreNoFindings) {
  const ProbeReport report =
      Judge({Report(Probe(0, "users.csv", "no rows", "clear error", "users.csv is empty"),
                    R"("users.csv")", 2),
             Report(Probe(1, "users.csv", "nulls", "holds"), R"("users.csv")", 2)});
  EXPECT_TRUE(report.findings.empty()) << report.findings[0].message;
  EXPECT_EQ(report.summary,
            "with no rows in users.csv: clear error: users.csv is empty\n"
            "with nulls in users.csv: holds\n");
}

TEST(ProbeFindings, LikeResultsOfOneInputAreOneFinding) {
  const ProbeReport report =
      Judge({Report(Probe(0, "users.csv", "no rows", "traceback", "X") + "," +
                        Probe(1, "users.csv", "nulls", "traceback", "X"),
                    R"("users.csv")", 2)});
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].severity, "warning");
  EXPECT_EQ(report.findings[0].line, 7);
  EXPECT_TRUE(report.findings[0].message.starts_with(
      "with no rows in users.csv, and with nulls in users.csv the script ends in a traceback"));
}

TEST(ProbeFindings, ABrokenInvariantIsAnError) {
  const ProbeReport report =
      Judge({Report(Probe(0, "users.csv", "nulls", "broken", "out.csv: it has no rows"))});
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].severity, "error");
}

TEST(ProbeFindings, ErrorsAreNeverLeftOut) {
  std::string probes;
  for (int i = 0; i < 20; ++i) {
    probes += Probe(i, "in" + std::to_string(i) + ".csv", "nulls", "traceback", "X") + ",";
  }
  probes += Probe(20, "last.csv", "nulls", "broken", "out.csv: it has no rows");
  const ProbeReport report = Judge({Report(probes, R"("users.csv")", 21)});
  EXPECT_EQ(report.findings.at(0).severity, "error");
  EXPECT_NE(report.findings.back().message.find("9 more findings"), std::string::npos)
      << report.findings.back().message;
}

TEST(ProbeFindings, OnlyAScriptThatIgnoresAllInputsIsWrong) {
  const std::string inputs = R"("a.csv", "b.csv")";
  const std::string a = Probe(0, "a.csv", "no rows", "unchanged");
  EXPECT_EQ(Judge({Report(a, inputs)}).findings.at(0).severity, "note");
  const std::string b = Probe(1, "b.csv", "no rows", "unchanged");
  EXPECT_EQ(Judge({Report(a + "," + b, inputs, 2)}).findings.at(0).severity, "error");
  EXPECT_EQ(Judge({Report("", "", 0)}).findings.at(0).severity, "warning");
}

TEST(ProbeFindings, WhatWasNotRunIsSaid) {
  const ProbeReport report = Judge({Report(Probe(0, "a.csv", "nulls", "holds"), R"("a.csv")", 9)});
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_NE(report.findings[0].message.find("8 of 9 probes were not run"), std::string::npos);
}

TEST(ProbeFindings, AHostileReportIsHarmless) {
  EXPECT_FALSE(ParseVerdicts("[1, 2").problem.empty());
  EXPECT_FALSE(ParseVerdicts("[]").problem.empty());
  const ProbeVerdicts odd = ParseVerdicts(
      R"({"planned": -5, "inputs": [1, "\u001b[2Ja"], "probes": [{"number": 1e99, "line": "x"}]})");
  EXPECT_EQ(odd.planned, 0);
  ASSERT_EQ(odd.inputs.size(), 1u);
  EXPECT_EQ(odd.inputs[0].find('\x1b'), std::string::npos);
  ASSERT_EQ(odd.probes.size(), 1u);
  EXPECT_TRUE(JudgeProbes({odd}).summary.size() < 100);
}

TEST(LastLine, IsTheLastThatIsNotBlank) {
  EXPECT_EQ(LastLine("a\nb\n\n  \n"), "b");
  EXPECT_EQ(LastLine("only"), "only");
  EXPECT_EQ(LastLine("\n \n"), "nothing was printed");
}

}  // namespace
}  // namespace inhouse
