// What gVisor and podman are told, made from a policy: the same view, limits and
// system calls that bubblewrap gives. Pure; who writes the files and starts the
// programs: sandbox_launcher, podman_launcher.
//
// gVisor runs inside bubblewrap's sandbox: its container's root is what bubblewrap
// shows, so an escape from gVisor's kernel ends there. podman gets the parts one by one.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/kernel/sandbox_policy.h"

namespace inhouse {

// In front of the program stands a shell of our own: runsc passes neither
// signals nor descriptors above 2, and a container outlives the podman that
// started it. It holds a line to the host, over which interrupts come and whose
// end ends the container.

// The OCI bundle's config.json. `command` is what to run, limits included.
// runsc's descriptor 0 is the frame socket, 1 the line, 2 the output.
nlohmann::json GvisorConfig(const SandboxPolicy& policy, const std::vector<std::string>& command);

// What bubblewrap runs: runsc with that bundle.
std::vector<std::string> GvisorCommand(const SandboxPolicy& policy);

// Where what podman needs lies on the host.
struct PodmanPlan {
  std::string runtime;                 // "crun" or "runc"
  std::filesystem::path root;          // skeleton of a root file system (MakeSkeleton)
  std::filesystem::path environment;   // NAME=value lines
  std::filesystem::path seccomp, pid;  // profile; receives the first process's pid
  uint32_t first_uid = 0;              // of the container, for root; 0: an ordinary user's own
  bool limits_memory = false;          // a cgroup can be made
};

// Descriptors of the container's first process.
inline constexpr int kPodmanFrames = 3, kPodmanLine = 4, kPodmanOutput = 5;

// All arguments of podman.
std::vector<std::string> PodmanArguments(const SandboxPolicy& policy,
                                         const std::vector<ReadOnlyMount>& mounts,
                                         const PodmanPlan& plan,
                                         const std::vector<std::string>& command);

// The environment as podman's --env-file. Errors: kBadInput (a value of several lines).
Result<std::string> PodmanEnvironment(const SandboxPolicy& policy);

// Links, folders and empty files that a container's root must have for a policy
// with these mounts; a path that ends with '/' is a folder.
struct SkeletonEntry {
  std::string path;    // relative to the root
  std::string target;  // of a link, else ""
};
std::vector<SkeletonEntry> Skeleton(const std::vector<ReadOnlyMount>& mounts);

}  // namespace inhouse
