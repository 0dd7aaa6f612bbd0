// Starts a Python program inside the sandbox of a policy: never with uid 0,
// no network, read-only system, private home and tmp, clean environment,
// limits, and a work folder of its own.
//
// Started by root, the launcher first shows the policy's paths in a private
// mount namespace and then drops to an unused uid (root_staging.h). Every
// required layer that is missing is an error with cause and remedy; nothing
// falls back to less. docs/sandbox.md has the threat model.
//
// Belongs to the thread that launched: when that thread ends, so does the sandbox.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/kernel/broker_relay.h"
#include "agent/kernel/child_process.h"
#include "agent/kernel/sandbox_cgroup.h"
#include "agent/kernel/sandbox_policy.h"
#include "agent/kernel/scratch_folder.h"

namespace inhouse {

struct SandboxProcess {
  SandboxProcess() = default;
  SandboxProcess(SandboxProcess&&) = default;
  SandboxProcess& operator=(SandboxProcess&& other) noexcept;  // ends what was there

  // What the process stands on; outlives it.
  std::unique_ptr<ScratchFolder> scratch;
  std::unique_ptr<BrokerRelay> brokers;
  SandboxCgroup cgroup;

  ChildProcess process;  // bubblewrap or podman; ends with everything inside when destroyed
  UniqueFd frames;       // our end of the frame socket (descriptor 3 inside)
  UniqueFd output;       // what the process writes to descriptors 1 and 2
  UniqueFd info;         // bubblewrap's --info-fd, read by FinishLaunch
  UniqueFd line;         // gVisor, podman: see container_config.h
  std::filesystem::path pid_file;  // podman: where its container's first pid will stand
  bool has_own_cgroup = false;     // podman: that of its container is the sandbox's alone
  // Known after FinishLaunch:
  pid_t init_pid = -1;             // pid 1 of the sandbox, as we see it
  UniqueFd program;                // pidfd of the process that runs the program
  UniqueFd work;                   // the work folder; stays readable after the process died
  std::vector<UniqueFd> writable;  // every writable folder, for measuring
};

// A file of the program: its name below kProgramFolder and its content. The
// first one of a list is run.
struct ProgramFile {
  std::string name;
  std::string_view content;
};

// Starts `program` with the policy's interpreter. Returns as soon as bubblewrap
// runs. Errors: kSandbox, kBadInput (a path of the policy is missing, or
// unreadable for the sandbox's user).
Result<SandboxProcess> LaunchSandbox(const SandboxPolicy& policy,
                                     const std::vector<ProgramFile>& program);

// To be called once the program inside has said that it runs and before it runs
// anything untrusted: learns its pids and takes hold of its folders.
Status FinishLaunch(SandboxProcess* sandbox);

// SIGINT to the process that runs the program.
void InterruptProgram(const SandboxProcess& sandbox);

}  // namespace inhouse
