#include "agent/strategies/dialogue.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/observation.h"
#include "agent/prompt.h"
#include "agent/trace_records.h"
#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

constexpr size_t kSummaryTokens = 1500;
constexpr size_t kMaxNotes = 20;

// One line: of a traceback what introduces it and its last line.
std::string FirstError(const GateReport& report) {
  const auto error = std::find_if(report.findings.begin(), report.findings.end(),
                                  [](const Finding& f) { return f.severity == "error"; });
  if (error == report.findings.end()) return "";
  std::string text = error->message;
  while (text.ends_with('\n')) text.pop_back();
  const size_t first = text.find('\n');
  if (first == std::string::npos) return text;
  return text.substr(0, first) + " " + text.substr(text.rfind('\n') + 1);
}

}  // namespace

Dialogue::Dialogue(const StrategyInputs& inputs)
    : in_(inputs), rows_withheld_(!inputs.task.send_rows && !inputs.model.is_local()) {}

Result<bool> Dialogue::NextStep() {
  const int limit = in_.task.limits.steps;
  if (step_ - first_step_ >= limit) {
    End(OutcomeKind::kLimit, "the limit of " + std::to_string(limit) +
                                 " steps was reached before a script passed its checks");
    return false;
  }
  *in_.current_step = step_ + 1;
  if (in_.cancelled && in_.cancelled()) {
    return Error{ErrorKind::kInterrupted, "interrupted by the user"};
  }
  if (const std::string reached = ReachedLimit(); !reached.empty()) {
    End(OutcomeKind::kLimit, reached);
    return false;
  }
  ++step_;
  return true;
}

int64_t Dialogue::MillisecondsLeft() const {
  return std::max<int64_t>(1, in_.task.limits.seconds * 1000 - (in_.clock_ms() - first_ms_));
}

int64_t Dialogue::SecondsLeft() const {
  return in_.task.limits.seconds - (in_.clock_ms() - first_ms_) / 1000;
}

std::string Dialogue::TimeLimitText() const {
  return "the limit of " + std::to_string(in_.task.limits.seconds) + " seconds was reached";
}

