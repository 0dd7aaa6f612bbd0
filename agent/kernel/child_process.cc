#include "agent/kernel/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

struct Failure {
  int error_number;
  char stage[64];
};

// Everything the child touches after fork, laid out before it.
struct ChildPlan {
  const SpawnPlan* plan;
  std::vector<char*> argv, envp;
  std::vector<int> parked;  // scratch for the two-step renumbering
  int report_fd;
  int highest_target;
};

[[noreturn]] void Fail(int report_fd, const char* stage, int error_number) {
  Failure failure{error_number, {}};
  std::strncpy(failure.stage, stage, sizeof(failure.stage) - 1);
  if (::write(report_fd, &failure, sizeof(failure)) < 0) ::_exit(126);
  ::_exit(127);
}

// First above every target, then into place, so that no mapping overwrites another.
void MapDescriptors(ChildPlan* child, int report_fd) {
  const auto& fds = child->plan->fds;
  for (size_t i = 0; i < fds.size(); ++i) {
    child->parked[i] = ::fcntl(fds[i].ours, F_DUPFD, child->highest_target + 2);
    if (child->parked[i] < 0) Fail(report_fd, "duplicating a descriptor", errno);
  }
  for (size_t i = 0; i < fds.size(); ++i) {
    if (::dup2(child->parked[i], fds[i].theirs) < 0) Fail(report_fd, "placing a descriptor", errno);
  }
}

[[noreturn]] void RunChild(ChildPlan* child) {
  ::setpgid(0, 0);
  const int report = ::fcntl(child->report_fd, F_DUPFD_CLOEXEC, child->highest_target + 2);
  if (report < 0) ::_exit(126);
  MapDescriptors(child, report);
  const auto above = static_cast<unsigned>(child->highest_target + 1);
  if (::syscall(SYS_close_range, above, static_cast<unsigned>(report - 1), 0) != 0 ||
      ::syscall(SYS_close_range, static_cast<unsigned>(report + 1), ~0U, 0) != 0) {
    Fail(report, "closing descriptors (Linux 5.9 or newer is needed)", errno);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  const char* stage = "preparing";
  if (child->plan->prepare != nullptr) {
    const int error_number = child->plan->prepare(child->plan->context, &stage);
    if (error_number != 0) Fail(report, stage, error_number);
  }
  ::execve(child->argv[0], child->argv.data(), child->envp.data());
  Fail(report, "starting the program", errno);
}

// True once the process has ended.
bool AwaitEnd(int pidfd, std::chrono::milliseconds timeout) {
  pollfd ended{pidfd, POLLIN, 0};
  const auto until = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    const int n = ::poll(&ended, 1, static_cast<int>(std::max<int64_t>(0, left.count())));
    if (n > 0) return true;
    if (n == 0 || errno != EINTR) return false;
  }
}

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<ChildProcess> ChildProcess::Spawn(const SpawnPlan& plan) {
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0)
    return Error{ErrorKind::kSandbox, "cannot make a pipe: " + ErrnoText(errno)};
  UniqueFd read_end(report[0]);
  UniqueFd write_end(report[1]);
  std::vector<std::string> words = {plan.program};
  words.insert(words.end(), plan.arguments.begin(), plan.arguments.end());
  int highest = 2;
  for (const FdMapping& mapping : plan.fds) highest = std::max(highest, mapping.theirs);
  ChildPlan child{&plan,
                  Pointers(words),
                  Pointers(plan.environment),
                  std::vector<int>(plan.fds.size()),
                  write_end.get(),
                  highest};
  const pid_t pid = ::fork();
  if (pid < 0) return Error{ErrorKind::kSandbox, "cannot start a process: " + ErrnoText(errno)};
  if (pid == 0) RunChild(&child);
  write_end.reset();
  ChildProcess process;
  process.pid_ = pid;
  process.pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.pidfd_.valid()) {
    return Error{ErrorKind::kSandbox,
                 "cannot watch a process (Linux 5.9 or newer is needed): " + ErrnoText(errno)};
  }
  Failure failure{};
  ssize_t n;
  do {
    n = ::read(read_end.get(), &failure, sizeof(failure));
  } while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(sizeof(failure))) {
    process.Wait(std::chrono::seconds(5));
    return Error{ErrorKind::kSandbox, std::string(failure.stage) + " failed for " + plan.program +
                                          ": " + ErrnoText(failure.error_number)};
  }
  return process;
}

ChildProcess::~ChildProcess() { Kill(); }

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      inner_(std::move(other.inner_)),
      status_(std::exchange(other.status_, std::nullopt)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    Kill();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    inner_ = std::move(other.inner_);
    status_ = std::exchange(other.status_, std::nullopt);
  }
  return *this;
}

std::optional<int> ChildProcess::Wait(std::chrono::milliseconds timeout) {
  if (status_ || pid_ < 0) return status_;
  if (!AwaitEnd(pidfd_.get(), timeout)) return std::nullopt;
  // What it left in its group goes with it. Its own pid is taken until it is reaped.
  ::kill(-pid_, SIGKILL);
  int status = 0;
  if (::waitpid(pid_, &status, 0) == pid_) status_ = status;
  return status_;
}

void ChildProcess::Kill() {
  if (inner_.valid()) {
    ::syscall(SYS_pidfd_send_signal, inner_.get(), SIGKILL, nullptr, 0);
    AwaitEnd(inner_.get(), std::chrono::seconds(5));
    inner_.reset();
    Wait(std::chrono::seconds(2));
  }
  if (pid_ < 0 || status_) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = status;
}

}  // namespace inhouse
