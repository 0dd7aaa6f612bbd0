// Did the script leave what must come out ([[invariants]] with `required`)? A result in another
// place is found by nobody, however right it is. Part of the gate "runs". Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/task.h"

namespace inhouse {

// One error for each required pattern that no file matches; it names what was left instead.
// `files`: paths below the work folder, with '/'. A pattern's '*' also matches '/'.
std::vector<Finding> MissingOutputs(const std::vector<Invariant>& invariants,
                                    const std::vector<std::string>& files);

}  // namespace inhouse
