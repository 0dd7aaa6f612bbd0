// The user's own interpreter: every Python that this machine has runs cells as 3.11
// does. Which versions that were is listed in docs/sandbox.md; 3.11 must be there.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "tests/kernel/kernel_harness.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::Describe;
using testing::RunCell;

// Of the system, of the product, and where version managers put theirs.
std::vector<fs::path> Interpreters() {
  std::vector<fs::path> found = {INHOUSE_SOURCE_DIR "/.venv/bin/python"};
  const char* home = std::getenv("HOME");
  std::vector<fs::path> folders = {"/usr/bin", "/usr/local/bin"};
  std::error_code code;
  for (const auto& entry :
       fs::directory_iterator(fs::path(home == nullptr ? "/" : home) / ".pyenv/versions", code)) {
    folders.push_back(entry.path() / "bin");
  }
  std::set<fs::path> seen;
  for (const fs::path& folder : folders) {
    for (int minor = 9; minor < 20; ++minor) {
      const fs::path python = folder / ("python3." + std::to_string(minor));
      if (fs::exists(python, code) && seen.insert(fs::canonical(python, code)).second)
        found.push_back(python);
    }
  }
  return found;
}

void RunsCellsAsItShould(PythonKernel& kernel) {
  EXPECT_EQ(RunCell(kernel, "x = [n * n for n in range(4)]\nx").display, "[0, 1, 4, 9]");
  const CellResult failed = RunCell(kernel, "y = 1\n{}['purch_freq']");
  EXPECT_EQ(failed.error_type, "KeyError") << Describe(failed);
  EXPECT_EQ(failed.error_line, 2);
  EXPECT_NE(failed.traceback.find("{}['purch_freq']"), std::string::npos) << failed.traceback;
  EXPECT_EQ(RunCell(kernel, "x = = 1").error_type, "SyntaxError");
  const CellResult waited =
      RunCell(kernel, "import asyncio\nawait asyncio.sleep(0)\nprint('a')\nlen(x)");
  EXPECT_EQ(waited.display, "4") << Describe(waited);
  EXPECT_EQ(waited.output, "a\n");
  EXPECT_EQ(RunCell(kernel, "import warnings\nwarnings.warn('old')").warnings.size(), 1U);
  EXPECT_EQ(RunCell(kernel, "input()").error_type, "EOFError");
  const CellResult stopped =
      RunCell(kernel, "import time\nwhile True: time.sleep(0.01)", std::chrono::milliseconds(200));
  EXPECT_EQ(stopped.outcome, CellOutcome::kTimeout) << Describe(stopped);
  EXPECT_FALSE(stopped.state_lost);
  const CellResult ended = RunCell(kernel, "import os\nos._exit(3)");
  EXPECT_NE(ended.error_message.find("status 3"), std::string::npos) << Describe(ended);
  EXPECT_EQ(RunCell(kernel, "x").display, "[0, 1, 4, 9]") << "rebuilt";
  const auto names = kernel.Names();
  ASSERT_TRUE(names.ok());
  EXPECT_TRUE(std::any_of(names->begin(), names->end(),
                          [](const LiveName& name) { return name.name == "x"; }));
}

TEST(PythonVersionsTest, EveryInterpreterOfThisMachineRunsCells) {
  std::set<std::string> versions;
  for (const fs::path& python : Interpreters()) {
    SandboxPolicy policy = testing::SmallPolicy();
    policy.python = python;
    SCOPED_TRACE(python.string());
    const auto kernel = testing::Start(policy);
    const Status ready = kernel->AwaitReady();
    ASSERT_TRUE(ready.ok()) << ready.error().message;
    RunsCellsAsItShould(*kernel);
    versions.insert(kernel->python_version());
  }
  std::string all;
  for (const std::string& version : versions) all += version + " ";
  RecordProperty("versions", all);
  std::printf("tested: %s\n", all.c_str());
  EXPECT_TRUE(all.find("3.11.") != std::string::npos) << all;
}

}  // namespace
}  // namespace inhouse
