// What happens when a cell does not end, or ends the interpreter: the session
// goes on, and says truthfully what is left.
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

#include "tests/kernel/kernel_harness.h"

namespace inhouse {
namespace {

using std::chrono::milliseconds;
using testing::Describe;
using testing::RunCell;
using testing::SmallPolicy;
using testing::Start;

TEST(KernelLifetimeTest, DeadlineInterruptsAndKeepsTheState) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel, "kept = 7");
  const CellResult result =
      RunCell(*kernel, "import time\nbegun = 1\nwhile True: time.sleep(0.01)", milliseconds(300));
  EXPECT_EQ(result.outcome, CellOutcome::kTimeout) << Describe(result);
  EXPECT_EQ(result.error_type, "KeyboardInterrupt");
  EXPECT_EQ(result.error_line, 3);
  EXPECT_FALSE(result.state_lost);
  EXPECT_EQ(RunCell(*kernel, "kept + begun").display, "8");
}

TEST(KernelLifetimeTest, CellThatIgnoresTheInterruptIsKilledAndTheStateRebuilt) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel, "kept = 7\nopen('made.txt', 'w').write('x')");
  RunCell(*kernel, "raise ValueError('not run again')");
  const CellResult result = RunCell(*kernel,
                                    "print('started', flush=True)\n"
                                    "import signal, time\n"
                                    "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
                                    "while True: time.sleep(1)",
                                    milliseconds(300));
  EXPECT_EQ(result.outcome, CellOutcome::kTimeout) << Describe(result);
  EXPECT_FALSE(result.state_lost) << "rebuilt from the cells that had succeeded";
  EXPECT_EQ(result.output, "started\n");
  EXPECT_NE(result.error_message.find("did not stop"), std::string::npos);
  EXPECT_EQ(RunCell(*kernel, "kept, open('made.txt').read()").display, "(7, 'x')");
}

// Python hears of the signal only when the C code returns.
TEST(KernelLifetimeTest, CCodeThatIgnoresSignalsIsKilledAndTheStateRebuilt) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel, "kept = 7");
  const CellResult result = RunCell(*kernel, "sum(range(10**13))", milliseconds(200));
  EXPECT_EQ(result.outcome, CellOutcome::kTimeout) << Describe(result);
  EXPECT_EQ(result.error_type, "Timeout");
  EXPECT_FALSE(result.state_lost);
  EXPECT_EQ(RunCell(*kernel, "kept").display, "7");
}

TEST(KernelLifetimeTest, FloodIsCutAtItsSource) {
  SandboxPolicy policy = SmallPolicy();
  policy.limits.flood_bytes = int64_t{1} << 20;
  const auto kernel = Start(policy);
  RunCell(*kernel, "kept = 7");
  const CellResult result = RunCell(*kernel, "while True: print('x' * 10000)");
  EXPECT_EQ(result.outcome, CellOutcome::kError) << Describe(result);
  EXPECT_EQ(result.error_type, "TooMuchOutput");
  EXPECT_EQ(result.error_message, "the cell wrote more than 1 MiB and was stopped; print less");
  EXPECT_FALSE(result.state_lost);
  EXPECT_EQ(RunCell(*kernel, "kept").display, "7");
}

TEST(KernelLifetimeTest, CellThatSwallowsTheInterruptIsKilled) {
  const auto kernel = Start(SmallPolicy());
  const CellResult result = RunCell(*kernel,
                                    "import time\nwhile True:\n"
                                    "    try:\n"
                                    "        while True: time.sleep(0.001)\n"
                                    "    except BaseException: pass",
                                    milliseconds(300));
  EXPECT_EQ(result.outcome, CellOutcome::kTimeout) << Describe(result);
  EXPECT_EQ(result.error_type, "Timeout");
  EXPECT_EQ(RunCell(*kernel, "1 + 1").display, "2");
}

TEST(KernelLifetimeTest, StoppedInterpreterIsKilled) {
  const auto kernel = Start(SmallPolicy());
  const CellResult result = RunCell(
      *kernel, "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", milliseconds(300));
  EXPECT_EQ(result.outcome, CellOutcome::kTimeout) << Describe(result);
  EXPECT_EQ(RunCell(*kernel, "1 + 1").display, "2");
}

