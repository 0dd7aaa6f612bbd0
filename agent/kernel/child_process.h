// A child process that cannot be lost: started with exactly the descriptors,
// environment and preparation that are asked for, watched through a pidfd with
// deadlines, killed with its group, always reaped.
//
// A ChildProcess belongs to the thread that started it: its parent-death
// signal is tied to that thread. The destructor kills and reaps.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {

struct FdMapping {
  int ours;
  int theirs;  // number in the child
};

struct SpawnPlan {
  std::string program;                   // absolute path
  std::vector<std::string> arguments;    // argv[1..]
  std::vector<std::string> environment;  // "NAME=value"; nothing is inherited
  std::vector<FdMapping> fds;            // every other descriptor is closed in the child
  // Runs in the child before exec; only async-signal-safe calls. Returns 0, or
  // an errno value with *stage naming what failed (a string literal).
  int (*prepare)(const void* context, const char** stage) = nullptr;
  const void* context = nullptr;
};

class ChildProcess {
 public:
  ChildProcess() = default;  // no process
  // Errors: kSandbox with the stage and errno text when fork, preparation or exec fails.
  static Result<ChildProcess> Spawn(const SpawnPlan& plan);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  pid_t pid() const { return pid_; }
  // A descriptor that polls readable when the process has ended.
  int pidfd() const { return pidfd_.get(); }
  // Waits at most `timeout`; the wait status (see waitpid) once it has ended. The
  // rest of its group is killed then.
  std::optional<int> Wait(std::chrono::milliseconds timeout);
  // Names a process (by pidfd) whose death ends this one: it is killed first and
  // waited for, so that this one can reap it and nothing of it still runs.
  void AdoptInner(UniqueFd inner) { inner_ = std::move(inner); }
  int inner() const { return inner_.get(); }  // -1: none, or killed
  // SIGKILL to the inner process, then to the process and its group; reaps.
  void Kill();

 private:
  pid_t pid_ = -1;
  UniqueFd pidfd_, inner_;
  std::optional<int> status_;
};

}  // namespace inhouse
