#include "agent/strategies/conversation.h"

#include "agent/observation.h"
#include "agent/prompt.h"
#include "indexer/base/check.h"
#include "indexer/chunk/terms.h"

namespace inhouse {

Conversation::Conversation(std::string system, std::string request)
    : system_(std::move(system)), request_(std::move(request)) {}

void Conversation::AddReply(std::string text, std::string provider_blocks) {
  // Providers refuse an empty assistant message.
  if (text.empty()) text = "(empty reply)";
  turns_.push_back({std::move(text), std::move(provider_blocks), "", ""});
}

void Conversation::AddObservation(std::string text, std::string cards) {
  CHECK(!turns_.empty());
  turns_.back().observation = std::move(text);
  turns_.back().cards = std::move(cards);
}

std::string Conversation::Observed(size_t index, Squeeze squeeze) const {
  const Turn& turn = turns_[index];
  const size_t age = turns_.size() - 1 - index;
  const size_t fresh = squeeze == Squeeze::kHard ? 1 : kFreshObservations;
  const size_t limit = squeeze == Squeeze::kHard ? kSqueezedBytes : kOldBytes;
  std::string text = age < fresh ? turn.observation : ShortenObservation(turn.observation, limit);
  return text + CardsSection(turn.cards);
}

std::vector<Message> Conversation::Messages(Squeeze squeeze) const {
  std::vector<Message> messages;
  messages.push_back({.role = ChatRole::kSystem, .content = system_, .cache_mark = true});
  messages.push_back({.role = ChatRole::kUser, .content = request_, .cache_mark = true});
  for (size_t i = 0; i < turns_.size(); ++i) {
    messages.push_back({.role = ChatRole::kAssistant,
                        .content = turns_[i].reply,
                        .provider_blocks = turns_[i].provider_blocks});
    messages.push_back({.role = ChatRole::kUser, .content = Observed(i, squeeze)});
  }
  if (!reminder_.empty()) messages.back().content += "\n" + reminder_;
  return messages;
}

size_t EstimatePromptTokens(const std::vector<Message>& messages) {
  size_t tokens = 0;
  for (const Message& message : messages) tokens += EstimateTokens(message.content) + 4;
  return tokens;
}

}  // namespace inhouse
