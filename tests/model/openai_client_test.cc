// The lines of "OpenAI-compatible chat completions" and of "Local servers".
#include "agent/model/openai_client.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/model/client_harness.h"

namespace inhouse {
namespace {

using namespace testing;  // NOLINT: the harness
using nlohmann::json;

constexpr const char* kUsage =
    R"(data: {"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,)"
    R"("prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":5}}})"
    "\n\n";

Reply ReplyTo(const std::string& stream, ChatRequest request = SimpleRequest()) {
  Harness h({{Send(SseAnswer(stream))}});
  Result<Reply> reply = h.Ask(h.OpenAi(), request);
  EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().message);
  if (!reply.ok()) return {};
  EXPECT_EQ(h.shown, reply->content);
  return std::move(reply).value();
}

TEST(OpenAiClientTest, SendsTheRequestAsDocumented) {
  Harness h({{Send(SseAnswer(HelloStream()))}});
  ChatRequest request = SimpleRequest();
  request.messages.push_back({.role = ChatRole::kAssistant,
                              .content = "",
                              .tool_calls = {{"c1", "read_schema", R"({"path":"a"})"}}});
  request.messages.push_back({.role = ChatRole::kTool, .content = "x: int", .tool_call_id = "c1"});
  request.tools = {ReadSchemaTool()};
  request.stop = {"a", "", "b", "c", "d", "e"};
  request.max_tokens = 77;
  ASSERT_TRUE(h.Ask(h.OpenAi(), request).ok());
  const ServedRequest served = h.server.requests()[0];
  EXPECT_TRUE(served.head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"));
  EXPECT_TRUE(Contains(served.head, "Authorization: Bearer k-123"));
  const json body = json::parse(served.body);
  EXPECT_EQ(body["model"], "some-model");
  EXPECT_EQ(body["stream"], true);
  EXPECT_EQ(body["stream_options"]["include_usage"], true);
  EXPECT_EQ(body["max_tokens"], 77);
  EXPECT_EQ(body["temperature"], 0.0);
  EXPECT_EQ(body["stop"], json::array({"a", "b", "c", "d"}));
  EXPECT_EQ(body["messages"][0]["role"], "system");
  EXPECT_TRUE(body["messages"][2]["content"].is_null());
  EXPECT_EQ(body["messages"][2]["tool_calls"][0]["function"]["arguments"], R"({"path":"a"})");
  EXPECT_EQ(body["messages"][3]["tool_call_id"], "c1");
  EXPECT_EQ(body["tools"][0]["function"]["parameters"]["type"], "object");
}

TEST(OpenAiClientTest, ReadsTextFinishAndModel) {
  const Reply reply = ReplyTo(HelloStream());
  EXPECT_EQ(reply.content, "Hello");
  EXPECT_EQ(reply.finish, FinishReason::kStop);
  EXPECT_EQ(reply.model, "m-1");
  EXPECT_FALSE(reply.usage.reported);
  EXPECT_FALSE(reply.truncated);
}

TEST(OpenAiClientTest, ReadsUsageThatComesAfterTheFinish) {
  const Reply reply = ReplyTo(TextDelta("Hello") + Stop() + kUsage + Done());
  EXPECT_TRUE(reply.usage.reported);
  EXPECT_EQ(reply.usage.input_tokens, 100);
  EXPECT_EQ(reply.usage.cached_tokens, 64);
  EXPECT_EQ(reply.usage.output_tokens, 20);
  EXPECT_EQ(reply.usage.reasoning_tokens, 5);
}

TEST(OpenAiClientTest, AStreamThatBreaksAfterTheFinishIsAReplyWithoutUsage) {
  const Reply reply = ReplyTo(TextDelta("Hello") + Stop());
  EXPECT_EQ(reply.content, "Hello");
  EXPECT_FALSE(reply.usage.reported);
  EXPECT_FALSE(reply.truncated);
}

TEST(OpenAiClientTest, DoneWithoutAReasonIsAnEnd) {
  EXPECT_EQ(ReplyTo(TextDelta("Hello") + Done()).finish, FinishReason::kStop);
  EXPECT_EQ(ReplyTo(TextDelta("Hello") + "data: [DONE]").finish, FinishReason::kStop);
}

TEST(OpenAiClientTest, MapsEveryFinishReason) {
  const std::vector<std::pair<std::string, FinishReason>> cases = {
      {"stop", FinishReason::kStop},
      {"length", FinishReason::kLength},
      {"tool_calls", FinishReason::kToolCalls},
      {"function_call", FinishReason::kToolCalls},
      {"content_filter", FinishReason::kRefusal},
      {"something_new", FinishReason::kUnknown},
  };
  for (const auto& [name, wanted] : cases) {
    const Reply reply = ReplyTo(TextDelta("x") + Delta("{}", "\"" + name + "\"") + Done());
    EXPECT_EQ(reply.finish, wanted) << name;
    EXPECT_EQ(IsCut(reply), name == "length");
  }
}

TEST(OpenAiClientTest, ContentMayBeNullAndRefusalsAreText) {
  const Reply reply = ReplyTo(Delta(R"({"role":"assistant","content":null,"refusal":null})") +
                              Delta(R"({"refusal":"I cannot."})") + Stop() + Done());
  EXPECT_EQ(reply.content, "I cannot.");
  EXPECT_EQ(reply.finish, FinishReason::kRefusal);
}

struct ReasoningCase {
  const char* server;
  std::string delta;
};

TEST(OpenAiClientTest, ReasoningIsKeptApartUnderEitherName) {
  const std::vector<ReasoningCase> cases = {
      {"llama.cpp", R"({"reasoning_content":"Hm."})"},
      {"Ollama", R"({"content":"","reasoning":"Hm."})"},
      {"vLLM", R"({"reasoning":"Hm."})"},
      {"both names", R"({"reasoning":"Hm.","reasoning_content":"Hm."})"},
  };
  for (const ReasoningCase& c : cases) {
    const Reply reply = ReplyTo(Delta(c.delta) + HelloStream());
    EXPECT_EQ(reply.reasoning, "Hm.") << c.server;
    EXPECT_EQ(reply.content, "Hello") << c.server;
  }
}

std::string Call(const std::string& fields, const std::string& function) {
  return Delta(R"({"tool_calls":[{)" + fields + R"("type":"function","function":)" + function +
               "}]}");
}

struct ToolCase {
  const char* name;
  std::string stream;
  std::vector<ToolCall> wanted;
};

TEST(OpenAiClientTest, PutsToolCallsTogether) {
  const std::vector<ToolCase> cases = {
      {"fragments by index",
       Call(R"("index":0,"id":"a",)", R"({"name":"f","arguments":""})") +
           Call(R"("index":0,)", R"({"arguments":"{\"x\""})") +
           Call(R"("index":1,"id":"b",)", R"({"name":"g","arguments":"{}"})") +
           Call(R"("index":0,)", R"({"arguments":":1}"})"),
       {{"a", "f", R"({"x":1})"}, {"b", "g", "{}"}}},
      {"Ollama: index always 0, whole calls",
       Call(R"("index":0,"id":"a",)", R"({"name":"f","arguments":"{\"x\":1}"})") +
           Call(R"("index":0,"id":"b",)", R"({"name":"f","arguments":"{\"x\":2}"})"),
       {{"a", "f", R"({"x":1})"}, {"b", "f", R"({"x":2})"}}},
      {"Ollama: no index",
       Call(R"("id":"a",)", R"({"name":"f","arguments":"{}"})") +
           Call(R"("id":"b",)", R"({"name":"g","arguments":"{}"})"),
       {{"a", "f", "{}"}, {"b", "g", "{}"}}},
      {"no ids at all",
       Call(R"("index":0,)", R"({"name":"f","arguments":"{}"})") +
           Call(R"("index":0,)", R"({"name":"g","arguments":"{}"})"),
       {{"call_1", "f", "{}"}, {"call_2", "g", "{}"}}},
      {"the id repeated with each fragment",
       Call(R"("index":0,"id":"a",)", R"({"name":"f","arguments":"{\"x\":"})") +
           Call(R"("index":0,"id":"a",)", R"({"arguments":"1}"})"),
       {{"a", "f", R"({"x":1})"}}},
      {"arguments as an object",
       Call(R"("index":0,"id":"a",)", R"({"name":"f","arguments":{"x":1}})"),
       {{"a", "f", R"({"x":1})"}}},
      {"no arguments", Call(R"("index":0,"id":"a",)", R"({"name":"f"})"), {{"a", "f", "{}"}}},
      {"the old form",
       Delta(R"({"function_call":{"name":"f","arguments":"{\"x\""}})") +
           Delta(R"({"function_call":{"arguments":":1}"}})"),
       {{"call_1", "f", R"({"x":1})"}}},
  };
  ChatRequest request = SimpleRequest();
  request.tools = {ReadSchemaTool()};
  for (const ToolCase& c : cases) {
    SCOPED_TRACE(c.name);
    const Reply reply = ReplyTo(c.stream + Stop() + Done(), request);
    EXPECT_EQ(reply.finish, FinishReason::kToolCalls);
    ASSERT_EQ(reply.tool_calls.size(), c.wanted.size());
    for (size_t i = 0; i < c.wanted.size(); ++i) {
      EXPECT_EQ(reply.tool_calls[i].id, c.wanted[i].id);
      EXPECT_EQ(reply.tool_calls[i].name, c.wanted[i].name);
      EXPECT_EQ(reply.tool_calls[i].arguments, c.wanted[i].arguments);
    }
  }
}

