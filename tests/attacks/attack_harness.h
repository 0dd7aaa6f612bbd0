// A cell that attacks: it must not get what it wants, and the session must go on.
//
// An attack is Python whose last expression (or `result`) says "blocked" in
// detail or ends in an error; each test names what must not have happened.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/kernel/kernel_harness.h"

namespace inhouse::testing {

class AttackTest : public ::testing::Test {
 protected:
  explicit AttackTest(const SandboxPolicy& policy = SmallPolicy()) : kernel_(Start(policy)) {
    RunCell(*kernel_, kHelpers);
  }

  // The session goes on after whatever the test has done.
  ~AttackTest() override {
    EXPECT_EQ(RunCell(*kernel_, "6 * 7").display, "42") << "the session did not go on";
  }

  CellResult Attack(std::string_view code,
                    std::chrono::milliseconds deadline = std::chrono::seconds(60)) {
    return RunCell(*kernel_, code, deadline);
  }

  // Each expression must raise an OSError; "open" is what did not.
  void ExpectRefused(std::string_view expression) {
    const CellResult result = Attack("refused(lambda: " + std::string(expression) + ")");
    EXPECT_TRUE(result.display.starts_with("'refused")) << expression << "\n" << Describe(result);
  }

 public:
  // refused(): what an action raised; syscall(): a raw system call, its negative errno on failure.
  static constexpr const char* kHelpers = R"(
import ctypes, errno, os, signal, socket, stat, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)

def refused(action):
    try:
        value = action()
    except OSError as error:
        return 'refused: ' + errno.errorcode.get(error.errno, str(error))
    return f'DONE: {value!r}'

def syscall(number, *arguments):
    ctypes.set_errno(0)
    value = libc.syscall(ctypes.c_long(number), *[
        ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if value == -1:
        raise OSError(ctypes.get_errno(), 'system call')
    return value
)";

 protected:
  std::unique_ptr<PythonKernel> kernel_;
};

}  // namespace inhouse::testing
