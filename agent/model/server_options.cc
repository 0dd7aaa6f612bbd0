#include "agent/model/server_options.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/model/chat_json.h"

namespace inhouse {

Status CompleteOptions(std::string_view default_base_url, ServerOptions* options) {
  if (options->model.empty()) {
    return BadInput("the model has no name; write it after the provider, as in openai:NAME");
  }
  if (options->base_url.empty()) options->base_url = default_base_url;
  while (options->base_url.ends_with('/')) options->base_url.pop_back();
  const Result<UrlParts> url = ParseUrl(options->base_url);
  if (!url.ok()) return Annotate(url.error(), "base_url");
  if (url.value().path.find_first_of("?#") != std::string::npos) {
    return BadInput("base_url must not hold '?' or '#'; give the part before /chat or /messages");
  }
  std::string& key = options->api_key;
  while (!key.empty() && static_cast<unsigned char>(key.back()) <= ' ') key.pop_back();
  while (!key.empty() && static_cast<unsigned char>(key.front()) <= ' ') key.erase(0, 1);
  const auto printable = [](char c) { return c > ' ' && c < 0x7f; };
  if (!std::ranges::all_of(key, printable)) {
    return BadInput("the key holds blanks or other bytes that no key has; copy it again");
  }
  return {};
}

int LongestReply(const ChatRequest& request, const ModelCapabilities& model,
                 const Adjustments& adjustments) {
  int64_t tokens = request.max_tokens;
  if (model.max_output_tokens > 0) tokens = std::min(tokens, model.max_output_tokens);
  if (adjustments.longest_reply > 0) tokens = std::min<int64_t>(tokens, adjustments.longest_reply);
  return static_cast<int>(std::max<int64_t>(tokens, 1));
}

nlohmann::json ParseToolSchema(const ToolSpec& tool) {
  nlohmann::json schema = ParseJson(tool.parameters);
  if (schema.is_object()) return schema;
  return {{"type", "object"}, {"properties", nlohmann::json::object()}};
}

}  // namespace inhouse
