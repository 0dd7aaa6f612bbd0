// Child processes: exactly what was asked for, always reaped.
#include "agent/kernel/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace inhouse {
namespace {

using std::chrono::seconds;

struct Pipe {
  Pipe() {
    int fds[2];
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    read = UniqueFd(fds[0]);
    write = UniqueFd(fds[1]);
  }
  std::string ReadAll() {
    write.reset();
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(read.get(), buffer, sizeof(buffer))) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
    }
    return text;
  }
  UniqueFd read, write;
};

SpawnPlan Shell(const std::string& script) {
  SpawnPlan plan;
  plan.program = "/bin/sh";
  plan.arguments = {"-c", script};
  return plan;
}

TEST(ChildProcessTest, HasTheArgumentsEnvironmentAndDescriptorsOfThePlanOnly) {
  Pipe pipe;
  const UniqueFd leak(::open("/dev/null", O_RDONLY));  // without close-on-exec
  SpawnPlan plan = Shell("echo \"$A $HOME $0\"; ls /proc/self/fd | tr '\\n' ' '");
  plan.arguments.push_back("zero");
  plan.environment = {"A=1", "PATH=/usr/bin:/bin"};
  plan.fds = {{leak.get(), 0}, {pipe.write.get(), 1}, {pipe.write.get(), 2}};
  auto child = ChildProcess::Spawn(plan);
  ASSERT_TRUE(child.ok()) << child.error().message;
  EXPECT_EQ(pipe.ReadAll(), "1  zero\n0 1 2 3 ");  // 3 is the listing itself
  EXPECT_EQ(child->Wait(seconds(10)), 0);
}

TEST(ChildProcessTest, DescriptorsThatSwapPlacesArrive) {
  Pipe a, b;
  SpawnPlan plan = Shell("echo to-a >&9; echo to-b >&8");
  // The numbers that ours have may be the targets of others.
  plan.fds = {{a.write.get(), 9}, {b.write.get(), 8}, {a.write.get(), a.read.get()}};
  auto child = ChildProcess::Spawn(plan);
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(a.ReadAll(), "to-a\n");
  EXPECT_EQ(b.ReadAll(), "to-b\n");
}

TEST(ChildProcessTest, ProgramThatCannotBeStartedIsAnError) {
  SpawnPlan plan;
  plan.program = "/nonexistent";
  const auto child = ChildProcess::Spawn(plan);
  ASSERT_FALSE(child.ok());
  EXPECT_EQ(child.error().message,
            "starting the program failed for /nonexistent: No such file or directory");
}

TEST(ChildProcessTest, FailedPreparationIsAnErrorWithItsStage) {
  SpawnPlan plan = Shell("true");
  plan.prepare = [](const void*, const char** stage) {
    *stage = "taking a breath";
    return EPERM;
  };
  const auto child = ChildProcess::Spawn(plan);
  ASSERT_FALSE(child.ok());
  EXPECT_EQ(child.error().message, "taking a breath failed for /bin/sh: Operation not permitted");
}

TEST(ChildProcessTest, WaitEndsAtItsTimeoutAndKillReaps) {
  auto child = ChildProcess::Spawn(Shell("exec sleep 1000"));
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(child->Wait(std::chrono::milliseconds(1)), std::nullopt);
  child->Kill();
  const std::optional<int> status = child->Wait(seconds(0));
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGKILL);
  EXPECT_EQ(::waitpid(child->pid(), nullptr, WNOHANG), -1);
}

TEST(ChildProcessTest, ItsGroupEndsWithIt) {
  Pipe pipe;
  SpawnPlan plan = Shell("sleep 1000 & exit 3");
  plan.fds = {{pipe.write.get(), 1}};
  auto child = ChildProcess::Spawn(plan);
  ASSERT_TRUE(child.ok());
  const std::optional<int> status = child->Wait(seconds(10));
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WEXITSTATUS(*status), 3);
  EXPECT_EQ(pipe.ReadAll(), "") << "ends only when no process holds the pipe";
}

TEST(ChildProcessTest, IgnoredSignalsAreNotInherited) {
  ::signal(SIGPIPE, SIG_IGN);
  auto child = ChildProcess::Spawn(Shell("kill -PIPE $$; sleep 1000"));
  ASSERT_TRUE(child.ok());
  const std::optional<int> status = child->Wait(seconds(10));
  ::signal(SIGPIPE, SIG_DFL);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGPIPE);
}

}  // namespace
}  // namespace inhouse