// Answers the questions from the first to the last given one, and no others.
HostCall AnswersOnly(int first, int last, int* asked) {
  return [=](std::string_view, std::string_view) -> Result<std::string> {
    ++*asked;
    if (first <= *asked && *asked <= last) return std::string("yes");
    return BadInput("no");
  };
}

TEST(KernelLifetimeTest, StateThatCannotBeRebuiltIsReportedLost) {
  int asked = 0;
  const auto kernel = Start(SmallPolicy(), AnswersOnly(1, 1, &asked));
  RunCell(*kernel, "before = 1");
  EXPECT_EQ(RunCell(*kernel, "find_api('only once')").display, "yes");
  const CellResult result = RunCell(*kernel, "import os\nos._exit(0)");
  EXPECT_EQ(result.outcome, CellOutcome::kKernelDied);
  EXPECT_TRUE(result.state_lost) << Describe(result);
  EXPECT_EQ(RunCell(*kernel, "before").error_type, "NameError");
}

struct Death {
  const char* name;
  const char* code;
  const char* message;
};

class KernelDeathTest : public ::testing::TestWithParam<Death> {};

TEST_P(KernelDeathTest, IsReportedAndTheSessionGoesOn) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel, "kept = 7");
  const CellResult result = RunCell(*kernel, GetParam().code);
  EXPECT_EQ(result.outcome, CellOutcome::kKernelDied) << Describe(result);
  EXPECT_NE(result.error_message.find(GetParam().message), std::string::npos) << Describe(result);
  EXPECT_EQ(RunCell(*kernel, "kept").display, "7");
}

INSTANTIATE_TEST_SUITE_P(
    Ways, KernelDeathTest,
    ::testing::Values(Death{"OsExit", "import os\nos._exit(7)", "exited with status 7"},
                      Death{"Segfault", "import ctypes\nctypes.string_at(0)", "Segmentation fault"},
                      Death{"Abort", "import os\nos.abort()", "Aborted"},
                      Death{"KilledByItself",
                            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "Killed"},
                      Death{"ClosedChannel", "import os\nos.close(3)", "exited with status"}),
    [](const auto& way) { return std::string(way.param.name); });

TEST(KernelLifetimeTest, MemoryPastTheAddressSpaceIsAnErrorAndKeepsTheState) {
  SandboxPolicy policy = SmallPolicy();
  policy.limits.memory_bytes = int64_t{1} << 30;
  const auto kernel = Start(policy);
  RunCell(*kernel, "kept = 7");
  EXPECT_EQ(RunCell(*kernel, "x = bytearray(2 << 30)").error_type, "MemoryError");
  EXPECT_EQ(RunCell(*kernel, "kept").display, "7");
}

TEST(KernelLifetimeTest, MemoryOfAllProcessesTogetherIsBounded) {
  SandboxPolicy policy = SmallPolicy();
  policy.limits.total_memory_bytes = int64_t{300} << 20;
  const auto kernel = Start(policy);
  RunCell(*kernel, "kept = 7");
  const CellResult result = RunCell(*kernel,
                                    "import os, time\n"
                                    "for i in range(4):\n"
                                    "    if os.fork() == 0:\n"
                                    "        x = bytearray(100 << 20)\n"
                                    "        while True: time.sleep(1)\n"
                                    "while True: time.sleep(1)");
  EXPECT_EQ(result.outcome, CellOutcome::kKernelDied) << Describe(result);
  EXPECT_EQ(result.error_type, "OverLimit");
  EXPECT_NE(result.error_message.find("more than 300 MiB of memory"), std::string::npos);
  EXPECT_EQ(RunCell(*kernel, "kept").display, "7");
}

