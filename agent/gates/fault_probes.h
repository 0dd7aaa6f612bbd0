// Is the script robust? Runs it again with one thing wrong in its data at a time:
// no rows, a missing column, nulls, three rows, duplicated keys, a wrong type, an
// empty file; each on a copy, and only in inputs that it really reads.
//
// Good is a clear error (a non-zero exit whose message names the column, file or
// table) or outputs that hold every invariant. A bare traceback is a warning, an
// output that breaks an invariant an error, and so is an output that stays the
// same when all inputs are empty. Made and judged inside the sandbox
// (probes/*.py), by two runs at a time; what they report is untrusted.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/gates/script_runner.h"
#include "agent/task.h"

namespace inhouse {

struct ProbeReport {
  std::vector<Finding> findings;  // gate "fault probes"
  std::string summary;            // one line a probe, for the trace and for people
};

// Only for a script whose unperturbed run succeeded. `request`: its plainly stated
// numbers ("top 10%", "20% holdout") are invariants too; may be empty. `scratch_dir`
// is made and removed. Errors: as ScriptRunner::Run.
Result<ProbeReport> RunFaultProbes(const ScriptRunner& runner, std::string_view script,
                                   std::string_view request, const GateOptions& options,
                                   const std::filesystem::path& scratch_dir);

}  // namespace inhouse
