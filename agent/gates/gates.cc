#include "agent/gates/gates.h"

#include <algorithm>
#include <iterator>

#include "agent/gates/fault_probes.h"
#include "agent/gates/reproducibility_check.h"
#include "agent/gates/required_outputs.h"
#include "agent/gates/run_check.h"
#include "agent/gates/script_checks.h"
#include "agent/gates/team_gate.h"

namespace inhouse {
namespace {

// Adds a gate's result; false if it found an error.
bool Add(std::string name, std::vector<Finding> findings, std::string output, GateReport* report) {
  const bool passed = std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == "error";
  });
  report->passed = report->passed && passed;
  report->findings.insert(report->findings.end(), findings.begin(), findings.end());
  report->gates.push_back({std::move(name), passed, std::move(findings), std::move(output)});
  return passed;
}

// What needs the script's text alone.
Status CheckText(std::string_view script, const GateInputs& inputs, GateReport* report) {
  Add("text", CheckScriptText(script), "", report);
  Add("house rules", CheckHouseRules(script, inputs.prefer), "", report);
  if (inputs.contract != nullptr) {
    ASSIGN_OR_RETURN(std::vector<Finding> findings, inputs.contract->Check(script));
    Add("contract", std::move(findings), "", report);
  }
  for (const TeamGate& gate : inputs.options.team) {
    ASSIGN_OR_RETURN(std::vector<Finding> findings,
                     RunTeamGate(gate, script, inputs.scratch_dir, inputs.cancelled));
    Add(gate.name, std::move(findings), "", report);
  }
  return {};
}

}  // namespace

Result<GateReport> RunGates(std::string_view script, const GateInputs& inputs) {
  GateReport report;
  RETURN_IF_ERROR(CheckText(script, inputs, &report));
  if (!report.passed) return report;
  ASSIGN_OR_RETURN(RunCheck run, CheckRun(inputs.runner, script, inputs.outputs_dir));
  if (run.run.exit_code == 0 && !run.run.timed_out && !run.run.died) {
    std::vector<Finding> missing = MissingOutputs(inputs.options.invariants, run.run.outputs.files);
    std::move(missing.begin(), missing.end(), std::back_inserter(run.findings));
  }
  if (!Add("runs", std::move(run.findings), run.run.output, &report)) return report;
  ASSIGN_OR_RETURN(
      std::vector<Finding> findings,
      CheckReproducibility(inputs.runner, script, run.run, inputs.outputs_dir, inputs.scratch_dir));
  if (!Add("reproducible", std::move(findings), "", &report)) return report;
  if (inputs.options.probes) {
    ASSIGN_OR_RETURN(ProbeReport probes, RunFaultProbes(inputs.runner, script, inputs.request,
                                                        inputs.options, inputs.scratch_dir));
    if (!Add("fault probes", std::move(probes.findings), std::move(probes.summary), &report)) {
      return report;
    }
  }
  // Files of a script that did not pass are nobody's result.
  report.outputs = run.run.outputs.files;
  return report;
}

}  // namespace inhouse
