// Going on with a run that broke off (killed, interrupted, a limit, a lost
// network) or that a person has more to say about.
//
// The strategy goes through the recorded run again: replies, results of cells
// and checks come from the trace, nothing of it is written twice. The kernel is
// rebuilt by running the cells that succeeded, with brokers answering as they did;
// a cell that was running when the run broke off is not run again. When the
// recorded replies are used up, the live model goes on, and is told which names
// are gone.
//
//   Resumption resumption(std::move(recorded_run), &current_step);
//   resumption.WrapModel(model), resumption.WrapKernel(kernel), resumption.WrapTrace(trace)
//
// AnswerFromRecord is for a replay: cells run again, brokers are not asked.
//
// The wrappers share the Resumption, which must outlive them. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/kernel/kernel.h"
#include "agent/model/model_client.h"
#include "agent/recorded_run.h"
#include "agent/trace.h"

namespace inhouse {

class Resumption {
 public:
  // `current_step`: where the strategy is; kept up to date by it.
  Resumption(RecordedRun run, const int* current_step)
      : run_(std::move(run)), events_left_(run_.events), step_(current_step) {}

  std::unique_ptr<ModelClient> WrapModel(ModelClient& live);
  std::unique_ptr<Kernel> WrapKernel(std::unique_ptr<Kernel> kernel);
  std::unique_ptr<TraceWriter> WrapTrace(TraceWriter& trace);
  // What the gates said at that step, if the run went on after it.
  std::optional<GateReport> CheckAt(int step);

 private:
  friend class ResumedModel;
  friend class ResumedKernel;
  friend class ResumedTrace;

  RecordedRun run_;
  std::map<std::string, int> events_left_;  // that are in the trace already
  const int* step_;
  size_t next_reply_ = 0, next_cell_ = 0;
  bool live_ = false;  // the recorded replies are used up
};

// Runs every cell as Kernel::Rerun, one after the other those of `cells`.
std::unique_ptr<Kernel> AnswerFromRecord(std::unique_ptr<Kernel> kernel,
                                         std::vector<RecordedCell> cells);

}  // namespace inhouse
