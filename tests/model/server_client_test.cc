// What holds for both providers: streams that misbehave, waiting, giving up.
#include "agent/model/server_client.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/model/client_harness.h"

namespace inhouse {
namespace {

using namespace testing;  // NOLINT: the harness
using std::chrono::milliseconds;

class ServerClientTest : public ::testing::TestWithParam<bool> {
 protected:
  bool anthropic() const { return GetParam(); }
  // A stream that says "Größe" and ends as it should.
  std::string Whole() const { return Begin("Größe") + Ending(); }
  std::string Begin(const std::string& text) const {
    if (!anthropic()) return TextDelta(text);
    return Event("message_start", R"("message":{"model":"claude-x","usage":{"input_tokens":1}})") +
           Event("content_block_start", R"("index":0,"content_block":{"type":"text","text":""})") +
           Event("content_block_delta",
                 R"("index":0,"delta":{"type":"text_delta","text":")" + text + "\"}");
  }
  std::string Ending() const {
    if (!anthropic()) return Stop() + Done();
    return Event("message_delta",
                 R"("delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2})") +
           Event("message_stop");
  }
  std::string ErrorBody(const std::string& code) const {
    return R"({"type":"error","error":{"message":"Told so","type":")" + code + R"(","code":")" +
           code + "\"}}";
  }
  // One attempt fails with that answer; the next would succeed.
  Result<Reply> AskAfter(const std::string& answer) {
    h_ = std::make_unique<Harness>(
        std::vector<ServerScript>{{Send(answer)}, {Send(SseAnswer(Whole()))}});
    return h_->Ask(h_->Of(anthropic()));
  }

  std::unique_ptr<Harness> h_;
};

INSTANTIATE_TEST_SUITE_P(Providers, ServerClientTest, ::testing::Bool(),
                         [](const auto& made) { return made.param ? "Anthropic" : "OpenAi"; });

TEST_P(ServerClientTest, AnyLineEndAndAnyPiecesGiveTheSameReply) {
  for (const std::string line_end : {"\n", "\r\n", "\r"}) {
    std::string stream = ": a comment\n\n" + Whole();
    for (size_t at = 0; (at = stream.find('\n', at)) != std::string::npos; at += line_end.size()) {
      stream.replace(at, 1, line_end);
    }
    for (const size_t piece : {size_t{1}, size_t{5}, size_t{4096}}) {
      ServerScript script = {Send(SseHead())};
      for (size_t at = 0; at < stream.size(); at += piece) {
        script.push_back(Send(stream.substr(at, piece)));
      }
      Harness h({script});
      const Result<Reply> reply = h.Ask(h.Of(anthropic()));
      ASSERT_TRUE(reply.ok()) << reply.error().message;
      EXPECT_EQ(reply->content, "Größe");
      EXPECT_EQ(reply->finish, FinishReason::kStop);
      EXPECT_EQ(h.shown, "Größe");
    }
  }
}

TEST_P(ServerClientTest, TextIsShownWhileTheRestHasNotCome) {
  Harness h({{Send(SseHead() + Begin("now")), AwaitSignal(), Send(Ending())}});
  h.on_text = [&h] { h.server.Signal(); };  // the rest is sent only because this was shown
  EXPECT_EQ(h.Ask(h.Of(anthropic())).value().content, "now");
}

TEST_P(ServerClientTest, AServerThatKeepsTheConnectionOpenAfterTheEndDoesNotHoldUs) {
  Harness h({{Send(SseAnswer(Whole())), AwaitClose()}});
  EXPECT_EQ(h.Ask(h.Of(anthropic())).value().finish, FinishReason::kStop);
}

TEST_P(ServerClientTest, AStreamCutBeforeAnyTextIsTriedAgain) {
  for (const std::string& cut :
       {std::string(), std::string(": ping\n\n"), Begin("x").substr(0, Begin("x").size() - 20)}) {
    const Result<Reply> reply = AskAfter(SseAnswer(cut));
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply->content, "Größe");
    EXPECT_EQ(h_->waits, (std::vector<milliseconds>{milliseconds(500)}));
    ASSERT_EQ(reply->warnings.size(), 1u);
    EXPECT_TRUE(Contains(reply->warnings[0], "attempt 1 failed (")) << reply->warnings[0];
    EXPECT_TRUE(Contains(reply->warnings[0], "ended before the reply did")) << reply->warnings[0];
  }
}

