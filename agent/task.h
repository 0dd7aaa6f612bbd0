// What a run is asked to do and what comes of it, as plain data: the words that
// the front door, the strategies and the gates share. Values only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/kernel/sandbox_policy.h"
#include "agent/prompt_texts.h"

namespace inhouse {

struct TaskLimits {
  int steps = 15;      // replies of the model
  int64_t tokens = 0;  // input + output over the run; 0: no limit
  int64_t seconds = 900;
  int64_t cell_seconds = 120;
  int64_t script_seconds = 300;  // one run of the final script
  int attempts = 2;              // how often a failed final script goes back to the model
  int retries = 1;               // how often a failed attempt begins anew
  size_t context_tokens = 2000;  // budget of each retrieval
  int reply_tokens = 8192;       // longest reply asked for, thoughts included
};

// A house rule of the kind "use X in place of Y" ([[rules.prefer]]).
struct PreferRule {
  std::string use;         // import name: "audience_io.write_audience"
  std::string instead_of;  // "pandas.read_csv", "DataFrame.to_parquet" (a method), "numpy.random"
  std::string reason;
  int line = 0;  // in the configuration; 0: it comes from elsewhere
};

// A share of the rows: `value` in `column` from `least` to `most` (0 to 1).
struct ShareBound {
  std::string column, value;
  double least = 0, most = 1;
};

// What an output must hold whatever the data ([[invariants]]). Empty and unset
// fields demand nothing.
struct Invariant {
  std::string output;  // pattern of file names below /work: "audiences/*.parquet"
  bool required =
      false;  // a script that leaves no such file fails (agent/gates/required_outputs.h)
  std::vector<std::string> columns, not_null, unique;
  std::optional<int64_t> min_rows, max_rows;
  std::vector<ShareBound> shares;
  std::string validator;  // import path of a function: frame → list of problems
};

// A check of the team's own ([[gates.command]]): a command that reads the script and
// prints findings as JSON lines (agent/gates/team_gate.h).
struct TeamGate {
  std::string name;
  std::vector<std::string> command;  // program (absolute) and arguments
  bool by_path = false;              // the script's path as last argument; else on stdin
  int64_t seconds = 30;
  std::filesystem::path folder;                                  // its working folder; absolute
  std::vector<std::pair<std::string, std::string>> environment;  // all of it
};

struct GateOptions {
  bool probes = true;          // fault probes
  int64_t probe_seconds = 30;  // no probe begins later
  std::vector<Invariant> invariants;
  std::vector<TeamGate> team;
};

// Approved scripts that may be shown for like requests (agent/patterns).
struct PatternOptions {
  std::filesystem::path folder;  // "": none are shown
  // Only these, by digest: a recorded run is shown what it was shown when it was recorded.
  std::optional<std::vector<std::string>> only;
};

struct Task {
  std::string request;
  // Later messages, in order: each is given when the run would end with a script
  // that passed or with a question.
  std::vector<std::string> follow_ups;
  std::string strategy = "codeact";
  std::filesystem::path data_dir;     // mounted read-only at /data; "" if there is none
  std::filesystem::path session_dir;  // made; must be empty or absent, unless
  bool resume = false;  // a run that is there goes on (its request and strategy count)
  // Session that this is a replay of: brokers answer as they did then, and are not asked; "": none.
  std::filesystem::path replay_of;
  SandboxPolicy policy;  // read_only holds /data and the libraries
  TaskLimits limits;
  PromptTexts prompts;             // the words that the model gets to read
  std::vector<std::string> rules;  // house rules as sentences for the prompt
  std::vector<PreferRule> prefer;  // also in the prompt; checked by a gate
  GateOptions gates;
  PatternOptions patterns;
  // May rows of data leave for a model that is not local? If not, rows are taken
  // out of what is displayed (observation.h says what that covers).
  bool send_rows = false;
};

enum class OutcomeKind { kDone, kAsked, kRefused, kGateFailed, kLimit };
const char* OutcomeKindName(OutcomeKind kind);  // "done", "asked", ...

struct Finding {
  std::string gate;          // "contract", "runs", "reproducible", ...
  std::string severity;      // "error", "warning", "note"
  std::string message;       // one sentence a model or a person can act on
  int line = 0, column = 0;  // 1-based, in the script; 0: not at one place
};

// A later message may come to nothing: then `script` failed and `accepted` is the one before it.
struct Outcome {
  OutcomeKind kind = OutcomeKind::kDone;
  std::string message;   // the question asked, the reason for refusing, what was reached
  std::string script;    // the last final script, "" if none
  std::string accepted;  // the last final script that passed its checks, "" if none
  std::vector<std::string> outputs;  // that one's, relative to session_dir/outputs
  std::vector<Finding> findings;
  int steps = 0;
  int64_t input_tokens = 0, output_tokens = 0;
  bool tokens_estimated = false;
  std::vector<std::string> notes;        // what a person should know of the replies, each once
  std::vector<std::string> broker_uses;  // since the last cell or gate, in words
};

// The file of a session that holds `script` then.
inline constexpr std::string_view kFailedScript = "failed_script.py";
// True if the last final script failed and one that passed came before it.
bool FailedAfterAccepted(const Outcome& outcome);

// What the run tells a person while it works, and asks; each may be empty.
struct RunEvents {
  std::function<void(int step, std::string_view text)> on_reply_text;
  std::function<void(int step, std::string_view line)> on_progress;
  // Asked when the run would end with a script that passed or with a question,
  // after Task::follow_ups; "" ends it.
  std::function<std::string(const Outcome& so_far)> next_message;
};

}  // namespace inhouse