TEST(OpenAiClientTest, AServerThatDoesNotStreamIsReadToo) {
  Harness h({{Send(JsonAnswer("200 OK",
                              R"({"model":"m","choices":[{"message":{"role":"assistant",
       "content":"Hello","reasoning_content":"Hm."},"finish_reason":"stop"}],
       "usage":{"prompt_tokens":3,"completion_tokens":2}})"))}});
  const Reply reply = h.Ask(h.OpenAi()).value();
  EXPECT_EQ(reply.content, "Hello");
  EXPECT_EQ(reply.reasoning, "Hm.");
  EXPECT_EQ(reply.usage.input_tokens, 3);
  EXPECT_EQ(h.shown, "Hello");
}

TEST(OpenAiClientTest, ReasoningModelsGetTheirOwnParameters) {
  Harness h({{Send(SseAnswer(TextDelta("print(1)\nObservation: made up") + Stop() + Done()))}});
  h.options.model = "gpt-5-mini";
  ChatRequest request = SimpleRequest();
  request.stop = {"Observation:"};
  const Reply reply = h.Ask(h.OpenAi(), request).value();
  const json body = h.Sent(0);
  EXPECT_EQ(body["max_completion_tokens"], 4096);
  for (const char* absent : {"max_tokens", "temperature", "stop"}) {
    EXPECT_FALSE(body.contains(absent)) << absent;
  }
  EXPECT_EQ(reply.content, "print(1)\n");  // cut on this side
  EXPECT_EQ(h.shown, "print(1)\n");
}

