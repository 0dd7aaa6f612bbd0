// Starts a Python program inside the sandbox of a policy: never with uid 0,
// no network, read-only system, private home and tmp, clean environment,
// limits, and a work folder of its own.
//
// Started by root, the launcher first binds the policy's paths under a staging
// folder in a private mount namespace and then drops to an unused uid, so that
// paths below /root can be shown while the sandbox has nobody's rights.
// Every required layer that is missing is an error with cause and remedy;
// nothing falls back to less. docs/sandbox.md has the threat model.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/kernel/child_process.h"
#include "agent/kernel/sandbox_policy.h"

namespace inhouse {

struct SandboxProcess {
  ChildProcess process;           // bubblewrap
  UniqueFd frames;                // our end of the frame socket (descriptor 3 inside)
  UniqueFd output;                // what the process writes to descriptors 1 and 2
  UniqueFd info;                  // bubblewrap's --info-fd, read by FinishLaunch
  pid_t init_pid = -1;            // pid 1 of the sandbox, as we see it
  UniqueFd work;                  // the work folder; stays readable after the process died
  std::filesystem::path staging;  // empty folder to remove, or ""
};

// Starts `program` (Python source, appears at kProgramPath) with the policy's
// interpreter. Returns as soon as bubblewrap runs. Errors: kSandbox, kBadInput
// (a path of the policy is missing, or unreadable for the sandbox's user).
Result<SandboxProcess> LaunchSandbox(const SandboxPolicy& policy, std::string_view program);

// To be called once the program inside has said that it runs: learns the
// sandbox's pid, takes hold of its work folder, removes the staging folder.
Status FinishLaunch(SandboxProcess* sandbox);

// One line with the remedy for a sandbox that ended before it was ready;
// `output` is what bubblewrap printed.
Error ExplainLaunchFailure(std::string_view output);

// The process that runs the program (child of the sandbox's pid 1), or -1.
pid_t ProgramPid(const SandboxProcess& sandbox);

}  // namespace inhouse
