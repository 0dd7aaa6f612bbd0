// inhouse run: a request in English to a checked script, in a session folder.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "agent/agent.h"
#include "agent/recorded_run.h"
#include "agent/session.h"
#include "indexer/base/digest.h"
#include "tools/command.h"
#include "tools/config.h"
#include "tools/config_notice.h"
#include "tools/deploy.h"
#include "tools/index_folder.h"
#include "tools/interrupt.h"
#include "tools/model_setup.h"
#include "tools/pattern_keeping.h"
#include "tools/pending_review.h"
#include "tools/review.h"
#include "tools/run_arguments.h"
#include "tools/sandbox_consent.h"
#include "tools/task_setup.h"
#include "tools/terminal.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxMessageBytes = 64 << 10;

// What happens, on a terminal alone: replies as they are written, and a line for each event.
class RunDisplay {
 public:
  RunDisplay(std::ostream& err, const Style& style) : err_(err), style_(style) {}

  void ReplyText(int step, std::string_view text) {
    if (step != step_) Line(step, "the model writes");
    step_ = step;
    in_text_ = true;
    err_ << style_.Dim(Printable(text)) << std::flush;
  }
  void Line(int step, std::string_view line) {
    if (in_text_) err_ << '\n';
    in_text_ = false;
    err_ << style_.Bold("step " + std::to_string(step)) << "  " << OneLine(line) << std::endl;
  }

 private:
  std::ostream& err_;
  const Style style_;
  int step_ = -1;
  bool in_text_ = false;
};

// An answer to the model's question, or what should be different; "" for nothing.
std::string AskForMessage(const Outcome& so_far, CommandContext& context) {
  if (so_far.kind == OutcomeKind::kAsked) {
    context.err << "\nThe model asks: " << Printable(so_far.message)
                << "\nYour answer (an empty line ends the run): " << std::flush;
  } else {
    context.err << "\nThe script passed its checks. What should be different? (an empty line: "
                   "nothing) "
                << std::flush;
  }
  if (context.await_input && !context.await_input()) {
    context.err << std::endl;
    return "";
  }
  std::string line;
  std::getline(context.in, line);
  // On a terminal Ctrl-D ends this answer; the review still asks.
  if (context.in.eof()) context.err << std::endl;
  context.in.clear();
  line.resize(std::min(line.size(), kMaxMessageBytes));
  return line;
}

RunEvents EventsFor(const RunArguments& arguments, CommandContext& context) {
  RunEvents events;
  if (!context.err_is_terminal) return events;
  // Shared by the two functions, which are copied.
  const auto display = std::make_shared<RunDisplay>(context.err, Style(!context.no_color));
  events.on_reply_text = [display](int step, std::string_view text) {
    display->ReplyText(step, text);
  };
  events.on_progress = [display](int step, std::string_view line) { display->Line(step, line); };
  if (context.in_is_terminal && !arguments.yes) {
    events.next_message = [&context](const Outcome& so_far) {
      return AskForMessage(so_far, context);
    };
  }
  return events;
}

void PrintOutcome(const Outcome& outcome, const fs::path& session, std::ostream& out) {
  out << "outcome  " << OutcomeKindName(outcome.kind) << ", " << outcome.steps << " steps, "
      << outcome.input_tokens << " tokens in, " << outcome.output_tokens << " out"
      << (outcome.tokens_estimated ? " (estimated)" : "") << '\n';
  if (!outcome.message.empty()) out << "message  " << OneLine(outcome.message) << '\n';
  for (const Finding& finding : outcome.findings) {
    out << "finding  " << OneLine(finding.severity + ", " + finding.gate) << ": "
        << OneLine(finding.message) << '\n';
  }
  for (const std::string& note : outcome.notes) out << "note     " << OneLine(note) << '\n';
  if (!outcome.script.empty()) {
    out << "script   " << OneLine((session / "script.py").string())
        << (FailedAfterAccepted(outcome) ? " (the one before, which passed)" : "") << '\n';
  }
  if (FailedAfterAccepted(outcome)) {
    out << "failed   " << OneLine((session / kFailedScript).string()) << '\n';
  }
  for (const std::string& file : outcome.outputs) {
    out << "output   " << OneLine((session / "outputs" / file).string()) << '\n';
  }
  out << "report   " << OneLine((session / "report.md").string()) << '\n';
}

// Done is 0; the other outcomes are an error line of their kind.
Result<int> ExitCodeOf(const Outcome& outcome) {
  if (outcome.kind == OutcomeKind::kDone) return 0;
  const ErrorKind kind =
      outcome.kind == OutcomeKind::kLimit ? ErrorKind::kLimit : ErrorKind::kNegative;
  return Error{kind, std::string(OutcomeKindName(outcome.kind)) + ": " + outcome.message};
}

bool IsApproved(std::optional<ReviewDecision> decision) {
  return decision == ReviewDecision::kApproved || decision == ReviewDecision::kEdited;
}

// The approved digest, to the team's own runner.
Status Deploy(const std::string& command, const ReviewInputs& inputs, const Outcome& outcome) {
  Status deployed = DeployScript(command, inputs.task.session_dir, Sha256Hex(outcome.script));
  RETURN_IF_ERROR(RecordDeployment(inputs, outcome, deployed));
  return deployed;
}

