// Plan as JSON → code for each step with the code before it → review against a
// checklist, which sends the final script. A fixed pipeline: nothing is run
// before the script is whole. The review gets what the contract check found, and
// the gates' findings TaskLimits::attempts times.
#pragma once

#include <memory>

#include "agent/strategies/strategy.h"

namespace inhouse {

std::unique_ptr<Strategy> MakeChained();

}  // namespace inhouse
