// A control group for one sandbox: the only thing that bounds the memory of all
// its processes and files together, and their number, at once and exactly.
//
// Root can make one with cgroup v1 and v2; an ordinary user where a part of the
// v2 tree was given to him (a systemd user session). Where none can be made,
// sandbox_watch looks from outside, and the report says so.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/kernel/sandbox_policy.h"
#include "indexer/base/result.h"

namespace inhouse {

// Existing groups below which one may be made, best first.
struct CgroupPlaces {
  int version = 0;  // 0: none
  std::vector<std::filesystem::path> memory;
  std::vector<std::filesystem::path> processes;  // v1 only: that controller's own tree
};

// From /proc/self/cgroup and /proc/self/mountinfo. Pure.
CgroupPlaces FindCgroupPlaces(std::string_view cgroups, std::string_view mountinfo);

// Belongs to one sandbox; removed with the object, which must outlive the
// sandbox's processes.
class SandboxCgroup {
 public:
  SandboxCgroup() = default;  // none
  // None where it cannot be made: it is an optional layer.
  static SandboxCgroup Make(const SandboxLimits& limits);
  static SandboxCgroup MakeBelow(const CgroupPlaces& places, const SandboxLimits& limits);
  // The one that a process is in, made by somebody else: only looked at.
  static SandboxCgroup Of(pid_t pid);
  ~SandboxCgroup();
  SandboxCgroup(SandboxCgroup&& other) noexcept;
  SandboxCgroup& operator=(SandboxCgroup&& other) noexcept;

  bool valid() const { return !folders_.empty(); }
  bool limits_processes() const { return limits_processes_; }
  // Files to which the sandbox's first process writes "0" to join.
  std::vector<std::string> JoinFiles() const;
  // Whether the kernel has ended a process of it for want of memory.
  bool RanOutOfMemory() const;

 private:
  bool MakeIn(const std::filesystem::path& parent, const char* probe);
  void Remove();

  std::vector<std::filesystem::path> folders_;
  int version_ = 0;
  bool owned_ = true;
  bool limits_processes_ = false;
};

// Whether one can be made on this system, by this user: tries it once. For the report.
bool CgroupCanBeMade();

}  // namespace inhouse
