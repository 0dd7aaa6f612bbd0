#include "agent/strategies/react.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "agent/observation.h"
#include "agent/prompt.h"
#include "agent/strategies/contract_stop.h"
#include "agent/strategies/dialogue.h"
#include "agent/strategies/react_tools.h"
#include "agent/trace_records.h"

namespace inhouse {
namespace {

constexpr int kRemindSteps = 2;  // before the last step
constexpr std::chrono::seconds kToolDeadline{40};
constexpr std::string_view kTraceback = "Traceback (most recent call last)";

class ReActRun {
 public:
  explicit ReActRun(const StrategyInputs& inputs)
      : in_(inputs), dialogue_(inputs), native_(inputs.model.info().native_tools) {}

  Result<Outcome> Run() {
    RETURN_IF_ERROR(Begin());
    for (;;) {
      ASSIGN_OR_RETURN(const bool goes_on, dialogue_.NextStep());
      if (!goes_on) return dialogue_.outcome();
      ASSIGN_OR_RETURN(const bool ended, Step());
      if (!ended) continue;
      ASSIGN_OR_RETURN(std::optional<Dialogue::FollowUpMessage> more, dialogue_.FollowUp());
      if (!more) return dialogue_.outcome();
      conversation_->AddObservation(std::move(more->told), std::move(more->cards));
    }
  }

 private:
  Status Begin() {
    if (native_) tools_ = ReActTools();
    ASSIGN_OR_RETURN(const SystemPromptParts parts, dialogue_.PromptParts());
    ASSIGN_OR_RETURN(const std::string cards, dialogue_.RequestCards(parts));
    conversation_.emplace(ReActSystemPrompt(parts, ReActTools(), native_),
                          RequestPrompt({in_.task.request, in_.data_files, cards}));
    return {};
  }

  // One reply and what comes of it; true: the run is over.
  Result<bool> Step() {
    const int left = dialogue_.StepsLeft();
    const bool soon = left <= kRemindSteps && dialogue_.step() > 1;
    conversation_->SetReminder(soon ? LastStepsPrompt(left) : "");
    ASSIGN_OR_RETURN(const Reply reply, AskModel());
    if (!reply.tool_calls.empty()) return ActOnCall(reply);
    ASSIGN_OR_RETURN(const std::optional<ParsedReply> parsed, dialogue_.ActionOf(reply));
    if (!parsed) return true;
    conversation_->AddReply(parsed->kept, parsed->dropped_bytes == 0 ? reply.provider_blocks : "");
    if (dialogue_.EndedBy(parsed->action)) return true;
    return Act(*parsed);
  }

  Result<Reply> AskModel() {
    const MessagesFor messages = [this](Squeeze squeeze) {
      return conversation_->Messages(squeeze);
    };
    Result<Reply> reply = dialogue_.Ask(messages, tools_);
    const bool refused = !reply.ok() && native_ && !in_.model.info().native_tools;
    if (!refused || dialogue_.step() > 1) return reply;
    // The server takes no tools after all: calls are text then.
    native_ = false;
    tools_.clear();
    RETURN_IF_ERROR(Begin());
    return dialogue_.Ask(messages, tools_);
  }

  // The first call counts; the conversation says of others that they were not run.
  Result<bool> ActOnCall(const Reply& reply) {
    ParsedReply parsed;
    parsed.prose = reply.content;
    parsed.kept = reply.content;
    parsed.action = {ActionKind::kTool, reply.tool_calls[0].name, reply.tool_calls[0].arguments,
                     false};
    RETURN_IF_ERROR(dialogue_.Record(parsed));
    conversation_->AddToolCalls(reply.content, reply.provider_blocks, reply.tool_calls);
    return Act(parsed);
  }

