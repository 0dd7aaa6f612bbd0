#include "agent/kernel/sandbox_watch.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <vector>

#include "agent/kernel/proc_reader.h"

namespace inhouse {
namespace {

constexpr size_t kMaxProcesses = 1024;
constexpr int64_t kUsualSocketBytes = 212992;  // net.core.wmem_max as Linux comes
constexpr int kProcessSlack = 2;               // gVisor has helpers of its own

// Sum of the kilobyte values of the named lines ("RssAnon:     12 kB").
int64_t SumOfLines(const std::string& text, std::initializer_list<std::string_view> names) {
  int64_t kilobytes = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    for (const std::string_view name : names) {
      if (!line.starts_with(name)) continue;
      kilobytes += std::strtoll(line.c_str() + name.size(), nullptr, 10);
    }
  }
  return kilobytes << 10;
}

int64_t Number(std::string_view text) {
  return std::strtoll(std::string(text).c_str(), nullptr, 10);
}

bool HoldsMemory(const std::string& status) { return !LineAfter(status, "VmPTE:").empty(); }

// The folder in /proc of a thread that shows what its process holds: the first one, unless it has
// ended before the others. "" for a process that holds nothing any more.
std::string Holder(pid_t pid, const std::vector<pid_t>& threads, std::string* status) {
  std::string folder = "/proc/" + std::to_string(pid) + "/";
  *status = ReadProc(folder + "status");
  if (HoldsMemory(*status)) return folder;
  for (const pid_t thread : threads) {
    std::string other = folder + "task/" + std::to_string(thread) + "/";
    *status = ReadProc(other + "status");
    if (HoldsMemory(*status)) return other;
  }
  return "";
}

int64_t MemoryOf(pid_t pid, const std::vector<pid_t>& threads, bool precise) {
  std::string status;
  const std::string folder = Holder(pid, threads, &status);
  if (precise && !folder.empty()) {
    const std::string rollup = ReadProc(folder + "smaps_rollup");
    if (!rollup.empty())
      return SumOfLines(rollup, {"Pss:", "SwapPss:"}) + SumOfLines(status, {"VmPTE:"});
  }
  return SumOfLines(status, {"RssAnon:", "RssShmem:", "VmSwap:", "VmPTE:"});
}

// The most that the kernel may hold for the sockets of the sandbox's network, of which they are
// all: it says how many there are, not how full. A cgroup counts them exactly.
int64_t MemoryOfSockets(pid_t init) {
  const std::string text = ReadProc("/proc/" + std::to_string(init) + "/net/sockstat");
  const int64_t count = Number(LineAfter(text, "sockets: used"));
  const int64_t largest = Number(ReadProc("/proc/sys/net/core/wmem_max"));
  return 2 * std::max(kUsualSocketBytes, largest) * count;
}

std::string TooMuchMemory(const SandboxLimits& limits) {
  return "all processes and files together took more than " +
         std::to_string(limits.total_memory_bytes >> 20) +
         " MiB of memory; the interpreter was ended";
}

}  // namespace

SandboxUsage MeasureSandbox(const SandboxProcess& sandbox, bool precise) {
  SandboxUsage usage;
  std::vector<pid_t> pids;
  if (sandbox.init_pid > 1) pids.push_back(sandbox.init_pid);
  for (size_t i = 0; i < pids.size() && i < kMaxProcesses; ++i) {
    const std::vector<pid_t> threads = ThreadsOf(pids[i]);
    usage.memory_bytes += MemoryOf(pids[i], threads, precise);
    for (const pid_t thread : threads) AppendChildren(pids[i], thread, &pids);
  }
  if (sandbox.init_pid > 1 && !sandbox.cgroup.valid())
    usage.memory_bytes += MemoryOfSockets(sandbox.init_pid);
  usage.processes = static_cast<int>(pids.size());
  for (const UniqueFd& folder : sandbox.writable) {
    struct statvfs info {};
    if (::fstatvfs(folder.get(), &info) != 0) continue;
    usage.memory_bytes += static_cast<int64_t>((info.f_blocks - info.f_bfree) * info.f_frsize);
    usage.files += static_cast<int64_t>(info.f_files - info.f_ffree);
  }
  return usage;
}

std::string SandboxWatch::Check(const SandboxProcess& sandbox) {
  if (sandbox.cgroup.RanOutOfMemory()) return TooMuchMemory(limits_);
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return "";
  next_ = now + kInterval;
  SandboxUsage usage = MeasureSandbox(sandbox, false);
  if (usage.memory_bytes > limits_.total_memory_bytes) usage = MeasureSandbox(sandbox, true);
  if (usage.memory_bytes > limits_.total_memory_bytes) return TooMuchMemory(limits_);
  // Where the kernel counts them this is never reached; gVisor's does not.
  if (usage.processes > kProcessSlack * limits_.processes) {
    return "more than " + std::to_string(limits_.processes) +
           " processes were started; the interpreter was ended";
  }
  if (usage.files > limits_.files) {
    return "more than " + std::to_string(limits_.files) +
           " files were made (their attributes count too); the interpreter was ended";
  }
  return "";
}

}  // namespace inhouse
