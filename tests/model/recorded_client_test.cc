#include "agent/model/recorded_client.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/model/client_harness.h"

namespace inhouse {
namespace {

using testing::Contains;
using testing::SimpleRequest;

RecordedOptions TwoReplies() {
  RecordedOptions options;
  options.source = "runs/a";
  options.replies = {{.prompt_sha256 = PromptDigest(SimpleRequest()), .content = "one"},
                     {.prompt_sha256 = std::string(64, '0'),
                      .content = "",
                      .tool_calls = {{"c1", "read_schema", "{}"}},
                      .finish = FinishReason::kToolCalls}};
  return options;
}

TEST(RecordedClientTest, RepliesInOrderAndStreams) {
  const auto client = MakeRecordedClient(TwoReplies());
  EXPECT_TRUE(client->is_local());
  EXPECT_TRUE(client->info().native_tools);
  std::string shown;
  const auto show = [&shown](std::string_view text) { shown += text; };
  const Reply first = client->Complete(SimpleRequest(), show).value();
  EXPECT_EQ(first.content, "one");
  EXPECT_EQ(shown, "one");
  EXPECT_TRUE(first.warnings.empty());
  const Reply second = client->Complete(SimpleRequest(), {}).value();
  ASSERT_EQ(second.tool_calls.size(), 1u);
  EXPECT_EQ(second.tool_calls[0].name, "read_schema");
  EXPECT_EQ(second.finish, FinishReason::kToolCalls);
}

TEST(RecordedClientTest, WarnsWhenThePromptDiffers) {
  const auto client = MakeRecordedClient(TwoReplies());
  ASSERT_TRUE(client->Complete(SimpleRequest(), {}).ok());
  const Reply second = client->Complete(SimpleRequest(), {}).value();
  ASSERT_EQ(second.warnings.size(), 1u);
  EXPECT_TRUE(Contains(second.warnings[0], "reply 2 of the recording runs/a"));
}

TEST(RecordedClientTest, StrictMakesADifferenceAnErrorAndKeepsTheReply) {
  RecordedOptions options = TwoReplies();
  options.strict = true;
  const auto client = MakeRecordedClient(std::move(options));
  ChatRequest other = SimpleRequest();
  other.messages[0].content = "other";
  const Result<Reply> refused = client->Complete(other, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kModel);
  EXPECT_TRUE(Contains(refused.error().message, "without --strict"));
  EXPECT_EQ(client->Complete(SimpleRequest(), {}).value().content, "one");
}

TEST(RecordedClientTest, SaysWhenTheRepliesRunOut) {
  const auto client = MakeRecordedClient({});
  const Result<Reply> result = client->Complete(SimpleRequest(), {});
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(Contains(result.error().message, "it has only 0"));
}

}  // namespace
}  // namespace inhouse
