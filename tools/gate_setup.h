// From [gates] of inhouse.toml to what the gates are given: programs of the team's
// own gates are found, and their environment is made (PATH, HOME, LANG of the user
// and nothing else, so that no key reaches them).
#pragma once

#include "agent/task.h"
#include "indexer/base/result.h"
#include "tools/config.h"

namespace inhouse {

// Errors: kBadInput (a program that is not there).
Result<GateOptions> SetUpGates(const Config& config, const VariableLookup& variable);

}  // namespace inhouse
