#include "agent/strategies/conversation.h"

#include <algorithm>
#include <utility>

#include "agent/observation.h"
#include "agent/prompt.h"
#include "indexer/base/check.h"
#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

constexpr std::string_view kNotMade = "Not made: one call a step.";

}  // namespace

Conversation::Conversation(std::string system, std::string request)
    : system_(std::move(system)), request_(std::move(request)) {}

void Conversation::AddReply(std::string text, std::string provider_blocks) {
  // Providers refuse an empty assistant message.
  if (text.empty()) text = "(empty reply)";
  turns_.push_back({std::move(text), std::move(provider_blocks), "", {}, {}});
}

void Conversation::AddToolCalls(std::string text, std::string provider_blocks,
                                std::vector<ToolCall> calls) {
  turns_.push_back({std::move(text), std::move(provider_blocks), "", {}, std::move(calls)});
}

void Conversation::AddObservation(std::string text, ShownCards cards) {
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
  return text + CardsSection(turn.cards.text);
}

void Conversation::AppendTurn(size_t index, Squeeze squeeze, std::vector<Message>* messages) const {
  const Turn& turn = turns_[index];
  messages->push_back({.role = ChatRole::kAssistant,
                       .content = turn.reply,
                       .tool_calls = turn.calls,
                       .provider_blocks = turn.provider_blocks});
  if (turn.calls.empty()) {
    messages->push_back({.role = ChatRole::kUser, .content = Observed(index, squeeze)});
    return;
  }
  // The first call's result stands last, where the reminder is added.
  for (size_t i = turn.calls.size(); i-- > 0;) {
    messages->push_back({.role = ChatRole::kTool,
                         .content = i == 0 ? Observed(index, squeeze) : std::string(kNotMade),
                         .tool_call_id = turn.calls[i].id});
  }
}

std::vector<Message> Conversation::Messages(Squeeze squeeze) const {
  std::vector<Message> messages;
  messages.push_back({.role = ChatRole::kSystem, .content = system_, .cache_mark = true});
  messages.push_back({.role = ChatRole::kUser, .content = request_, .cache_mark = true});
  for (size_t i = 0; i < turns_.size(); ++i) {
    AppendTurn(i, squeeze, &messages);
    // Of the latest turns the observations will shrink still.
    if (i + kFreshObservations + 1 == turns_.size()) messages.back().cache_mark = true;
  }
  if (squeeze == Squeeze::kHard && !live_.empty()) messages.back().content += "\n" + live_;
  if (!reminder_.empty()) messages.back().content += "\n" + reminder_;
  return messages;
}

// True if code or words of the model hold the API's own name.
bool Conversation::IsNamed(const std::string& symbol) const {
  const std::string name = symbol.substr(symbol.rfind('.') + 1);  // npos + 1 is 0
  const auto holds = [&name](const std::string& text) {
    return text.find(name) != std::string::npos;
  };
  return std::any_of(turns_.begin(), turns_.end(), [&holds](const Turn& turn) {
    return holds(turn.reply) ||
           std::any_of(turn.calls.begin(), turn.calls.end(),
                       [&holds](const ToolCall& call) { return holds(call.arguments); });
  });
}

std::vector<std::string> Conversation::DropUnusedCards() {
  std::vector<std::string> dropped;
  for (size_t i = 0; i + 1 < turns_.size(); ++i) {
    ShownCards kept;
    for (PackEntry& entry : turns_[i].cards.entries) {
      if (!IsNamed(entry.symbol)) {
        dropped.push_back(entry.defined_as);
        continue;
      }
      kept.text += (kept.text.empty() ? "" : "\n") + entry.text;
      kept.entries.push_back(std::move(entry));
    }
    turns_[i].cards = std::move(kept);
  }
  return dropped;
}

size_t EstimatePromptTokens(const std::vector<Message>& messages) {
  size_t tokens = 0;
  for (const Message& message : messages) tokens += EstimateTokens(message.content) + 4;
  return tokens;
}

}  // namespace inhouse
