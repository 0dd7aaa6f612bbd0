#include "agent/strategies/conversation.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

Conversation FourTurns() {
  Conversation conversation("rules", "request");
  for (int i = 1; i <= 4; ++i) {
    conversation.AddReply("reply " + std::to_string(i), "");
    conversation.AddObservation("Observation: the block ran.\n" + std::string(4000, 'x'),
                                i == 1 ? "card of step 1" : "");
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
  conversation.AddObservation("nothing was run", "");
  const std::vector<Message> messages = conversation.Messages(Squeeze::kNormal);
  EXPECT_EQ(messages[2].role, ChatRole::kAssistant);
  EXPECT_FALSE(messages[2].content.empty());
  EXPECT_GT(EstimatePromptTokens(messages), 5u);
}

}  // namespace
}  // namespace inhouse
