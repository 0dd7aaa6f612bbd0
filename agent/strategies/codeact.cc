#include "agent/strategies/codeact.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/observation.h"
#include "agent/prompt.h"
#include "agent/reply_parser.h"
#include "agent/strategies/conversation.h"
#include "agent/trace_records.h"
#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

constexpr size_t kSummaryTokens = 1500;
constexpr int kRemindSteps = 2;  // before the last step
constexpr size_t kMaxEarlierBytes = 200'000;

// The same block, whatever its blanks at the ends of lines.
std::string Normalised(const std::string& code) {
  std::string normal;
  for (const char c : code) {
    if (c == '\n') {
      while (!normal.empty() && (normal.back() == ' ' || normal.back() == '\n')) normal.pop_back();
    }
    normal.push_back(c);
  }
  return normal;
}

std::string OneLine(const CellResult& result) {
  if (result.outcome == CellOutcome::kOk) return "it ran";
  if (result.error_type.empty()) return CellOutcomeName(result.outcome);
  return result.error_type + ": " + CutMiddle(result.error_message, 200);
}

// What the loop remembers of the blocks that ran.
class CellHistory {
 public:
  struct Entry {
    int step = 0;
    int times = 0;
    std::string result;
  };
  // The earlier run that makes another one pointless: the one just before, or
  // the third time.
  const Entry* Repeats(const std::string& code) const {
    const auto it = cells_.find(Normalised(code));
    if (it == cells_.end()) return nullptr;
    return it->second.step == last_step_ || it->second.times >= 2 ? &it->second : nullptr;
  }
  void Add(const std::string& code, int step, const CellResult& result) {
    Entry& entry = cells_[Normalised(code)];
    entry = {step, entry.times + 1, OneLine(result)};
    last_step_ = step;
    if (result.state_lost) cells_.clear();  // what was there must be made again
  }

 private:
  std::map<std::string, Entry> cells_;
  int last_step_ = 0;
};

class CodeActRun {
 public:
  explicit CodeActRun(const StrategyInputs& inputs)
      : in_(inputs), rows_withheld_(!inputs.task.send_rows && !inputs.model.is_local()) {}

  Result<Outcome> Run() {
    RETURN_IF_ERROR(Begin());
    for (step_ = 1; step_ <= in_.task.limits.steps; ++step_) {
      *in_.current_step = step_;
      RETURN_IF_ERROR(CheckCancelled());
      if (const std::string reached = ReachedLimit(); !reached.empty()) {
        --step_;
        return End(OutcomeKind::kLimit, reached);
      }
      ASSIGN_OR_RETURN(const bool ended, Step());
      if (ended) return std::move(outcome_);
    }
    step_ = in_.task.limits.steps;
    return End(OutcomeKind::kLimit, "the limit of " + std::to_string(in_.task.limits.steps) +
                                        " steps was reached before a script passed its checks");
  }

 private:
  Status Begin() {
    SystemPromptParts parts;
    parts.rules = in_.task.rules;
    parts.prefer = in_.task.prefer;
    parts.rows_withheld = rows_withheld_;
    ASSIGN_OR_RETURN(parts.summary, in_.context.Summary(kSummaryTokens));
    Evidence evidence;
    evidence.text = in_.task.request;
    // With every API in the summary already, cards only deepen it.
    const size_t budget = in_.task.limits.context_tokens / (parts.summary.empty() ? 1 : 2);
    ASSIGN_OR_RETURN(const std::string cards, in_.context.Retrieve(0, evidence, budget));
    conversation_.emplace(CodeActSystemPrompt(parts),
                          RequestPrompt({in_.task.request, in_.data_files, cards}));
    return {};
  }

  Status CheckCancelled() const {
    if (in_.cancelled && in_.cancelled()) {
      return Error{ErrorKind::kInterrupted, "interrupted by the user"};
    }
    return {};
  }

  int64_t SecondsLeft() const { return in_.task.limits.seconds - in_.clock_ms() / 1000; }

  std::string ReachedLimit() const {
    const TaskLimits& limits = in_.task.limits;
    if (SecondsLeft() <= 0) {
      return "the limit of " + std::to_string(limits.seconds) + " seconds was reached";
    }
    if (limits.tokens > 0 && outcome_.input_tokens + outcome_.output_tokens >= limits.tokens) {
      return "the limit of " + std::to_string(limits.tokens) + " tokens was reached";
    }
    if (bad_replies_ >= kMaxBadReplies) {
      return "the model sent " + std::to_string(bad_replies_) +
             " replies in a row that brought nothing";
    }
    return "";
  }

  Outcome End(OutcomeKind kind, std::string message) {
    outcome_.kind = kind;
    outcome_.message = std::move(message);
    outcome_.steps = step_;
    return outcome_;
  }

