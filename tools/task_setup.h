// From the command line and inhouse.toml to a Task: which interpreter, what
// the sandbox shows, which limits hold. What stands on the command line wins.
//
// Inside the sandbox the data folder is /data and the N-th folder of `[run]
// python_path` is /opt/house/N; all of them read-only.
#pragma once

#include <filesystem>

#include "agent/recorded_run.h"
#include "agent/task.h"
#include "indexer/base/result.h"
#include "tools/config.h"
#include "tools/run_arguments.h"

namespace inhouse {

// Errors: kBadInput (a folder that is not there, a variable that is not set).
Result<Task> MakeTask(const RunArguments& arguments, const Config& config,
                      const std::filesystem::path& working_folder, const VariableLookup& variable);

// A session goes on with the strategy and the limits that it had. What stands on the command line
// wins, and so does a limit of inhouse.toml that allows more. Errors: kUsage (another strategy).
Status GoOnAs(const RecordedRun& run, const RunArguments& arguments, const LimitsConfig& config,
              Task* task);

// The folder of approved scripts: --patterns, else `[patterns] folder`; "" if there is none.
std::filesystem::path PatternsFolder(const RunArguments& arguments, const Config& config,
                                     const std::filesystem::path& working_folder);

// `[run] python`, else .venv/bin/python upward from the configuration's folder
// or from the working folder, else python3 in PATH
// (an interpreter, no script that stands in for one). Errors: kBadInput (none).
Result<std::filesystem::path> FindPython(const Config& config,
                                         const std::filesystem::path& working_folder,
                                         const VariableLookup& variable);

}  // namespace inhouse
