#include "tools/bench/measure.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>

namespace inhouse::bench {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// Waits for the child that was started at `begin`.
Result<Cost> Wait(pid_t child, std::chrono::steady_clock::time_point begin) {
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return StorageError("a measured process was lost");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error{ErrorKind::kBadInput, "the measured work failed; its message stands above"};
  }
  Cost cost;
  cost.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  cost.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  cost.peak_megabytes = static_cast<double>(usage.ru_maxrss) / 1024;
  return cost;
}

[[noreturn]] void RunChild(const std::function<Status()>& work) {
  const Status done = work();
  if (!done.ok()) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  _exit(done.ok() ? 0 : 1);
}

[[noreturn]] void RunProgram(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(null, STDOUT_FILENO);
  execvp(argv[0], argv.data());
  std::perror(argv[0]);
  _exit(127);
}

}  // namespace

Result<Cost> Measure(const std::function<Status()>& work) {
  std::fflush(nullptr);
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) return StorageError("no more processes");
  if (child == 0) RunChild(work);
  return Wait(child, begin);
}

Result<Cost> MeasureProgram(const std::vector<std::string>& arguments) {
  std::fflush(nullptr);
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) return StorageError("no more processes");
  if (child == 0) RunProgram(arguments);
  return Wait(child, begin);
}

double ProcessSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace inhouse::bench
