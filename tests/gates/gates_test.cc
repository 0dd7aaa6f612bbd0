#include "agent/gates/gates.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::ReadAll;
using testing::TempDir;

constexpr std::string_view kScript =
    "def main():\n    pass\n\n\nif __name__ == '__main__':\n    main()\n";

struct FakeRuns {
  // What each run leaves, by file name; the last one is repeated.
  std::vector<std::map<std::string, std::string>> files;
  ScriptRun result;
  std::vector<std::string> hash_seeds;

  RunScriptFunction Function() {
    return [this](const SandboxPolicy& policy, std::string_view, std::chrono::milliseconds,
                  const std::filesystem::path& outputs) -> Result<ScriptRun> {
      EXPECT_TRUE(std::filesystem::is_empty(outputs));
      for (const auto& [name, value] : policy.environment) {
        if (name == "PYTHONHASHSEED") hash_seeds.push_back(value);
      }
      ScriptRun run = result;
      const size_t index = std::min(hash_seeds.size(), files.size()) - 1;
      for (const auto& [name, text] : files[index]) {
        std::filesystem::create_directories((outputs / name).parent_path());
        std::ofstream(outputs / name, std::ios::binary) << text;
        run.outputs.files.push_back(name);
      }
      return run;
    };
  }
};

class GatesTest : public ::testing::Test {
 protected:
  GateReport Run(std::string_view script = kScript) {
    const ScriptRunner runner(SandboxPolicy(), runs_.Function(), std::chrono::seconds(1));
    auto report = RunGates(script, {runner, prefer_, dir_.path() / "out", dir_.path() / "again",
                                    nullptr, options_, ""});
    EXPECT_TRUE(report.ok());
    return *report;
  }
  TempDir dir_;
  FakeRuns runs_;
  std::vector<PreferRule> prefer_;
  GateOptions options_;
};

TEST_F(GatesTest, AScriptThatGivesTheSameFilesTwicePasses) {
  runs_.files = {{{"audiences/a.parquet", "rows"}}};
  runs_.result.exit_code = 0;
  const GateReport report = Run();
  EXPECT_TRUE(report.passed);
  EXPECT_EQ(report.outputs, (std::vector<std::string>{"audiences/a.parquet"}));
  EXPECT_EQ(ReadAll(dir_.path() / "out" / "audiences" / "a.parquet"), "rows");
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "again"));
  EXPECT_EQ(runs_.hash_seeds, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(report.gates.size(), 5u);
}

TEST_F(GatesTest, AResultInAnotherPlaceThanTheDeclaredOneIsAnError) {
  runs_.files = {{{"mine/a.parquet", "rows"}}};
  runs_.result.exit_code = 0;
  options_.probes = false;
  options_.invariants.emplace_back();
  options_.invariants[0].output = "audiences/*.parquet";
  EXPECT_TRUE(Run().passed) << "only what is required must come out";
  options_.invariants[0].required = true;
  const GateReport report = Run();
  EXPECT_FALSE(report.passed);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].gate, "runs");
  EXPECT_NE(report.findings[0].message.find("matches audiences/*.parquet"), std::string::npos);
  EXPECT_NE(report.findings[0].message.find("it left mine/a.parquet"), std::string::npos);
  runs_.files = {{{"audiences/a.parquet", "rows"}}};
  EXPECT_TRUE(Run().passed);
}

TEST_F(GatesTest, DifferentFilesAreNamedWithTheDifferenceAndTheCause) {
  runs_.files = {{{"a.csv", "u1,1\nu2,2\n"}, {"b.bin", std::string("\0x", 2)}, {"same", "s"}},
                 {{"a.csv", "u1,1\nu2,3\n"}, {"c.csv", "x"}, {"same", "s"}}};
  runs_.result.exit_code = 0;
  const GateReport report =
      Run("import random\n\n\ndef main():\n    random.random()\n\n\n"
          "if __name__ == '__main__':\n    main()\n");
  EXPECT_FALSE(report.passed);
  ASSERT_EQ(report.findings.size(), 4u);
  EXPECT_EQ(report.findings[0].message,
            "a.csv differs between two runs of the same script (line 2: 'u2,2' and 'u2,3')");
  EXPECT_TRUE(report.findings[1].message.starts_with("b.bin was written by the first run"));
  EXPECT_TRUE(report.findings[2].message.starts_with("c.csv was written by the second run"));
  EXPECT_EQ(report.findings[3].line, 5);
}

TEST_F(GatesTest, AFailedRunComesWithItsTracebackAndLine) {
  runs_.files = {{}};
  runs_.result.exit_code = 1;
  runs_.result.output =
      "reading\nTraceback (most recent call last):\n  File \"/work/script.py\", line 6, in "
      "<module>\n"
      "    main()\n  File \"/work/script.py\", line 2, in main\nKeyError: 'x'\n";
  const GateReport report = Run();
  EXPECT_FALSE(report.passed);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].gate, "runs");
  EXPECT_EQ(report.findings[0].line, 2);
  EXPECT_NE(report.findings[0].message.find("exit code 1:\nTraceback"), std::string::npos);
  EXPECT_EQ(runs_.hash_seeds.size(), 1u);
}

TEST_F(GatesTest, ASyntaxErrorFailsTheParsesGate) {
  runs_.files = {{}};
  runs_.result.exit_code = 1;
  runs_.result.output =
      "  File \"/work/script.py\", line 3\n    x = (\n        ^\nSyntaxError: '(' was never "
      "closed\n";
  const GateReport report = Run();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].gate, "parses");
  EXPECT_EQ(report.findings[0].line, 3);
}

TEST_F(GatesTest, TimeoutsAndDeathsAreFindings) {
  runs_.files = {{}};
  runs_.result.timed_out = true;
  EXPECT_NE(Run().findings.at(0).message.find("time limit"), std::string::npos);
  runs_.result.timed_out = false;
  runs_.result.died = true;
  EXPECT_NE(Run().findings.at(0).message.find("sandbox"), std::string::npos);
}

TEST_F(GatesTest, ABadTextIsNotRun) {
  const GateReport report = Run("print(1)\n");
  EXPECT_FALSE(report.passed);
  EXPECT_TRUE(runs_.hash_seeds.empty());
}

TEST_F(GatesTest, WarningsDoNotFail) {
  prefer_ = {{"cdp_client.query", "pandas.read_csv", ""}};
  runs_.files = {{}};
  runs_.result.exit_code = 0;
  const GateReport report =
      Run("import pandas as pd\n\n\ndef main():\n    pd.read_csv('x')\n\n\n"
          "if __name__ == '__main__':\n    main()\n");
  EXPECT_TRUE(report.passed);
  ASSERT_EQ(report.findings.size(), 2u);  // the rule, and that no file was left
  EXPECT_EQ(report.findings[0].gate, "house rules");
}

}  // namespace
}  // namespace inhouse
