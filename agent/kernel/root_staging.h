// For a launcher that was started by root: shows the policy's paths to an
// unprivileged bubblewrap, also those below folders that only root may enter,
// and drops every right before bubblewrap starts.
//
// The child gets a mount namespace of its own, a small tmpfs over an existing
// folder (nothing is left on the host), each path bound below it read-only, and
// then an unused uid. Planned before fork; what runs after fork only makes
// system calls.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "agent/kernel/sandbox_policy.h"

namespace inhouse {

struct StagedMount {
  std::string source, target;
  bool is_folder = false;
};

struct RootStaging {
  std::string folder;  // covered by the tmpfs
  std::vector<StagedMount> mounts;
  uid_t uid = 0;
};

// Replaces each mount's host path by its staging point. Errors: kBadInput (a
// file that the unprivileged user could not read, with the remedy), kSandbox.
Result<RootStaging> PlanStaging(std::vector<ReadOnlyMount>* mounts);

// What happens between fork and exec.
struct Preparation {
  std::vector<std::string> cgroup_joins;  // files to write "0" to
  bool staged = false;                    // by root: `staging` is carried out
  RootStaging staging;
  bool keeps_rights = false;  // of root: for a program that gives its container other users itself
};

// SpawnPlan::prepare, context: a Preparation. Also offers the sandbox to the
// kernel's out-of-memory killer before anything else of the host, and forbids
// core files: where the host pipes them into a program (systemd-coredump, apport),
// which would get and keep what a cell held, only the limit 1 prevents it (core(5)).
int PrepareSandbox(const void* context, const char** stage);

}  // namespace inhouse
