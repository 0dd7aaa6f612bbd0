// The lines of "Anthropic messages".
#include "agent/model/anthropic_client.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/model/client_harness.h"

namespace inhouse {
namespace {

using namespace testing;  // NOLINT: the harness
using nlohmann::json;

std::string Start() {
  return Event(
      "message_start",
      R"("message":{"id":"m","model":"claude-x","usage":{"input_tokens":10,)"
      R"("cache_creation_input_tokens":30,"cache_read_input_tokens":60,"output_tokens":1}})");
}
std::string BlockStart(int index, const std::string& block) {
  return Event("content_block_start",
               R"("index":)" + std::to_string(index) + R"(,"content_block":)" + block);
}
std::string BlockDelta(int index, const std::string& delta) {
  return Event("content_block_delta",
               R"("index":)" + std::to_string(index) + R"(,"delta":)" + delta);
}
std::string BlockStop(int index) {
  return Event("content_block_stop", R"("index":)" + std::to_string(index));
}
std::string Text(int index, const std::string& text) {
  return BlockStart(index, R"({"type":"text","text":""})") +
         BlockDelta(index, json{{"type", "text_delta"}, {"text", text}}.dump()) + BlockStop(index);
}
std::string End(const std::string& reason) {
  return Event("message_delta", R"("delta":{"stop_reason":")" + reason +
                                    R"(","stop_sequence":null},"usage":{"output_tokens":25})") +
         Event("message_stop");
}

Reply ReplyTo(const std::string& stream) {
  Harness h({{Send(SseAnswer(stream))}});
  Result<Reply> reply = h.Ask(h.Anthropic());
  EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().message);
  if (!reply.ok()) return {};
  EXPECT_EQ(h.shown, reply->content);
  return std::move(reply).value();
}

json BodyFor(const ChatRequest& request, const std::string& model = "some-model") {
  Harness h({{Send(SseAnswer(Start() + Text(0, "x") + End("end_turn")))}});
  h.options.model = model;
  EXPECT_TRUE(h.Ask(h.Anthropic(), request).ok());
  return h.Sent(0);
}

TEST(AnthropicClientTest, SendsTheRequestAsDocumented) {
  Harness h({{Send(SseAnswer(Start() + Text(0, "x") + End("end_turn")))}});
  ChatRequest request = SimpleRequest();
  request.tools = {ReadSchemaTool()};
  request.stop = {"Observation:", "\n\n"};
  ASSERT_TRUE(h.Ask(h.Anthropic(), request).ok());
  const ServedRequest served = h.server.requests()[0];
  EXPECT_TRUE(served.head.starts_with("POST /v1/messages HTTP/1.1\r\n")) << served.head;
  EXPECT_TRUE(Contains(served.head, "x-api-key: k-123"));
  EXPECT_TRUE(Contains(served.head, "anthropic-version: 2023-06-01"));
  const json body = json::parse(served.body);
  EXPECT_EQ(body["max_tokens"], 4096);
  EXPECT_EQ(body["system"][0]["text"], "You write Python.");
  EXPECT_EQ(body["messages"].size(), 1u);
  EXPECT_EQ(body["messages"][0]["role"], "user");
  EXPECT_EQ(body["stop_sequences"], json::array({"Observation:"}));  // blanks alone are refused
  EXPECT_EQ(body["tools"][0]["input_schema"]["type"], "object");
}

TEST(AnthropicClientTest, TurnsOfOneRoleAreMergedAndToolResultsComeFirst) {
  ChatRequest request = SimpleRequest();
  auto& messages = request.messages;
  messages.push_back({.role = ChatRole::kUser, .content = "And more."});
  messages.push_back({.role = ChatRole::kAssistant,
                      .content = "Look.",
                      .tool_calls = {{"t1", "f", R"({"x":1})"}, {"t2", "g", "broken"}}});
  messages.push_back({.role = ChatRole::kUser, .content = "A note."});
  messages.push_back({.role = ChatRole::kTool, .content = "one", .tool_call_id = "t1"});
  messages.push_back({.role = ChatRole::kTool, .content = "two", .tool_call_id = "t2"});
  messages.push_back({.role = ChatRole::kSystem, .content = "Late rule."});
  const json sent = BodyFor(request)["messages"];
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0]["content"].size(), 2u);
  EXPECT_EQ(sent[1]["role"], "assistant");
  EXPECT_EQ(sent[1]["content"][1]["input"], json({{"x", 1}}));
  EXPECT_EQ(sent[1]["content"][2]["input"], json::object());
  const json last = sent[2]["content"];
  ASSERT_EQ(last.size(), 4u);
  EXPECT_EQ(last[0]["type"], "tool_result");
  EXPECT_EQ(last[0]["tool_use_id"], "t1");
  EXPECT_EQ(last[1]["tool_use_id"], "t2");
  EXPECT_EQ(last[2]["text"], "A note.");
  EXPECT_EQ(last[3]["text"], "Late rule.");
}

