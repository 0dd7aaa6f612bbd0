// Think → one tool call → observation, until the final script. Nothing stays
// between calls but files: each run_python is a fresh process (react_tools.h).
//
// Tools go with the request where the model takes them, else calls are JSON in
// text. A Python block that is no final script counts as run_python. The
// contract check stands before run_python as it does before CodeAct's blocks.
#pragma once

#include <memory>

#include "agent/strategies/strategy.h"

namespace inhouse {

std::unique_ptr<Strategy> MakeReAct();

}  // namespace inhouse
