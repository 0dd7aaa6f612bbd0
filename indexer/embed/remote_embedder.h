// Vectors from a model server: POST {base_url}/embeddings as OpenAI's service
// has it, and llama.cpp, Ollama, vLLM, text-embeddings-inference and others.
//
// Flow: texts → prefix for questions or documents → cut → batches → request →
// vectors at unit length, in the order of the texts. Empty texts are not sent;
// they are the zero vector. A failed request is tried again as retry.h decides.
// The id is "remote/MODEL/DIMENSIONS", and with prefixes a digest of them: the
// index remembers it, and vectors of two models are never mixed. The address is
// not part of it: the same model may move.
// One request at a time; safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "indexer/base/http_client.h"
#include "indexer/base/retry.h"
#include "indexer/embed/embedder.h"

namespace inhouse {

struct RemoteEmbedderOptions {
  std::string base_url;                         // "http://127.0.0.1:8080/v1"
  std::string model;                            // as the server calls it
  std::string api_key;                          // "": none is sent
  size_t dimensions = 0;                        // asked of the server; 0: as the model has them
  std::string query_prefix, document_prefix;    // "query: ", "passage: "
  size_t batch = 64;                            // texts a request
  size_t max_text_bytes = 6000;                 // longer ones are cut at a character
  std::chrono::milliseconds deadline{120'000};  // of one request
  RetryPolicy retry;
  // Waits before another attempt; false ends it. Empty: sleeps.
  std::function<bool(std::chrono::milliseconds)> wait;
};

class RemoteEmbedder : public Embedder {
 public:
  static constexpr std::string_view kIdPrefix = "remote/";
  static constexpr size_t kMaxDimensions = 4096;

  // `known_dimensions`: what an index remembers; 0 asks the server for one vector.
  // Errors: kBadInput (options), kModel (the server).
  static Result<std::unique_ptr<RemoteEmbedder>> Make(RemoteEmbedderOptions options,
                                                      size_t known_dimensions);

  std::string id() const override;
  size_t dimensions() const override { return dimensions_; }
  // Errors: kModel, with the server's address and what it said.
  Status Embed(std::span<const std::string_view> texts, EmbedRole role,
               std::span<float> out) const override;

 private:
  RemoteEmbedder(RemoteEmbedderOptions options, size_t dimensions)
      : options_(std::move(options)), dimensions_(dimensions) {}

  // Rows of any equal length, one for each text.
  Result<std::vector<std::vector<float>>> Ask(const std::vector<std::string>& texts) const;
  HttpResult SendOften(const HttpRequest& request) const;
  Error Failed(const HttpResult& result) const;

  const RemoteEmbedderOptions options_;
  size_t dimensions_;
  mutable std::mutex mutex_;   // one request at a time
  mutable HttpClient client_;  // guarded by mutex_
};

}  // namespace inhouse
