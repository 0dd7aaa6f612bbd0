// Decides, at every step of a run, which house APIs the model is shown: collects
// the Evidence of the step, asks the Retriever, remembers what was shown, and
// writes a `retrieval` event for each. Also answers find_api and show_api of
// running cells.
//
//   StepContext context(retriever, trace);
//   ASSIGN_OR_RETURN(std::string cards, context.Retrieve(step, CollectEvidence(facts), 500));
//
// What evidence means is the Retriever's business. Borrows the retriever and
// the trace. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/kernel/kernel.h"
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

class StepContext {
 public:
  StepContext(Retriever& retriever, TraceWriter& trace) : retriever_(retriever), trace_(trace) {}

  // One line for each public API if the whole code base fits, else "".
  Result<std::string> Summary(size_t token_budget);
  // Cards that matter now and were not shown before; "" if there are none.
  Result<std::string> Retrieve(int step, Evidence evidence, size_t token_budget);
  // A HostCall. Errors go into the cell as a LookupError: kNegative, kBadInput.
  Result<std::string> Answer(int step, std::string_view name, std::string_view arguments_json);

  // Everything shown so far, in order: the provenance of the script's calls.
  const std::vector<PackEntry>& shown() const { return shown_; }

 private:
  Result<std::string> FindApi(int step, const std::string& query);
  Result<std::string> ShowApi(int step, const std::string& name);
  void Remember(const std::vector<PackEntry>& entries);

  Retriever& retriever_;
  TraceWriter& trace_;
  std::vector<PackEntry> shown_;
  std::vector<std::string> shown_names_;  // defined_as
};

}  // namespace inhouse