TEST_P(ServerClientTest, AStreamCutAfterTextIsATruncatedReplyAndNotRetried) {
  const Result<Reply> reply = AskAfter(SseAnswer(Begin("Half")));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->content, "Half");
  EXPECT_TRUE(reply->truncated);
  EXPECT_TRUE(IsCut(*reply));
  EXPECT_EQ(reply->finish, FinishReason::kUnknown);
  EXPECT_EQ(h_->server.requests().size(), 1u);
  ASSERT_EQ(reply->warnings.size(), 1u);
  EXPECT_TRUE(Contains(reply->warnings[0], "broke off"));
}

TEST_P(ServerClientTest, AResetAfterTextIsTheSame) {
  Harness h({{Send(SseHead() + Begin("Half")), AwaitSignal(), ResetConnection()}});
  h.on_text = [&h] { h.server.Signal(); };
  EXPECT_TRUE(h.Ask(h.Of(anthropic())).value().truncated);
}

TEST_P(ServerClientTest, SilenceEndsAtTheIdleDeadline) {
  Harness h({{Send(SseHead() + Begin("Half")), AwaitClose()}});
  h.options.idle_deadline = milliseconds(60);
  const Reply reply = h.Ask(h.Of(anthropic())).value();
  EXPECT_TRUE(reply.truncated);
  EXPECT_TRUE(Contains(reply.warnings[0], "nothing more came within 60 ms"));
}

TEST_P(ServerClientTest, AServerThatSaysNothingEndsAtTheFirstByteDeadline) {
  Harness h({{AwaitClose()}, {Send(SseAnswer(Whole()))}});
  h.options.first_byte_deadline = milliseconds(60);
  const Result<Reply> reply = h.Ask(h.Of(anthropic()));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->content, "Größe");
  EXPECT_EQ(h.server.requests().size(), 2u) << "nothing was shown, so it was tried again";
}

TEST_P(ServerClientTest, ATotalDeadlineEndsWhatKeepsSending) {
  Harness h({{Send(SseHead() + Begin("Half")), AwaitClose()}});
  h.options.total_deadline = milliseconds(60);
  EXPECT_TRUE(h.Ask(h.Of(anthropic())).value().truncated);
}

TEST_P(ServerClientTest, TransientAnswersAreTriedAgain) {
  for (const std::string status : {"408 Timeout", "409 Conflict", "429 Too Many Requests",
                                   "500 Error", "502 Bad Gateway", "503 Unavailable", "529 Over"}) {
    const Result<Reply> reply = AskAfter(JsonAnswer(status, ErrorBody("rate_limit_error")));
    ASSERT_TRUE(reply.ok()) << status << reply.error().message;
    EXPECT_EQ(h_->waits, (std::vector<milliseconds>{milliseconds(500)})) << status;
  }
}