  Result<bool> Act(const ParsedReply& parsed) {
    const Action& action = parsed.action;
    if (action.kind == ActionKind::kTool) return UseTool(parsed, action.text, action.arguments);
    if (action.kind == ActionKind::kCode && action.is_final) return CheckScript(action.text);
    if (action.kind == ActionKind::kCode) {
      return UseTool(parsed, "run_python", nlohmann::json({{"code", action.text}}).dump());
    }
    if (action.kind == ActionKind::kDone) return BadReply("no script", DoneWithoutScriptPrompt());
    return BadReply("bad reply", BadReplyPrompt(parsed.problem));
  }

  Result<bool> BadReply(std::string_view kind, std::string told) {
    RETURN_IF_ERROR(dialogue_.Note(kind, told, Dialogue::NoteKind::kBadReply));
    conversation_->AddObservation(std::move(told), "");
    return false;
  }

  Result<bool> UseTool(const ParsedReply& parsed, const std::string& name,
                       const std::string& arguments) {
    const Result<ToolPlan> plan = PlanTool(name, arguments);
    if (!plan.ok()) return BadReply("bad reply", BadToolCallPrompt(name, plan.error().message));
    if (name + arguments == last_call_) return BadReply("repeated", RepeatedCallPrompt());
    last_call_ = name + arguments;
    dialogue_.ReplyWasGood();
    dialogue_.Progress("tool " + name);
    if (!plan->engine_call.empty()) return AskEngine(*plan);
    if (!plan->python.empty()) {
      ASSIGN_OR_RETURN(const std::string stop,
                       StopByContract(in_, &dialogue_, plan->python, /*earlier=*/""));
      if (!stop.empty()) {
        last_call_.clear();  // it may insist
        conversation_->AddObservation(stop, "");
        return false;
      }
    }
    ASSIGN_OR_RETURN(const CellResult result, in_.kernel.Execute(plan->cell, kToolDeadline));
    return Observe(parsed, *plan, result);
  }

  Result<bool> AskEngine(const ToolPlan& plan) {
    const Result<std::string> answer =
        in_.context.Answer(dialogue_.step(), plan.engine_call, plan.engine_arguments);
    if (!answer.ok() && answer.error().kind == ErrorKind::kIndex) return answer.error();
    const std::string told =
        ToolAnswerPrompt(answer.ok() ? *answer : "error: " + answer.error().message);
    RETURN_IF_ERROR(dialogue_.Note("tool", told, Dialogue::NoteKind::kOther));
    conversation_->AddObservation(told, "");
    return false;
  }

  Result<bool> Observe(const ParsedReply& parsed, const ToolPlan& plan, const CellResult& result) {
    const std::string text = CellObservation(
        result, {}, {}, ObservationOptions{.withhold_rows = dialogue_.rows_withheld()});
    RETURN_IF_ERROR(
        in_.trace.Append(dialogue_.step(), "observation", CellRecord(result, text, {})));
    Evidence evidence = CollectEvidence({parsed.prose, plan.python, &result, {}});
    const bool failed = result.output.find(kTraceback) != std::string::npos;
    if (failed) evidence.traceback = result.output;
    const size_t share = failed || result.outcome != CellOutcome::kOk ? 2 : 4;
    ASSIGN_OR_RETURN(std::string cards,
                     in_.context.Retrieve(dialogue_.step(), std::move(evidence),
                                          in_.task.limits.context_tokens / share));
    conversation_->AddObservation(text, std::move(cards));
    return false;
  }

  Result<bool> CheckScript(const std::string& script) {
    ASSIGN_OR_RETURN(Dialogue::Verdict verdict, dialogue_.Submit(script));
    if (verdict.ended) return true;
    conversation_->AddObservation(std::move(verdict.told), std::move(verdict.cards));
    return false;
  }

  const StrategyInputs& in_;
  Dialogue dialogue_;
  bool native_;
  std::vector<ToolSpec> tools_;  // of the request; empty where calls are text
  std::optional<Conversation> conversation_;
  std::string last_call_;
};

class ReAct : public Strategy {
 public:
  Result<Outcome> Run(const StrategyInputs& inputs) override { return ReActRun(inputs).Run(); }
};

}  // namespace

std::unique_ptr<Strategy> MakeReAct() { return std::make_unique<ReAct>(); }

}  // namespace inhouse
