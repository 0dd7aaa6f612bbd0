// From what the probing programs reported to findings that people and models can
// act on: verdicts of several workers merged, like ones in one sentence. Pure;
// every text in a report is untrusted and cleaned here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/gates/fault_probes.h"

namespace inhouse {

struct ProbeVerdict {
  int number = 0;  // place in the plan
  std::string input, fault;
  std::string described;  // "with no rows in table orders"
  std::string result;     // as in probes/probe_judge.py
  std::string detail;
  int line = 0;
};

struct ProbeVerdicts {
  std::string problem;  // why there are none
  std::vector<std::string> inputs, notes, declared;
  int planned = 0;
  std::vector<ProbeVerdict> probes;
};

// A text that is no report is a ProbeVerdicts with a problem.
ProbeVerdicts ParseVerdicts(std::string_view text);

ProbeReport JudgeProbes(const std::vector<ProbeVerdicts>& workers);

// The last line that is not blank, cleaned and shortened.
std::string LastLine(std::string_view output);

}  // namespace inhouse