// An approved script becomes a pattern. Whatever hinders that takes nothing from the run.
void KeepApproved(const ReviewInputs& inputs, const PatternShelf& shelf, const std::string& before,
                  const Outcome& outcome, CommandContext& context) {
  if (shelf.folder.empty() || inputs.retriever == nullptr) return;
  const Result<RecordedRun> run = LoadRecordedRun(inputs.task.session_dir);
  Pattern pattern;
  pattern.request = run.ok() ? RequestOf(*run) : inputs.task.request;
  pattern.script = outcome.script;
  if (before != outcome.script) pattern.before = before;
  const Result<KeptPattern> kept = KeepPattern(shelf, std::move(pattern), *inputs.retriever);
  if (kept.ok()) {
    context.out << "pattern  " << OneLine(kept->line) << '\n';
  } else {
    context.err << "inhouse: note: not kept as a pattern: " << OneLine(kept.error().message)
                << std::endl;
  }
}

// What becomes of an approved script.
struct Approval {
  PatternShelf shelf;
  std::string deploy;  // command, or ""
};

// Review, outcome, keeping, deployment. Nothing: the script was rejected with a `reason`, and
// the run goes on.
Result<std::optional<int>> Finish(const ReviewInputs& inputs, const Approval& approval,
                                  CommandContext& context, Outcome outcome, std::string* reason) {
  if (outcome.kind == OutcomeKind::kDone && context.interrupted && context.interrupted()) {
    return Error{ErrorKind::kInterrupted,
                 "interrupted before the script was reviewed; --resume asks again"};
  }
  const std::string before = outcome.script;
  std::optional<ReviewDecision> decision;
  if (outcome.kind == OutcomeKind::kDone) {
    ASSIGN_OR_RETURN(decision, ReviewScript(inputs, context, &outcome, reason));
  }
  if (!reason->empty()) return std::optional<int>();
  PrintOutcome(outcome, inputs.task.session_dir, context.out);
  if (IsApproved(decision)) KeepApproved(inputs, approval.shelf, before, outcome, context);
  if (decision == ReviewDecision::kRejected) {
    return Error{ErrorKind::kNegative, "the script was rejected in the review"};
  }
  if (!approval.deploy.empty() && IsApproved(decision)) {
    RETURN_IF_ERROR(Deploy(approval.deploy, inputs, outcome));
  } else if (!approval.deploy.empty()) {
    context.err << "inhouse: note: nothing was deployed: no script was approved" << std::endl;
  }
  ASSIGN_OR_RETURN(const int code, ExitCodeOf(outcome));
  return std::optional<int>(code);
}

// Either a request, or a run that goes on.
Status CheckRequest(const RunArguments& arguments) {
  if (arguments.resume && !arguments.request.empty()) {
    return Error{ErrorKind::kUsage,
                 "--resume goes on with the request of the session; say more with --then"};
  }
  const bool blank = arguments.request.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
  if (arguments.resume || !blank) return {};
  return Error{ErrorKind::kUsage, "no request: say what is wanted, or --resume an earlier run"};
}

// A session that goes on with nothing but the decision about its script.
Result<std::optional<Outcome>> UndecidedOutcome(const RunArguments& arguments, const Task& task,
                                                const CommandContext& context) {
  const bool can_decide = arguments.yes || (context.in_is_terminal && context.err_is_terminal);
  if (!arguments.resume || !arguments.follow_ups.empty() || !can_decide) {
    return std::optional<Outcome>();
  }
  return PendingReview(task.session_dir);
}

// The task as the session has it.
Status GoOn(const RunArguments& arguments, const Config& config, Task* task) {
  if (!arguments.resume) return {};
  ASSIGN_OR_RETURN(const Session session, Session::Open(task->session_dir));
  ASSIGN_OR_RETURN(const RecordedRun run, LoadRecordedRun(session.folder()));
  return GoOnAs(run, arguments, config.limits, task);
}

// A run that broke off says how it goes on.
Result<Outcome> WithWayOn(Result<Outcome> outcome, const RunArguments& arguments) {
  if (outcome.ok()) return outcome;
  Error error = outcome.error();
  const bool can_go_on = error.kind == ErrorKind::kInterrupted || error.kind == ErrorKind::kModel;
  if (can_go_on) error.message += "; go on with inhouse run --resume --out " + arguments.out;
  return error;
}

// A recording is shown the approved scripts that it was shown when it was made.
Status LimitPatterns(const RunArguments& arguments, const Config& config,
                     const CommandContext& context, PatternOptions* patterns) {
  ASSIGN_OR_RETURN(const ModelChoice choice,
                   ChooseModel(arguments, config, context.working_folder, context.variable));
  if (choice.provider != "recorded") return {};
  const Result<RecordedRun> run = LoadRecordedRun(choice.name);
  patterns->only = run.ok() ? run->patterns : std::vector<std::string>();
  return {};
}

