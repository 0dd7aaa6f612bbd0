// Whether a weaker sandbox is agreed to where the required one cannot be had:
// in inhouse.toml, or at the terminal. There is no option for it, so that no
// script can agree in a person's place.
#pragma once

#include "agent/kernel/sandbox_policy.h"
#include "indexer/base/result.h"
#include "tools/command.h"
#include "tools/config.h"

namespace inhouse {

// Leaves `policy` as it is where it confines as required, and where nobody can
// agree: then its start will say what is missing. Errors: kSandbox (refused).
Status SettleSandbox(const Config& config, CommandContext& context, SandboxPolicy* policy);

}  // namespace inhouse
