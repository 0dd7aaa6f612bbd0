// A person's look at the final script: approve, edit, reject or save.
//
// Flow: script → shown with its findings and what changed since the version before → answer; an
// edited script goes through the gates again and, if it passes, takes the place of the old one
// together with its outputs; then the person is asked again. A reason for rejecting is for the
// model. What is approved is the digest whose checked run left outputs/. The decision goes into the
// trace (`review`) and to the end of report.md. `--yes` decides without asking; without a terminal
// the script counts as unreviewed.
#pragma once

#include <functional>
#include <string>

#include "agent/agent.h"
#include "indexer/base/result.h"
#include "retriever/retriever.h"
#include "tools/command.h"

namespace inhouse {

enum class ReviewDecision { kApproved, kEdited, kRejected, kSaved, kUnreviewed };
const char* ReviewDecisionName(ReviewDecision decision);  // "approved", ...

struct ReviewInputs {
  const Task& task;  // its session_dir holds script.py and outputs/
  const Environment& environment;
  bool yes = false;
  std::function<int64_t()> clock_ms;  // milliseconds since the run began, for the trace
  Retriever* retriever = nullptr;     // for the contract check of an edited script; null: none
};

// What is wrong, after a rejection, goes to `reason` (may be null). `outcome->script` and
// `outcome->outputs` follow an edit. Errors: kStorage, kBadInput (the editor cannot be started, its
// file cannot be read), kSandbox.
Result<ReviewDecision> ReviewScript(const ReviewInputs& inputs, CommandContext& context,
                                    Outcome* outcome, std::string* reason = nullptr);
// Appends what became of the approved script in the team's runner to trace and report.
Status RecordDeployment(const ReviewInputs& inputs, const Outcome& outcome, const Status& deployed);

}  // namespace inhouse
