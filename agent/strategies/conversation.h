// What the model has been told and has said, and what of it goes into the next
// prompt. Code that the model wrote stays whole (the final script is made of
// it), and so do API cards; observations shrink once they are old. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent/model/chat.h"

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
  // `cards`: House APIs shown with it; "" for none.
  void AddObservation(std::string text, std::string cards);
  // Stands at the end of the next prompt only.
  void SetReminder(std::string reminder) { reminder_ = std::move(reminder); }

  std::vector<Message> Messages(Squeeze squeeze) const;

 private:
  struct Turn {
    std::string reply, provider_blocks, observation, cards;
    std::vector<ToolCall> calls;
  };
  void AppendTurn(size_t index, Squeeze squeeze, std::vector<Message>* messages) const;
  std::string Observed(size_t index, Squeeze squeeze) const;

  std::string system_, request_, reminder_;
  std::vector<Turn> turns_;
};

// Upper bound of the tokens of a prompt.
size_t EstimatePromptTokens(const std::vector<Message>& messages);

}  // namespace inhouse
