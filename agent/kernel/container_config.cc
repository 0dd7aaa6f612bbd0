#include "agent/kernel/container_config.h"

#include <nlohmann/json.hpp>

#include "agent/kernel/seccomp_filter.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Where the shell that is a container's first process finds frames (3), line (4) and output.
constexpr const char* kGvisorDescriptors = "exec 3<&0 4<&1 </dev/null >&2; ";
// Past podman, which would keep and reorder what is written.
constexpr const char* kPodmanDescriptors = "exec >&5 2>&1 5>&-; ";

// Starts the program and ends with its status. A line of text on the line is an interrupt, its end
// is that of the host: then nothing here goes on. Five times a second it looks whether the program
// has ended.
constexpr const char* kHoldLine =
    "\"$@\" 4<&- & p=$!; exec >/dev/null 2>&1; while kill -0 $p 2>/dev/null; do read -r -t 0.2 -u "
    "4 _; s=$?; "
    "[ $s -gt 128 ] && continue; [ $s -eq 0 ] || exit 0; kill -INT $p; done; wait $p; exit $?";

std::vector<std::string> BehindShell(const char* descriptors,
                                     const std::vector<std::string>& command) {
  std::vector<std::string> words = {"/bin/bash", "-c", std::string(descriptors) + kHoldLine,
                                    "sandbox"};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

json Mount(const std::string& destination, const char* type, const std::string& source,
           const std::vector<std::string>& options) {
  return {{"destination", destination}, {"type", type}, {"source", source}, {"options", options}};
}

json GvisorMounts() {
  json mounts = json::array();
  mounts.push_back(Mount("/proc", "proc", "proc", {}));
  mounts.push_back(Mount("/dev", "dev", "dev", {}));
  for (const char* folder : kWritableFolders) {
    mounts.push_back(Mount(folder, "bind", folder, {"rbind", "rw"}));
  }
  // Hides gVisor's own files.
  mounts.push_back(Mount(kGvisorFolder, "tmpfs", "tmpfs", {"ro", "size=4096"}));
  return mounts;
}

std::string MountOption(const ReadOnlyMount& mount) {
  return mount.host.string() + ":" + mount.inside + ":ro";
}

void AppendIdentity(const PodmanPlan& plan, std::vector<std::string>* a) {
  a->insert(a->end(), {"--user", "1000:1000"});
  if (plan.first_uid == 0) {
    a->push_back("--userns=keep-id:uid=1000,gid=1000");
    return;
  }
  const std::string map = "0:" + std::to_string(plan.first_uid) + ":2000";
  a->insert(a->end(), {"--uidmap", map, "--gidmap", map});
}

void AppendLimits(const SandboxPolicy& policy, const PodmanPlan& plan,
                  std::vector<std::string>* a) {
  auto both = [](int64_t value) { return std::to_string(value) + ":" + std::to_string(value); };
  a->insert(a->end(), {"--ulimit", "nofile=" + both(policy.limits.open_files), "--ulimit",
                       "nproc=" + both(policy.limits.processes), "--ulimit", "core=1:1"});
  if (!plan.limits_memory) return;
  const std::string memory = std::to_string(policy.limits.total_memory_bytes);
  a->insert(a->end(), {"--memory", memory, "--memory-swap", memory, "--pids-limit",
                       std::to_string(policy.limits.processes + 8)});
}

void AppendFolders(const SandboxPolicy& policy, std::vector<std::string>* a) {
  for (const std::string folder : kWritableFolders) {
    const std::string bytes = std::to_string(FolderBytes(policy, folder));
    if (folder == "/dev/shm") {
      a->insert(a->end(), {"--shm-size", bytes + "b"});
    } else {
      a->insert(a->end(),
                {"--tmpfs", folder + ":rw,nosuid,nodev,exec,notmpcopyup,mode=0777,size=" + bytes});
    }
  }
}

}  // namespace