struct StripCase {
  const char* refused;  // as the server names it
  std::string error;
  std::vector<std::string> absent;
  std::vector<std::string> present;
};

TEST(OpenAiClientTest, LeavesOutWhatA400NamesAndTriesOnceMore) {
  const std::vector<StripCase> cases = {
      {"max_tokens",
       R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}})",
       {"max_tokens"},
       {"max_completion_tokens", "temperature"}},
      {"temperature",
       R"({"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model.","param":"temperature","code":"unsupported_value"}})",
       {"temperature"},
       {"max_tokens", "stop"}},
      {"stop",
       R"({"error":{"message":"Unsupported parameter: 'stop'","param":"stop"}})",
       {"stop"},
       {"max_tokens"}},
      {"stream_options",
       R"({"error":"stream_options: Extra inputs are not permitted"})",
       {"stream_options"},
       {"stop", "max_tokens"}},
      {"a limit too large, vLLM",
       R"({"error":{"message":"'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 4096 tokens and your request has 15 input tokens (4096 > 4096 - 15).","code":400,"param":"max_tokens"}})",
       {"max_tokens", "max_completion_tokens"},
       {"temperature"}},
  };
  for (const StripCase& c : cases) {
    SCOPED_TRACE(c.refused);
    const ServerStep refusal = Send(JsonAnswer("400 Bad Request", c.error));
    Harness h({{refusal}, {Send(SseAnswer(HelloStream()))}, {Send(SseAnswer(HelloStream()))}});
    ChatRequest request = SimpleRequest();
    request.stop = {"Observation:"};
    ModelClient& model = h.OpenAi();
    ASSERT_TRUE(h.Ask(model, request).ok());
    ASSERT_TRUE(h.Ask(model, request).ok());  // remembered: refused only once
    EXPECT_EQ(h.server.requests().size(), 3u);
    EXPECT_TRUE(h.waits.empty());
    for (const size_t number : {size_t{1}, size_t{2}}) {
      for (const auto& key : c.absent) EXPECT_FALSE(h.Sent(number).contains(key)) << key;
      for (const auto& key : c.present) EXPECT_TRUE(h.Sent(number).contains(key)) << key;
    }
  }
}

TEST(OpenAiClientTest, TheSameRefusalTwiceIsAnError) {
  const ServerStep refusal = Send(JsonAnswer(
      "400 Bad Request", R"({"error":{"message":"no temperature","param":"temperature"}})"));
  Harness h({{refusal}, {refusal}, {refusal}});
  const Result<Reply> result = h.Ask(h.OpenAi());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(h.server.requests().size(), 2u);
  EXPECT_TRUE(Contains(result.error().message, "no temperature"));
}

