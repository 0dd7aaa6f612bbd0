#include "indexer/embed/remote_embedder.h"

#include <gtest/gtest.h>

#include "indexer/embed/embedder_factory.h"
#include "tests/support/scripted_server.h"

namespace inhouse {
namespace {

using testing::Answer;
using testing::AwaitClose;
using testing::JsonAnswer;
using testing::ResetConnection;
using testing::ScriptedServer;
using testing::Send;
using testing::ServerScript;

ServerScript Ok(std::string_view body) { return {Send(JsonAnswer("200 OK", body))}; }

ServerScript Rows(std::initializer_list<std::string_view> rows) {
  std::string body = R"({"data":[)";
  int index = 0;
  for (const std::string_view row : rows) {
    if (index > 0) body += ',';
    body += R"({"index":)" + std::to_string(index++) + R"(,"embedding":)" + std::string(row) + "}";
  }
  return Ok(body + "]}");
}

RemoteEmbedderOptions OptionsFor(const ScriptedServer& server) {
  RemoteEmbedderOptions options;
  options.base_url = server.url("/v1");
  options.model = "tiny";
  options.wait = [](std::chrono::milliseconds) { return true; };
  return options;
}

std::unique_ptr<RemoteEmbedder> Make(RemoteEmbedderOptions options, size_t dimensions = 2) {
  auto made = RemoteEmbedder::Make(std::move(options), dimensions);
  EXPECT_TRUE(made.ok()) << made.error().message;
  return std::move(made).value();
}

TEST(RemoteEmbedder, AsksInBatchesAndKeepsTheOrder) {
  const ScriptedServer server(
      {Ok(R"({"data":[{"index":1,"embedding":[0,2]},{"index":0,"embedding":[3,4]}]})"),
       Rows({"[-1,0]"})});
  RemoteEmbedderOptions options = OptionsFor(server);
  options.batch = 2;
  options.api_key = "k1";
  options.document_prefix = "passage: ";
  const auto embedder = Make(options);
  const std::vector<std::string_view> texts = {"one", "", "two", "three"};
  std::vector<float> out(8, 7.0f);
  const Status done = embedder->Embed(texts, EmbedRole::kDocument, out);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(out, (std::vector<float>{0.6f, 0.8f, 0, 0, 0, 1, -1, 0}));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_NE(requests[0].head.find("POST /v1/embeddings"), std::string::npos);
  EXPECT_NE(requests[0].head.find("Authorization: Bearer k1"), std::string::npos);
  EXPECT_EQ(
      requests[0].body,
      R"({"encoding_format":"float","input":["passage: one","passage: two"],"model":"tiny"})");
}

TEST(RemoteEmbedder, QuestionsHaveTheirOwnPrefixAndDimensionsAreAskedFor) {
  const ScriptedServer server({Rows({"[1,0]"})});
  RemoteEmbedderOptions options = OptionsFor(server);
  options.query_prefix = "query: ";
  options.dimensions = 2;
  const auto embedder = Make(options);
  const std::string_view text = "who";
  std::vector<float> out(2);
  ASSERT_TRUE(embedder->Embed({&text, 1}, EmbedRole::kQuery, out).ok());
  EXPECT_NE(server.requests()[0].body.find(R"("input":["query: who"])"), std::string::npos);
  EXPECT_NE(server.requests()[0].body.find(R"("dimensions":2)"), std::string::npos);
}

TEST(RemoteEmbedder, LearnsTheDimensionsAndNamesThemInItsId) {
  const ScriptedServer server({Rows({"[1,0,0]"})});
  const auto embedder = Make(OptionsFor(server), 0);
  EXPECT_EQ(embedder->dimensions(), 3u);
  EXPECT_EQ(embedder->id(), "remote/tiny/3");
  RemoteEmbedderOptions prefixed = OptionsFor(server);
  prefixed.query_prefix = "q: ";
  EXPECT_NE(Make(prefixed, 3)->id(), embedder->id());
}

TEST(RemoteEmbedder, TriesAgainWhatMayPass) {
  const ScriptedServer server({{Send(JsonAnswer("503 Busy", "{}"))},
                               {ResetConnection()},
                               {Send(JsonAnswer("429 Slow", "{}", "retry-after: 1\r\n"))},
                               Rows({"[0,1]"})});
  RemoteEmbedderOptions options = OptionsFor(server);
  int waits = 0;
  options.wait = [&](std::chrono::milliseconds) { return ++waits < 10; };
  const auto embedder = Make(options);
  const std::string_view text = "a";
  std::vector<float> out(2);
  const Status done = embedder->Embed({&text, 1}, EmbedRole::kQuery, out);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(waits, 3);
}

TEST(RemoteEmbedder, WhatIsWrongIsToldOnce) {
  const std::pair<ServerScript, const char*> cases[] = {
      {{Send(JsonAnswer("401 No", R"({"error":{"message":"bad key","code":"invalid_api_key"}})"))},
       "answered 401: bad key"},
      {{Send(JsonAnswer("404 Not Found", R"({"error":"no such model"})"))},
       "answered 404: no such model"},
      {Ok("{}"), "without a vector for each text"},
      {Ok("nonsense"), "without a vector for each text"},
      {Ok(R"({"data":[]})"), "without a vector for each text"},
      {Ok(R"({"data":[{"index":5,"embedding":[1,2]}]})"), "without a vector for each text"},
      {Ok(R"({"data":[{"embedding":[1,"x"]}]})"), "without a vector for each text"},
      {Rows({"[1,2]", "[3,4]"}), "without a vector for each text"},
      {Rows({"[1,2,3]"}), "vectors of 3 numbers for tiny and gave 2 before"}};
  for (const auto& [script, message] : cases) {
    const ScriptedServer server({script});
    const auto embedder = Make(OptionsFor(server));
    const std::string_view text = "a";
    std::vector<float> out(2);
    const Status done = embedder->Embed({&text, 1}, EmbedRole::kQuery, out);
    ASSERT_FALSE(done.ok()) << message;
    EXPECT_EQ(done.error().kind, ErrorKind::kModel);
    EXPECT_NE(done.error().message.find(message), std::string::npos) << done.error().message;
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

TEST(RemoteEmbedder, ADeadlineEndsAServerThatHangs) {
  const ScriptedServer server({{AwaitClose()}});
  RemoteEmbedderOptions options = OptionsFor(server);
  options.deadline = std::chrono::milliseconds(50);
  options.retry.max_attempts = options.retry.max_attempts_unreachable = 1;
  const auto embedder = Make(options);
  const std::string_view text = "a";
  std::vector<float> out(2);
  EXPECT_FALSE(embedder->Embed({&text, 1}, EmbedRole::kQuery, out).ok());
}

TEST(RemoteEmbedder, LongTextsAreCutAtACharacter) {
  const ScriptedServer server({Rows({"[0,1]"})});
  RemoteEmbedderOptions options = OptionsFor(server);
  options.max_text_bytes = 4;
  const auto embedder = Make(options);
  const std::string_view text = "abc\xC3\xA4xyz";
  std::vector<float> out(2);
  ASSERT_TRUE(embedder->Embed({&text, 1}, EmbedRole::kQuery, out).ok());
  EXPECT_NE(server.requests()[0].body.find(R"("input":["abc"])"), std::string::npos);
}

TEST(RemoteEmbedder, WithoutServerOrModelThereIsNone) {
  EXPECT_FALSE(RemoteEmbedder::Make({}, 2).ok());
  RemoteEmbedderOptions options;
  options.base_url = "ftp://x";
  options.model = "m";
  EXPECT_FALSE(RemoteEmbedder::Make(options, 2).ok());
}

// An index that was made with one model is never asked with another.
TEST(MakeEmbedder, ARemoteModelIsNotMixedWithAnother) {
  RemoteEmbedderOptions options;
  options.base_url = "http://127.0.0.1:9/v1";
  options.model = "org/tiny";
  const auto same = MakeEmbedder("remote/org/tiny/384", {}, options);
  ASSERT_TRUE(same.ok()) << same.error().message;
  EXPECT_EQ((*same)->dimensions(), 384u);
  for (const char* id : {"remote/other/384", "remote/org/tiny/384+12345678", "remote/org/tiny/x",
                         "remote/org/tiny/0", "remote/"}) {
    const auto other = MakeEmbedder(id, {}, options);
    ASSERT_FALSE(other.ok()) << id;
    EXPECT_EQ(other.error().kind, ErrorKind::kBadInput);
  }
}

}  // namespace
}  // namespace inhouse
