// One prompt with the house APIs that match the request, one script back. It is
// checked as all are; findings go back TaskLimits::attempts times.
#pragma once

#include <memory>

#include "agent/strategies/strategy.h"

namespace inhouse {

std::unique_ptr<Strategy> MakeSingleShot();

}  // namespace inhouse
