// The CodeAct loop: the model's action is a Python block, run in one persistent
// kernel; what came out goes back, with the house APIs that matter now; until
// the final script passes its gates or a limit is reached.
//
// Data of the loop, never errors: replies without an action, failed and
// repeated cells, a dead interpreter, a script that fails its gates (its
// findings go back TaskLimits::attempts times). Limits: steps, tokens, seconds,
// four replies in a row that bring nothing.
#pragma once

#include <memory>

#include "agent/strategies/strategy.h"

namespace inhouse {

std::unique_ptr<Strategy> MakeCodeAct();

}  // namespace inhouse
