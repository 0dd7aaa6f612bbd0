// The contract check before code runs, for strategies that run code.
#pragma once

#include <string>

#include "agent/strategies/dialogue.h"

namespace inhouse {

// "" if the code may run; else what the model is told in place of running it
// (recorded). `earlier`: code that ran before and whose names are alive.
Result<std::string> StopByContract(const StrategyInputs& in, Dialogue* dialogue,
                                   const std::string& code, const std::string& earlier);

}  // namespace inhouse
