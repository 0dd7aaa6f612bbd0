#include "agent/model/chat.h"

#include <gtest/gtest.h>

#include <string>

#include "agent/model/chat_json.h"
#include "tests/model/client_harness.h"

namespace inhouse {
namespace {

ChatRequest Rich() {
  ChatRequest request = testing::SimpleRequest();
  request.messages.push_back({.role = ChatRole::kAssistant,
                              .content = "größe",
                              .tool_calls = {{"c1", "read_schema", R"({"path":"a"})"}}});
  request.messages.push_back({.role = ChatRole::kTool, .content = "ok", .tool_call_id = "c1"});
  request.tools = {testing::ReadSchemaTool()};
  request.stop = {"Observation:"};
  return request;
}

// The oracle is Python: sha256(json.dumps(form, sort_keys=True, separators=(",", ":"),
// ensure_ascii=False)).
TEST(PromptDigestTest, IsTheDigestOfTheCanonicalForm) {
  EXPECT_EQ(DumpJson(CanonicalPrompt(testing::SimpleRequest())),
            R"({"max_tokens":4096,"messages":[{"content":"You write Python.","role":"system"},)"
            R"({"content":"Say hello.","role":"user"}],"stop":[],"tools":[]})");
  EXPECT_EQ(PromptDigest(testing::SimpleRequest()),
            "040fb3d9dc0124eb4536f1337e45295238dc68b9568f71a3509e4a1fa9ff39f3");
  EXPECT_EQ(PromptDigest(Rich()),
            "9b41532a28fc963faa12862ee538f651ebac8491d49ce50bc09a87582609efdd");
}

TEST(PromptDigestTest, DependsOnTheTextAndNotOnHowItIsSent) {
  const std::string digest = PromptDigest(Rich());
  ChatRequest same = Rich();
  same.temperature = 1;
  same.messages[0].cache_mark = true;
  same.messages[2].provider_blocks = "[]";
  EXPECT_EQ(PromptDigest(same), digest);
  ChatRequest other = Rich();
  other.messages[1].content += " ";
  EXPECT_NE(PromptDigest(other), digest);
  other = Rich();
  other.stop.clear();
  EXPECT_NE(PromptDigest(other), digest);
  other = Rich();
  other.max_tokens = 1;
  EXPECT_NE(PromptDigest(other), digest);
  other = Rich();
  other.tools.clear();
  EXPECT_NE(PromptDigest(other), digest);
}

TEST(PromptDigestTest, TakesTextThatIsNoUtf8) {
  ChatRequest request = testing::SimpleRequest();
  request.messages[1].content = "a\xff\xc3";
  EXPECT_EQ(PromptDigest(request).size(), 64u);
}

TEST(ChatTest, FinishNamesReadBack) {
  for (const FinishReason reason :
       {FinishReason::kStop, FinishReason::kLength, FinishReason::kToolCalls,
        FinishReason::kRefusal, FinishReason::kContextFull, FinishReason::kUnknown}) {
    EXPECT_EQ(FinishReasonFromName(FinishReasonName(reason)), reason);
  }
  EXPECT_EQ(FinishReasonFromName("whatever"), FinishReason::kUnknown);
  EXPECT_STREQ(ChatRoleName(ChatRole::kTool), "tool");
}

TEST(ChatJsonTest, RefusesNestingThatWouldExhaustTheStack) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_TRUE(ParseJson(deep).is_discarded());
  EXPECT_FALSE(ParseJson(R"({"a":["]]]]",{"b":"\"[[[["}]})").is_discarded());
  EXPECT_TRUE(ParseJson("{\"a\":").is_discarded());
  EXPECT_TRUE(ParseJson("\xff").is_discarded());
}

}  // namespace
}  // namespace inhouse
