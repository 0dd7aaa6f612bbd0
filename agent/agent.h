// Front door of the agent: turns a request into a checked script.
//
//   Task task; task.request = "Build a lookalike audience ..."; ...
//   ASSIGN_OR_RETURN(Outcome outcome, RunTask(task, retriever, model, environment));
//
// Flow: Task → [step_context → Retriever → ContextPack] → prompt → ModelClient
// → Reply → reply_parser → Action → contract check → Kernel → Observation →
// Trace, until a final script or a limit; then the gates; their findings go
// back as an Observation. Failed cells, bad replies and timeouts are data of
// the loop; Errors are what the user must mend. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/kernel/sandbox_policy.h"
#include "agent/model/model_client.h"
#include "indexer/base/result.h"
#include "retriever/retriever.h"

namespace inhouse {

struct TaskLimits {
  int steps = 15;
  int64_t tokens = 0;  // input + output over the run; 0: no limit
  int64_t seconds = 900;
  int64_t cell_seconds = 120;
  int attempts = 2;              // how often a failed final script goes back to the model
  size_t context_tokens = 2000;  // budget of each retrieval
};

struct Task {
  std::string request;
  std::filesystem::path data_dir;     // mounted read-only at /data
  std::filesystem::path session_dir;  // made; must be empty or absent
  SandboxPolicy policy;               // read_only holds /data and the libraries
  TaskLimits limits;
  std::vector<std::string> rules;  // house rules as sentences for the prompt
  bool send_rows = false;          // may raw values leave for a non-local model?
};

enum class OutcomeKind { kDone, kAsked, kRefused, kGateFailed, kLimit };
const char* OutcomeKindName(OutcomeKind kind);

struct Finding {
  std::string gate;      // "contract", "runs", "reproducible", ...
  std::string severity;  // "error", "warning", "note"
  std::string message;   // one sentence a model or a person can act on
  int line = 0, column = 0;
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::kDone;
  std::string message;  // the question asked, the reason for refusing, what was reached
  std::string script;   // final script, "" if none
  std::vector<std::string> outputs;  // relative to session_dir/outputs
  std::vector<Finding> findings;
  int steps = 0;
  int64_t input_tokens = 0, output_tokens = 0;
  bool tokens_estimated = false;
};

// What the run tells a person while it works; each may be empty.
struct RunEvents {
  std::function<void(int step, std::string_view text)> on_reply_text;
  std::function<void(int step, std::string_view line)> on_progress;
};

}  // namespace inhouse
