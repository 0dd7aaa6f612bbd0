// Going on with a run that broke off (killed, interrupted, a limit, a lost
// network) or that a person has more to say about.
//
// The strategy goes through the recorded run again: replies, results of cells
// and checks come from the trace, nothing of it is written twice, no limit ends
// it. A check that is not recorded whole is run again and recorded again, all of
// it. A new `task` event says what the run goes on with. The kernel is rebuilt by
// running the cells that succeeded, with brokers answering as they did; a cell that
// was running when the run broke off is not run again. When the recorded replies
// are used up, the live model goes on, and is told which names are gone and which
// cells failed.
//
//   Resumption resumption(std::move(recorded_run), &current_step);
//   resumption.WrapModel(model), resumption.WrapKernel(kernel), resumption.WrapTrace(trace),
//   resumption.WrapClock(clock)
//
// AnswerFromRecord is for a replay: cells run again, brokers are not asked.
//
// The wrappers share the Resumption, which must outlive them. One thread.
#pragma once

#include <cstdint>
#include <functional>
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
  // Milliseconds of the run for its limits: what is gone through again takes no time, and the
  // latest message came when it did.
  std::function<int64_t()> WrapClock(std::function<int64_t()> clock_ms);
  // What follows is recorded already.
  bool Replaying() const { return !live_ && next_reply_ < run_.replies.size(); }
  // What the gates said at that step, if that is recorded whole; without the outputs.
  std::optional<GateReport> CheckAt(int step) const;

 private:
  friend class ResumedModel;
  friend class ResumedKernel;
  friend class ResumedTrace;

  int64_t Now() const;

  RecordedRun run_;
  std::map<std::string, int> events_left_;  // that are in the trace already
  const int* step_;
  size_t next_reply_ = 0, next_cell_ = 0, next_follow_up_ = 0;
  int64_t follow_up_ms_ = 0;           // when the message that is being gone through came
  int64_t rebuilt_ms_ = 0;             // spent in running cells again
  std::function<int64_t()> clock_ms_;  // may be empty
  bool live_ = false;                  // the recorded replies are used up
};

// Runs every cell as Kernel::Rerun, one after the other those of `cells`.
std::unique_ptr<Kernel> AnswerFromRecord(std::unique_ptr<Kernel> kernel,
                                         std::vector<RecordedCell> cells);

}  // namespace inhouse
