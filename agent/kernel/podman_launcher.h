// Makes what podman needs for a container of a policy: a root file system of
// empty folders and links over which the policy's paths are shown, its files,
// and the command line. Who starts it: sandbox_launcher.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/kernel/container_config.h"
#include "agent/kernel/root_staging.h"
#include "agent/kernel/sandbox_policy.h"
#include "indexer/base/result.h"

namespace inhouse {

// Writes below `folder` (of our own, closed to others). With rights, `mounts`
// and the root are staged, and the container gets users that nobody has.
// Errors: kStorage, kBadInput, kSandbox.
Result<PodmanPlan> PreparePodman(const SandboxPolicy& policy, const std::filesystem::path& folder,
                                 std::vector<ReadOnlyMount>* mounts, Preparation* preparation);

// The pid of the container's first process from the plan's file, or -1.
pid_t ReadContainerPid(const std::filesystem::path& file);

}  // namespace inhouse
