#include "agent/strategies/chained.h"

#include <optional>
#include <utility>

#include "agent/prompt.h"
#include "agent/strategies/dialogue.h"
#include "agent/strategies/plan.h"

namespace inhouse {
namespace {

using Plan = std::vector<PlanStep>;

class ChainedRun {
 public:
  explicit ChainedRun(const StrategyInputs& inputs) : in_(inputs), dialogue_(inputs) {}

  Result<Outcome> Run() {
    ASSIGN_OR_RETURN(parts_, dialogue_.PromptParts());
    for (;;) {
      RETURN_IF_ERROR(Attempt());
      ASSIGN_OR_RETURN(const std::optional<std::string> earlier, dialogue_.BeginAnew());
      earlier_ = earlier.value_or("");
      if (earlier) continue;
      ASSIGN_OR_RETURN(const std::optional<Dialogue::FollowUpMessage> more,
                       dialogue_.FollowUp(/*after_failure=*/true));
      if (!more) return dialogue_.outcome();
    }
  }

 private:
  // A plan, its code, the review; dialogue_ says what came of it.
  Status Attempt() {
    code_.clear();
    ASSIGN_OR_RETURN(Dialogue::RequestContext context, dialogue_.ContextForRequest(parts_));
    cards_ = std::move(context.cards);
    pattern_ = std::move(context.pattern);
    ASSIGN_OR_RETURN(const std::optional<Plan> plan, MakePlan());
    if (!plan) return {};
    for (size_t i = 0; i < plan->size(); ++i) {
      ASSIGN_OR_RETURN(const bool goes_on, WriteStep(*plan, i));
      if (!goes_on) return {};
    }
    return Review();
  }

  // Nothing: the run is over.
  Result<std::optional<Plan>> MakePlan() {
    Conversation talk(PlanSystemPrompt(in_.task.prompts, parts_),
                      RequestPrompt(in_.task.prompts, {dialogue_.RequestNow(), in_.data_files,
                                                       cards_, earlier_, pattern_}));
    for (;;) {
      ASSIGN_OR_RETURN(const bool goes_on, dialogue_.NextStep());
      if (!goes_on) return std::optional<Plan>();
      ASSIGN_OR_RETURN(const Reply reply, dialogue_.Ask(dialogue_.MessagesOf(&talk)));
      Result<Plan> plan = ParsePlan(reply.content);
      if (plan.ok()) {
        RETURN_IF_ERROR(RecordPlan(*plan));
        dialogue_.ReplyWasGood();
        return std::optional<Plan>(std::move(plan).value());
      }
      ASSIGN_OR_RETURN(const std::optional<ParsedReply> parsed, dialogue_.ActionOf(reply));
      if (!parsed) return std::optional<Plan>();
      talk.AddReply(reply.content, reply.provider_blocks);
      if (dialogue_.EndedBy(parsed->action)) {
        ASSIGN_OR_RETURN(const bool more, GoesOn(&talk));
        if (!more) return std::optional<Plan>();
        continue;
      }
      std::string told = BadPlanPrompt(in_.task.prompts, plan.error().message);
      RETURN_IF_ERROR(dialogue_.Note("no plan", told, Dialogue::NoteKind::kBadReply));
      talk.AddObservation(std::move(told));
    }
  }

  // True if the person has more to say.
  Result<bool> GoesOn(Conversation* talk) {
    ASSIGN_OR_RETURN(std::optional<Dialogue::FollowUpMessage> more, dialogue_.FollowUp());
    if (!more) return false;
    talk->AddObservation(std::move(more->told), std::move(more->cards));
    return true;
  }

  Status RecordPlan(const Plan& plan) {
    ParsedReply parsed;
    parsed.action.kind = ActionKind::kPlan;
    parsed.action.text = PlanLines(plan);
    return dialogue_.Record(parsed);
  }

