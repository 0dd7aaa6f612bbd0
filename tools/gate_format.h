// The gates' report as text for people and as JSON. Pure.
#pragma once

#include <string>

#include "agent/gates/gates.h"
#include "tools/terminal.h"

namespace inhouse {

// A line for each gate, its findings below it ("job.py:12: warning: … [fault probes]"),
// the probes one by one with `verbose`, and a last line with the verdict.
std::string GateText(const std::string& path, const GateReport& report, bool verbose,
                     const Style& style);

// {"schema": 1, "path", "passed", "gates": [{"gate", "passed", "output", "findings": [{"severity",
// "message", "line", "column"}]}], "outputs": […]}; one line.
std::string GateJson(const std::string& path, const GateReport& report);

}  // namespace inhouse