TEST(AnthropicClientTest, ThinkingBlocksAreEchoedUnchanged) {
  const Reply reply =
      ReplyTo(Start() + BlockStart(0, R"({"type":"thinking","thinking":"","signature":""})") +
              BlockDelta(0, R"({"type":"thinking_delta","thinking":"Let me "})") +
              BlockDelta(0, R"({"type":"thinking_delta","thinking":"see."})") +
              BlockDelta(0, R"({"type":"signature_delta","signature":"c2ln"})") + BlockStop(0) +
              BlockStart(1, R"({"type":"redacted_thinking","data":"eA=="})") + BlockStop(1) +
              Text(2, "Hello") + End("end_turn"));
  EXPECT_EQ(reply.content, "Hello");
  EXPECT_EQ(reply.reasoning, "Let me see.");
  ChatRequest request = SimpleRequest();
  request.messages.push_back({.role = ChatRole::kAssistant,
                              .content = reply.content,
                              .provider_blocks = reply.provider_blocks});
  request.messages.push_back({.role = ChatRole::kUser, .content = "Go on."});
  const json blocks = BodyFor(request)["messages"][1]["content"];
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_EQ(blocks[0],
            json({{"type", "thinking"}, {"thinking", "Let me see."}, {"signature", "c2ln"}}));
  EXPECT_EQ(blocks[1], json({{"type", "redacted_thinking"}, {"data", "eA=="}}));
  EXPECT_EQ(blocks[2]["text"], "Hello");
}

TEST(AnthropicClientTest, AtMostFourCacheMarksOnTheLastThatAsk) {
  ChatRequest request;
  for (int i = 0; i < 6; ++i) {
    request.messages.push_back({.role = i == 0       ? ChatRole::kSystem
                                        : i % 2 == 1 ? ChatRole::kUser
                                                     : ChatRole::kAssistant,
                                .content = "message",
                                .cache_mark = true});
  }
  const json body = BodyFor(request);
  EXPECT_FALSE(body["system"][0].contains("cache_control"));
  ASSERT_EQ(body["messages"].size(), 5u);
  int marks = 0;
  for (const json& message : body["messages"]) {
    for (const json& block : message["content"]) marks += block.contains("cache_control") ? 1 : 0;
  }
  EXPECT_EQ(marks, 4);
  EXPECT_FALSE(body["messages"][0]["content"][0].contains("cache_control"));
  request.messages.resize(2);
  EXPECT_EQ(BodyFor(request)["system"][0]["cache_control"]["type"], "ephemeral");
}

TEST(AnthropicClientTest, TheConversationBeginsAndEndsAsTheModelTakesIt) {
  ChatRequest request;
  request.messages = {{.role = ChatRole::kAssistant, .content = "Begun  \n"}};
  const json old_model = BodyFor(request, "claude-haiku-4-5")["messages"];
  ASSERT_EQ(old_model.size(), 2u);
  EXPECT_EQ(old_model[0]["role"], "user");
  EXPECT_EQ(old_model[1]["content"][0]["text"], "Begun");
  const json new_model = BodyFor(request, "claude-sonnet-5")["messages"];
  ASSERT_EQ(new_model.size(), 3u);
  EXPECT_EQ(new_model[2]["role"], "user");
  EXPECT_FALSE(BodyFor(request, "claude-sonnet-5").contains("temperature"));
  EXPECT_TRUE(BodyFor(request, "claude-haiku-4-5").contains("temperature"));
}

TEST(AnthropicClientTest, RefusedTemperatureAndPrefillAreLeftOut) {
  Harness h({{Send(JsonAnswer("400 Bad Request",
                              R"({"type":"error","error":{"type":"invalid_request_error",
       "message":"`temperature` is deprecated for this model."}})"))},
             {Send(JsonAnswer("400 Bad Request",
                              R"({"type":"error","error":{"type":"invalid_request_error",
       "message":"This model does not support assistant message prefill. The conversation must end with a user message."}})"))},
             {Send(SseAnswer(Start() + Text(0, "x") + End("end_turn")))}});
  ChatRequest request = SimpleRequest();
  request.messages.push_back({.role = ChatRole::kAssistant, .content = "Begun"});
  ASSERT_TRUE(h.Ask(h.Anthropic(), request).ok());
  EXPECT_FALSE(h.Sent(1).contains("temperature"));
  EXPECT_EQ(h.Sent(2)["messages"].back()["role"], "user");
  EXPECT_TRUE(h.waits.empty());
}

TEST(AnthropicClientTest, TheLimitThatTheServerStatesIsKept) {
  Harness h({{Send(JsonAnswer("400 Bad Request",
                              R"({"type":"error","error":{"type":"invalid_request_error",
       "message":"max_tokens: 4096 > 2048, which is the maximum allowed number of output tokens"}})"))},
             {Send(SseAnswer(Start() + Text(0, "x") + End("end_turn")))}});
  ASSERT_TRUE(h.Ask(h.Anthropic()).ok());
  EXPECT_EQ(h.Sent(1)["max_tokens"], 2048);
}

