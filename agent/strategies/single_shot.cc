#include "agent/strategies/single_shot.h"

#include <optional>

#include "agent/prompt.h"
#include "agent/strategies/converse.h"
#include "agent/strategies/dialogue.h"

namespace inhouse {
namespace {

class SingleShotRun : public Talk {
 public:
  explicit SingleShotRun(const StrategyInputs& inputs) : in_(inputs), dialogue_(inputs) {}

  Result<Outcome> Run() { return Converse(&dialogue_, this); }

  Status Begin(const std::string& earlier) override {
    ASSIGN_OR_RETURN(const SystemPromptParts parts, dialogue_.PromptParts());
    ASSIGN_OR_RETURN(const Dialogue::RequestContext context, dialogue_.ContextForRequest(parts));
    conversation_.emplace(
        SingleShotSystemPrompt(in_.task.prompts, parts),
        RequestPrompt(in_.task.prompts, {dialogue_.RequestNow(), in_.data_files, context.cards,
                                         earlier, context.pattern}));
    return {};
  }

  Conversation& conversation() override { return *conversation_; }

  Result<bool> Step() override {
    std::string blocks;
    ASSIGN_OR_RETURN(const std::optional<ParsedReply> parsed,
                     dialogue_.AskForAction(dialogue_.MessagesOf(&*conversation_), &blocks));
    if (!parsed) return true;
    conversation_->AddReply(parsed->kept, blocks);
    if (dialogue_.EndedBy(parsed->action)) return true;
    if (parsed->action.kind != ActionKind::kCode) return NoScript(*parsed);
    ASSIGN_OR_RETURN(Dialogue::Verdict verdict, dialogue_.Submit(parsed->action.text));
    if (verdict.ended) return true;
    conversation_->AddObservation(std::move(verdict.told), std::move(verdict.cards));
    return false;
  }

 private:
  Result<bool> NoScript(const ParsedReply& parsed) {
    std::string told = parsed.problem.empty() ? DoneWithoutScriptPrompt(in_.task.prompts)
                                              : BadReplyPrompt(in_.task.prompts, parsed.problem);
    RETURN_IF_ERROR(dialogue_.Note("no script", told, Dialogue::NoteKind::kBadReply));
    conversation_->AddObservation(std::move(told));
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
