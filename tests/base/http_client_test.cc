#include "indexer/base/http_client.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/scripted_server.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using std::chrono::milliseconds;
using testing::Answer;
using testing::AwaitClose;
using testing::AwaitSignal;
using testing::DoNotRead;
using testing::ResetConnection;
using testing::ScriptedServer;
using testing::Send;

HttpRequest Get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

TEST(HttpClientTest, SendsMethodHeadersAndBodyAndReturnsTheAnswer) {
  ScriptedServer server({{Send(Answer("201 Created", "X-Thing: a b \r\n", "hello"))}});
  HttpRequest request = Get(server.url("/a?b=c"));
  request.method = "POST";
  request.headers = {{"X-Key", "secret"}, {"X-Empty", ""}};
  request.body = std::string("bo\0dy", 5);
  HttpClient client;
  const HttpResult result = client.Send(request);
  ASSERT_EQ(result.failure, HttpFailure::kNone) << result.message;
  EXPECT_EQ(result.status, 201);
  EXPECT_EQ(result.body, "hello");
  EXPECT_EQ(result.Header("x-thing"), "a b");
  EXPECT_EQ(result.Header("x-absent"), "");
  const auto served = server.requests();
  ASSERT_EQ(served.size(), 1u);
  EXPECT_TRUE(served[0].head.starts_with("POST /a?b=c HTTP/1.1\r\n")) << served[0].head;
  EXPECT_NE(served[0].head.find("X-Key: secret"), std::string::npos);
  EXPECT_NE(served[0].head.find("X-Empty:"), std::string::npos);
  EXPECT_EQ(served[0].head.find("100-continue"), std::string::npos);
  EXPECT_EQ(served[0].body, request.body);
}

TEST(HttpClientTest, OtherMethodsAreSentAsNamed) {
  ScriptedServer server({{Send(Answer("200 OK", "", ""))}, {Send(Answer("200 OK", "", ""))}});
  HttpClient client;
  HttpRequest request = Get(server.url("/x"));
  request.method = "DELETE";
  EXPECT_EQ(client.Send(request).status, 200);
  request.method = "GET";
  EXPECT_EQ(client.Send(request).status, 200);
  EXPECT_TRUE(server.requests()[0].head.starts_with("DELETE /x"));
  EXPECT_TRUE(server.requests()[1].head.starts_with("GET /x"));
}

