#include "agent/strategies/react.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "agent/observation.h"
#include "agent/prompt.h"
#include "agent/strategies/contract_stop.h"
#include "agent/strategies/converse.h"
#include "agent/strategies/dialogue.h"
#include "agent/strategies/loop_watch.h"
#include "agent/strategies/react_tools.h"
#include "agent/trace_records.h"

namespace inhouse {
namespace {

constexpr int kRemindSteps = 2;  // before the last step
constexpr std::chrono::seconds kToolDeadline{40};
constexpr std::string_view kTraceback = "Traceback (most recent call last)";

// Of what a program printed, or of what became of it.
std::string LastLine(const CellResult& result) {
  std::string text =
      result.output.empty() ? result.error_type + ": " + result.error_message : result.output;
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
}

class ReActRun : public Talk {
 public:
  explicit ReActRun(const StrategyInputs& inputs)
      : in_(inputs), dialogue_(inputs), native_(inputs.model.info().native_tools) {}

  Result<Outcome> Run() { return Converse(&dialogue_, this); }

  Status Begin(const std::string& earlier) override {
    if (!earlier.empty()) RETURN_IF_ERROR(in_.kernel.Restart());
    loops_ = {};
    if (native_) tools_ = ReActTools();
    ASSIGN_OR_RETURN(const SystemPromptParts parts, dialogue_.PromptParts());
    ASSIGN_OR_RETURN(const Dialogue::RequestContext context, dialogue_.ContextForRequest(parts));
    conversation_.emplace(
        ReActSystemPrompt(in_.task.prompts, parts, ReActTools(), native_),
        RequestPrompt(in_.task.prompts, {dialogue_.RequestNow(), in_.data_files, context.cards,
                                         earlier, context.pattern}));
    return {};
  }

  Conversation& conversation() override { return *conversation_; }

  Result<bool> Step() override {
    const int left = dialogue_.StepsLeft();
    const bool soon = left <= kRemindSteps && dialogue_.step() > 1;
    conversation_->SetReminder(soon ? LastStepsPrompt(in_.task.prompts, left) : "");
    ASSIGN_OR_RETURN(const Reply reply, AskModel());
    if (!reply.tool_calls.empty()) return ActOnCall(reply);
    ASSIGN_OR_RETURN(const std::optional<ParsedReply> parsed, dialogue_.ActionOf(reply));
    if (!parsed) return true;
    conversation_->AddReply(parsed->kept, parsed->dropped_bytes == 0 ? reply.provider_blocks : "");
    if (dialogue_.EndedBy(parsed->action)) return true;
    return Act(*parsed);
  }

 private:
  Result<Reply> AskModel() {
    Result<Reply> reply = dialogue_.Ask(dialogue_.MessagesOf(&*conversation_), tools_);
    const bool refused = !reply.ok() && native_ && !in_.model.info().native_tools;
    if (!refused || dialogue_.step() > 1) return reply;
    // The server takes no tools after all: calls are text then.
    native_ = false;
    tools_.clear();
    RETURN_IF_ERROR(Begin(""));
    return dialogue_.Ask(dialogue_.MessagesOf(&*conversation_), tools_);
  }

  // The first call counts; the conversation says of others that they were not run.
  Result<bool> ActOnCall(const Reply& reply) {
    ParsedReply parsed;
    parsed.prose = reply.content;
    parsed.kept = reply.content;
    parsed.action = {ActionKind::kTool, reply.tool_calls[0].name, reply.tool_calls[0].arguments,
                     false};
    const Result<ToolPlan> plan = PlanTool(parsed.action.text, parsed.action.arguments);
    RETURN_IF_ERROR(dialogue_.Record(parsed, plan.ok() ? plan->python : ""));
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
    if (action.kind == ActionKind::kDone)
      return BadReply("no script", DoneWithoutScriptPrompt(in_.task.prompts));
    return BadReply("bad reply", BadReplyPrompt(in_.task.prompts, parsed.problem));
  }

  Result<bool> BadReply(std::string_view kind, std::string told) {
    RETURN_IF_ERROR(dialogue_.Note(kind, told, Dialogue::NoteKind::kBadReply));
    conversation_->AddObservation(std::move(told));
    return false;
  }

