// A trace for people: what happened, step by step. Pure; the text comes from
// outside, so a terminal gets it through Printable.
#pragma once

#include <string>
#include <vector>

#include "agent/trace.h"

namespace inhouse {

// The whole run, a few lines a step: what was retrieved, what the model did,
// what came out, what the gates found, how it ended.
std::string TraceOverview(const std::vector<TraceEvent>& events);

// One step in full: what was retrieved and why, the newest message of the
// prompt, the reply, the observation, findings. "" if there is no such step.
std::string TraceStep(const std::vector<TraceEvent>& events, int step);

}  // namespace inhouse
