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
// Of the budget for what is retrieved: what an approved script may take of it.
constexpr size_t kPatternPercent = 75;
constexpr size_t kMaxNotes = 20;
constexpr size_t kMaxFailures = 6;  // told of an attempt that failed
constexpr size_t kMaxFailureBytes = 300;
constexpr size_t kMaxImportBytes = 8000;

// One line: of a traceback what introduces it and its last line.
std::string FirstError(const std::vector<Finding>& findings) {
  const auto error = std::find_if(findings.begin(), findings.end(),
                                  [](const Finding& f) { return f.severity == "error"; });
  if (error == findings.end()) return "";
  std::string text = error->message;
  while (text.ends_with('\n')) text.pop_back();
  const size_t first = text.find('\n');
  if (first == std::string::npos) return text;
  return text.substr(0, first) + " " + text.substr(text.rfind('\n') + 1);
}

// The import statements of a block that stand on one line.
std::string ImportsOf(std::string_view code) {
  std::string imports;
  for (size_t begin = 0; begin < code.size();) {
    const size_t end = std::min(code.find('\n', begin), code.size());
    const std::string_view line = code.substr(begin, end - begin);
    const bool is_import = line.starts_with("import ") || line.starts_with("from ");
    if (is_import && line.find('(') == std::string_view::npos) imports.append(line).append("\n");
    begin = end + 1;
  }
  return imports;
}

}  // namespace

Dialogue::Dialogue(const StrategyInputs& inputs)
    : in_(inputs), rows_withheld_(!inputs.task.send_rows && !inputs.model.is_local()) {}

