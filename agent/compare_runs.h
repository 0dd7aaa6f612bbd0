// Two runs of the same replies, observation by observation. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/trace.h"

namespace inhouse {

// One line for each observation that is not the same in both, in order: step,
// kind, and the first line that differs. Empty: they went the same way.
std::vector<std::string> DifferentObservations(const std::vector<TraceEvent>& before,
                                               const std::vector<TraceEvent>& now);

}  // namespace inhouse
