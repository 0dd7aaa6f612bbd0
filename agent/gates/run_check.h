// Does the script run, from the start, alone? A failure is a finding with what
// Python said.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/gates/script_runner.h"
#include "agent/task.h"

namespace inhouse {

struct RunCheck {
  ScriptRun run;
  std::vector<Finding> findings;
};

// Gate "parses" when Python could not compile the script, else "runs". A script that
// leaves no file is a warning. Errors: as ScriptRunner::Run.
Result<RunCheck> CheckRun(const ScriptRunner& runner, std::string_view script,
                          const std::filesystem::path& outputs_dir);

}  // namespace inhouse