Result<int> RunRun(const RunArguments& arguments, CommandContext& context) {
  RETURN_IF_ERROR(CheckRequest(arguments));
  const fs::path& here = context.working_folder;
  ASSIGN_OR_RETURN(const Config config, FindConfig(arguments.config, here));
  NoteFoundConfig(config, arguments.config, ConfigUse::kRun, context);
  ASSIGN_OR_RETURN(Task task, MakeTask(arguments, config, here, context.variable));
  RETURN_IF_ERROR(GoOn(arguments, config, &task));
  RETURN_IF_ERROR(SettleSandbox(config, context, &task.policy));
  RETURN_IF_ERROR(LimitPatterns(arguments, config, context, &task.patterns));
  ASSIGN_OR_RETURN(const std::unique_ptr<ModelClient> model,
                   SetUpModel(arguments, config, here, context.variable, context.interrupted));
  ASSIGN_OR_RETURN(const auto remote, RemoteEmbedderOf(config, context.variable));
  ASSIGN_OR_RETURN(const std::unique_ptr<Retriever> retriever,
                   Retriever::Open(FindIndexFolder(arguments.index, here), remote));
  RETURN_IF_ERROR(NoteUnknownRules(config, *retriever, context));
  const PatternShelf shelf{task.patterns.folder, FindIndexFolder(arguments.index, here),
                           config.index.embedder, remote};
  const Environment environment = SystemEnvironment(context.interrupted);
  const std::function<int64_t()> clock_ms =
      [now = environment.clock_ms, begin = environment.clock_ms()] { return now() - begin; };
  ASSIGN_OR_RETURN(std::optional<Outcome> decided, UndecidedOutcome(arguments, task, context));
  for (;;) {
    if (!decided) {
      ASSIGN_OR_RETURN(decided, WithWayOn(RunTask(task, *retriever, *model, environment,
                                                  EventsFor(arguments, context)),
                                          arguments));
    }
    Outcome outcome = *std::exchange(decided, std::nullopt);
    std::string reason;
    ASSIGN_OR_RETURN(const std::optional<int> code,
                     Finish({task, environment, arguments.yes, clock_ms, retriever.get()},
                            {shelf, arguments.deploy}, context, std::move(outcome), &reason));
    if (code) return *code;
    RememberInterrupt();  // the review had Ctrl-C end the program
    task.resume = true;   // the same session, with what is wrong as the next message
    task.follow_ups = {reason};
  }
}

// What is wrong with an amount, "" for nothing, as CLI11 asks for it.
std::string CheckUsd(const std::string& text) {
  double usd = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), usd);
  const bool read = code == std::errc() && end == text.data() + text.size();
  if (read && std::isfinite(usd) && usd > 0) return "";
  return "'" + text + "' is no amount above 0; give US dollars, such as 0.50";
}

void AddOptions(CLI::App& command, RunArguments& arguments) {
  command.add_option("REQUEST", arguments.request, "What is wanted, in English");
  command.add_option("--out", arguments.out, "Session folder; made, must be empty")->required();
  command.add_flag("--resume", arguments.resume,
                   "Go on with the run in the session folder where it broke off");
  command.add_option("--data", arguments.data, "Data folder (else [run] data of inhouse.toml)");
  command.add_option("--model", arguments.model,
                     "openai:NAME, anthropic:NAME, exchange:FOLDER or recorded:FOLDER");
  command.add_option("--base-url", arguments.base_url, "A server of your own");
  command.add_option("--patterns", arguments.patterns,
                     "Folder of approved scripts (else [patterns] folder of inhouse.toml)");
  command.add_flag("--no-patterns", arguments.no_patterns,
                   "Show no approved script, and keep none");
  command.add_option("--config", arguments.config, "Configuration (else the nearest inhouse.toml)");
  command.add_option("--index", arguments.index, "Index folder (else the nearest .inhouse/)");
  command.add_option("--then", arguments.follow_ups,
                     "A later message, given when a script has passed or a question is asked; "
                     "may stand several times");
  command.add_option(
      "--strategy", arguments.strategy,
      "codeact (default), react, chained or single-shot; with --resume that of the session");
  command.add_option("--sandbox", arguments.sandbox,
                     "What the code is confined by: bubblewrap (default), gvisor or podman");
  command.add_option("--steps", arguments.steps, "Replies of the model at most")
      ->check(CLI::Range(1, 1000));
  command.add_option("--seconds", arguments.seconds, "Time for the whole run")
      ->check(CLI::Range(1, 604'800));
  command.add_option("--usd", arguments.usd, "Most that the model may cost, in US dollars")
      ->check(CheckUsd, "USD");
  command.add_option("--deploy", arguments.deploy,
                     "Command (for the shell) that gets the approved script on standard input");
  command.add_flag("--strict", arguments.strict, "A recording must match the prompts exactly");
  command.add_flag("--yes", arguments.yes, "Approve the script without asking");
}

}  // namespace

Command AddRunCommand(CLI::App& app) {
  // Shared: CLI11 writes into it while parsing, the command reads it afterwards.
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Have a job written, run and checked");
  AddOptions(*command, *arguments);
  return {command, [arguments](CommandContext& context) { return RunRun(*arguments, context); },
          true};
}

}  // namespace inhouse
