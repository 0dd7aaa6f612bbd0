// The stronger sandboxes, and the optional layers of the usual one: the same
// kernel gives the same observations in each. Where a system has no runsc or
// podman, or cannot run it, the start must end with one clear line.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>

#include "agent/kernel/sandbox_layers.h"
#include "agent/kernel/script_process.h"
#include "tests/kernel/kernel_harness.h"
#include "tests/support/required.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::Describe;
using testing::RunCell;
using testing::SmallPolicy;
using testing::TempDir;

class SandboxKindTest : public ::testing::TestWithParam<SandboxKind> {
 protected:
  void SetUp() override {
    std::filesystem::permissions(data_.path(), std::filesystem::perms(0755));
    data_.Write("data/seed.csv", "user_id\nU1\n");
    policy_.kind = GetParam();
    policy_.read_only = {{data_.path() / "data", "/data"}};
    policy_.environment = {{"CDP_DSN", "duckdb:////data/x y.duckdb"}};
    const std::string& refused = Refusal();
    if (refused.empty()) return;
    if (testing::Required(SandboxKindName(GetParam()))) FAIL() << refused;
    GTEST_SKIP() << refused;
  }

  // Why this kind does not start here, "" if it does; tried once.
  const std::string& Refusal() {
    static std::map<SandboxKind, std::string> found;
    const auto [entry, is_new] = found.emplace(GetParam(), "");
    if (!is_new) return entry->second;
    const auto sandbox = StartSandbox(policy_);
    if (sandbox.ok()) return entry->second;
    const Error& error = sandbox.error();
    EXPECT_EQ(error.kind, ErrorKind::kSandbox);
    EXPECT_EQ(error.message.find('\n'), std::string::npos);
    EXPECT_NE(GetParam(), SandboxKind::kBubblewrap) << error.message;
    if (::access(Tool().c_str(), X_OK) != 0) {
      EXPECT_NE(error.message.find("apt-get install"), std::string::npos) << error.message;
    }
    return entry->second = error.message;
  }

  std::filesystem::path Tool() const {
    if (GetParam() == SandboxKind::kGvisor) return policy_.runsc;
    return GetParam() == SandboxKind::kPodman ? policy_.podman : policy_.bubblewrap;
  }

  SandboxPolicy policy_ = SmallPolicy();
  TempDir data_, out_;
};

TEST_P(SandboxKindTest, GivesTheSameObservations) {
  const auto kernel = testing::Start(policy_);
  const struct {
    const char* code;
    const char* display;
  } kCells[] = {
      {"import os, sys\nopen('/data/seed.csv').read()", "'user_id\\nU1\\n'"},
      {"os.getcwd(), os.path.expanduser('~')", "('/work', '/home/user')"},
      {"os.environ['CDP_DSN'], sys.version_info[:2] >= (3, 11)",
       "('duckdb:////data/x y.duckdb', True)"},
      {"os.mkdir('out'); open('out/a.csv', 'w').write('x')", "1"},
      {"len(os.listdir('/opt/inhouse')) >= 2, open('/etc/passwd').read()[:5]", "(True, 'user:')"},
      {"import subprocess\nsubprocess.run(['/bin/echo', 'hi'], capture_output=True).stdout",
       "b'hi\\n'"},
  };
  for (const auto& cell : kCells) {
    const CellResult result = RunCell(*kernel, cell.code);
    EXPECT_EQ(result.display, cell.display) << Describe(result);
  }
  const CellResult failed = RunCell(*kernel, "print('before')\n1/0");
  EXPECT_EQ(failed.outcome, CellOutcome::kError);
  EXPECT_EQ(failed.error_type, "ZeroDivisionError");
  EXPECT_EQ(failed.output, "before\n");
  const auto copied = kernel->CopyWork(out_.path() / "work", {});
  ASSERT_TRUE(copied.ok()) << copied.error().message;
  EXPECT_EQ(copied->files, std::vector<std::string>{"out/a.csv"});
}

TEST_P(SandboxKindTest, ConfinesWhatACellDoes) {
  const auto kernel = testing::Start(policy_);
  const CellResult result = RunCell(
      *kernel,
      "import os, socket, ctypes\n"
      "libc = ctypes.CDLL(None, use_errno=True)\n"
      "def call(*arguments):\n"
      "    if libc.syscall(*arguments) == -1: raise OSError()\n"
      "def tried(action):\n"
      "    try:\n"
      "        action()\n"
      "    except OSError:\n"
      "        return False\n"
      "    return True\n"
      "[name for name, action in {\n"
      "    'usr': lambda: open('/usr/x', 'w'), 'data': lambda: open('/data/x', 'w'),\n"
      "    'root': lambda: open('/x', 'w'), 'program': lambda: open('/opt/inhouse/x', 'w'),\n"
      "    'shadow': lambda: open('/etc/shadow'), 'home': lambda: os.listdir('/root'),\n"
      "    'inet': lambda: socket.socket(socket.AF_INET), 'vsock': lambda: socket.socket(40, 1),\n"
      "    'netlink': lambda: socket.socket(16, 3), 'uid': lambda: os.setuid(4711),\n"
      "    'unshare': lambda: call(272, 0x10000000), 'mount': lambda: call(165, 0, 0, 0, 0, 0),\n"
      "    'ptrace': lambda: call(101, 16, 1, 0, 0), 'kvm': lambda: open('/dev/kvm'),\n"
      "    'sysctl': lambda: open('/proc/sys/kernel/core_pattern', 'w'),\n"
      "}.items() if tried(action)]");
  EXPECT_EQ(result.display, "[]") << Describe(result);
}