TEST(AnthropicClientTest, ReadsTextUsageAndModelAndIgnoresUnknownEvents) {
  const Reply reply =
      ReplyTo(Start() + Event("ping") + Text(0, "Hel") + Event("some_new_event", R"("x":[1])") +
              BlockStart(1, R"({"type":"some_new_block"})") +
              BlockDelta(1, R"({"type":"some_new_delta","x":1})") + BlockStop(1) + Text(2, "lo") +
              BlockDelta(9, R"({"type":"input_json_delta","partial_json":"{"})") + End("end_turn"));
  EXPECT_EQ(reply.content, "Hello");
  EXPECT_EQ(reply.model, "claude-x");
  EXPECT_EQ(reply.usage.input_tokens, 100);  // plain + cache creation + cache read
  EXPECT_EQ(reply.usage.cached_tokens, 60);
  EXPECT_EQ(reply.usage.cache_write_tokens, 30);
  EXPECT_EQ(reply.usage.output_tokens, 25);  // cumulative, not 1 + 25
  EXPECT_TRUE(reply.tool_calls.empty());
}

TEST(AnthropicClientTest, MapsEveryStopReason) {
  const std::vector<std::pair<std::string, FinishReason>> cases = {
      {"end_turn", FinishReason::kStop},
      {"stop_sequence", FinishReason::kStop},
      {"max_tokens", FinishReason::kLength},
      {"pause_turn", FinishReason::kLength},
      {"tool_use", FinishReason::kToolCalls},
      {"refusal", FinishReason::kRefusal},
      {"model_context_window_exceeded", FinishReason::kContextFull},
      {"something_new", FinishReason::kUnknown},
  };
  for (const auto& [name, wanted] : cases) {
    EXPECT_EQ(ReplyTo(Start() + Text(0, "x") + End(name)).finish, wanted) << name;
  }
}

TEST(AnthropicClientTest, ToolInputComesInPiecesWhichMayAllBeEmpty) {
  const std::string tool = R"({"type":"tool_use","id":"t1","name":"f","input":{}})";
  const std::string other = R"({"type":"tool_use","id":"t2","name":"g","input":{}})";
  const Reply reply = ReplyTo(
      Start() + BlockStart(0, tool) +
      BlockDelta(0, R"({"type":"input_json_delta","partial_json":""})") +
      BlockDelta(0, R"({"type":"input_json_delta","partial_json":"{\"x\":"})") +
      BlockDelta(0, R"({"type":"input_json_delta","partial_json":"1}"})") + BlockStop(0) +
      BlockStart(1, other) + BlockDelta(1, R"({"type":"input_json_delta","partial_json":""})") +
      BlockStop(1) + End("tool_use"));
  ASSERT_EQ(reply.tool_calls.size(), 2u);
  EXPECT_EQ(reply.tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(reply.tool_calls[1].id, "t2");
  EXPECT_EQ(reply.tool_calls[1].arguments, "{}");
}

TEST(AnthropicClientTest, AServerThatDoesNotStreamIsReadToo) {
  Harness h({{Send(JsonAnswer("200 OK", R"({"type":"message","model":"claude-x","content":[
      {"type":"text","text":"Hello"},{"type":"tool_use","id":"t","name":"f","input":{"x":1}}],
      "stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":4}})"))}});
  const Reply reply = h.Ask(h.Anthropic()).value();
  EXPECT_EQ(reply.content, "Hello");
  EXPECT_EQ(reply.tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(reply.usage.output_tokens, 4);
}

TEST(AnthropicClientTest, AFullContextIsAReplyNotAnError) {
  Harness h({{Send(JsonAnswer("400 Bad Request",
                              R"({"type":"error","error":{"type":"invalid_request_error",
       "message":"prompt is too long: 250000 tokens > 200000 maximum"}})"))}});
  EXPECT_EQ(h.Ask(h.Anthropic()).value().finish, FinishReason::kContextFull);
}

std::string Overloaded() {
  return Event("error", R"("error":{"type":"overloaded_error","message":"Overloaded"})");
}

TEST(AnthropicClientTest, AnOverloadEventIsRetriedOnlyIfNothingWasShown) {
  Harness before({{Send(SseAnswer(Start() + Overloaded()))},
                  {Send(SseAnswer(Start() + Text(0, "x") + End("end_turn")))}});
  EXPECT_EQ(before.Ask(before.Anthropic()).value().content, "x");
  EXPECT_EQ(before.waits.size(), 1u);

  Harness after({{Send(SseAnswer(Start() + Text(0, "Half") + Overloaded()))}});
  const Reply half = after.Ask(after.Anthropic()).value();
  EXPECT_EQ(half.content, "Half");
  EXPECT_TRUE(half.truncated);
  EXPECT_TRUE(after.waits.empty());
  EXPECT_EQ(after.server.requests().size(), 1u);
}

TEST(AnthropicClientTest, Status529IsOverload) {
  Harness h(
      {{Send(JsonAnswer(
           "529 Overloaded",
           R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"))},
       {Send(SseAnswer(Start() + Text(0, "x") + End("end_turn")))}});
  EXPECT_TRUE(h.Ask(h.Anthropic()).ok());
  EXPECT_EQ(h.waits.size(), 1u);
}

}  // namespace
}  // namespace inhouse