  // False: the run is over.
  Result<bool> WriteStep(const Plan& plan, size_t number) {
    const std::string line = PlanStepLine(plan[number]);
    Evidence evidence;
    evidence.text = line;
    RETURN_IF_ERROR(AddCards(std::move(evidence), 4));
    Conversation talk(StepSystemPrompt(in_.task.prompts, parts_),
                      ChainStepPrompt(in_.task.prompts,
                                      {dialogue_.RequestNow(), in_.data_files, PlanLines(plan),
                                       code_, number + 1, plan.size(), line, cards_, pattern_}));
    ASSIGN_OR_RETURN(const std::optional<std::string> code, AskForCode(&talk));
    if (!code) return false;
    if (!code_.empty()) code_ += "\n\n";
    code_ += *code;
    return true;
  }

  // The review, until its script passes or the run is over.
  Status Review() {
    ASSIGN_OR_RETURN(const std::vector<Finding> findings, in_.contract.Check(code_, ""));
    StepFacts facts;
    facts.code = code_;
    RETURN_IF_ERROR(AddCards(CollectEvidence(facts), 2));
    Conversation talk(ReviewSystemPrompt(in_.task.prompts, parts_),
                      ReviewPrompt(in_.task.prompts, {dialogue_.RequestNow(), in_.data_files, code_,
                                                      findings, cards_}));
    for (;;) {
      ASSIGN_OR_RETURN(const std::optional<std::string> script, AskForCode(&talk));
      if (!script) return {};
      ASSIGN_OR_RETURN(Dialogue::Verdict verdict, dialogue_.Submit(*script));
      if (!verdict.ended) {
        talk.AddObservation(std::move(verdict.told), std::move(verdict.cards));
        continue;
      }
      ASSIGN_OR_RETURN(const bool more, GoesOn(&talk));
      if (!more) return {};
    }
  }

  // The code of the next reply that has any; nothing: the run is over.
  Result<std::optional<std::string>> AskForCode(Conversation* talk) {
    for (;;) {
      ASSIGN_OR_RETURN(const bool goes_on, dialogue_.NextStep());
      if (!goes_on) return std::optional<std::string>();
      std::string blocks;
      ASSIGN_OR_RETURN(const std::optional<ParsedReply> parsed,
                       dialogue_.AskForAction(dialogue_.MessagesOf(talk), &blocks));
      if (!parsed) return std::optional<std::string>();
      talk->AddReply(parsed->kept, blocks);
      if (dialogue_.EndedBy(parsed->action)) {
        ASSIGN_OR_RETURN(const bool more, GoesOn(talk));
        if (!more) return std::optional<std::string>();
        continue;
      }
      if (parsed->action.kind == ActionKind::kCode) {
        dialogue_.ReplyWasGood();
        return std::optional<std::string>(parsed->action.text);
      }
      std::string told = parsed->problem.empty()
                             ? WrongActionPrompt(in_.task.prompts)
                             : BadReplyPrompt(in_.task.prompts, parsed->problem);
      RETURN_IF_ERROR(dialogue_.Note("bad reply", told, Dialogue::NoteKind::kBadReply));
      talk->AddObservation(std::move(told));
    }
  }

  // Every call is a prompt of its own: cards that were shown go into the next ones too.
  Status AddCards(Evidence evidence, size_t share) {
    ASSIGN_OR_RETURN(const ShownCards cards,
                     in_.context.Retrieve(dialogue_.step(), std::move(evidence),
                                          in_.task.limits.context_tokens / share));
    if (!cards.text.empty() && !cards_.empty()) cards_ += "\n";
    cards_ += cards.text;
    return {};
  }

  const StrategyInputs& in_;
  Dialogue dialogue_;
  SystemPromptParts parts_;
  std::string cards_;    // all so far
  std::string pattern_;  // an approved script for a like request
  std::string code_;     // of the steps so far
  std::string earlier_;  // what is said of an attempt that failed
};

class Chained : public Strategy {
 public:
  Result<Outcome> Run(const StrategyInputs& inputs) override { return ChainedRun(inputs).Run(); }
};

}  // namespace

std::unique_ptr<Strategy> MakeChained() { return std::make_unique<Chained>(); }

}  // namespace inhouse
