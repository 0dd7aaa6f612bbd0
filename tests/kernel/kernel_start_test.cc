// The kernel comes up beside other work, and imports what most jobs need.
#include <gtest/gtest.h>

#include "tests/kernel/kernel_harness.h"

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
