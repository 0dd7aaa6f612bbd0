#include "agent/strategies/conversation.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

ShownCards Cards(const std::string& text, const std::string& symbol = "house.write") {
  PackEntry entry;
  entry.symbol = entry.defined_as = symbol;
  entry.text = text;
  return {text, {entry}};
}

Conversation FourTurns() {
  Conversation conversation("rules", "request");
  for (int i = 1; i <= 4; ++i) {
    conversation.AddReply("reply " + std::to_string(i), "");
    conversation.AddObservation("Observation: the block ran.\n" + std::string(4000, 'x'),
                                i == 1 ? Cards("card of step 1") : ShownCards());
  }
  return conversation;
}

TEST(Conversation, BeginsWithRulesAndRequest) {
  const std::vector<Message> messages = Conversation("rules", "request").Messages(Squeeze::kNormal);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].role, ChatRole::kSystem);
  EXPECT_TRUE(messages[0].cache_mark);
  EXPECT_EQ(messages[1].content, "request");
}

TEST(Conversation, OldObservationsShrinkAndCardsStay) {
  const std::vector<Message> messages = FourTurns().Messages(Squeeze::kNormal);
  ASSERT_EQ(messages.size(), 10u);
  EXPECT_LT(messages[3].content.size(), 800u);
  EXPECT_NE(messages[3].content.find("card of step 1"), std::string::npos);
  EXPECT_LT(messages[5].content.size(), 800u);
  EXPECT_GT(messages[7].content.size(), 4000u);
  EXPECT_GT(messages[9].content.size(), 4000u);
  EXPECT_EQ(messages[2].content, "reply 1");
}

TEST(Conversation, SqueezesHarderWhenTheContextIsFull) {
  const std::vector<Message> messages = FourTurns().Messages(Squeeze::kHard);
  EXPECT_LT(messages[7].content.size(), 300u);
  EXPECT_GT(messages[9].content.size(), 4000u);
}

TEST(Conversation, AReminderStandsAtTheEndOnly) {
  Conversation conversation = FourTurns();
  conversation.SetReminder("One step is left");
  EXPECT_TRUE(conversation.Messages(Squeeze::kNormal).back().content.ends_with("One step is left"));
  conversation.SetReminder("");
  EXPECT_EQ(conversation.Messages(Squeeze::kNormal).back().content.find("One step"),
            std::string::npos);
}

TEST(Conversation, RolesAlternateAlsoAfterAnEmptyReply) {
  Conversation conversation("rules", "request");
  conversation.AddReply("", "");
  conversation.AddObservation("nothing was run");
  const std::vector<Message> messages = conversation.Messages(Squeeze::kNormal);
  EXPECT_EQ(messages[2].role, ChatRole::kAssistant);
  EXPECT_FALSE(messages[2].content.empty());
  EXPECT_GT(EstimatePromptTokens(messages), 5u);
}

TEST(Conversation, ASqueezedPromptSaysWhatIsAlive) {
  Conversation conversation = FourTurns();
  conversation.SetLive("Alive: df");
  EXPECT_EQ(conversation.Messages(Squeeze::kNormal).back().content.find("Alive: df"),
            std::string::npos);
  EXPECT_NE(conversation.Messages(Squeeze::kHard).back().content.find("Alive: df"),
            std::string::npos);
  EXPECT_EQ(conversation.Messages(Squeeze::kHard)[1].content, "request");
}

TEST(Conversation, CardsThatNothingNamesGoFirst) {
  Conversation conversation("rules", "request");
  conversation.AddReply("look", "");
  conversation.AddObservation("ran", {"used card\nspare card",
                                      {Cards("used card", "house.write").entries[0],
                                       Cards("spare card", "house.read").entries[0]}});
  conversation.AddReply("```python\nhouse.write(1)\n```", "");
  conversation.AddObservation("ran", Cards("new card", "house.fresh"));
  EXPECT_EQ(conversation.DropUnusedCards(), std::vector<std::string>{"house.read"});
  const std::vector<Message> messages = conversation.Messages(Squeeze::kHard);
  EXPECT_NE(messages[3].content.find("used card"), std::string::npos);
  EXPECT_EQ(messages[3].content.find("spare card"), std::string::npos);
  EXPECT_NE(messages[5].content.find("new card"), std::string::npos) << "the latest stay";
  EXPECT_TRUE(conversation.DropUnusedCards().empty());
}

// What a provider must read anew: all after the longest marked begin that the prompt
// before had too.
size_t UncachedBytes(const std::vector<Message>& before, const std::vector<Message>& now) {
  size_t same = 0;
  while (same < before.size() && same < now.size() && before[same].content == now[same].content) {
    ++same;
  }
  while (same > 0 && !before[same - 1].cache_mark) --same;
  size_t bytes = 0;
  for (size_t i = same; i < now.size(); ++i) bytes += now[i].content.size();
  return bytes;
}

TEST(Conversation, TheInputToBeReadAnewDoesNotGrowWithTheRun) {
  Conversation conversation(std::string(6000, 'r'), std::string(3000, 'q'));
  std::vector<Message> before = conversation.Messages(Squeeze::kNormal);
  std::vector<size_t> uncached;
  for (int i = 0; i < 20; ++i) {
    conversation.AddReply(std::string(800, 'c'), "");
    conversation.AddObservation("Observation: ran\n" + std::string(2000, 'x'));
    std::vector<Message> now = conversation.Messages(Squeeze::kNormal);
    uncached.push_back(UncachedBytes(before, now));
    before = std::move(now);
  }
  for (size_t i = 4; i < uncached.size(); ++i) EXPECT_EQ(uncached[i], uncached[4]) << i;
  EXPECT_LT(uncached.back(), 9000u) << "two turns that are whole, one that shrank, one new";
}

}  // namespace
}  // namespace inhouse