TEST(HttpClientTest, HandsOverEachPieceWhenItArrives) {
  ScriptedServer server(
      {{Send(Answer("200 OK", "", "")), Send("one"), AwaitSignal(), Send("two")}});
  std::vector<std::string> pieces;
  HttpHooks hooks;
  hooks.on_data = [&](std::string_view bytes) {
    pieces.emplace_back(bytes);
    if (pieces.size() == 1) server.Signal();
    return true;
  };
  HttpClient client;
  const HttpResult result = client.Send(Get(server.url()), hooks);
  EXPECT_EQ(result.failure, HttpFailure::kNone) << result.message;
  EXPECT_EQ(pieces, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(result.body, "");
}

TEST(HttpClientTest, ErrorAnswersAreKeptNotStreamedAndCutAt64KiB) {
  ScriptedServer server({{Send(Answer("500 Oops", "", std::string(100'000, 'e')))}});
  HttpHooks hooks;
  hooks.on_data = [](std::string_view) {
    ADD_FAILURE() << "an error body was streamed";
    return true;
  };
  HttpClient client;
  const HttpResult result = client.Send(Get(server.url()), hooks);
  EXPECT_EQ(result.failure, HttpFailure::kNone) << result.message;
  EXPECT_EQ(result.status, 500);
  EXPECT_EQ(result.body.size(), 64u << 10);
}

TEST(HttpClientTest, EndsWhenTheReaderHasEnough) {
  ScriptedServer server({{Send(Answer("200 OK", "", "data")), AwaitClose()}});
  HttpHooks hooks;
  hooks.on_data = [](std::string_view) { return false; };
  HttpClient client;
  const HttpResult result = client.Send(Get(server.url()), hooks);
  EXPECT_EQ(result.failure, HttpFailure::kStopped);
  EXPECT_EQ(result.status, 200);
}

TEST(HttpClientTest, CancelEndsATransferThatHangs) {
  ScriptedServer server({{Send(Answer("200 OK", "", "x")), AwaitClose()}});
  bool seen = false;
  HttpHooks hooks;
  hooks.on_data = [&](std::string_view) { return seen = true; };
  hooks.cancelled = [&] { return seen; };
  HttpClient client;
  EXPECT_EQ(client.Send(Get(server.url()), hooks).failure, HttpFailure::kCancelled);
}

TEST(HttpClientTest, CancelBeforeTheStartSendsNothing) {
  ScriptedServer server({{Send(Answer("200 OK", "", ""))}});
  HttpHooks hooks;
  hooks.cancelled = [] { return true; };
  HttpClient client;
  EXPECT_EQ(client.Send(Get(server.url()), hooks).failure, HttpFailure::kCancelled);
  EXPECT_TRUE(server.requests().empty());
}

struct DeadlineCase {
  const char* name;
  std::string before_the_hang;
  milliseconds HttpRequest::*deadline;
  HttpFailure wanted;
};

TEST(HttpClientTest, EachDeadlineEndsAServerThatHangs) {
  const std::string head = Answer("200 OK", "", "");
  const std::vector<DeadlineCase> cases = {
      {"no answer", "", &HttpRequest::first_byte_deadline, HttpFailure::kFirstByteDeadline},
      {"head alone", head, &HttpRequest::first_byte_deadline, HttpFailure::kFirstByteDeadline},
      {"silence", head + "x", &HttpRequest::idle_deadline, HttpFailure::kIdleDeadline},
      {"total", head + "x", &HttpRequest::total_deadline, HttpFailure::kTotalDeadline},
  };
  for (const DeadlineCase& c : cases) {
    SCOPED_TRACE(c.name);
    ScriptedServer server({{Send(c.before_the_hang), AwaitClose()}});
    HttpRequest request = Get(server.url("/path?key=secret"));
    request.*c.deadline = milliseconds(60);
    HttpClient client;
    const HttpResult result = client.Send(request);
    EXPECT_EQ(result.failure, c.wanted) << result.message;
    EXPECT_NE(result.message.find("within 60 ms"), std::string::npos) << result.message;
    EXPECT_EQ(result.message.find("secret"), std::string::npos) << result.message;
  }
}

TEST(HttpClientTest, NamesWhatIsWrongAndWhatToDo) {
  ScriptedServer garbage({{Send("SSH-2.0-OpenSSH\r\n")}});
  ScriptedServer plain({{DoNotRead(), Send("HTTP/1.1 400 Bad Request\r\n\r\n")}});
  ScriptedServer reset({{Send(Answer("200 OK", "", "x")), ResetConnection()}});
  ScriptedServer cut({{Send(Answer("200 OK", "Content-Length: 10\r\n", "abc"))}});
  int closed_port = 0;
  {
    const ScriptedServer gone({});
    closed_port = gone.port();
  }
  struct Case {
    std::string url;
    HttpFailure failure;
    std::string remedy;
  };
  const std::vector<Case> cases = {
      {"http://127.0.0.1:" + std::to_string(closed_port), HttpFailure::kConnect, "server running"},
      // A label of 64 letters fails without a query to any name server.
      {"http://" + std::string(64, 'a') + ".invalid/", HttpFailure::kResolve,
       "host name in base_url"},
      {"https://127.0.0.1:" + std::to_string(plain.port()), HttpFailure::kTls, "https://"},
      {garbage.url(), HttpFailure::kProtocol, "does not speak HTTP"},
      {reset.url(), HttpFailure::kBroken, "broke off"},
      {cut.url(), HttpFailure::kBroken, "broke off"},
      {"ftp://127.0.0.1/", HttpFailure::kBadRequest, "http://"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.url);
    HttpClient client;
    const HttpResult result = client.Send(Get(c.url));
    EXPECT_EQ(result.failure, c.failure) << result.message;
    EXPECT_NE(result.message.find(c.remedy), std::string::npos) << result.message;
    EXPECT_EQ(result.message.find('\n'), std::string::npos);
  }
}

TEST(HttpClientTest, TooLargeAnswersAreCut) {
  ScriptedServer server({{Send(Answer("200 OK", "", std::string(5000, 'x')))}});
  HttpRequest request = Get(server.url());
  request.max_response_bytes = 4000;
  HttpClient client;
  const HttpResult result = client.Send(request);
  EXPECT_EQ(result.failure, HttpFailure::kTooLarge);
  EXPECT_NE(result.message.find("4000"), std::string::npos);
}

TEST(HttpClientTest, RedirectsAreNotFollowed) {
  ScriptedServer server({{Send(Answer("302 Found", "Location: http://127.0.0.1:1/\r\n", ""))}});
  HttpClient client;
  const HttpResult result = client.Send(Get(server.url()));
  EXPECT_EQ(result.failure, HttpFailure::kNone);
  EXPECT_EQ(result.status, 302);
}

TEST(HttpClientTest, InterimAnswersDoNotCount) {
  ScriptedServer server(
      {{Send("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + Answer("200 OK", "", "body"))}});
  HttpClient client;
  const HttpResult result = client.Send(Get(server.url()));
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.body, "body");
  EXPECT_EQ(result.Header("x-early"), "");
}

TEST(HttpClientTest, AKeyWithALineBreakIsRefusedBeforeItIsSent) {
  HttpRequest request = Get("http://127.0.0.1:1/");
  request.headers = {{"Authorization", "Bearer key\nX-Evil: 1"}};
  HttpClient client;
  const HttpResult result = client.Send(request);
  EXPECT_EQ(result.failure, HttpFailure::kBadRequest);
  EXPECT_NE(result.message.find("authorization"), std::string::npos);
  EXPECT_EQ(result.message.find("Bearer"), std::string::npos);
}

TEST(UrlTest, TakesUrlsApart) {
  const UrlParts parts = ParseUrl("HTTPS://Api.Example.com/v1?x=1").value();
  EXPECT_TRUE(parts.tls);
  EXPECT_EQ(parts.host, "api.example.com");
  EXPECT_EQ(parts.port, 443);
  EXPECT_EQ(parts.path, "/v1?x=1");
  EXPECT_EQ(ParseUrl("http://[::1]:8080").value().host, "::1");
  EXPECT_EQ(ParseUrl("http://[::1]:8080").value().port, 8080);
  EXPECT_EQ(UrlOrigin("http://h/v1?key=s"), "http://h:80");
}

TEST(UrlTest, RefusesWhatCanBeReadInTwoWays) {
  for (const char* url :
       {"", "localhost:8080", "ftp://h", "http://", "http:///x", "http://u@h/", "http://u:p@h/",
        "http://h\\@evil/", "http://h /", "http://h\n", "http://h:0/", "http://h:70000/",
        "http://h:8a/", "http://[::1/", "http://[::1]x/", "http://h\xc3\xa9/", "http://a:1:2/"}) {
    EXPECT_FALSE(ParseUrl(url).ok()) << url;
  }
  EXPECT_FALSE(ParseUrl("http://h/" + std::string(5000, 'x')).ok());
}

TEST(UrlTest, LoopbackIsOnlyWhatCannotLeaveTheMachine) {
  for (const char* url : {"http://localhost:11434/v1", "https://LOCALHOST/", "http://127.0.0.1",
                          "http://127.1.2.3:80/", "http://[::1]:8080/v1"}) {
    EXPECT_TRUE(IsLoopbackUrl(url)) << url;
  }
  for (const char* url :
       {"http://127.0.0.1.evil.com", "http://localhost.evil.com", "http://127.0.0.1@evil.com/",
        "http://0127.0.0.1/", "http://127.0.0.01/", "http://127.0.1", "http://127.0.0.1.",
        "http://10.0.0.1", "http://[::2]/", "http://evil.com/#@127.0.0.1", "127.0.0.1"}) {
    EXPECT_FALSE(IsLoopbackUrl(url)) << url;
  }
}

}  // namespace
}  // namespace inhouse
