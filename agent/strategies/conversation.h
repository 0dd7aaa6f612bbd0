// What the model has been told and has said, and what of it goes into the next
// prompt. What shrinks first when room is short: old observations, then the latest but
// one, then API cards that no code uses. Never: the rules, the request, the model's own code (the
// final script is made of it), the cards in use, what is alive. Pure.
//
// The prompt up to the newest shrunk observation never changes again, so it carries a
// cache mark: what a provider must read anew at each step does not grow with the run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent/model/chat.h"
#include "agent/step_context.h"

namespace inhouse {

// How much is left out.
enum class Squeeze {
  kNormal,  // the last kFreshObservations are whole
  kHard,    // the context was full: only the last one is, others are a line
};

class Conversation {
 public:
  static constexpr size_t kFreshObservations = 2;
  static constexpr size_t kOldBytes = 500;
  static constexpr size_t kSqueezedBytes = 120;

  Conversation(std::string system, std::string request);

  void AddReply(std::string text, std::string provider_blocks);
  // A reply that called tools: the first was made, and the next observation is
  // its result; of the others the model is told that they were not.
  void AddToolCalls(std::string text, std::string provider_blocks, std::vector<ToolCall> calls);
  // `cards`: House APIs shown with it.
  void AddObservation(std::string text, ShownCards cards = {});
  // Stands at the end of the next prompt only.
  void SetReminder(std::string reminder) { reminder_ = std::move(reminder); }
  // Stands at the end of a squeezed prompt; "" for nothing.
  void SetLive(std::string live) { live_ = std::move(live); }

  std::vector<Message> Messages(Squeeze squeeze) const;

  // Takes out the cards, but the latest, of APIs that no reply names; gives their
  // defined_as names.
  std::vector<std::string> DropUnusedCards();

 private:
  struct Turn {
    std::string reply, provider_blocks, observation;
    ShownCards cards;
    std::vector<ToolCall> calls;
  };
  void AppendTurn(size_t index, Squeeze squeeze, std::vector<Message>* messages) const;
  std::string Observed(size_t index, Squeeze squeeze) const;
  bool IsNamed(const std::string& symbol) const;

  std::string system_, request_, reminder_, live_;
  std::vector<Turn> turns_;
};

// Upper bound of the tokens of a prompt.
size_t EstimatePromptTokens(const std::vector<Message>& messages);

}  // namespace inhouse
