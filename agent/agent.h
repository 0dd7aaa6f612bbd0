// Front door of the agent: turns a request into a checked script.
//
//   Task task; task.request = "Build a lookalike audience ..."; task.session_dir = ...;
//   ASSIGN_OR_RETURN(Outcome outcome,
//                    RunTask(task, *retriever, *model, SystemEnvironment(cancelled), events));
//   if (outcome.kind == OutcomeKind::kDone) Show(outcome.script);
//
// Flow: Task → [step_context → Retriever → ContextPack] → prompt → ModelClient
// → Reply → reply_parser → Action → Kernel → Observation → Trace, until a final
// script or a limit; then the gates; their findings go back as an Observation.
// Failed cells, bad replies and timeouts are data of the loop; Errors are what
// the user must mend.
//
// The session folder (session.h) holds all that happened, also after an Error.
// One thread; RunTask borrows everything it is given until it returns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "agent/gates/script_runner.h"
#include "agent/kernel/kernel.h"
#include "agent/model/model_client.h"
#include "agent/task.h"
#include "indexer/base/result.h"
#include "retriever/retriever.h"

namespace inhouse {

// Where a run executes: the real sandbox, or what a test puts in its place.
struct Environment {
  std::function<Result<std::unique_ptr<Kernel>>(const SandboxPolicy&, HostCall)> start_kernel;
  RunScriptFunction run_script;
  std::function<int64_t()> clock_ms;  // monotonic
  std::function<bool()> cancelled;    // true: the user pressed Ctrl-C; may be empty
};

// The sandboxed kernel, the steady clock. `cancelled` may be empty.
Environment SystemEnvironment(std::function<bool()> cancelled);

// Runs the task to its end. The folder task.session_dir is filled in any case
// in which it could be made.
// Errors: kBadInput (session folder in use, data folder missing), kUsage (unknown
// strategy), kSandbox, kModel, kIndex, kStorage, kInterrupted. A limit that is reached, a question,
// a refusal and a failed gate are Outcomes.
Result<Outcome> RunTask(const Task& task, Retriever& retriever, ModelClient& model,
                        const Environment& environment, const RunEvents& events);

}  // namespace inhouse
