#include "agent/strategies/single_shot.h"

#include <optional>

#include "agent/prompt.h"
#include "agent/strategies/dialogue.h"

namespace inhouse {
namespace {

class SingleShotRun {
 public:
  explicit SingleShotRun(const StrategyInputs& inputs) : in_(inputs), dialogue_(inputs) {}

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
    conversation_.emplace(SingleShotSystemPrompt(parts),
                          RequestPrompt({in_.task.request, in_.data_files, cards}));
    return {};
  }

  Result<bool> Step() {
    std::string blocks;
    ASSIGN_OR_RETURN(
        const std::optional<ParsedReply> parsed,
        dialogue_.AskForAction([this](Squeeze squeeze) { return conversation_->Messages(squeeze); },
                               &blocks));
    if (!parsed) return true;
    conversation_->AddReply(parsed->kept, blocks);
    if (dialogue_.EndedBy(parsed->action)) return true;
    if (parsed->action.kind != ActionKind::kCode) return NoScript(*parsed);
    ASSIGN_OR_RETURN(Dialogue::Verdict verdict, dialogue_.Submit(parsed->action.text));
    if (verdict.ended) return true;
    conversation_->AddObservation(std::move(verdict.told), std::move(verdict.cards));
    return false;
  }

  Result<bool> NoScript(const ParsedReply& parsed) {
    std::string told =
        parsed.problem.empty() ? DoneWithoutScriptPrompt() : BadReplyPrompt(parsed.problem);
    RETURN_IF_ERROR(dialogue_.Note("no script", told, Dialogue::NoteKind::kBadReply));
    conversation_->AddObservation(std::move(told), "");
    return false;
  }

  const StrategyInputs& in_;
  Dialogue dialogue_;
  std::optional<Conversation> conversation_;
};

class SingleShot : public Strategy {
 public:
  Result<Outcome> Run(const StrategyInputs& inputs) override { return SingleShotRun(inputs).Run(); }
};

}  // namespace

std::unique_ptr<Strategy> MakeSingleShot() { return std::make_unique<SingleShot>(); }

}  // namespace inhouse
