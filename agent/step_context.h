// Decides, at every step of a run, which house APIs the model is shown: collects
// the Evidence of the step, asks the Retriever, remembers what was shown, and
// writes a `retrieval` event for each. Also answers find_api and show_api of
// running cells.
//
//   StepContext context(retriever, trace);
//   ASSIGN_OR_RETURN(ShownCards cards, context.Retrieve(step, CollectEvidence(facts), 500));
//
// Nothing is shown twice while it stands in the conversation. What a trim of the context took
// out (Forget) may come back, and so may cards that a cell printed, once its observation is old.
// What evidence means is the Retriever's business. Borrows the retriever and
// the trace. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/kernel/kernel.h"
#include "agent/patterns/pattern_text.h"
#include "agent/task.h"
#include "agent/trace.h"
#include "indexer/base/result.h"
#include "retriever/retriever.h"

namespace inhouse {

// What has just happened. Any part may be missing.
struct StepFacts {
  std::string_view prose;              // what the model said this step is for
  std::string_view code;               // the cell
  const CellResult* result = nullptr;  // of the cell
  std::vector<LiveName> names;         // live after it
};
// Pure.
Evidence CollectEvidence(const StepFacts& facts);

// API cards as they stand in a prompt.
struct ShownCards {
  std::string text;  // "" if there are none
  std::vector<PackEntry> entries;
};

// A block that ran needs to be told of what it is surely about; the score of an API that it
// calls, and has not seen yet, is enough.
inline constexpr double kSureScore = 0.45;

// A shown API that code uses, and the step at which it was shown.
struct UsedApi {
  std::string symbol;
  int shown_at = 0;
};

class StepContext {
 public:
  StepContext(Retriever& retriever, TraceWriter& trace) : retriever_(retriever), trace_(trace) {}

  // One line for each public API if the whole code base fits, else "".
  Result<std::string> Summary(size_t token_budget);
  // Cards that matter now and were not shown before; "" if there are none.
  // Those with a score below `least` are left out.
  Result<ShownCards> Retrieve(int step, Evidence evidence, size_t token_budget, double least = 0);
  // The signature of each API that exists, in order; "" for the others.
  Result<std::vector<std::string>> Signatures(const std::vector<std::string>& names);
  // The approved script that a like request had, for the beginning of a run; empty parts if there
  // is none, or none fits the budget. What is like but has expired is in the trace.
  Result<PatternParts> LikePattern(const PatternOptions& options, const std::string& request,
                                   size_t token_budget);
  // These (defined_as) stand in no prompt any more: they may be shown again.
  void Forget(const std::vector<std::string>& defined_as);
  void ForgetAll() { held_.clear(); }
  // Which APIs shown so far the code uses, each once; `imports`: import statements
  // of the code before it.
  std::vector<UsedApi> Used(std::string_view imports, std::string_view code) const;
  // A HostCall. What one cell is answered fits its output: when much was answered, later answers
  // of the same step are short forms that say so. Errors go into the cell as a LookupError:
  // kNegative, kBadInput.
  Result<std::string> Answer(int step, std::string_view name, std::string_view arguments_json);

 private:
  Result<std::string> FindApi(int step, const std::string& query);
  Result<std::string> ShowApi(int step, const std::string& name);
  // Bytes that answers to this step's cell may still take in full.
  size_t RoomOfCell(int step) const;
  void CountAnswer(int step, size_t bytes);
  // What stands in the conversation, and up to which step.
  struct Held {
    std::string defined_as;
    int until = 0;
  };
  void Remember(int step, const std::vector<PackEntry>& entries, int until);
  std::vector<std::string> HeldAt(int step) const;

  Retriever& retriever_;
  TraceWriter& trace_;
  std::vector<Held> held_;
  std::vector<UsedApi> shown_;  // all so far, each as first shown
  int answered_step_ = -1;      // the step whose cell was answered last, and how much
  size_t answered_bytes_ = 0;
};

}  // namespace inhouse