Result<bool> Dialogue::NextStep() {
  const int limit = in_.task.limits.steps;
  if (!Replaying() && step_ - first_step_ >= limit) {
    EndAtLimit("the limit of " + std::to_string(limit) +
                   " steps was reached before a script passed its checks",
               "allow more with --steps");
    return false;
  }
  *in_.current_step = step_ + 1;
  if (in_.cancelled && in_.cancelled()) {
    return Error{ErrorKind::kInterrupted, "interrupted by the user"};
  }
  if (LimitReached()) return false;
  if (bad_replies_ >= kMaxBadReplies) {
    EndStuck("the model sent " + std::to_string(bad_replies_) +
             " replies in a row that brought nothing");
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

// True: the run ends here.
bool Dialogue::LimitReached() {
  if (Replaying()) return false;
  const int64_t tokens = in_.task.limits.tokens;
  if (SecondsLeft() <= 0) {
    EndAtLimit(TimeLimitText(), "allow more with --seconds");
    return true;
  }
  if (tokens > 0 && outcome_.input_tokens + outcome_.output_tokens >= tokens) {
    EndAtLimit("the limit of " + std::to_string(tokens) + " tokens was reached",
               "allow more with [limits] tokens");
    return true;
  }
  return false;
}

std::string Dialogue::Reached() const {
  std::string text = "reached: " + std::to_string(blocks_) + " blocks ran, " +
                     std::to_string(failed_blocks_) + " of them failed; ";
  if (outcome_.script.empty()) return text + "no final script yet";
  const auto error = std::find_if(outcome_.findings.begin(), outcome_.findings.end(),
                                  [](const Finding& f) { return f.severity == "error"; });
  if (error == outcome_.findings.end()) return text + "the last final script passed its checks";
  return text + "the last final script did not pass '" + error->gate + "'";
}

void Dialogue::EndAtLimit(const std::string& what, const std::string& remedy) {
  over_ = true;
  End(OutcomeKind::kLimit,
      what + "; " + Reached() + "; " + remedy + " and go on with inhouse run --resume");
}

void Dialogue::EndStuck(std::string message) {
  stuck_ = true;
  End(OutcomeKind::kLimit,
      std::move(message) + "; " + Reached() +
          "; say more with inhouse run --resume --then, or take another model");
}

void Dialogue::RememberFailure(std::string line) {
  line = CutMiddle(MaskVolatile(line), kMaxFailureBytes);
  std::erase(failures_, line);
  failures_.push_back(std::move(line));
  if (failures_.size() > kMaxFailures) failures_.erase(failures_.begin());
}

void Dialogue::CountBlock(bool failed) {
  ++blocks_;
  failed_blocks_ += failed ? 1 : 0;
}

std::string Dialogue::RequestNow() const {
  std::string request = in_.task.request;
  for (const std::string& said : said_) request += "\n\n" + said;
  return request;
}

MessagesFor Dialogue::MessagesOf(Conversation* conversation) const {
  return [this, conversation](Squeeze squeeze) {
    if (squeeze == Squeeze::kHard) in_.context.Forget(conversation->DropUnusedCards());
    return conversation->Messages(squeeze);
  };
}

Result<SystemPromptParts> Dialogue::PromptParts() {
  SystemPromptParts parts;
  parts.rules = in_.task.rules;
  parts.prefer = in_.task.prefer;
  std::vector<std::string> preferred;
  preferred.reserve(parts.prefer.size());
  for (const PreferRule& rule : parts.prefer) preferred.push_back(rule.use);
  ASSIGN_OR_RETURN(parts.signatures, in_.context.Signatures(preferred));
  parts.rows_withheld = rows_withheld_;
  ASSIGN_OR_RETURN(parts.summary, in_.context.Summary(kSummaryTokens));
  return parts;
}

Result<Dialogue::RequestContext> Dialogue::ContextForRequest(const SystemPromptParts& parts) {
  const size_t all = in_.task.limits.context_tokens;
  RequestContext context;
  ASSIGN_OR_RETURN(
      const PatternParts pattern,
      in_.context.LikePattern(in_.task.patterns, RequestNow(), all * kPatternPercent / 100));
  context.pattern = PatternSection(in_.task.prompts, pattern);
  const size_t left = all - std::min(all, EstimateTokens(context.pattern));
  Evidence evidence;
  evidence.text = RequestNow();
  // With every API in the summary already, cards only deepen it.
  const size_t budget = std::min(left, all / (parts.summary.empty() ? 1 : 2));
  ASSIGN_OR_RETURN(ShownCards cards, in_.context.Retrieve(step_, evidence, budget));
  context.cards = std::move(cards.text);
  return context;
}

// With room for the reply.
bool Dialogue::Fits(const std::vector<Message>& messages) const {
  const int64_t context = in_.model.info().context_tokens;
  const auto needed = static_cast<int64_t>(EstimatePromptTokens(messages));
  return context <= 0 || needed + in_.task.limits.reply_tokens <= context;
}

Result<Reply> Dialogue::Ask(const MessagesFor& messages, const std::vector<ToolSpec>& tools) {
  std::vector<Message> prompt = messages(squeeze_);
  if (squeeze_ == Squeeze::kNormal && !Fits(prompt)) {
    squeeze_ = Squeeze::kHard;
    prompt = messages(squeeze_);
  }
  ASSIGN_OR_RETURN(Reply reply, AskOnce(prompt, tools));
  if (reply.finish == FinishReason::kContextFull && squeeze_ == Squeeze::kNormal) {
    squeeze_ = Squeeze::kHard;
    prompt = messages(squeeze_);
    ASSIGN_OR_RETURN(reply, AskOnce(prompt, tools));
  }
  return Completed(std::move(prompt), tools, std::move(reply));
}

// The reply with its rest, if it was cut in the middle of what is needed whole.
Result<Reply> Dialogue::Completed(std::vector<Message> messages, const std::vector<ToolSpec>& tools,
                                  Reply reply) {
  const size_t size = messages.size();
  for (int i = 0; i < kMaxContinuations; ++i) {
    if (!IsCut(reply) || !reply.tool_calls.empty()) return reply;
    if (!ParseReply(reply.content, true).goes_on || LimitReached()) return reply;
    Progress("the reply was cut; asking for the rest");
    messages.resize(size);
    messages.push_back({.role = ChatRole::kAssistant,
                        .content = reply.content,
                        .provider_blocks = reply.provider_blocks});
    messages.push_back({.content = ContinueReplyPrompt(in_.task.prompts)});
    ASSIGN_OR_RETURN(Reply rest, AskOnce(messages, tools));
    if (over_ || rest.finish == FinishReason::kContextFull || !rest.tool_calls.empty()) {
      return reply;
    }
    reply.content = JoinReplies(reply.content, rest.content);
    reply.finish = rest.finish;
    reply.truncated = rest.truncated;
    reply.provider_blocks.clear();  // they were the first part's
  }
  return reply;
}

Result<Reply> Dialogue::AskOnce(std::vector<Message> messages, const std::vector<ToolSpec>& tools) {
  // No reply is paid for where its code could not run.
  RETURN_IF_ERROR(in_.kernel.AwaitReady());
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
  if (!answered.ok()) return NoAnswer(answered.error());
  Reply reply = std::move(answered).value();
  RETURN_IF_ERROR(in_.trace.Append(step_, "reply", ReplyRecord(request, reply)));
  for (const std::string& warning : reply.warnings) TakeWarning(warning);
  Count(reply, estimated);
  RETURN_IF_ERROR(CountBroken(reply));
  return reply;
}

// A server that breaks off each time would be asked, and paid, until the run's limit.
Status Dialogue::CountBroken(const Reply& reply) {
  broken_replies_ = reply.truncated ? broken_replies_ + 1 : 0;
  if (broken_replies_ < kMaxBrokenReplies) return {};
  const std::string last = reply.warnings.empty() ? "" : ": " + reply.warnings.back();
  return Error{ErrorKind::kModel,
               std::to_string(broken_replies_) + " replies in a row broke off" + last};
}

// A limit ends the run in order; other errors are the user's to mend.
Result<Reply> Dialogue::NoAnswer(const Error& error) {
  if (error.kind == ErrorKind::kLimit) {
    EndAtLimit(error.message, "allow more with --usd");
    return Reply{};
  }
  if (error.kind == ErrorKind::kModel && MillisecondsLeft() <= 1) {
    EndAtLimit(TimeLimitText() + " while the model was awaited", "allow more with --seconds");
    return Reply{};
  }
  return error;
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
  if (over_) return std::optional<ParsedReply>();
  if (reply.finish == FinishReason::kContextFull) {
    EndAtLimit("the model's context is full, also without the old observations",
               "take a model with a larger context");
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

Status Dialogue::Record(const ParsedReply& parsed, std::string_view code) {
  if (code.empty() && parsed.action.kind == ActionKind::kCode) code = parsed.action.text;
  nlohmann::json record = ActionRecord(parsed);
  record["used"] = UsedRecord(in_.context.Used(imports_, code));
  if (imports_.size() < kMaxImportBytes) imports_ += ImportsOf(code);
  return in_.trace.Append(step_, "action", record);
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

Result<std::optional<Dialogue::FollowUpMessage>> Dialogue::FollowUp(bool after_failure) {
  const bool failed = stuck_ || outcome_.kind == OutcomeKind::kGateFailed;
  const bool due = outcome_.kind == OutcomeKind::kDone || outcome_.kind == OutcomeKind::kAsked;
  if (after_failure ? !failed || !in_.task.resume : !due) return std::optional<FollowUpMessage>();
  std::string text;
  if (follow_ups_ < in_.task.follow_ups.size()) {
    text = in_.task.follow_ups[follow_ups_++];
  } else if (due && in_.events.next_message) {
    text = in_.events.next_message(outcome_);
    // A question that was not answered is asked again; a script that passed is there.
    if (text.empty() && outcome_.kind == OutcomeKind::kAsked && in_.cancelled && in_.cancelled()) {
      return Error{ErrorKind::kInterrupted, "interrupted by the user"};
    }
  }
  if (text.empty()) return std::optional<FollowUpMessage>();
  const bool answers = outcome_.kind == OutcomeKind::kAsked;
  said_.push_back(answers ? "Asked: " + outcome_.message + "\nAnswered: " + text
                          : "Said after a first script: " + text);
  FollowUpMessage message;
  message.told = FollowUpPrompt(in_.task.prompts, text);
  nlohmann::json record = NoteRecord("follow-up", message.told);
  record["message"] = text;
  RETURN_IF_ERROR(in_.trace.Append(step_, "observation", record));
  Evidence evidence;
  evidence.text = std::move(text);
  ASSIGN_OR_RETURN(message.cards, in_.context.Retrieve(step_, std::move(evidence),
                                                       in_.task.limits.context_tokens / 2));
  first_step_ = step_;
  first_ms_ = in_.clock_ms();
  bad_replies_ = returned_ = retries_ = 0;
  stuck_ = over_ = false;
  failures_.clear();
  return std::optional<FollowUpMessage>(std::move(message));
}

Result<std::optional<std::string>> Dialogue::BeginAnew() {
  const bool failed = outcome_.kind == OutcomeKind::kGateFailed || stuck_;
  if (!failed || retries_ >= in_.task.limits.retries) return std::optional<std::string>();
  const Outcome before = outcome_;
  if (LimitReached()) {
    outcome_ = before;
    return std::optional<std::string>();
  }
  ++retries_;
  const std::string reason = before.message.substr(0, before.message.find("; reached:"));
  std::string told = RetryPrompt(in_.task.prompts, reason, failures_);
  RETURN_IF_ERROR(Note("retry", told, NoteKind::kOther));
  Progress("the attempt failed; another begins anew");
  first_step_ = step_;
  bad_replies_ = returned_ = 0;
  stuck_ = over_ = false;
  squeeze_ = Squeeze::kNormal;
  failures_.clear();
  imports_.clear();
  in_.context.ForgetAll();
  return std::optional<std::string>(std::move(told));
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
  Verdict verdict;
  verdict.ended = true;
  if (report.passed) {
    outcome_.accepted = script;
    outcome_.outputs = std::move(report.outputs);
    End(OutcomeKind::kDone, "the script passed its checks");
    return verdict;
  }
  // As the model may see them.
  const std::vector<Finding> findings =
      rows_withheld_ ? FindingsWithoutRows(report.findings) : report.findings;
  RememberFailure("final script: " + FirstError(findings));
  if (returned_ >= in_.task.limits.attempts) {
    End(OutcomeKind::kGateFailed, "the script did not pass its checks: " + FirstError(findings));
    return verdict;
  }
  ++returned_;
  return SendBack(script, findings);
}

Result<Dialogue::Verdict> Dialogue::SendBack(const std::string& script,
                                             const std::vector<Finding>& findings) {
  const bool last = returned_ == in_.task.limits.attempts;
  Verdict verdict;
  verdict.told = ScriptFindingsPrompt(in_.task.prompts, script, findings, last);
  Progress("the script goes back: " + FirstError(findings));
  RETURN_IF_ERROR(Note("findings", verdict.told, NoteKind::kOther));
  StepFacts facts;
  facts.code = script;
  Evidence evidence = CollectEvidence(facts);
  for (const Finding& finding : findings) {
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