TEST_P(ServerClientTest, WaitsAsTheHeadersSay) {
  const std::vector<std::pair<std::string, int>> cases = {
      {"Retry-After-Ms: 1500\r\nRetry-After: 9\r\n", 1500},
      {"Retry-After: 2.5\r\n", 2500},
      {"Retry-After: Sun, 06 Nov 1994 08:49:47 GMT\r\n", 10'000},
  };
  for (const auto& [headers, wait] : cases) {
    ASSERT_TRUE(AskAfter(JsonAnswer("429 Slow", ErrorBody("rate_limit_error"), headers)).ok());
    EXPECT_EQ(h_->waits, (std::vector<milliseconds>{milliseconds(wait)})) << headers;
  }
}

TEST_P(ServerClientTest, WhatCannotSucceedIsNotTriedAgainAndSaysWhatToDo) {
  struct Case {
    std::string status, code, headers, part;
  };
  const std::vector<Case> cases = {
      {"429 Quota", "insufficient_quota", "", "quota or spending limit"},
      {"429 Quota", "billing_hard_limit_reached", "x-should-retry: true\r\n", "spending limit"},
      {"429 Slow", "rate_limit_error", "Retry-After: 121\r\n", "longer than the limit"},
      {"429 Slow", "rate_limit_error", "x-should-retry: false\r\n", "of no use"},
      {"401 No", "authentication_error", "", "key_env"},
      {"403 No", "permission_error", "", "key_env"},
      {"404 No", "not_found_error", "", "base_url"},
      {"400 No", "invalid_request_error", "", "Told so"},
      {"302 Found", "", "Location: http://other.example/\r\n", "redirects to http://other.example"},
  };
  for (const Case& c : cases) {
    const Result<Reply> reply = AskAfter(JsonAnswer(c.status, ErrorBody(c.code), c.headers));
    ASSERT_FALSE(reply.ok()) << c.status;
    EXPECT_EQ(reply.error().kind, ErrorKind::kModel);
    EXPECT_TRUE(Contains(reply.error().message, c.part)) << reply.error().message;
    EXPECT_FALSE(Contains(reply.error().message, "k-123"));
    EXPECT_TRUE(h_->waits.empty());
    EXPECT_EQ(h_->server.requests().size(), 1u);
  }
}

TEST_P(ServerClientTest, GivesUpAfterFiveAttempts) {
  const ServerScript failure = {Send(JsonAnswer("500 Error", ErrorBody("api_error")))};
  Harness h(std::vector<ServerScript>(9, failure));
  const Result<Reply> reply = h.Ask(h.Of(anthropic()));
  ASSERT_FALSE(reply.ok());
  EXPECT_TRUE(Contains(reply.error().message, "it failed 5 times")) << reply.error().message;
  EXPECT_EQ(h.waits, (std::vector<milliseconds>{milliseconds(500), milliseconds(1000),
                                                milliseconds(2000), milliseconds(4000)}));
}

TEST_P(ServerClientTest, ErrorsInsideAGoodStreamAreErrors) {
  const std::string body = ErrorBody("overloaded_error");
  for (const std::string& stream :
       {"data: " + body + "\n\n", "event: error\ndata: " + body + "\n\n",
        std::string(R"(data: {"error":"server busy, try again"})") + "\n\n",
        std::string(R"(data: {"object":"error","message":"busy","code":503})") + "\n\n"}) {
    const Result<Reply> reply = AskAfter(SseAnswer(stream));
    ASSERT_TRUE(reply.ok()) << stream << reply.error().message;
    EXPECT_EQ(h_->waits.size(), 1u);
  }
  const Result<Reply> quota =
      AskAfter(SseAnswer("data: " + ErrorBody("insufficient_quota") + "\n\n"));
  ASSERT_FALSE(quota.ok());
  EXPECT_TRUE(h_->waits.empty());
}

TEST_P(ServerClientTest, ALastingErrorAfterTextIsAnError) {
  const Result<Reply> reply =
      AskAfter(SseAnswer(Begin("Half") + "data: " + ErrorBody("insufficient_quota") + "\n\n"));
  ASSERT_FALSE(reply.ok());
  EXPECT_TRUE(Contains(reply.error().message, "quota"));
}

TEST_P(ServerClientTest, EventsThatAreNoJsonAreTriedAgain) {
  EXPECT_TRUE(AskAfter(SseAnswer("data: {broken\n\n")).ok());
  EXPECT_EQ(h_->waits.size(), 1u);
  EXPECT_TRUE(AskAfter(SseAnswer("data: " + std::string(1000, '[') + "\n\n")).ok());
  EXPECT_EQ(h_->waits.size(), 1u);
}

TEST_P(ServerClientTest, OddButValidJsonDoesNoHarm) {
  std::string odd;
  for (const char* text :
       {"[]", "1", "null", "\"x\"", "{}", R"({"choices":null})", R"({"choices":[null]})",
        R"({"choices":[{"delta":[]}]})", R"({"choices":{"a":1},"usage":[]})", R"({"type":7})",
        R"({"type":"content_block_delta","index":"x","delta":null})",
        R"({"type":"content_block_start"})", R"({"type":"message_start"})"}) {
    odd += "data: " + std::string(text) + "\n\n";
  }
  const Result<Reply> reply = AskAfter(SseAnswer(odd + Whole()));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->content, "Größe");
}