TEST(KernelLifetimeTest, MemorySharedByForkedWorkersCountsOnce) {
  SandboxPolicy policy = SmallPolicy();
  policy.limits.total_memory_bytes = int64_t{400} << 20;
  const auto kernel = Start(policy);
  const CellResult result = RunCell(*kernel,
                                    "import os, time\n"
                                    "x = bytearray(b'1') * (150 << 20)\n"
                                    "children = []\n"
                                    "for i in range(4):\n"
                                    "    pid = os.fork()\n"
                                    "    if pid == 0:\n"
                                    "        time.sleep(0.7); os._exit(0)\n"
                                    "    children.append(pid)\n"
                                    "[os.waitpid(pid, 0)[1] for pid in children]");
  EXPECT_EQ(result.display, "[0, 0, 0, 0]") << Describe(result);
}

TEST(KernelLifetimeTest, ForkBombIsLimitedAndCleanedUp) {
  const auto kernel = Start(SmallPolicy());
  const CellResult result = RunCell(*kernel,
                                    "import os, time\n"
                                    "count = 0\n"
                                    "try:\n"
                                    "    for i in range(500):\n"
                                    "        if os.fork() == 0:\n"
                                    "            while True: time.sleep(1)\n"
                                    "        count += 1\n"
                                    "except BlockingIOError: pass\n"
                                    "count");
  EXPECT_EQ(result.outcome, CellOutcome::kOk) << Describe(result);
  EXPECT_GT(std::atoi(result.display.c_str()), 10);
  EXPECT_LT(std::atoi(result.display.c_str()), 64);
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_NE(result.warnings[0].find("were ended"), std::string::npos);
  EXPECT_EQ(RunCell(*kernel, "import subprocess\nsubprocess.run(['true']).returncode").display,
            "0");
}

TEST(KernelLifetimeTest, InterruptedCellLeavesNoProcesses) {
  const auto kernel = Start(SmallPolicy());
  const CellResult result = RunCell(*kernel,
                                    "import subprocess, time\n"
                                    "subprocess.Popen(['sleep', '1000'])\n"
                                    "while True: time.sleep(0.01)",
                                    milliseconds(500));
  EXPECT_EQ(result.outcome, CellOutcome::kTimeout) << Describe(result);
  EXPECT_EQ(
      RunCell(*kernel, "import os\nsorted(p for p in os.listdir('/proc') if p.isdigit())").display,
      "['1', '2']");
}

TEST(KernelLifetimeTest, ChildThatReturnsIntoTheKernelEndsQuietly) {
  const auto kernel = Start(SmallPolicy());
  const CellResult result =
      RunCell(*kernel, "import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)\npid > 0");
  EXPECT_EQ(result.display, "True") << Describe(result);
  EXPECT_EQ(result.output, "");
}

TEST(KernelLifetimeTest, RestartForgetsStateAndFiles) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel, "x = 1\nopen('a.txt', 'w').close()");
  ASSERT_TRUE(kernel->Restart().ok());
  EXPECT_EQ(RunCell(*kernel, "x").error_type, "NameError");
  EXPECT_EQ(RunCell(*kernel, "import os\nos.listdir('.')").display, "[]");
}

TEST(KernelLifetimeTest, UsersInterruptEndsTheCellAsAnError) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel, "kept = 7");
  int asked = 0;
  kernel->set_interrupted([&] { return ++asked == 2; });
  const auto result = kernel->Execute("while True: pass", std::chrono::seconds(60));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kInterrupted);
  EXPECT_EQ(RunCell(*kernel, "kept").display, "7");
}

TEST(KernelLifetimeTest, CellThatIsTooLongIsAnErrorOfTheCell) {
  const auto kernel = Start(SmallPolicy());
  const CellResult result = RunCell(*kernel, "x = '" + std::string(2 << 20, 'x') + "'");
  EXPECT_EQ(result.outcome, CellOutcome::kError);
  EXPECT_EQ(result.error_type, "CellTooLong");
}

TEST(KernelLifetimeTest, NamesOfAKernelThatDiesAreThoseOfTheRebuiltState) {
  int asked = 0;
  const auto kernel = Start(SmallPolicy(), AnswersOnly(2, 2, &asked));
  RunCell(*kernel,
          "import os\n"
          "class Fatal(list):\n"
          "    def __len__(self):\n"
          "        try: find_api('may this live?')\n"
          "        except LookupError: os._exit(1)\n"
          "        return 3\n"
          "fatal = Fatal()");
  const auto names = kernel->Names();
  ASSERT_TRUE(names.ok());
  ASSERT_EQ(names->size(), 3U);
  EXPECT_EQ((*names)[2].detail, "of 3");
}

