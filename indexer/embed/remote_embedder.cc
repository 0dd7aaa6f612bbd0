#include "indexer/embed/remote_embedder.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "indexer/base/check.h"
#include "indexer/base/digest.h"
#include "indexer/embed/vector_text.h"

namespace inhouse {
namespace {

using nlohmann::json;
using Rows = std::vector<std::vector<float>>;

constexpr size_t kMaxBatchBytes = 256 << 10;
constexpr size_t kMaxBatch = 2048;
constexpr size_t kShownBytes = 300;

Error ModelError(std::string message) { return Error{ErrorKind::kModel, std::move(message)}; }

// At most `limit` bytes, whole characters.
std::string_view CutText(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return text.substr(0, limit);
}

std::string OneLineOf(std::string_view text) {
  std::string line(CutText(text, kShownBytes));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return line;
}

// The message of a server's error, in one of its usual places, or the whole.
std::string MessageOf(const std::string& body) {
  const json object = json::parse(body, nullptr, false);
  if (object.is_object() && object.contains("error")) {
    const json& error = object["error"];
    if (error.is_string()) return OneLineOf(error.get<std::string>());
    if (error.is_object() && error.contains("message") && error["message"].is_string()) {
      return OneLineOf(error["message"].get<std::string>());
    }
  }
  return OneLineOf(body);
}

std::string CodeOf(const std::string& body) {
  const json object = json::parse(body, nullptr, false);
  if (!object.is_object() || !object.contains("error") || !object["error"].is_object()) return "";
  const json& code = object["error"].value("code", json());
  return code.is_string() ? code.get<std::string>() : "";
}

// {"data": [{"index": 1, "embedding": [..]}, ..]} in any order → rows by index;
// nothing if that is not what it is.
Rows RowsOf(const std::string& body, size_t count) {
  const json object = json::parse(body, nullptr, false);
  if (!object.is_object() || !object.contains("data") || !object["data"].is_array()) return {};
  Rows rows(count);
  size_t place = 0;
  for (const json& entry : object["data"]) {
    if (!entry.is_object() || !entry.contains("embedding")) return {};
    const json index = entry.value("index", json(place++));
    const json& values = entry["embedding"];
    if (!index.is_number_unsigned() || !values.is_array()) return {};
    const auto at = index.get<uint64_t>();
    if (at >= count || !rows[at].empty()) return {};
    for (const json& value : values) {
      if (!value.is_number()) return {};
      rows[at].push_back(value.get<float>());
    }
  }
  const size_t size = rows.empty() ? 0 : rows[0].size();
  const bool whole = std::all_of(rows.begin(), rows.end(), [size](const std::vector<float>& row) {
    return row.size() == size &&
           std::all_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); });
  });
  return whole && size > 0 ? rows : Rows();
}

void PutUnit(const std::vector<float>& row, std::span<float> out) {
  double sum = 0;
  for (const float value : row) sum += double{value} * double{value};
  const double scale = sum > 0 ? 1 / std::sqrt(sum) : 0;
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(row[i] * scale);
}

