// How a model is led from a request to a script. All strategies get the same
// inputs, write the same trace and pass the same gates; RunTask (agent.h) makes
// everything here and hands it over.
//
// A Strategy is used once, by one thread; it borrows all of StrategyInputs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/gates/gates.h"
#include "agent/kernel/kernel.h"
#include "agent/model/model_client.h"
#include "agent/step_context.h"
#include "agent/task.h"
#include "agent/trace.h"
#include "indexer/base/result.h"

namespace inhouse {

struct StrategyInputs {
  const Task& task;
  const std::vector<std::string>& data_files;  // below /data, in order
  ModelClient& model;
  Kernel& kernel;
  StepContext& context;
  TraceWriter& trace;
  const RunEvents& events;
  ContractGate& contract;
  // The gates, with their trace; see gates.h.
  std::function<Result<GateReport>(int step, std::string_view script)> check_script;
  std::function<int64_t()> clock_ms;  // since the run began
  std::function<bool()> cancelled;    // may be empty
  int* current_step;                  // kept up to date, for host calls of a cell
  // True while a recorded run is gone through again: no limit ends that. May be empty.
  std::function<bool()> replaying = {};
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  // The outcome with all its fields. Errors: kModel, kSandbox, kIndex, kStorage, kInterrupted.
  virtual Result<Outcome> Run(const StrategyInputs& inputs) = 0;
};

// By name: "codeact", "react", "chained", "single-shot". Errors: kUsage with the names.
Result<std::unique_ptr<Strategy>> MakeStrategy(std::string_view name);

// Replies of the model at most, where nobody says otherwise.
int DefaultSteps(std::string_view strategy);

}  // namespace inhouse
