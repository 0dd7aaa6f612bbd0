#include "agent/strategies/codeact.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/identifiers.h"
#include "agent/observation.h"
#include "agent/prompt.h"
#include "agent/strategies/contract_stop.h"
#include "agent/strategies/converse.h"
#include "agent/strategies/dialogue.h"
#include "agent/strategies/loop_watch.h"
#include "agent/trace_records.h"

namespace inhouse {
namespace {

constexpr int kRemindSteps = 2;  // before the last step
constexpr size_t kMaxEarlierBytes = 200'000;

std::string OneLine(const CellResult& result) {
  if (result.outcome == CellOutcome::kOk) return "it ran";
  if (result.error_type.empty()) return CellOutcomeName(result.outcome);
  return result.error_type + ": " + CutMiddle(result.error_message, 200);
}

// Files that a block may leave cannot be seen from here; what calls writers may have left some.
bool MayWrite(std::string_view code) {
  const std::vector<NameUse> uses = UsedNames(code);
  return std::any_of(uses.begin(), uses.end(), [](const NameUse& use) {
    const std::string last = use.name.substr(use.name.rfind('.') + 1);  // npos + 1 is 0
    return use.is_call && (last == "open" || last == "savefig" || last.starts_with("to_") ||
                           last.starts_with("write") || last.starts_with("save"));
  });
}

class CodeActRun : public Talk {
 public:
  explicit CodeActRun(const StrategyInputs& inputs) : in_(inputs), dialogue_(inputs) {}

  Result<Outcome> Run() { return Converse(&dialogue_, this); }

  Status Begin(const std::string& earlier) override {
    if (!earlier.empty()) RETURN_IF_ERROR(in_.kernel.Restart());
    loops_ = {};
    names_.clear();
    earlier_.clear();
    ASSIGN_OR_RETURN(const SystemPromptParts parts, dialogue_.PromptParts());
    ASSIGN_OR_RETURN(const Dialogue::RequestContext context, dialogue_.ContextForRequest(parts));
    conversation_.emplace(
        CodeActSystemPrompt(in_.task.prompts, parts),
        RequestPrompt(in_.task.prompts, {dialogue_.RequestNow(), in_.data_files, context.cards,
                                         earlier, context.pattern}));
    return {};
  }

  Conversation& conversation() override { return *conversation_; }

  Result<bool> Step() override {
    const int left = dialogue_.StepsLeft();
    const bool soon = left <= kRemindSteps && dialogue_.step() > 1;
    conversation_->SetReminder(soon ? LastStepsPrompt(in_.task.prompts, left) : "");
    std::string blocks;
    ASSIGN_OR_RETURN(const std::optional<ParsedReply> parsed,
                     dialogue_.AskForAction(dialogue_.MessagesOf(&*conversation_), &blocks));
    if (!parsed) return true;
    conversation_->AddReply(parsed->kept, blocks);
    if (dialogue_.EndedBy(parsed->action)) return true;
    return Act(*parsed);
  }

 private:
  Result<bool> Act(const ParsedReply& parsed) {
    switch (parsed.action.kind) {
      case ActionKind::kCode:
        return parsed.action.is_final ? CheckScript(parsed.action.text) : RunCell(parsed);
      case ActionKind::kDone: return Note("no script", DoneWithoutScriptPrompt(in_.task.prompts));
      case ActionKind::kPlan:
      case ActionKind::kTool: return Note("bad reply", WrongActionPrompt(in_.task.prompts));
      case ActionKind::kAsk:
      case ActionKind::kRefuse:  // ended the run already
      case ActionKind::kNone:
        return Note("bad reply", BadReplyPrompt(in_.task.prompts, parsed.problem));
    }
    return Note("bad reply", BadReplyPrompt(in_.task.prompts, "the reply has no action"));
  }

  // A reply that brought nothing.
  Result<bool> Note(std::string_view kind, std::string text) {
    RETURN_IF_ERROR(dialogue_.Note(kind, text, Dialogue::NoteKind::kBadReply));
    conversation_->AddObservation(std::move(text));
    return false;
  }