TEST(OpenAiClientTest, ALimitThatTheServerStatesIsKept) {
  const ServerStep refusal = Send(JsonAnswer(
      "400 Bad Request",
      R"({"error":{"message":"max_tokens is too large: 4096. This model supports at most 1024 completion tokens","param":"max_tokens"}})"));
  Harness h({{refusal}, {Send(SseAnswer(HelloStream()))}});
  ASSERT_TRUE(h.Ask(h.OpenAi()).ok());
  EXPECT_EQ(h.Sent(1)["max_tokens"], 1024);
}

TEST(OpenAiClientTest, ToolsThatAreRefusedTurnNativeToolsOff) {
  const std::vector<std::string> refusals = {
      R"({"error":{"message":"Function tools with reasoning_effort are not supported for m in /v1/chat/completions. To use function tools, use /v1/responses","param":"reasoning_effort"}})",
      R"({"error":{"message":"tools param requires --jinja flag","code":400}})",
      R"({"error":{"message":"registry/x does not support tools"}})",
      R"({"object":"error","message":"\"auto\" tool choice requires --enable-auto-tool-choice","code":400})",
  };
  for (const std::string& refusal : refusals) {
    Harness h({{Send(JsonAnswer("400 Bad Request", refusal))}, {Send(SseAnswer(HelloStream()))}});
    ModelClient& model = h.OpenAi();
    EXPECT_TRUE(model.info().native_tools);
    ChatRequest request = SimpleRequest();
    request.tools = {ReadSchemaTool()};
    const Result<Reply> result = h.Ask(model, request);
    ASSERT_FALSE(result.ok());
    EXPECT_TRUE(Contains(result.error().message, "JSON in text")) << result.error().message;
    EXPECT_FALSE(model.info().native_tools);
    EXPECT_FALSE(h.Ask(model, request).ok());  // at once, without asking again
    EXPECT_EQ(h.server.requests().size(), 1u);
    EXPECT_TRUE(h.Ask(model, SimpleRequest()).ok());
  }
}

TEST(OpenAiClientTest, AFullContextIsAReplyNotAnError) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"400 Bad Request",
       R"({"error":{"message":"maximum context length is 8192 tokens","code":"context_length_exceeded","param":"messages"}})"},
      {"400 Bad Request",
       R"({"error":{"code":400,"message":"too long","type":"exceed_context_size_error"}})"},
      {"500 Internal Server Error",
       R"({"error":{"code":500,"message":"the request exceeds the available context size","type":"server_error"}})"},
      {"400 Bad Request",
       R"({"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 9000","code":400})"},
  };
  for (const auto& [status, body] : cases) {
    Harness h({{Send(JsonAnswer(status, body))}});
    const Result<Reply> reply = h.Ask(h.OpenAi());
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply->finish, FinishReason::kContextFull);
    EXPECT_EQ(reply->content, "");
    EXPECT_EQ(h.server.requests().size(), 1u);
  }
}

TEST(OpenAiClientTest, OlderLlamaCppReportsAFullContextInAFieldOfItsOwn) {
  const Reply reply = ReplyTo(
      "error: {\"code\":400,\"message\":\"the request exceeds the available context size. try "
      "increasing the context size\",\"type\":\"invalid_request_error\"}\n\n");
  EXPECT_EQ(reply.finish, FinishReason::kContextFull);
}

TEST(OpenAiClientTest, WarnsWhenTheServerCutThePrompt) {
  ChatRequest request = SimpleRequest();
  for (int i = 0; i < 2000; ++i) request.messages[0].content += "value = cdp_client.query(sql)\n";
  const auto usage = [](int tokens) {
    return R"(data: {"choices":[],"usage":{"prompt_tokens":)" + std::to_string(tokens) +
           R"(,"completion_tokens":1}})" + "\n\n";
  };
  const Reply cut = ReplyTo(TextDelta("x") + Stop() + usage(4095) + Done(), request);
  ASSERT_EQ(cut.warnings.size(), 1u);
  EXPECT_TRUE(Contains(cut.warnings[0], "4095 prompt tokens"));
  EXPECT_TRUE(ReplyTo(TextDelta("x") + Stop() + usage(16'000) + Done(), request).warnings.empty());
}

TEST(OpenAiClientTest, ALimitUsedUpByReasoningIsSaid) {
  const Reply reply = ReplyTo(Delta(R"({"reasoning":"Hm"})") + Delta("{}", R"("length")") + Done());
  EXPECT_TRUE(IsCut(reply));
  ASSERT_EQ(reply.warnings.size(), 1u);
  EXPECT_TRUE(Contains(reply.warnings[0], "reasoning"));
}

}  // namespace
}  // namespace inhouse
