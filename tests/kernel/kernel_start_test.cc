// The kernel comes up beside other work, and imports what most jobs need.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/kernel/script_process.h"
#include "tests/kernel/kernel_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::Describe;
using testing::RunCell;
using testing::SmallPolicy;
using testing::Start;

TEST(KernelStartTest, FirstUseWaitsForTheInterpreter) {
  const auto kernel = Start(SmallPolicy());
  EXPECT_EQ(kernel->python_version(), "") << "nobody has waited yet";
  ASSERT_TRUE(kernel->AwaitReady().ok());
  EXPECT_NE(kernel->python_version(), "");
  EXPECT_EQ(RunCell(*kernel, "6 * 7").display, "42");
}

TEST(KernelStartTest, WhatKeepsItFromConfiningIsAnErrorOfTheFirstUse) {
  SandboxPolicy policy = SmallPolicy();
  policy.python = "/bin/false";
  auto kernel = StartPythonKernel(policy, nullptr);
  ASSERT_TRUE(kernel.ok());
  const auto result = (*kernel)->Execute("1", std::chrono::seconds(5));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kSandbox);
}

TEST(KernelStartTest, AnInterpreterThatHangsCanBeInterrupted) {
  const testing::TempDir folder;
  folder.Write("house/sitecustomize.py", "import time\ntime.sleep(600)\n");
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  SandboxPolicy policy = SmallPolicy();
  policy.read_only = {{folder.path() / "house", "/opt/house/0"}};
  policy.python_path = {"/opt/house/0"};
  const auto kernel = Start(policy);
  int asked = 0;
  kernel->set_interrupted([&] { return ++asked == 3; });
  const Status status = kernel->AwaitReady();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kInterrupted);
  const auto run = RunScript(policy, "1", std::chrono::seconds(60), folder.path() / "out",
                             [&] { return ++asked > 5; });
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().kind, ErrorKind::kInterrupted);
}

TEST(KernelStartTest, LowerLimitsOfOurOwnStay) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit files{100, 100}, size{1 << 20, 1 << 20};
    ::setrlimit(RLIMIT_NOFILE, &files);
    ::setrlimit(RLIMIT_FSIZE, &size);
    auto kernel = StartPythonKernel(SmallPolicy(), nullptr);
    if (!kernel.ok()) ::_exit(1);
    const auto result = (*kernel)->Execute(
        "import resource as r\nr.getrlimit(r.RLIMIT_NOFILE), r.getrlimit(r.RLIMIT_FSIZE)",
        std::chrono::seconds(60));
    const bool kept = result.ok() && result->display == "((100, 100), (1048576, 1048576))";
    (*kernel).reset();
    ::_exit(kept ? 0 : 2);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(KernelStartTest, ImportsAreThereBeforeTheFirstCellAndNamesAreNot) {
  SandboxPolicy policy = SmallPolicy();
  policy.imports = {"colorsys", "no_such_module", "this"};  // the last one prints
  const auto kernel = Start(policy);
  const CellResult result =
      RunCell(*kernel, "import sys\n'colorsys' in sys.modules, 'colorsys' in globals()");
  EXPECT_EQ(result.display, "(True, False)") << Describe(result);
  EXPECT_EQ(result.output, "") << "what an import prints is not of the cell";
  EXPECT_EQ(RunCell(*kernel, "print('seen')").output, "seen\n");
}

TEST(KernelStartTest, KernelThatIsNeverUsedLeavesNothing) {
  SandboxPolicy policy = SmallPolicy();
  policy.imports = {"json"};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(StartPythonKernel(policy, nullptr).ok());
}

TEST(KernelStartTest, RestartBeforeTheFirstUseWorks) {
  const auto kernel = Start(SmallPolicy());
  ASSERT_TRUE(kernel->Restart().ok());
  EXPECT_EQ(RunCell(*kernel, "6 * 7").display, "42");
}

}  // namespace
}  // namespace inhouse
