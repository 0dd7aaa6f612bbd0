// A check of the team's own: a command ([[gates.command]] of inhouse.toml) that gets the
// script on standard input or as its last argument, and prints findings as JSON
// lines: {"message": "…", "severity": "error", "line": 3, "column": 1}. Only
// `message` is needed; severity is error, warning (the default) or note. Its exit
// code is 0 when it could judge, also with findings; 1 with findings is taken too.
//
// The command is the team's: it runs on the host with the user's rights, in the
// configuration's folder, with the environment that is given here and nothing
// else. It reads the script and must not run it. Whatever it does wrong (time,
// exit code, output that is no JSON) is one finding, an error: a gate that cannot judge passes
// nothing.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "agent/task.h"
#include "indexer/base/result.h"

namespace inhouse {

// Findings of the gate `gate.name`, at most 50. `scratch_dir` is made and removed.
// Errors: kStorage, kInterrupted (`cancelled`, asked a few times a second, said so; the command
// and what it started are killed; may be empty).
Result<std::vector<Finding>> RunTeamGate(const TeamGate& gate, std::string_view script,
                                         const std::filesystem::path& scratch_dir,
                                         const std::function<bool()>& cancelled = {});

}  // namespace inhouse
