// What the tests of the server clients share: a client against a scripted
// server, with waits that are recorded instead of waited.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/anthropic_client.h"
#include "agent/model/openai_client.h"
#include "tests/support/scripted_server.h"

namespace inhouse::testing {

inline ChatRequest SimpleRequest() {
  ChatRequest request;
  request.messages = {{.role = ChatRole::kSystem, .content = "You write Python."},
                      {.role = ChatRole::kUser, .content = "Say hello."}};
  return request;
}

inline ToolSpec ReadSchemaTool() {
  return {"read_schema", "Columns of a file.",
          R"({"type":"object","properties":{"path":{"type":"string"}}})"};
}

// One event of an OpenAI stream: a delta as JSON text, and a finish reason ("null" or quoted).
inline std::string Delta(const std::string& delta, const std::string& finish = "null") {
  return R"(data: {"object":"chat.completion.chunk","model":"m-1","usage":null,"choices":[{"index":0,"delta":)" +
         delta + R"(,"finish_reason":)" + finish + "}]}\n\n";
}
inline std::string TextDelta(const std::string& text) {
  return Delta(nlohmann::json{{"content", text}}.dump());
}
inline std::string Done() { return "data: [DONE]\n\n"; }
inline std::string Stop() { return Delta("{}", R"("stop")"); }
inline std::string HelloStream() { return TextDelta("Hel") + TextDelta("lo") + Stop() + Done(); }

// One event of an Anthropic stream.
inline std::string Event(const std::string& type, const std::string& fields = "") {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (fields.empty() ? "" : ",") +
         fields + "}\n\n";
}

class Harness {
 public:
  explicit Harness(std::vector<ServerScript> scripts) : server(std::move(scripts)) {
    hooks.cancelled = [this] { return cancelled; };
    hooks.random = [] { return 0.0; };
    hooks.unix_seconds = [] { return int64_t{784111777}; };
    hooks.wait = [this](std::chrono::milliseconds wait) {
      waits.push_back(wait);
      return !cancel_in_wait;
    };
    options.base_url = server.url("/v1");
    options.model = "some-model";
    options.api_key = "k-123";
  }

  ModelClient& OpenAi() { return Keep(MakeOpenAiClient(options, hooks)); }
  ModelClient& Anthropic() { return Keep(MakeAnthropicClient(options, hooks)); }
  ModelClient& Of(bool anthropic) { return anthropic ? Anthropic() : OpenAi(); }

  Result<Reply> Ask(ModelClient& model, const ChatRequest& request = SimpleRequest()) {
    return model.Complete(request, [this](std::string_view text) {
      shown += text;
      if (on_text) on_text();
    });
  }
  nlohmann::json Sent(size_t number) const {
    return nlohmann::json::parse(server.requests().at(number).body);
  }

  ScriptedServer server;
  ServerOptions options;
  ClientHooks hooks;
  std::vector<std::chrono::milliseconds> waits;
  std::string shown;
  std::function<void()> on_text;
  bool cancelled = false;
  bool cancel_in_wait = false;

 private:
  ModelClient& Keep(Result<std::unique_ptr<ModelClient>> made) {
    EXPECT_TRUE(made.ok());
    client_ = std::move(made).value();
    return *client_;
  }
  std::unique_ptr<ModelClient> client_;
};

inline bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace inhouse::testing
