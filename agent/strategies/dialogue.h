// What all strategies share in talking to the model: asking, recording, counting,
// the limits of a run, and what becomes of a final script.
//
//   Dialogue dialogue(inputs);
//   Conversation conversation(system, request);
//   for (;;) {
//     ASSIGN_OR_RETURN(const bool goes_on, dialogue.NextStep());
//     if (!goes_on) return dialogue.outcome();
//     std::string blocks;
//     ASSIGN_OR_RETURN(const std::optional<ParsedReply> parsed,
//                      dialogue.AskForAction(dialogue.MessagesOf(&conversation), &blocks));
//     if (!parsed) return dialogue.outcome();
//     …
//   }
//
// A run is over when a call says so; outcome() is complete then. Borrows the
// inputs. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/reply_parser.h"
#include "agent/strategies/conversation.h"
#include "agent/strategies/strategy.h"
#include "agent/system_prompts.h"

namespace inhouse {

// So many replies in a row that bring nothing end an attempt.
inline constexpr int kMaxBadReplies = 4;
// A reply that was cut is asked to go on so often.
inline constexpr int kMaxContinuations = 2;

// So many replies in a row that the connection cut short end the run.
inline constexpr int kMaxBrokenReplies = 3;

// How a prompt is made, given how much must be left out.
using MessagesFor = std::function<std::vector<Message>(Squeeze)>;

class Dialogue {
 public:
  explicit Dialogue(const StrategyInputs& inputs);

  // Begins the next step. False: a limit ends the run here. Errors: kInterrupted.
  Result<bool> NextStep();
  int step() const { return step_; }
  int StepsLeft() const {
    return in_.task.limits.steps - (step_ - first_step_) + 1;
  }  // this one included
  int64_t SecondsLeft() const;
  // Rows of data may not be shown to this model.
  bool rows_withheld() const { return rows_withheld_; }

  // House rules and API summary, and the cards for the request, as every strategy begins.
  Result<SystemPromptParts> PromptParts();
  struct RequestContext {
    std::string cards;    // house APIs
    std::string pattern;  // an approved script for a like request (PatternSection), or ""
  };
  Result<RequestContext> ContextForRequest(const SystemPromptParts& parts);
  // The request with all that the person has said since, for a prompt that begins anew.
  std::string RequestNow() const;
  // The prompts of a conversation; a squeezed one first loses the cards that nothing uses.
  MessagesFor MessagesOf(Conversation* conversation) const;

  // One reply. Once the prompt does not fit the context, this one and later ones are squeezed. A
  // reply that was cut is asked to go on and comes whole. The run is over (ActionOf says so) if the
  // model did not answer while there was time, or a limit forbids the call. Errors: kModel,
  // kInterrupted.
  Result<Reply> Ask(const MessagesFor& messages, const std::vector<ToolSpec>& tools = {});
  // The action in a reply, recorded. Nothing: the run is over (full context, or declined).
  Result<std::optional<ParsedReply>> ActionOf(const Reply& reply);
  // `code`: what it would run, if that is not the action's text.
  Status Record(const ParsedReply& parsed, std::string_view code = "");
  // Ask and ActionOf. `blocks`: Reply::provider_blocks if they may go back with what was kept.
  Result<std::optional<ParsedReply>> AskForAction(const MessagesFor& messages, std::string* blocks);

  // True for a question or a refusal: the run is over.
  bool EndedBy(const Action& action);

  // The run is over: has the person more to say? Then it goes on, with steps and
  // time as at the beginning; recorded. Nothing: it stays over.
  struct FollowUpMessage {
    std::string told;  // for the model
    ShownCards cards;  // house APIs that it is about
  };
  // `after_failure`: also where the attempt failed, if the run was resumed with a message.
  Result<std::optional<FollowUpMessage>> FollowUp(bool after_failure = false);

  // The attempt failed (its scripts did not pass, or it brought nothing more): may
  // another begin from the start? Then what it is to be told, recorded; the steps begin
  // again, time and tokens run on. Nothing: the run stays over.
  Result<std::optional<std::string>> BeginAnew();
  // A line on what went wrong, for the summary of a failed attempt.
  void RememberFailure(std::string line);
  // What was reached, for a limit's message.
  void CountBlock(bool failed);

  // An observation that is no cell's, recorded. kBadReply counts against the model.
  enum class NoteKind { kBadReply, kOther };
  Status Note(std::string_view kind, std::string_view text, NoteKind counts);
  void ReplyWasGood() { bad_replies_ = 0; }

  struct Verdict {
    bool ended = false;  // passed, or failed for the last time
    std::string told;    // else: the findings, for the model
    ShownCards cards;    // and house APIs that they are about
  };
  // Runs the gates on a final script.
  Result<Verdict> Submit(const std::string& script);

  void End(OutcomeKind kind, std::string message);
  // The attempt leads nowhere: it is over, and another may begin anew.
  void EndStuck(std::string message);
  const Outcome& outcome() const { return outcome_; }
  void Progress(std::string_view line) const;

 private:
  Result<Reply> AskOnce(std::vector<Message> messages, const std::vector<ToolSpec>& tools);
  Result<Reply> Completed(std::vector<Message> messages, const std::vector<ToolSpec>& tools,
                          Reply reply);
  Result<Reply> NoAnswer(const Error& error);
  bool Fits(const std::vector<Message>& messages) const;
  bool Replaying() const { return in_.replaying && in_.replaying(); }
  bool LimitReached();
  void EndAtLimit(const std::string& what, const std::string& remedy);
  std::string Reached() const;
  std::string TimeLimitText() const;
  int64_t MillisecondsLeft() const;  // at least 1
  void TakeWarning(const std::string& warning);
  void Count(const Reply& reply, size_t estimated_input);
  Status CountBroken(const Reply& reply);
  Result<Verdict> SendBack(const std::string& script, const std::vector<Finding>& findings);

  const StrategyInputs& in_;
  const bool rows_withheld_;
  Outcome outcome_;
  int step_ = 0;
  int first_step_ = 0;  // of the latest message or attempt, less one
  bool over_ = false;   // the call that was due was not made or not answered
  bool stuck_ = false;  // why the attempt ended
  Squeeze squeeze_ = Squeeze::kNormal;
  int64_t first_ms_ = 0;               // when the latest message came
  size_t follow_ups_ = 0;              // of the task's, given so far
  std::vector<std::string> said_;      // what the person was asked and has said, in words
  int bad_replies_ = 0;                // in a row
  int broken_replies_ = 0;             // in a row
  int returned_ = 0;                   // final scripts that went back
  int retries_ = 0;                    // attempts that began anew
  std::vector<std::string> failures_;  // of this attempt, each once
  int blocks_ = 0, failed_blocks_ = 0;
  std::string imports_;  // import statements of the code so far
};

}  // namespace inhouse