Status CheckOptions(const RemoteEmbedderOptions& options) {
  if (options.base_url.empty() || options.model.empty()) {
    return BadInput(
        "the remote embedder needs a server and a model; set base_url and model in [embedder] of "
        "inhouse.toml");
  }
  RETURN_IF_ERROR(ParseUrl(options.base_url));
  if (options.batch == 0 || options.batch > kMaxBatch ||
      options.dimensions > RemoteEmbedder::kMaxDimensions) {
    return BadInput("[embedder] batch must be 1 to " + std::to_string(kMaxBatch) +
                    ", dimensions at most " + std::to_string(RemoteEmbedder::kMaxDimensions));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<RemoteEmbedder>> RemoteEmbedder::Make(RemoteEmbedderOptions options,
                                                             size_t known_dimensions) {
  RETURN_IF_ERROR(CheckOptions(options));
  while (options.base_url.ends_with('/')) options.base_url.pop_back();
  std::unique_ptr<RemoteEmbedder> made(new RemoteEmbedder(std::move(options), known_dimensions));
  if (known_dimensions == 0) {
    ASSIGN_OR_RETURN(const Rows rows, made->Ask({"def main() -> None"}));
    made->dimensions_ = rows[0].size();
  }
  if (made->dimensions_ > kMaxDimensions) {
    return ModelError(UrlOrigin(made->options_.base_url) + " gives vectors of " +
                      std::to_string(made->dimensions_) + " numbers, more than " +
                      std::to_string(kMaxDimensions) + "; set dimensions in [embedder]");
  }
  return made;
}

std::string RemoteEmbedder::id() const {
  std::string id = std::string(kIdPrefix) + options_.model + "/" + std::to_string(dimensions_);
  const std::string prefixes = options_.query_prefix + '\0' + options_.document_prefix;
  return prefixes.size() == 1 ? id : id + "+" + Xxh3Hex(prefixes).substr(0, 8);
}

Status RemoteEmbedder::Embed(std::span<const std::string_view> texts, EmbedRole role,
                             std::span<float> out) const {
  CHECK(out.size() == texts.size() * dimensions_);
  std::fill(out.begin(), out.end(), 0.0f);
  const std::string& prefix =
      role == EmbedRole::kQuery ? options_.query_prefix : options_.document_prefix;
  for (size_t next = 0; next < texts.size();) {
    std::vector<std::string> batch;
    std::vector<size_t> places;
    for (size_t bytes = 0; next < texts.size() && batch.size() < options_.batch; ++next) {
      const std::string_view text = CutText(texts[next], options_.max_text_bytes);
      if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) continue;
      if (!batch.empty() && bytes + text.size() > kMaxBatchBytes) break;
      bytes += text.size();
      batch.push_back(prefix + std::string(text));
      places.push_back(next);
    }
    if (batch.empty()) continue;
    ASSIGN_OR_RETURN(const Rows rows, Ask(batch));
    if (rows[0].size() != dimensions_) {
      return ModelError(UrlOrigin(options_.base_url) + " gives vectors of " +
                        std::to_string(rows[0].size()) + " numbers for " + options_.model +
                        " and gave " + std::to_string(dimensions_) +
                        " before; if the model was changed, run inhouse index --rebuild");
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      PutUnit(rows[i], out.subspan(places[i] * dimensions_, dimensions_));
    }
  }
  return {};
}

Result<Rows> RemoteEmbedder::Ask(const std::vector<std::string>& texts) const {
  json body = {{"model", options_.model}, {"input", texts}, {"encoding_format", "float"}};
  if (options_.dimensions > 0) body["dimensions"] = options_.dimensions;
  HttpRequest request;
  request.method = "POST";
  request.url = options_.base_url + "/embeddings";
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  if (!options_.api_key.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + options_.api_key);
  }
  request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  request.first_byte_deadline = request.idle_deadline = request.total_deadline = options_.deadline;
  const HttpResult result = SendOften(request);
  if (result.failure != HttpFailure::kNone || result.status != 200) return Failed(result);
  Rows rows = RowsOf(result.body, texts.size());
  if (rows.empty()) {
    return ModelError(UrlOrigin(options_.base_url) +
                      " answered without a vector for each text; check that base_url in "
                      "[embedder] is an OpenAI-compatible /v1 and the model is for embeddings");
  }
  return rows;
}

// Attempts until one settles it.
HttpResult RemoteEmbedder::SendOften(const HttpRequest& request) const {
  const std::scoped_lock lock(mutex_);
  for (int number = 1;; ++number) {
    HttpResult result = client_.Send(request);
    if (result.failure == HttpFailure::kNone && result.status == 200) return result;
    FailedAttempt failed;
    failed.number = number;
    failed.failure = result.failure;
    failed.status = result.status;
    failed.headers = result.headers;
    failed.error_code = CodeOf(result.body);
    // Without chance: one embedder makes one request at a time.
    const RetryDecision decision = DecideRetry(options_.retry, failed, std::time(nullptr), 0);
    if (!decision.retry) return result;
    if (!options_.wait) {
      std::this_thread::sleep_for(decision.wait);
    } else if (!options_.wait(decision.wait)) {
      return result;
    }
  }
}

Error RemoteEmbedder::Failed(const HttpResult& result) const {
  const std::string origin = UrlOrigin(options_.base_url);
  if (result.failure != HttpFailure::kNone) {
    return ModelError("the embedding server " + origin + ": " + result.message);
  }
  return ModelError("the embedding server " + origin + " answered " +
                    std::to_string(result.status) + ": " + MessageOf(result.body) +
                    "; check [embedder] in inhouse.toml");
}

}  // namespace inhouse