TEST_P(SandboxKindTest, CellThatIsInterruptedKeepsItsState) {
  const auto kernel = testing::Start(policy_);
  RunCell(*kernel, "kept = 7");
  const CellResult stopped =
      RunCell(*kernel, "import time\nwhile True: time.sleep(0.01)", std::chrono::milliseconds(200));
  EXPECT_EQ(stopped.outcome, CellOutcome::kTimeout) << Describe(stopped);
  EXPECT_FALSE(stopped.state_lost) << Describe(stopped);
  EXPECT_EQ(RunCell(*kernel, "kept").display, "7");
}

TEST_P(SandboxKindTest, InterpreterThatDiesIsReplaced) {
  const auto kernel = testing::Start(policy_);
  RunCell(*kernel, "kept = 7");
  const CellResult died = RunCell(*kernel, "import os\nos._exit(3)");
  EXPECT_EQ(died.outcome, CellOutcome::kKernelDied);
  EXPECT_EQ(died.error_message, "the interpreter exited with status 3");
  EXPECT_EQ(RunCell(*kernel, "kept").display, "7");
}

TEST_P(SandboxKindTest, ScriptRunsAndItsFilesAreCopiedOut) {
  const auto run = RunScript(policy_, "import sys\nopen('a.csv', 'w').write('1')\nsys.exit(4)",
                             std::chrono::seconds(60), out_.path() / "outputs");
  ASSERT_TRUE(run.ok()) << run.error().message;
  EXPECT_EQ(run->exit_code, 4) << run->output;
  EXPECT_EQ(run->outputs.files, std::vector<std::string>{"a.csv"});
}

TEST_P(SandboxKindTest, MemoryOfAllProcessesAndFilesIsBounded) {
  policy_.limits.total_memory_bytes = int64_t{200} << 20;
  policy_.limits.work_bytes = int64_t{400} << 20;
  policy_.limits.file_bytes = int64_t{400} << 20;
  const auto run = RunScript(policy_,
                             "import time\n"
                             "with open('x', 'wb') as file:\n"
                             "    for _ in range(60): file.write(b'x' * (5 << 20)); file.flush(); "
                             "time.sleep(0.01)\n"
                             "time.sleep(60)\n",
                             std::chrono::seconds(120), out_.path() / "outputs");
  ASSERT_TRUE(run.ok()) << run.error().message;
  EXPECT_TRUE(run->died);
  EXPECT_NE(run->over_limit.find("more than 200 MiB"), std::string::npos) << run->output;
}

TEST_P(SandboxKindTest, AnotherSystemIsShownInThePlaceOfTheHosts) {
  const TempDir folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  policy_.root = folder.path() / "tree";
  policy_.python = "/usr/bin/python3";
  const std::string make =
      "sh " INHOUSE_SOURCE_DIR "/tests/support/small_system.sh " + policy_.root.string();
  ASSERT_EQ(std::system(make.c_str()), 0);
  const auto kernel = testing::Start(policy_);
  const CellResult result =
      RunCell(*kernel,
              "import os, ctypes, sqlite3\n"
              "open('/usr/marker').read(), os.path.exists('/usr/bin/env'), os.listdir('/data')");
  EXPECT_EQ(result.display, "('of a system of its own\\n', False, ['seed.csv'])")
      << Describe(result);
}

TEST_P(SandboxKindTest, NothingIsLeftOver) {
  pid_t init = 0;
  std::vector<std::string> joined;
  {
    const auto sandbox = StartSandbox(policy_);
    ASSERT_TRUE(sandbox.ok()) << sandbox.error().message;
    init = sandbox->process.init_pid;
    joined = sandbox->process.cgroup.JoinFiles();
  }
  EXPECT_NE(::access(("/proc/" + std::to_string(init)).c_str(), F_OK), 0);
  for (const std::string& file : joined) EXPECT_NE(::access(file.c_str(), F_OK), 0) << file;
}

// Of either version. By hand in a user-mode kernel with version 2: tests/support/in_uml.sh.
TEST(SandboxCgroupTest, AllOfASandboxIsInAGroupOfItsOwn) {
  if (!CgroupCanBeMade() && !testing::Required("cgroup"))
    GTEST_SKIP() << "no control group can be made here";
  const auto kernel = StartSandbox(SmallPolicy());
  ASSERT_TRUE(kernel.ok()) << kernel.error().message;
  const SandboxProcess& sandbox = kernel->process;
  ASSERT_TRUE(sandbox.cgroup.valid());
  const std::string groups =
      testing::ReadAll("/proc/" + std::to_string(sandbox.init_pid) + "/cgroup");
  for (const std::string& file : sandbox.cgroup.JoinFiles()) {
    const std::filesystem::path group = std::filesystem::path(file).parent_path();
    EXPECT_NE(groups.find(group.filename().string() + "\n"), std::string::npos) << group << "\n"
                                                                                << groups;
  }
}

INSTANTIATE_TEST_SUITE_P(All, SandboxKindTest,
                         ::testing::Values(SandboxKind::kBubblewrap, SandboxKind::kGvisor,
                                           SandboxKind::kPodman),
                         [](const auto& test) { return SandboxKindName(test.param); });

}  // namespace
}  // namespace inhouse
