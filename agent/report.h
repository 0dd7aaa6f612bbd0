// The report of a run for the person who has to decide on its script. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/task.h"
#include "agent/trace.h"

namespace inhouse {

// Markdown: request, outcome, checks with findings, files, which internal APIs
// the script uses and where they stand (file and line as shown to the model),
// steps and tokens, what confined the code.
std::string BuildReport(const Outcome& outcome, const std::vector<TraceEvent>& events);

}  // namespace inhouse