  Result<bool> RunCell(const ParsedReply& parsed) {
    const std::string& code = parsed.action.text;
    if (const std::optional<LoopWatch::Ran> ran = loops_.Repeats(code)) {
      return Note("repeated", RepeatedCellPrompt(in_.task.prompts, ran->step, ran->outcome));
    }
    ASSIGN_OR_RETURN(const bool fits, FitsContract(code));
    if (!fits) return false;
    dialogue_.ReplyWasGood();
    dialogue_.Progress("running a block");
    const int64_t seconds =
        std::max<int64_t>(1, std::min(in_.task.limits.cell_seconds, dialogue_.SecondsLeft()));
    ASSIGN_OR_RETURN(const CellResult result,
                     in_.kernel.Execute(code, std::chrono::seconds(seconds)));
    return Observe(parsed, result);
  }

  Result<bool> Observe(const ParsedReply& parsed, const CellResult& result) {
    const std::string& code = parsed.action.text;
    const int step = dialogue_.step();
    if (result.state_lost) earlier_.clear();
    if (result.outcome == CellOutcome::kOk) Remember(code);
    ASSIGN_OR_RETURN(std::vector<LiveName> names, in_.kernel.Names());
    const std::vector<LiveName> changed = ChangedNames(names_, names);
    std::string text =
        CellObservation(result, changed, Lost(result, names),
                        ObservationOptions{.withhold_rows = dialogue_.rows_withheld()});
    text += NoteOn(code, result, text, !changed.empty());
    names_ = std::move(names);
    conversation_->SetLive(names_.empty() ? ""
                                          : LiveNamesPrompt(in_.task.prompts, LiveLines(names_)));
    dialogue_.Progress(OneLine(result));
    RETURN_IF_ERROR(in_.trace.Append(step, "observation", CellRecord(result, text, names_)));
    const Evidence evidence = CollectEvidence({parsed.prose, code, &result, names_});
    // What a failure needs to know is worth more room than a look ahead.
    const bool ran = result.outcome == CellOutcome::kOk;
    ASSIGN_OR_RETURN(
        ShownCards cards,
        in_.context.Retrieve(step, evidence, in_.task.limits.context_tokens / (ran ? 4 : 2),
                             ran ? kSureScore : 0));
    conversation_->AddObservation(text, std::move(cards));
    if (loops_.Stuck()) dialogue_.EndStuck("the model went round in circles, and was told so");
    return loops_.Stuck();
  }

  // What is to be said of a block that leads nowhere; "" for others.
  std::string NoteOn(const std::string& code, const CellResult& result, const std::string& shown,
                     bool new_names) {
    const bool failed = result.outcome != CellOutcome::kOk;
    dialogue_.CountBlock(failed);
    if (failed) dialogue_.RememberFailure("block: " + OneLine(result));
    const bool brought = new_names || !result.figures.empty() || (!failed && MayWrite(code));
    const LoopWatch::Note note = loops_.Add({.step = dialogue_.step(),
                                             .code = code,
                                             .outcome = OneLine(result),
                                             .shown = shown,
                                             .brought = brought,
                                             .state_lost = result.state_lost});
    if (note.same_as_step > 0) {
      return SameResultPrompt(in_.task.prompts, note.same_as_step) + "\n";
    }
    return note.idle_blocks > 0 ? NoProgressPrompt(in_.task.prompts, note.idle_blocks) + "\n" : "";
  }

  // Names that later blocks may use, for the contract check.
  void Remember(const std::string& code) {
    if (earlier_.size() + code.size() > kMaxEarlierBytes) earlier_.clear();
    earlier_ += code;
    if (!earlier_.ends_with('\n')) earlier_ += '\n';
  }

  // False: the block is wrong about the house APIs, and the model was told so.
  Result<bool> FitsContract(const std::string& code) {
    ASSIGN_OR_RETURN(std::string stop, StopByContract(in_, &dialogue_, code, earlier_));
    if (stop.empty()) return true;
    conversation_->AddObservation(std::move(stop));
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
    ASSIGN_OR_RETURN(Dialogue::Verdict verdict, dialogue_.Submit(script));
    if (verdict.ended) return true;
    conversation_->AddObservation(std::move(verdict.told), std::move(verdict.cards));
    return false;
  }

  const StrategyInputs& in_;
  Dialogue dialogue_;
  std::optional<Conversation> conversation_;
  LoopWatch loops_;
  std::vector<LiveName> names_;
  std::string earlier_;  // blocks that ran, for what they bind
};

class CodeAct : public Strategy {
 public:
  Result<Outcome> Run(const StrategyInputs& inputs) override { return CodeActRun(inputs).Run(); }
};

}  // namespace

std::unique_ptr<Strategy> MakeCodeAct() { return std::make_unique<CodeAct>(); }

}  // namespace inhouse
