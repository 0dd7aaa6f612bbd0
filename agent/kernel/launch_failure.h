// What a sandbox that did not start says, as a cause with its remedy.
#pragma once

#include <string_view>

#include "agent/kernel/sandbox_policy.h"

namespace inhouse {

// One line for a sandbox that ended before it was ready; `output` is what it printed.
Error ExplainLaunchFailure(const SandboxPolicy& policy, std::string_view output);

}  // namespace inhouse
