// Checks of a final script that need no execution: entry point, credentials,
// paths of one machine, helpers that exist in the kernel only, house rules.
// Whether it parses is found out by running it (run_check.h). Pure, and without false alarms on
// correct code: what the text cannot tell is no finding.
#pragma once

#include <string_view>
#include <vector>

#include "agent/task.h"

namespace inhouse {

// Gates "main", "credentials", "paths", "helpers"; severity error.
std::vector<Finding> CheckScriptText(std::string_view script);

// Gate "house rules", severity warning: a name that a rule replaces is used.
std::vector<Finding> CheckHouseRules(std::string_view script, const std::vector<PreferRule>& rules);

}  // namespace inhouse
