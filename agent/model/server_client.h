// A model behind HTTP: sends a request in a provider's dialect, streams the
// reply, waits and tries again where that helps, leaves out parameters that the
// server refuses, and turns every failure into one line with its remedy.
//
// Flow: ChatRequest → Dialect → HttpClient → StreamReader → Reply. Not made
// directly: MakeOpenAiClient, MakeAnthropicClient. One thread; clock, randomness
// and waiting are passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/capabilities.h"
#include "agent/model/dialect.h"
#include "agent/model/model_client.h"
#include "agent/model/stream_reader.h"
#include "indexer/base/http_client.h"
#include "indexer/base/retry.h"

namespace inhouse {

struct ServerOptions {
  std::string base_url;  // as the provider documents it; empty: the provider's own
  std::string model;
  std::string api_key;  // empty: none is sent
  std::string ca_file;  // PEM; empty: the system's
  std::chrono::milliseconds connect_deadline{10'000};
  std::chrono::milliseconds first_byte_deadline{180'000};
  std::chrono::milliseconds idle_deadline{120'000};
  std::chrono::milliseconds total_deadline{900'000};  // of one attempt
  RetryPolicy retry;
  std::vector<CapabilityRow> extra_models;
};

struct ClientHooks {
  std::function<bool()> cancelled;  // polled; true: Ctrl-C
  std::function<double()> random;   // [0, 1)
  std::function<int64_t()> unix_seconds;
  // Waits; false if `cancelled` became true meanwhile.
  std::function<bool(std::chrono::milliseconds)> wait;
};

// The system's clock, randomness and sleep. `cancelled` may be empty.
ClientHooks SystemHooks(std::function<bool()> cancelled);

class ServerClient : public ModelClient {
 public:
  ServerClient(std::unique_ptr<Dialect> dialect, ServerOptions options, ClientHooks hooks);

  std::string name() const override;
  bool is_local() const override;
  ModelInfo info() const override;
  Result<Reply> Complete(const ChatRequest& request,
                         const std::function<void(std::string_view)>& on_text) override;

 private:
  struct Attempt;

  std::string WithoutKey(std::string text) const;
  Attempt RunOnce(const ChatRequest& request, const StreamReader::OnText& on_text,
                  std::chrono::milliseconds left);
  Result<Reply> Attempts(const ChatRequest& request, const StreamReader::OnText& on_text,
                         std::vector<std::string>* warnings);
  std::optional<Result<Reply>> Settle(Attempt& attempt, const ChatRequest& request);
  bool Learn(const ProviderError& error, const ChatRequest& request);
  bool LearnLimit(const ProviderError& error, int max_tokens);
  RetryDecision Decide(const Attempt& attempt, int number) const;
  std::string FailureOf(const Attempt& attempt) const;
  Result<Reply> GiveUp(Attempt& attempt, const RetryDecision& decision);
  Reply Succeed(Attempt& attempt, const ChatRequest& request) const;
  std::string Who() const;  // "openai:gpt-x at https://host:443"

  const std::unique_ptr<Dialect> dialect_;
  const ServerOptions options_;
  const ClientHooks hooks_;
  const ModelCapabilities capabilities_;
  HttpClient http_;
  Adjustments adjustments_;  // grows; a refused parameter is not tried again
  bool tools_refused_ = false;
};

}  // namespace inhouse