json GvisorConfig(const SandboxPolicy& policy, const std::vector<std::string>& command) {
  std::vector<std::string> environment;
  for (const auto& [name, value] : BaseEnvironment(policy)) {
    environment.push_back(std::string(name).append("=").append(value));
  }
  json namespaces = json::array();
  for (const char* name : {"pid", "network", "ipc", "uts", "mount"})
    namespaces.push_back({{"type", name}});
  return {
      {"ociVersion", "1.0.0"},
      {"process",
       // In gVisor's own kernel, without capabilities; outside it is bubblewrap's user.
       {{"user", {{"uid", 0}, {"gid", 0}}},
        {"args", BehindShell(kGvisorDescriptors, command)},
        {"env", environment},
        {"cwd", SandboxPolicy::kWork},
        {"capabilities", json::object()},
        {"noNewPrivileges", true}}},
      // Read-only already, by bubblewrap; its mounts cannot be made so once more from below.
      {"root", {{"path", "/"}, {"readonly", false}}},
      {"hostname", "kernel"},
      {"mounts", GvisorMounts()},
      {"linux", {{"namespaces", namespaces}, {"seccomp", SeccompProfile(SeccompRules(), false)}}}};
}

std::vector<std::string> GvisorCommand(const SandboxPolicy& policy) {
  const std::string folder = kGvisorFolder;
  std::vector<std::string> words = {kRunscInside,    "--root=" + folder + "/state",
                                    "--rootless",    "--network=none",
                                    "--oci-seccomp", "--ignore-cgroups"};
  if (!policy.sockets.empty()) words.push_back("--host-uds=open");
  words.insert(words.end(), {"run", "--bundle", folder, "kernel"});
  return words;
}

std::vector<std::string> PodmanArguments(const SandboxPolicy& policy,
                                         const std::vector<ReadOnlyMount>& mounts,
                                         const PodmanPlan& plan,
                                         const std::vector<std::string>& command) {
  std::vector<std::string> a = {"--runtime",
                                plan.runtime,
                                "run",
                                "--rm",
                                "--pidfile",
                                plan.pid.string(),
                                "--network",
                                "none",
                                "--no-hosts",
                                "--passwd=false",
                                "--read-only",
                                "--read-only-tmpfs=false",
                                "--cap-drop",
                                "all",
                                "--security-opt",
                                "no-new-privileges",
                                "--security-opt",
                                "seccomp=" + plan.seccomp.string(),
                                "--log-driver",
                                "none",
                                "--preserve-fds",
                                std::to_string(kPodmanOutput - 2),
                                "--hostname",
                                "kernel",
                                "--workdir",
                                SandboxPolicy::kWork,
                                "--env-file",
                                plan.environment.string()};
  AppendIdentity(plan, &a);
  AppendLimits(policy, plan, &a);
  AppendFolders(policy, &a);
  for (const ReadOnlyMount& mount : mounts) a.insert(a.end(), {"--volume", MountOption(mount)});
  a.insert(a.end(), {"--rootfs", plan.root.string()});
  const std::vector<std::string> run = BehindShell(kPodmanDescriptors, command);
  a.insert(a.end(), run.begin(), run.end());
  return a;
}

Result<std::string> PodmanEnvironment(const SandboxPolicy& policy) {
  std::string lines;
  for (const auto& [name, value] : BaseEnvironment(policy)) {
    if (value.find('\n') != std::string::npos) {
      return BadInput("the value of " + name +
                      " has several lines, which podman does not take; mend [run] env in "
                      "inhouse.toml, or choose another sandbox");
    }
    lines.append(name).append("=").append(value).append("\n");
  }
  return lines;
}

std::vector<SkeletonEntry> Skeleton(const std::vector<ReadOnlyMount>& mounts) {
  std::vector<SkeletonEntry> entries = {
      {"bin", "usr/bin"}, {"sbin", "usr/sbin"}, {"lib", "usr/lib"}, {"lib64", "usr/lib64"}};
  for (const char* folder : {"proc/", "dev/", "sys/", "etc/", "run/", "usr/", "tmp/"})
    entries.push_back({folder, ""});
  for (const char* folder : kWritableFolders)
    entries.push_back({std::string(folder).substr(1) + "/", ""});
  // Covered by podman with files of its own.
  for (const char* file : {"etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/passwd",
                           "etc/group", "etc/mtab", "run/.containerenv"}) {
    entries.push_back({file, ""});
  }
  for (const ReadOnlyMount& mount : mounts) {
    std::error_code code;
    const bool folder = fs::is_directory(mount.host, code);
    entries.push_back({mount.inside.substr(1) + (folder ? "/" : ""), ""});
  }
  return entries;
}

}  // namespace inhouse
