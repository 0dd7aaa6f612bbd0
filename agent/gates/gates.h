// What a final script must pass, in order: text checks, house rules, the contract check, the team's
// own gates, a run in a fresh sandbox, a second run that must give the same files, and runs on
// perturbed data. What only reads the script is done in full; after that the first
// gate that finds an error ends the row. Warnings and notes do not.
//
//   ASSIGN_OR_RETURN(GateReport report, RunGates(script, {runner, prefer, outputs, scratch,
//   contract, options, request})); if (!report.passed) TellTheModel(report.findings);
//
// A new gate returns findings and stands in one line of gates.cc.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/gates/contract_gate.h"
#include "agent/gates/script_runner.h"
#include "agent/task.h"

namespace inhouse {

struct GateResult {
  std::string name;  // "text", "house rules", "contract", a team gate's, "runs", "reproducible",
                     // "fault probes"
  bool passed = true;
  std::vector<Finding> findings;
  std::string output;  // "runs": what the script printed; "fault probes": a line for each
};

struct GateReport {
  bool passed = true;
  std::vector<GateResult> gates;     // those that ran
  std::vector<Finding> findings;     // of all of them, in order
  std::vector<std::string> outputs;  // if passed: the first run's files below outputs_dir
};

struct GateInputs {
  const ScriptRunner& runner;
  const std::vector<PreferRule>& prefer;
  std::filesystem::path outputs_dir;  // emptied; holds the first run's files at the end
  std::filesystem::path scratch_dir;  // for the second run; removed
  ContractGate* contract = nullptr;   // null: not checked
  const GateOptions& options;
  std::string_view request;              // its plainly stated numbers are invariants; may be empty
  std::function<bool()> cancelled = {};  // true: the user pressed Ctrl-C; may be empty
};

// Errors: kSandbox, kBadInput, kStorage, kInterrupted. A script that fails is a report.
Result<GateReport> RunGates(std::string_view script, const GateInputs& inputs);

}  // namespace inhouse
