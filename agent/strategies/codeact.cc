#include "agent/strategies/codeact.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/observation.h"
#include "agent/prompt.h"
#include "agent/strategies/contract_stop.h"
#include "agent/strategies/dialogue.h"
#include "agent/trace_records.h"

namespace inhouse {
namespace {

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
  explicit CodeActRun(const StrategyInputs& inputs) : in_(inputs), dialogue_(inputs) {}

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
    ASSIGN_OR_RETURN(const SystemPromptParts parts, dialogue_.PromptParts());
    ASSIGN_OR_RETURN(const std::string cards, dialogue_.RequestCards(parts));
    conversation_.emplace(CodeActSystemPrompt(parts),
                          RequestPrompt({in_.task.request, in_.data_files, cards}));
    return {};
  }

  // One reply and what comes of it; true: the run is over.
  Result<bool> Step() {
    const int left = dialogue_.StepsLeft();
    const bool soon = left <= kRemindSteps && dialogue_.step() > 1;
    conversation_->SetReminder(soon ? LastStepsPrompt(left) : "");
    std::string blocks;
    ASSIGN_OR_RETURN(
        const std::optional<ParsedReply> parsed,
        dialogue_.AskForAction([this](Squeeze squeeze) { return conversation_->Messages(squeeze); },
                               &blocks));
    if (!parsed) return true;
    conversation_->AddReply(parsed->kept, blocks);
    if (dialogue_.EndedBy(parsed->action)) return true;
    return Act(*parsed);
  }

  Result<bool> Act(const ParsedReply& parsed) {
    switch (parsed.action.kind) {
      case ActionKind::kCode:
        return parsed.action.is_final ? CheckScript(parsed.action.text) : RunCell(parsed);
      case ActionKind::kDone: return Note("no script", DoneWithoutScriptPrompt());
      case ActionKind::kPlan:
      case ActionKind::kTool: return Note("bad reply", WrongActionPrompt());
      case ActionKind::kAsk:
      case ActionKind::kRefuse:  // ended the run already
      case ActionKind::kNone: return Note("bad reply", BadReplyPrompt(parsed.problem));
    }
    return Note("bad reply", BadReplyPrompt("the reply has no action"));
  }

  // A reply that brought nothing.
  Result<bool> Note(std::string_view kind, std::string text) {
    RETURN_IF_ERROR(dialogue_.Note(kind, text, Dialogue::NoteKind::kBadReply));
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
    history_.Add(code, step, result);
    if (result.state_lost) earlier_.clear();
    if (result.outcome == CellOutcome::kOk) Remember(code);
    ASSIGN_OR_RETURN(std::vector<LiveName> names, in_.kernel.Names());
    const std::string text =
        CellObservation(result, ChangedNames(names_, names), Lost(result, names),
                        ObservationOptions{.withhold_rows = dialogue_.rows_withheld()});
    names_ = std::move(names);
    dialogue_.Progress(OneLine(result));
    RETURN_IF_ERROR(in_.trace.Append(step, "observation", CellRecord(result, text, names_)));
    const Evidence evidence = CollectEvidence({parsed.prose, code, &result, names_});
    // What a failure needs to know is worth more room than a look ahead.
    const size_t share = result.outcome == CellOutcome::kOk ? 4 : 2;
    ASSIGN_OR_RETURN(std::string cards,
                     in_.context.Retrieve(step, evidence, in_.task.limits.context_tokens / share));
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
    ASSIGN_OR_RETURN(std::string stop, StopByContract(in_, &dialogue_, code, earlier_));
    if (stop.empty()) return true;
    conversation_->AddObservation(std::move(stop), "");
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
  CellHistory history_;
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