std::string Dialogue::ReachedLimit() const {
  const TaskLimits& limits = in_.task.limits;
  if (SecondsLeft() <= 0) {
    return TimeLimitText();
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

Result<SystemPromptParts> Dialogue::PromptParts() {
  SystemPromptParts parts;
  parts.rules = in_.task.rules;
  parts.prefer = in_.task.prefer;
  parts.rows_withheld = rows_withheld_;
  ASSIGN_OR_RETURN(parts.summary, in_.context.Summary(kSummaryTokens));
  return parts;
}

Result<std::string> Dialogue::RequestCards(const SystemPromptParts& parts) {
  Evidence evidence;
  evidence.text = in_.task.request;
  // With every API in the summary already, cards only deepen it.
  const size_t budget = in_.task.limits.context_tokens / (parts.summary.empty() ? 1 : 2);
  return in_.context.Retrieve(0, evidence, budget);
}

Result<Reply> Dialogue::Ask(const MessagesFor& messages, const std::vector<ToolSpec>& tools) {
  Result<Reply> reply = AskOnce(messages(Squeeze::kNormal), tools);
  if (!reply.ok() || reply->finish != FinishReason::kContextFull) return reply;
  return AskOnce(messages(Squeeze::kHard), tools);
}

Result<Reply> Dialogue::AskOnce(std::vector<Message> messages, const std::vector<ToolSpec>& tools) {
  ChatRequest request;
  request.messages = std::move(messages);
  request.tools = tools;
  request.max_tokens = in_.task.limits.reply_tokens;
  request.time_left = std::chrono::milliseconds(MillisecondsLeft());
  const size_t estimated = EstimatePromptTokens(request.messages);
  RETURN_IF_ERROR(in_.trace.Append(step_, "prompt", PromptRecord(request, estimated)));
  Progress("asking the model");
  std::function<void(std::string_view)> on_text;
  if (in_.events.on_reply_text) {
    on_text = [this](std::string_view text) { in_.events.on_reply_text(step_, text); };
  }
  Result<Reply> answered = in_.model.Complete(request, on_text);
  if (!answered.ok() && answered.error().kind == ErrorKind::kModel && MillisecondsLeft() <= 1) {
    End(OutcomeKind::kLimit, TimeLimitText() + " while the model was awaited");
    time_is_up_ = true;
    return Reply{};
  }
  if (!answered.ok()) return answered;
  Reply reply = std::move(answered).value();
  RETURN_IF_ERROR(in_.trace.Append(step_, "reply", ReplyRecord(request, reply)));
  for (const std::string& warning : reply.warnings) TakeWarning(warning);
  Count(reply, estimated);
  return reply;
}

void Dialogue::TakeWarning(const std::string& warning) {
  Progress(warning);
  std::vector<std::string>& notes = outcome_.notes;
  if (notes.size() >= kMaxNotes) return;
  if (std::find(notes.begin(), notes.end(), warning) == notes.end()) notes.push_back(warning);
}

void Dialogue::Count(const Reply& reply, size_t estimated_input) {
  if (reply.usage.reported) {
    outcome_.input_tokens += reply.usage.input_tokens;
    outcome_.output_tokens += reply.usage.output_tokens;
  } else {
    outcome_.input_tokens += static_cast<int64_t>(estimated_input);
    outcome_.output_tokens += static_cast<int64_t>(EstimateTokens(reply.content));
    outcome_.tokens_estimated = true;
  }
}

Result<std::optional<ParsedReply>> Dialogue::ActionOf(const Reply& reply) {
  if (time_is_up_) return std::optional<ParsedReply>();
  if (reply.finish == FinishReason::kContextFull) {
    End(OutcomeKind::kLimit, "the model's context is full; give a smaller task or another model");
    return std::optional<ParsedReply>();
  }
  ParsedReply parsed = ParseReply(reply.content, IsCut(reply));
  RETURN_IF_ERROR(Record(parsed));
  if (reply.finish == FinishReason::kRefusal && parsed.action.kind == ActionKind::kNone) {
    End(OutcomeKind::kRefused, parsed.kept.empty() ? "the model declined" : parsed.kept);
    return std::optional<ParsedReply>();
  }
  return std::optional<ParsedReply>(std::move(parsed));
}

Status Dialogue::Record(const ParsedReply& parsed) {
  return in_.trace.Append(step_, "action", ActionRecord(parsed));
}

Result<std::optional<ParsedReply>> Dialogue::AskForAction(const MessagesFor& messages,
                                                          std::string* blocks) {
  ASSIGN_OR_RETURN(const Reply reply, Ask(messages));
  ASSIGN_OR_RETURN(std::optional<ParsedReply> parsed, ActionOf(reply));
  if (!parsed) return parsed;
  // Blocks of a provider go with the whole reply only.
  *blocks = parsed->dropped_bytes == 0 ? reply.provider_blocks : "";
  return parsed;
}

bool Dialogue::EndedBy(const Action& action) {
  if (action.kind == ActionKind::kAsk) End(OutcomeKind::kAsked, action.text);
  if (action.kind == ActionKind::kRefuse) End(OutcomeKind::kRefused, action.text);
  return action.kind == ActionKind::kAsk || action.kind == ActionKind::kRefuse;
}

Result<std::optional<Dialogue::FollowUpMessage>> Dialogue::FollowUp() {
  if (outcome_.kind != OutcomeKind::kDone && outcome_.kind != OutcomeKind::kAsked) {
    return std::optional<FollowUpMessage>();
  }
  std::string text;
  if (follow_ups_ < in_.task.follow_ups.size()) {
    text = in_.task.follow_ups[follow_ups_++];
  } else if (in_.events.next_message) {
    text = in_.events.next_message(outcome_);
  }
  if (text.empty()) return std::optional<FollowUpMessage>();
  FollowUpMessage message;
  message.told = FollowUpPrompt(text);
  nlohmann::json record = NoteRecord("follow-up", message.told);
  record["message"] = text;
  RETURN_IF_ERROR(in_.trace.Append(step_, "observation", record));
  Evidence evidence;
  evidence.text = std::move(text);
  ASSIGN_OR_RETURN(message.cards, in_.context.Retrieve(step_, std::move(evidence),
                                                       in_.task.limits.context_tokens / 2));
  first_step_ = step_;
  first_ms_ = in_.clock_ms();
  bad_replies_ = returned_ = 0;
  return std::optional<FollowUpMessage>(std::move(message));
}

Status Dialogue::Note(std::string_view kind, std::string_view text, NoteKind counts) {
  if (counts == NoteKind::kBadReply) {
    ++bad_replies_;
    Progress(kind);
  }
  return in_.trace.Append(step_, "observation", NoteRecord(kind, text));
}

Result<Dialogue::Verdict> Dialogue::Submit(const std::string& script) {
  bad_replies_ = 0;
  Progress("checking the final script");
  ASSIGN_OR_RETURN(GateReport report, in_.check_script(step_, script));
  outcome_.script = script;
  outcome_.findings = report.findings;
  outcome_.outputs = std::move(report.outputs);
  Verdict verdict;
  verdict.ended = true;
  if (report.passed) {
    End(OutcomeKind::kDone, "the script passed its checks");
    return verdict;
  }
  if (returned_ >= in_.task.limits.attempts) {
    End(OutcomeKind::kGateFailed, "the script did not pass its checks: " + FirstError(report));
    return verdict;
  }
  ++returned_;
  return SendBack(script, report);
}

Result<Dialogue::Verdict> Dialogue::SendBack(const std::string& script, const GateReport& report) {
  const bool last = returned_ == in_.task.limits.attempts;
  Verdict verdict;
  verdict.told = ScriptFindingsPrompt(
      script, rows_withheld_ ? FindingsWithoutRows(report.findings) : report.findings, last);
  Progress("the script goes back: " + FirstError(report));
  RETURN_IF_ERROR(Note("findings", verdict.told, NoteKind::kOther));
  StepFacts facts;
  facts.code = script;
  Evidence evidence = CollectEvidence(facts);
  for (const Finding& finding : report.findings) {
    if (finding.severity == "error") evidence.traceback += finding.message + "\n";
  }
  ASSIGN_OR_RETURN(verdict.cards,
                   in_.context.Retrieve(step_, evidence, in_.task.limits.context_tokens / 2));
  return verdict;
}

void Dialogue::End(OutcomeKind kind, std::string message) {
  outcome_.kind = kind;
  outcome_.message = std::move(message);
  outcome_.steps = step_;
}

void Dialogue::Progress(std::string_view line) const {
  if (in_.events.on_progress) in_.events.on_progress(step_, line);
}

}  // namespace inhouse
