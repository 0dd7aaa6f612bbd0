// Measures a running sandbox from outside: what no rlimit bounds is the sum
// over processes, and the pages and files of tmpfs.
//
// A watch looks at most every kInterval, so between two looks a sandbox can
// pass its limit by what memory it can touch in that time; the host's
// out-of-memory killer takes the sandbox first (root_staging.h). Reads /proc
// only; trusts nothing that the sandbox says. One thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "agent/kernel/sandbox_launcher.h"

namespace inhouse {

struct SandboxUsage {
  int64_t memory_bytes = 0;  // of all processes, shared pages once, and of the writable folders
  int64_t files = 0;         // in the writable folders
  int processes = 0;
};

// Sums over the process tree below the sandbox's pid 1 (at most 1,024
// processes). `precise` divides shared pages among their users, which costs
// milliseconds for large processes; otherwise they count for each.
SandboxUsage MeasureSandbox(const SandboxProcess& sandbox, bool precise);

class SandboxWatch {
 public:
  static constexpr std::chrono::milliseconds kInterval{200};

  explicit SandboxWatch(const SandboxLimits& limits) : limits_(limits) {}
  // "" while within the limits, or not yet due; else what was passed, as a
  // sentence for the observation. What its control group says is always due,
  // also when it has ended: the kernel may have ended a part of it alone.
  std::string Check(const SandboxProcess& sandbox);

 private:
  SandboxLimits limits_;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace inhouse
