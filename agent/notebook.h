// A run as a Jupyter notebook (nbformat 4.5): the request, what the model said,
// the cells that ran with their output, values, errors and figures, and the
// final script with what its checked run printed. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/trace.h"

namespace inhouse {

// The notebook's JSON text, made from the trace alone.
std::string BuildNotebook(const std::vector<TraceEvent>& events);

}  // namespace inhouse