TEST(KernelLifetimeTest, HangingLiveObjectDoesNotHangNames) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel,
          "class Slow(list):\n"
          "    def __len__(self):\n"
          "        while True: pass\n"
          "slow = Slow()");
  const auto names = kernel->Names();
  ASSERT_TRUE(names.ok());
  EXPECT_EQ(RunCell(*kernel, "1 + 1").display, "2");
}

TEST(KernelLifetimeTest, HangingLiveObjectKeepsTheState) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel,
          "import time\n"
          "kept = 7\n"
          "class Slow(list):\n"
          "    def __len__(self): time.sleep(1000)\n"
          "slow = Slow()");
  for (int i = 0; i < 2; ++i) {
    const auto names = kernel->Names();
    ASSERT_TRUE(names.ok());
    EXPECT_EQ(names->size(), 4U);
  }
  EXPECT_EQ(RunCell(*kernel, "kept").display, "7");
}

TEST(KernelLifetimeTest, StateLostBetweenCellsIsSaidByTheNext) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel,
          "import os\n"
          "class Fatal(list):\n"
          "    def __len__(self): os._exit(1)\n"
          "fatal = Fatal()");
  ASSERT_TRUE(kernel->Names().ok());
  const CellResult result = RunCell(*kernel, "print('ran')");
  EXPECT_EQ(result.outcome, CellOutcome::kKernelDied) << Describe(result);
  EXPECT_TRUE(result.state_lost);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(RunCell(*kernel, "1 + 1").display, "2");
}

TEST(KernelLifetimeTest, CellsOfAForgerAreNotRunAgainForTheirNames) {
  int asked = 0;
  const auto kernel = Start(SmallPolicy(), AnswersOnly(1, 99, &asked));
  RunCell(*kernel,
          "import os\n"
          "find_api('counted')\n"
          "class Forger(list):\n"
          "    def __len__(self):\n"
          "        os.write(3, b'\\xff' * 8)\n"
          "        return 1\n"
          "forger = Forger()");
  ASSERT_TRUE(kernel->Names().ok());
  EXPECT_EQ(asked, 1) << "its cells were run again";
  EXPECT_TRUE(RunCell(*kernel, "1").state_lost);
}

TEST(KernelLifetimeTest, NothingOfACellRunsOnBetweenCells) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel,
          "import os, threading, time\n"
          "ticks = [0]\n"
          "def tick():\n"
          "    while True: ticks[0] += 1; time.sleep(0.01)\n"
          "threading.Thread(target=tick, daemon=True).start()\n"
          "if os.fork() == 0:\n"
          "    n = 0\n"
          "    while True:\n"
          "        n += 1; time.sleep(0.01)\n"
          "        open('ticks', 'w').write(str(n).rjust(9))\n"
          "time.sleep(0.3)");
  const char* look = "(ticks[0], int(open('ticks').read() or 0))";
  const auto seen = [&] {
    int thread = 0, child = 0;
    std::sscanf(RunCell(*kernel, look).display.c_str(), "(%d, %d)", &thread, &child);
    return std::pair(thread, child);
  };
  const auto before = seen();
  std::this_thread::sleep_for(milliseconds(1500));
  const auto after = seen();
  EXPECT_GT(before.first, 0);
  EXPECT_LT(after.first - before.first, 60) << "a thread ran on";
  EXPECT_LT(after.second - before.second, 60) << "a child ran on";
  EXPECT_GT(std::atoi(RunCell(*kernel, "time.sleep(0.3)\nticks[0]").display.c_str()), after.first)
      << "it goes on with the next cell";
}

