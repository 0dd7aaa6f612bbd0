#include "agent/gates/team_gate.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::TempDir;

class TeamGateTest : public ::testing::Test {
 protected:
  // A shell command as the gate.
  std::vector<Finding> Run(const std::string& command, bool by_path = false) {
    TeamGate gate;
    gate.name = "headers";
    gate.command = {"/bin/sh", "-c", command};
    if (by_path) gate.command.push_back("sh");  // $0
    gate.by_path = by_path;
    gate.seconds = seconds_;
    gate.folder = dir_.path();
    gate.environment = {{"PATH", "/usr/bin:/bin"}, {"TEAM", "crm"}};
    auto findings = RunTeamGate(gate, "import os\n", dir_.path() / "scratch");
    EXPECT_TRUE(findings.ok());
    EXPECT_FALSE(std::filesystem::exists(dir_.path() / "scratch"));
    return *findings;
  }
  // The one finding of a gate that could not judge.
  std::string Broken(const std::string& command) {
    const std::vector<Finding> findings = Run(command);
    EXPECT_EQ(findings.size(), 1u);
    if (findings.empty()) return "";
    EXPECT_EQ(findings[0].severity, "error");
    EXPECT_EQ(findings[0].message.find('\n'), std::string::npos);
    return findings[0].message;
  }
  TempDir dir_;
  int64_t seconds_ = 30;
};

TEST_F(TeamGateTest, FindingsAreTakenFromJsonLines) {
  const std::vector<Finding> findings = Run(
      R"(echo '{"message": "no header", "severity": "error", "line": 1, "column": 2}'
         echo
         echo '{"message": "why import os?"}'; exit 1)");
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].gate, "headers");
  EXPECT_EQ(findings[0].severity, "error");
  EXPECT_EQ(findings[0].message, "no header");
  EXPECT_EQ(findings[0].line, 1);
  EXPECT_EQ(findings[0].column, 2);
  EXPECT_EQ(findings[1].severity, "warning");
}

TEST_F(TeamGateTest, TheScriptComesOnStandardInputOrAsAPath) {
  const std::string report = R"( | sed 's/.*/{"message": "&"}/')";
  EXPECT_EQ(Run("cat" + report).at(0).message, "import os");
  EXPECT_EQ(Run("cat \"$1\"" + report, true).at(0).message, "import os");
}

TEST_F(TeamGateTest, RunsInTheConfigurationsFolderWithTheGivenEnvironmentAlone) {
  dir_.Write("marker", "");
  EXPECT_TRUE(Run("test -e marker && test \"$TEAM\" = crm && test -z \"$HOME\"").empty());
}

TEST_F(TeamGateTest, AGateThatCannotJudgeIsOneClearError) {
  EXPECT_NE(Broken("echo all is well").find("'all is well', which is no finding"),
            std::string::npos);
  EXPECT_NE(Broken("echo '{\"message\": 3}'").find("no finding"), std::string::npos);
  EXPECT_NE(Broken("echo rules.txt: no such file >&2; exit 3")
                .find("exit code 3: rules.txt: no such file"),
            std::string::npos);
  EXPECT_NE(Broken("exit 1").find("exit code 1"), std::string::npos);
  EXPECT_NE(Broken("kill -9 $$").find("signal 9"), std::string::npos);
  EXPECT_NE(Broken("head -c 2000000 /dev/zero").find("1 MiB"), std::string::npos);
  seconds_ = 1;
  EXPECT_NE(Broken("exec sleep 60").find("within 1 s"), std::string::npos);
}

TEST_F(TeamGateTest, AProgramThatIsNotThereIsAFinding) {
  TeamGate gate;
  gate.name = "headers";
  gate.command = {"/nowhere/check"};
  const auto findings = RunTeamGate(gate, "", dir_.path() / "scratch");
  ASSERT_TRUE(findings.ok());
  EXPECT_NE(findings->at(0).message.find("/nowhere/check"), std::string::npos);
}

TEST_F(TeamGateTest, CtrlCEndsTheCommandAndWhatItStarted) {
  TeamGate gate;
  gate.name = "slow";
  gate.command = {"/bin/sh", "-c", "echo $$ > pid; sleep 60 & wait"};
  gate.seconds = 60;
  gate.folder = dir_.path();
  gate.environment = {{"PATH", "/usr/bin:/bin"}};
  const auto started = [&] { return std::filesystem::exists(dir_.path() / "pid"); };
  const auto findings = RunTeamGate(gate, "x = 1\n", dir_.path() / "scratch", started);
  ASSERT_FALSE(findings.ok());
  EXPECT_EQ(findings.error().kind, ErrorKind::kInterrupted);
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "scratch"));
}

}  // namespace
}  // namespace inhouse
