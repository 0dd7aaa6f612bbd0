#include "agent/kernel/sandbox_layers.h"

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/kernel/sandbox_cgroup.h"
#include "agent/kernel/sandbox_watch.h"
#include "agent/kernel/weaker_sandbox.h"

namespace inhouse {
namespace {

std::string Mebibytes(int64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

std::string Walls(const SandboxPolicy& policy) {
  switch (policy.kind) {
    case SandboxKind::kBubblewrap:
      return "namespaces (bubblewrap): user, mount, pid, network (none), ipc, uts, cgroup";
    case SandboxKind::kGvisor:
      return "gVisor: a kernel of its own in user space, inside namespaces (bubblewrap): user, "
             "mount, pid, network (none), ipc, uts, cgroup";
    case SandboxKind::kPodman:
      return "container (podman): user, mount, pid, network (none), ipc, uts, cgroup namespaces";
  }
  return "";
}

std::string Memory(const SandboxPolicy& policy, const OptionalLayers& found) {
  const SandboxLimits& limits = policy.limits;
  if (found.memory_cgroup) {
    return "memory cgroup: " + Mebibytes(limits.total_memory_bytes) +
           " for all processes and files together";
  }
  return "no memory cgroup can be made here: " + Mebibytes(limits.total_memory_bytes) +
         " for all processes and files together is watched from outside alone, and can be passed "
         "by what is touched within " +
         std::to_string(SandboxWatch::kInterval.count()) + " ms";
}

std::string Landlock(const SandboxPolicy& policy, int version) {
  if (policy.kind == SandboxKind::kGvisor)
    return "not used: Landlock (gVisor's kernel does not have it)";
  if (version == 0) return "not used: Landlock (this kernel does not have it)";
  return "Landlock (version " + std::to_string(version) +
         "): no write outside the writable folders" + (version >= 4 ? ", no TCP" : "") +
         (version >= 6 ? ", no signals and abstract sockets to outside" : "");
}

std::string System(const SandboxPolicy& policy) {
  return "root file system: " + policy.root.filename().string();
}

void AppendWeaker(const WeakerSandbox& weaker, std::vector<std::string>* layers) {
  if (!weaker.old_bubblewrap && !weaker.host_proc) return;
  std::string line = "WEAKER than required, agreed to " + weaker.consent;
  for (const std::string& missing : DescribeWeaker(weaker)) line += "; " + missing;
  layers->insert(layers->begin(), line);
}

}  // namespace

int FindLandlock(const SandboxPolicy& policy) {
  if (policy.kind == SandboxKind::kGvisor) return 0;
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version >= kMinLandlock ? static_cast<int>(version) : 0;
}

OptionalLayers FindOptionalLayers(const SandboxPolicy& policy) {
  return {FindLandlock(policy), CgroupCanBeMade()};
}

std::vector<std::string> SandboxLayers(const SandboxPolicy& policy) {
  return DescribeLayers(policy, FindOptionalLayers(policy));
}

std::vector<std::string> DescribeLayers(const SandboxPolicy& policy, const OptionalLayers& found) {
  const SandboxLimits& limits = policy.limits;
  std::vector<std::string> layers = {
      Walls(policy),
      "system-call filter (seccomp), no new privileges, no capabilities, never uid 0",
      "limits: " + Mebibytes(limits.memory_bytes) + " address space a process, " +
          std::to_string(limits.processes) + " processes, work folder " +
          Mebibytes(limits.work_bytes) + ", files " + Mebibytes(limits.file_bytes),
      "watched from outside every " + std::to_string(SandboxWatch::kInterval.count()) +
          " ms: " + Mebibytes(limits.total_memory_bytes) + " memory of all processes and files, " +
          std::to_string(limits.files) + " files",
      "environment from an allow-list; start-up canary passed",
      Landlock(policy, found.landlock),
      Memory(policy, found)};
  if (!policy.root.empty()) layers.push_back(System(policy));
  for (const auto& socket : policy.sockets)
    layers.push_back("broker socket: " + socket.filename().string());
  AppendWeaker(policy.weaker, &layers);
  return layers;
}

}  // namespace inhouse