  // One reply and what comes of it; true: the run is over, outcome_ is complete.
  Result<bool> Step() {
    Remind();
    ASSIGN_OR_RETURN(const Reply reply, AskModel());
    if (reply.finish == FinishReason::kContextFull) {
      End(OutcomeKind::kLimit, "the model's context is full; give a smaller task or another model");
      return true;
    }
    ParsedReply parsed = ParseReply(reply.content, IsCut(reply));
    RETURN_IF_ERROR(in_.trace.Append(step_, "action", ActionRecord(parsed)));
    // Blocks of a provider go with the whole reply only.
    const bool whole = parsed.dropped_bytes == 0;
    conversation_->AddReply(parsed.kept, whole ? reply.provider_blocks : "");
    if (reply.finish == FinishReason::kRefusal && parsed.action.kind == ActionKind::kNone) {
      End(OutcomeKind::kRefused, parsed.kept.empty() ? "the model declined" : parsed.kept);
      return true;
    }
    return Act(parsed);
  }

  void Remind() {
    const int left = in_.task.limits.steps - step_ + 1;
    const bool soon = left <= kRemindSteps && step_ > 1;
    conversation_->SetReminder(soon ? LastStepsPrompt(left) : "");
  }

  Result<bool> Act(const ParsedReply& parsed) {
    switch (parsed.action.kind) {
      case ActionKind::kCode:
        return parsed.action.is_final ? CheckScript(parsed.action.text) : RunCell(parsed);
      case ActionKind::kAsk: End(OutcomeKind::kAsked, parsed.action.text); return true;
      case ActionKind::kRefuse: End(OutcomeKind::kRefused, parsed.action.text); return true;
      case ActionKind::kDone: return Note("no script", DoneWithoutScriptPrompt());
      case ActionKind::kTool: return Note("bad reply", WrongActionPrompt());
      case ActionKind::kNone: return Note("bad reply", BadReplyPrompt(parsed.problem));
    }
    return Note("bad reply", BadReplyPrompt("the reply has no action"));
  }

  Result<Reply> AskModel() {
    Result<Reply> reply = AskModelOnce(Squeeze::kNormal);
    if (!reply.ok() || reply->finish != FinishReason::kContextFull) return reply;
    return AskModelOnce(Squeeze::kHard);
  }

  Result<Reply> AskModelOnce(Squeeze squeeze) {
    ChatRequest request;
    request.messages = conversation_->Messages(squeeze);
    request.max_tokens = in_.task.limits.reply_tokens;
    const size_t estimated = EstimatePromptTokens(request.messages);
    RETURN_IF_ERROR(in_.trace.Append(step_, "prompt", PromptRecord(request, estimated)));
    Progress("asking the model");
    std::function<void(std::string_view)> on_text;
    if (in_.events.on_reply_text) {
      on_text = [this](std::string_view text) { in_.events.on_reply_text(step_, text); };
    }
    ASSIGN_OR_RETURN(Reply reply, in_.model.Complete(request, on_text));
    RETURN_IF_ERROR(in_.trace.Append(step_, "reply", ReplyRecord(request, reply)));
    for (const std::string& warning : reply.warnings) Progress(warning);
    Count(reply, estimated);
    return reply;
  }

  void Count(const Reply& reply, size_t estimated_input) {
    if (reply.usage.reported) {
      outcome_.input_tokens += reply.usage.input_tokens;
      outcome_.output_tokens += reply.usage.output_tokens;
    } else {
      outcome_.input_tokens += static_cast<int64_t>(estimated_input);
      outcome_.output_tokens += static_cast<int64_t>(EstimateTokens(reply.content));
      outcome_.tokens_estimated = true;
    }
  }

  void Progress(std::string_view line) const {
    if (in_.events.on_progress) in_.events.on_progress(step_, line);
  }

  // A reply that brought nothing.
  Result<bool> Note(std::string_view kind, std::string text) {
    ++bad_replies_;
    Progress(kind);
    RETURN_IF_ERROR(in_.trace.Append(step_, "observation", NoteRecord(kind, text)));
    conversation_->AddObservation(std::move(text), "");
    return false;
  }

  Result<bool> RunCell(const ParsedReply& parsed) {
    const std::string& code = parsed.action.text;
    if (const CellHistory::Entry* entry = history_.Repeats(code)) {
      return Note("repeated", RepeatedCellPrompt(entry->step, entry->result));
    }
    ASSIGN_OR_RETURN(const bool fits, FitsContract(code));
    if (!fits) return false;
    bad_replies_ = 0;
    Progress("running a block");
    const int64_t seconds =
        std::max<int64_t>(1, std::min(in_.task.limits.cell_seconds, SecondsLeft()));
    ASSIGN_OR_RETURN(const CellResult result,
                     in_.kernel.Execute(code, std::chrono::seconds(seconds)));
    history_.Add(code, step_, result);
    if (result.state_lost) earlier_.clear();
    if (result.outcome == CellOutcome::kOk) Remember(code);
    ASSIGN_OR_RETURN(std::vector<LiveName> names, in_.kernel.Names());
    const std::string text =
        CellObservation(result, ChangedNames(names_, names), Lost(result, names),
                        ObservationOptions{.withhold_rows = rows_withheld_});
    names_ = std::move(names);
    Progress(OneLine(result));
    RETURN_IF_ERROR(in_.trace.Append(step_, "observation", CellRecord(result, text)));
    const Evidence evidence = CollectEvidence({parsed.prose, code, &result, names_});
    // What a failure needs to know is worth more room than a look ahead.
    const size_t share = result.outcome == CellOutcome::kOk ? 4 : 2;
    ASSIGN_OR_RETURN(std::string cards,
                     in_.context.Retrieve(step_, evidence, in_.task.limits.context_tokens / share));
    conversation_->AddObservation(text, std::move(cards));
    return false;
  }

