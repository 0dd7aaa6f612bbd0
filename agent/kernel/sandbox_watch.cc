#include "agent/kernel/sandbox_watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <vector>

#include "indexer/base/unique_fd.h"

namespace inhouse {
namespace {

constexpr size_t kMaxProcesses = 1024;
constexpr int kMaxPauseRounds = 100;
constexpr size_t kMaxProcText = 1 << 20;
constexpr int kProcessSlack = 2;  // gVisor has helpers of its own

// A file of /proc, "" when the process has gone meanwhile.
std::string ReadProc(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[4096];
  for (ssize_t n; fd.valid() && text.size() < kMaxProcText &&
                  (n = ::read(fd.get(), buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(n));
  }
  return text;
}

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

void AppendChildren(pid_t pid, std::vector<pid_t>* found) {
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task/";
  DIR* folder = ::opendir(tasks.c_str());
  if (folder == nullptr) return;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    std::istringstream children(ReadProc(tasks + entry->d_name + "/children"));
    for (pid_t child = 0; children >> child && found->size() < kMaxProcesses;) {
      found->push_back(child);
    }
  }
  ::closedir(folder);
}

int64_t MemoryOf(pid_t pid, bool precise) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/";
  const std::string status = ReadProc(folder + "status");
  if (precise) {
    const std::string rollup = ReadProc(folder + "smaps_rollup");
    if (!rollup.empty())
      return SumOfLines(rollup, {"Pss:", "SwapPss:"}) + SumOfLines(status, {"VmPTE:"});
  }
  return SumOfLines(status, {"RssAnon:", "RssShmem:", "VmSwap:", "VmPTE:"});
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
  for (size_t i = 0; i < pids.size(); ++i) {
    usage.memory_bytes += MemoryOf(pids[i], precise);
    AppendChildren(pids[i], &pids);
  }
  usage.processes = static_cast<int>(pids.size());
  for (const UniqueFd& folder : sandbox.writable) {
    struct statvfs info {};
    if (::fstatvfs(folder.get(), &info) != 0) continue;
    usage.memory_bytes += static_cast<int64_t>((info.f_blocks - info.f_bfree) * info.f_frsize);
    usage.files += static_cast<int64_t>(info.f_files - info.f_ffree);
  }
  return usage;
}

// A process with a stop pending starts no other (the kernel looks before it makes one), so
// what is listed after the signal is complete; only what lost its parent meanwhile is found by
// another round.
bool PauseSandbox(const SandboxProcess& sandbox) {
  if (sandbox.init_pid <= 1) return true;
  std::vector<pid_t> stopped;
  for (int round = 0; round < kMaxPauseRounds; ++round) {
    std::vector<pid_t> pids = {sandbox.init_pid};
    bool found = false;
    for (size_t i = 0; i < pids.size(); ++i) {
      const bool known =
          i == 0 || std::find(stopped.begin(), stopped.end(), pids[i]) != stopped.end();
      if (!known) {
        ::kill(pids[i], SIGSTOP);
        stopped.push_back(pids[i]);
        found = true;
      }
      AppendChildren(pids[i], &pids);
    }
    if (!found) return true;
  }
  return false;
}

void ResumeSandbox(const SandboxProcess& sandbox) {
  if (sandbox.init_pid <= 1) return;
  std::vector<pid_t> pids = {sandbox.init_pid};
  for (size_t i = 0; i < pids.size(); ++i) {
    AppendChildren(pids[i], &pids);
    if (i > 0) ::kill(pids[i], SIGCONT);
  }
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
           " files were made; the interpreter was ended";
  }
  return "";
}

}  // namespace inhouse