  Result<bool> UseTool(const ParsedReply& parsed, const std::string& name,
                       const std::string& arguments) {
    const Result<ToolPlan> plan = PlanTool(name, arguments);
    if (!plan.ok())
      return BadReply("bad reply", BadToolCallPrompt(in_.task.prompts, name, plan.error().message));
    const std::string call = name + "\n" + (plan->python.empty() ? arguments : plan->python);
    if (loops_.Repeats(call)) {
      return BadReply("repeated", RepeatedCallPrompt(in_.task.prompts));
    }
    dialogue_.ReplyWasGood();
    dialogue_.Progress("tool " + name);
    if (!plan->engine_call.empty()) return AskEngine(call, *plan);
    if (!plan->python.empty()) {
      ASSIGN_OR_RETURN(const std::string stop,
                       StopByContract(in_, &dialogue_, plan->python, /*earlier=*/""));
      if (!stop.empty()) {
        conversation_->AddObservation(stop);
        return false;
      }
    }
    ASSIGN_OR_RETURN(const CellResult result, in_.kernel.Execute(plan->cell, kToolDeadline));
    return Observe(parsed, call, *plan, result);
  }

  Result<bool> AskEngine(const std::string& call, const ToolPlan& plan) {
    const Result<std::string> answer =
        in_.context.Answer(dialogue_.step(), plan.engine_call, plan.engine_arguments);
    if (!answer.ok() && answer.error().kind == ErrorKind::kIndex) return answer.error();
    std::string told = ToolAnswerPrompt(answer.ok() ? *answer : "error: " + answer.error().message);
    told += NoteOn(call, answer.ok() ? "it answered" : answer.error().message, told);
    RETURN_IF_ERROR(dialogue_.Note("tool", told, Dialogue::NoteKind::kOther));
    conversation_->AddObservation(told);
    return IsStuck();
  }

  Result<bool> Observe(const ParsedReply& parsed, const std::string& call, const ToolPlan& plan,
                       const CellResult& result) {
    std::string text = CellObservation(
        result, {}, {}, ObservationOptions{.withhold_rows = dialogue_.rows_withheld()});
    const bool died = result.outcome != CellOutcome::kOk;
    const bool failed = result.output.find(kTraceback) != std::string::npos;
    dialogue_.CountBlock(failed || died);
    if (failed || died)
      dialogue_.RememberFailure(call.substr(0, call.find('\n')) + ": " + LastLine(result));
    text += NoteOn(call, died ? result.error_type : "it ran", text);
    RETURN_IF_ERROR(
        in_.trace.Append(dialogue_.step(), "observation", CellRecord(result, text, {})));
    Evidence evidence = CollectEvidence({parsed.prose, plan.python, &result, {}});
    if (failed) evidence.traceback = result.output;
    const size_t share = failed || died ? 2 : 4;
    ASSIGN_OR_RETURN(ShownCards cards, in_.context.Retrieve(dialogue_.step(), std::move(evidence),
                                                            in_.task.limits.context_tokens / share,
                                                            share == 4 ? kSureScore : 0));
    conversation_->AddObservation(text, std::move(cards));
    return IsStuck();
  }

  // What is to be said of a call that leads nowhere; "" for others. What calls leave
  // behind cannot be seen, so only calls that are nearly alike count.
  std::string NoteOn(const std::string& call, std::string outcome, const std::string& shown) {
    LoopWatch::Ran ran{.step = dialogue_.step(),
                       .code = call,
                       .outcome = std::move(outcome),
                       .shown = shown,
                       .brought = false,
                       .counts_idle = false};
    const LoopWatch::Note note = loops_.Add(std::move(ran));
    if (note.same_as_step == 0) return "";
    std::string text = "\n";
    text += SameResultPrompt(in_.task.prompts, note.same_as_step);
    return text;
  }

  bool IsStuck() {
    if (loops_.Stuck()) dialogue_.EndStuck("the model went round in circles, and was told so");
    return loops_.Stuck();
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
  LoopWatch loops_;
};

class ReAct : public Strategy {
 public:
  Result<Outcome> Run(const StrategyInputs& inputs) override { return ReActRun(inputs).Run(); }
};

}  // namespace

std::unique_ptr<Strategy> MakeReAct() { return std::make_unique<ReAct>(); }

}  // namespace inhouse
