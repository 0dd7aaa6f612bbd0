// One script, from the start, alone, in a fresh sandbox.
#include "agent/kernel/script_process.h"

#include <chrono>

#include "tests/kernel/kernel_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::SmallPolicy;
using testing::TempDir;

class ScriptProcessTest : public ::testing::Test {
 protected:
  ScriptRun Run(std::string_view script,
                std::chrono::milliseconds deadline = std::chrono::seconds(60)) {
    Result<ScriptRun> run = RunScript(policy_, script, deadline, out_.path() / "outputs");
    if (run.ok()) return std::move(run).value();
    ADD_FAILURE() << run.error().message;
    return {};
  }

  SandboxPolicy policy_ = SmallPolicy();
  TempDir out_;
};

TEST_F(ScriptProcessTest, RunsAsMainAndItsFilesAreCopiedOut) {
  const ScriptRun run =
      Run("import os\n"
          "def main():\n"
          "    os.mkdir('result')\n"
          "    open('result/scores.csv', 'w').write('user_id,score\\n')\n"
          "    print('written', __file__)\n"
          "if __name__ == '__main__': main()\n");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_FALSE(run.timed_out || run.died);
  EXPECT_NE(run.output.find("written"), std::string::npos);
  EXPECT_EQ(run.outputs.files, std::vector<std::string>{"result/scores.csv"});
  EXPECT_EQ(testing::ReadAll(out_.path() / "outputs/result/scores.csv"), "user_id,score\n");
  EXPECT_FALSE(std::filesystem::exists(out_.path() / "outputs/script.py"));
}

TEST_F(ScriptProcessTest, CtrlCEndsAScriptThatIsRunning) {
  int asked = 0;
  const auto run = RunScript(policy_, "while True: int('1')\n", std::chrono::seconds(60),
                             out_.path() / "outputs", [&asked] { return ++asked > 1; });
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().kind, ErrorKind::kInterrupted);
  EXPECT_FALSE(std::filesystem::exists(out_.path() / "outputs"));
}

TEST_F(ScriptProcessTest, StartsFromAnEmptyFolderEachTime) {
  const char* script = "import os\nprint(os.listdir('.'))\nopen('left.txt', 'w').close()\n";
  EXPECT_EQ(Run(script).output, "['script.py']\n");
  EXPECT_EQ(Run(script).output, "['script.py']\n");
}

TEST_F(ScriptProcessTest, ExitCodesAreReported) {
  EXPECT_EQ(Run("import sys\nsys.exit(3)").exit_code, 3);
  const ScriptRun raised = Run("raise ValueError('no rows')");
  EXPECT_EQ(raised.exit_code, 1);
  EXPECT_NE(raised.output.find("ValueError: no rows"), std::string::npos);
  EXPECT_NE(raised.output.find("script.py\", line 1"), std::string::npos) << raised.output;
}

TEST_F(ScriptProcessTest, SignalsAreNegativeExitCodes) {
  const ScriptRun run = Run("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)");
  EXPECT_EQ(run.exit_code, -11);
  EXPECT_FALSE(run.died);
}

TEST_F(ScriptProcessTest, DeadlineEndsItAndWhatItWroteIsCopied) {
  const ScriptRun run =
      Run("open('a.txt', 'w').write('x')\nwhile True: pass\n", std::chrono::milliseconds(700));
  EXPECT_TRUE(run.timed_out);
  EXPECT_FALSE(run.died);
  EXPECT_EQ(run.exit_code, -1);
  EXPECT_EQ(run.outputs.files, std::vector<std::string>{"a.txt"});
}

TEST_F(ScriptProcessTest, ScriptThatEndsItsSandboxHasDied) {
  const ScriptRun run = Run("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n");
  EXPECT_TRUE(run.died);
  EXPECT_FALSE(run.timed_out);
}

TEST_F(ScriptProcessTest, ProcessesLeftBehindEndWithTheScript) {
  const ScriptRun run =
      Run("import subprocess\n"
          "subprocess.Popen(['sh', '-c', 'while true; do echo x >> grows.txt; done'])\n"
          "print('done')\n");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "done\n");
}

TEST_F(ScriptProcessTest, MemoryOfAllProcessesIsWatched) {
  policy_.limits.total_memory_bytes = int64_t{200} << 20;
  const ScriptRun run = Run("x = bytearray(400 << 20)\nwhile True: pass\n");
  EXPECT_TRUE(run.died);
  EXPECT_NE(run.over_limit.find("more than 200 MiB"), std::string::npos);
}

TEST_F(ScriptProcessTest, FloodOfOutputIsCut) {
  const ScriptRun run = Run("for i in range(100000): print('x' * 100)\nprint('end')");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_LT(run.output.size(), size_t{70} << 10);
  EXPECT_TRUE(run.output.ends_with("end\n"));
}

TEST_F(ScriptProcessTest, PandasWorks) {
  const ScriptRun run =
      Run("import pandas as pd\n"
          "pd.DataFrame({'a': [1, 2]}).to_parquet('a.parquet')\n"
          "print(pd.read_parquet('a.parquet')['a'].sum())\n");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(run.output, "3\n");
}

TEST_F(ScriptProcessTest, ScriptThatIsTooLongIsBadInput) {
  const auto run =
      RunScript(policy_, std::string(2 << 20, '#'), std::chrono::seconds(5), out_.path() / "o");
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().kind, ErrorKind::kBadInput);
}

}  // namespace
}  // namespace inhouse