// Three that run without a pause and note the longest time for which they did not; `start` starts
// them, and they wake one another in some way. Each number is noted with one store, so that who
// looks meanwhile sees the old one or the new one (struct.pack_into writes zeros first).
void ExpectAllStop(const std::string& start) {
  const auto kernel = Start(SmallPolicy());
  const CellResult made =
      RunCell(*kernel,
              "import ctypes, mmap, os, signal, threading, time\n"
              "libc = ctypes.CDLL(None)\n"
              "file = open('noted', 'w+b')\n"
              "file.truncate(4096)\n"
              "noted = memoryview(mmap.mmap(file.fileno(), 4096)).cast('d')\n"
              "def note(slot):\n"
              "    last, now = noted[2 * slot], time.monotonic()\n"
              "    noted[2 * slot + 1] = max(noted[2 * slot + 1], now - (last or now))\n"
              "    noted[2 * slot] = now\n"
              "def longest(): return [noted[2 * s + 1] for s in range(3)]\n"
              "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" +
                  start + "time.sleep(0.3)\n");
  if (made.error_type == "OverLimit") return;  // could not be stopped, and was ended
  ASSERT_EQ(made.outcome, CellOutcome::kOk) << Describe(made);
  std::this_thread::sleep_for(milliseconds(1000));
  const CellResult seen = RunCell(*kernel, "time.sleep(0.5)\nlongest()");
  double longest[3] = {};
  std::sscanf(seen.display.c_str(), "[%lf, %lf, %lf]", &longest[0], &longest[1], &longest[2]);
  for (const double one : longest) EXPECT_GT(one, 0.9) << "it ran on\n" << Describe(seen);
}

TEST(KernelLifetimeTest, ProcessesThatWakeOneAnotherAreStopped) {
  ExpectAllStop(
      "line = os.pipe()\n"
      "pids = []\n"
      "for slot in range(3):\n"
      "    pid = os.fork()\n"
      "    if pid == 0:\n"
      "        os.read(line[0], 1)\n"
      "        others = [int(p) for p in open('pids').read().split()]\n"
      "        others = [p for p in others if slot < 2 and p != os.getpid()]\n"
      "        while True:\n"
      "            for p in others: libc.kill(p, 18)\n"
      "            note(slot)\n"
      "    pids.append(pid)\n"
      "open('pids', 'w').write(f'{pids[0]} {pids[1]}')\n"
      "os.write(line[1], b'xxx')\n");
}

TEST(KernelLifetimeTest, ThreadsThatWakeTheirOwnProcessAreStopped) {
  ExpectAllStop(
      "if os.fork() == 0:\n"
      "    def wake(slot):\n"
      "        while True: libc.kill(os.getpid(), 18); note(slot)\n"
      "    for slot in range(3): threading.Thread(target=wake, args=(slot,)).start()\n"
      "    ctypes.CDLL(None).syscall(60, 0)\n");
}

// The kernel itself wakes a stopped group when the last process dies that could have.
TEST(KernelLifetimeTest, AGroupThatIsLeftAloneIsStopped) {
  ExpectAllStop(
      "for slot in range(3):\n"
      "    if os.fork() == 0:\n"
      "        os.setpgid(0, 0)\n"
      "        child = os.fork()\n"
      "        if child == 0:\n"
      "            os.setpgid(0, 0)\n"
      "            while True: note(slot)\n"
      "        while True:\n"
      "            if ') T' in open(f'/proc/{child}/stat').read(): os._exit(0)\n");
}

TEST(KernelLifetimeTest, WhatCannotBeStoppedBetweenCellsIsEnded) {
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel,
          "import os\n"
          "if os.fork() == 0:\n"
          "    while True:\n"
          "        if os.fork(): os._exit(0)\n");
  EXPECT_EQ(RunCell(*kernel, "1 + 1").display, "2");
}

// Processes that this one has started and not yet reaped.
int ChildrenLeft() {
  int status = 0;
  return ::waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD ? 0 : 1;
}

TEST(KernelLifetimeTest, NothingRunsOnAfterTheKernelIsGone) {
  pid_t init = -1;
  {
    auto sandbox = StartSandbox(SmallPolicy());
    ASSERT_TRUE(sandbox.ok());
    init = sandbox->process.init_pid;
    EXPECT_EQ(::kill(init, 0), 0);
  }
  EXPECT_NE(::kill(init, 0), 0) << "the sandbox's pid 1 is still there";
  EXPECT_EQ(ChildrenLeft(), 0);
}

}  // namespace
}  // namespace inhouse