TEST_P(ServerClientTest, APageInPlaceOfAReplyIsNamed) {
  const Result<Reply> page =
      AskAfter(Answer("200 OK", "", "<!doctype html><title>Sign in</title>"));
  ASSERT_FALSE(page.ok());
  EXPECT_TRUE(Contains(page.error().message, "HTML page")) << page.error().message;
  EXPECT_TRUE(Contains(page.error().message, "base_url"));
  const Result<Reply> other = AskAfter(JsonAnswer("200 OK", R"({"status":"ok"})"));
  ASSERT_FALSE(other.ok());
  EXPECT_TRUE(Contains(other.error().message, "no reply")) << other.error().message;
}

TEST_P(ServerClientTest, AModelThatIsLoadingIsWaitedForLonger) {
  const ServerScript loading = {Send(JsonAnswer(
      "503 Unavailable",
      R"({"error":{"message":"Loading model","type":"unavailable_error","code":503}})"))};
  std::vector<ServerScript> scripts(12, loading);
  scripts.push_back({Send(SseAnswer(Whole()))});
  Harness h(scripts);
  EXPECT_TRUE(h.Ask(h.Of(anthropic())).ok());
  EXPECT_EQ(h.waits.size(), 12u);
  EXPECT_EQ(h.waits.back(), milliseconds(8000));
}

TEST_P(ServerClientTest, AServerThatIsNotThereIsNamed) {
  Harness h({});
  {
    const ScriptedServer gone({});
    h.options.base_url = gone.url();
  }
  const Result<Reply> reply = h.Ask(h.Of(anthropic()));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::kModel);
  EXPECT_TRUE(Contains(reply.error().message, "is the server running")) << reply.error().message;
  EXPECT_EQ(h.waits.size(), 2u);
}

TEST_P(ServerClientTest, CtrlCEndsAReplyAndAWait) {
  Harness streaming({{Send(SseHead() + Begin("Half")), AwaitClose()}});
  streaming.on_text = [&] { streaming.cancelled = true; };
  const Result<Reply> cut = streaming.Ask(streaming.Of(anthropic()));
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().kind, ErrorKind::kInterrupted);

  Harness waiting({{Send(JsonAnswer("500 Error", "{}"))}});
  waiting.cancel_in_wait = true;
  const Result<Reply> waited = waiting.Ask(waiting.Of(anthropic()));
  ASSERT_FALSE(waited.ok());
  EXPECT_EQ(waited.error().kind, ErrorKind::kInterrupted);
}

TEST_P(ServerClientTest, AStopSequenceEndsTheTransfer) {
  Harness h({{Send(SseHead() + Begin("code Observation: x")), AwaitClose()}});
  ChatRequest request = SimpleRequest();
  request.stop = {"Observation:"};
  const Reply reply = h.Ask(h.Of(anthropic()), request).value();
  EXPECT_EQ(reply.content, "code ");
  EXPECT_EQ(reply.finish, FinishReason::kStop);
  EXPECT_FALSE(reply.truncated);
}

TEST_P(ServerClientTest, WithoutAReaderACutReplyMayBeTriedAgain) {
  Harness h({{Send(SseAnswer(Begin("Half")))}, {Send(SseAnswer(Whole()))}});
  EXPECT_EQ(h.Of(anthropic()).Complete(SimpleRequest(), {}).value().content, "Größe");
  EXPECT_EQ(h.waits.size(), 1u);
}

TEST_P(ServerClientTest, IncompleteToolCallsOfACutReplyAreDropped) {
  const std::string call =
      anthropic()
          ? Event(
                "content_block_start",
                R"("index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}})") +
                Event("content_block_delta",
                      R"("index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"})")
          : Delta(
                R"({"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{\"x\":"}}]})");
  const Result<Reply> reply = AskAfter(SseAnswer(Begin("Half") + call));
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply->truncated);
  EXPECT_TRUE(reply->tool_calls.empty());
}

}  // namespace
}  // namespace inhouse
