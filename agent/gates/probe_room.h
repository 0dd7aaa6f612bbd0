// The folder from which fault probes run: the programs, the job, and the view
// of the data that a sandbox shows as /data.
//
// The view is a tree of links to /tmp/inhouse-probe/now inside the sandbox, where
// every link leads on to the real data (/opt/probe-data) or to a perturbed copy:
// nothing is copied on this side. Programs: probes/*.py, embedded.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "agent/kernel/sandbox_policy.h"
#include "agent/task.h"
#include "indexer/base/result.h"

namespace inhouse {

inline constexpr size_t kMaxProbedFiles = 2000;

struct ProbeJob {
  std::string_view script, request;
  const GateOptions& options;
  double run_seconds = 300;  // limit of one run of the script
  int most = 32;             // probes
};

// The host folder that the policy shows as /data, "" if there is none.
std::filesystem::path DataFolderOf(const SandboxPolicy& policy);

// Fills `folder` (made, empty) and returns the policy with /data replaced by the
// view; nothing if there is no data, or no file in it. Errors: kStorage, kBadInput (more than
// kMaxProbedFiles files).
Result<std::optional<SandboxPolicy>> MakeProbeRoom(const SandboxPolicy& policy, const ProbeJob& job,
                                                   const std::filesystem::path& folder);

}  // namespace inhouse