  // Names that later blocks may use, for the contract check.
  void Remember(const std::string& code) {
    if (earlier_.size() + code.size() > kMaxEarlierBytes) earlier_.clear();
    earlier_ += code;
    if (!earlier_.ends_with('\n')) earlier_ += '\n';
  }

  // False: the block is wrong about the house APIs, and the model was told so.
  Result<bool> FitsContract(const std::string& code) {
    ASSIGN_OR_RETURN(const std::vector<Finding> findings, in_.contract.Check(code, earlier_));
    const bool fits = std::none_of(findings.begin(), findings.end(),
                                   [](const Finding& f) { return f.severity == "error"; });
    if (fits) return true;
    for (const Finding& finding : findings) {
      RETURN_IF_ERROR(in_.trace.Append(step_, "finding", FindingRecord(finding)));
    }
    std::string text = ContractFindingsPrompt(code, findings);
    Progress("the block does not fit the house APIs; it goes back");
    RETURN_IF_ERROR(in_.trace.Append(step_, "observation", NoteRecord("contract", text)));
    conversation_->AddObservation(std::move(text), "");
    return false;
  }

  // Names that went with a dead interpreter.
  std::vector<std::string> Lost(const CellResult& result, const std::vector<LiveName>& now) const {
    std::vector<std::string> lost;
    if (!result.state_lost) return lost;
    for (const LiveName& name : names_) {
      const bool alive = std::any_of(
          now.begin(), now.end(), [&](const LiveName& other) { return other.name == name.name; });
      if (!alive) lost.push_back(name.name);
    }
    return lost;
  }

  Result<bool> CheckScript(const std::string& script) {
    bad_replies_ = 0;
    Progress("checking the final script");
    ASSIGN_OR_RETURN(GateReport report, in_.check_script(step_, script));
    outcome_.script = script;
    outcome_.findings = report.findings;
    outcome_.outputs = std::move(report.outputs);
    if (report.passed) {
      End(OutcomeKind::kDone, "the script passed its checks");
      return true;
    }
    if (returned_ >= in_.task.limits.attempts) {
      End(OutcomeKind::kGateFailed, "the script did not pass its checks: " + FirstError(report));
      return true;
    }
    ++returned_;
    return SendFindingsBack(script, report);
  }

  // One line: of a traceback what introduces it and its last line.
  static std::string FirstError(const GateReport& report) {
    const auto error = std::find_if(report.findings.begin(), report.findings.end(),
                                    [](const Finding& f) { return f.severity == "error"; });
    if (error == report.findings.end()) return "";
    std::string text = error->message;
    while (text.ends_with('\n')) text.pop_back();
    const size_t first = text.find('\n');
    if (first == std::string::npos) return text;
    return text.substr(0, first) + " " + text.substr(text.rfind('\n') + 1);
  }

  Result<bool> SendFindingsBack(const std::string& script, const GateReport& report) {
    const bool last = returned_ == in_.task.limits.attempts;
    const std::string text = ScriptFindingsPrompt(script, report.findings, last);
    Progress("the script goes back: " + FirstError(report));
    RETURN_IF_ERROR(in_.trace.Append(step_, "observation", NoteRecord("findings", text)));
    StepFacts facts;
    facts.code = script;
    Evidence evidence = CollectEvidence(facts);
    for (const Finding& finding : report.findings) {
      if (finding.severity == "error") evidence.traceback += finding.message + "\n";
    }
    ASSIGN_OR_RETURN(std::string cards,
                     in_.context.Retrieve(step_, evidence, in_.task.limits.context_tokens / 2));
    conversation_->AddObservation(text, std::move(cards));
    return false;
  }

  const StrategyInputs& in_;
  const bool rows_withheld_;
  std::optional<Conversation> conversation_;
  CellHistory history_;
  std::vector<LiveName> names_;
  std::string earlier_;  // blocks that ran, for what they bind
  Outcome outcome_;
  int step_ = 0;
  int bad_replies_ = 0;  // in a row
  int returned_ = 0;     // final scripts that went back
};

class CodeAct : public Strategy {
 public:
  Result<Outcome> Run(const StrategyInputs& inputs) override { return CodeActRun(inputs).Run(); }
};

}  // namespace

std::unique_ptr<Strategy> MakeCodeAct() { return std::make_unique<CodeAct>(); }

}  // namespace inhouse
