#include "agent/model/openai_client.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/model/chat_json.h"
#include "agent/model/openai_stream.h"
#include "agent/model/server_options.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr size_t kMaxStops = 4;  // further ones are cut here, as all are

constexpr std::array<std::string_view, 5> kOptional = {"max_tokens", "max_completion_tokens",
                                                       "temperature", "stop", "stream_options"};

json ToolCallsOf(const Message& message) {
  json calls = json::array();
  for (const ToolCall& call : message.tool_calls) {
    calls.push_back({{"id", call.id},
                     {"type", "function"},
                     {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  }
  return calls;
}

json MessageOf(const Message& message) {
  json object = {{"role", ChatRoleName(message.role)}, {"content", message.content}};
  if (message.role == ChatRole::kTool) object["tool_call_id"] = message.tool_call_id;
  if (!message.tool_calls.empty()) {
    object["tool_calls"] = ToolCallsOf(message);
    if (message.content.empty()) object["content"] = nullptr;
  }
  return object;
}

json ToolsOf(const ChatRequest& request) {
  json tools = json::array();
  for (const ToolSpec& tool : request.tools) {
    tools.push_back({{"type", "function"},
                     {"function",
                      {{"name", tool.name},
                       {"description", tool.description},
                       {"parameters", ParseToolSchema(tool)}}}});
  }
  return tools;
}

// The field that states the longest reply; "" if the server wants neither.
std::string LimitFieldName(const ModelCapabilities& model, const Adjustments& adjustments) {
  std::array<const char*, 2> names = {"max_tokens", "max_completion_tokens"};
  if (model.limit_field == LimitField::kMaxCompletionTokens) std::swap(names[0], names[1]);
  for (const char* name : names) {
    if (!adjustments.omitted.contains(name)) return name;
  }
  return "";
}

json BodyOf(const std::string& name, const ChatRequest& request, const ModelCapabilities& model,
            const Adjustments& adjustments) {
  const auto sent = [&adjustments](std::string_view parameter) {
    return !adjustments.omitted.contains(parameter);
  };
  json body = {{"model", name}, {"stream", true}, {"messages", json::array()}};
  for (const Message& message : request.messages) body["messages"].push_back(MessageOf(message));
  if (sent("stream_options")) body["stream_options"] = {{"include_usage", true}};
  if (const std::string field = LimitFieldName(model, adjustments); !field.empty()) {
    body[field] = LongestReply(request, model, adjustments);
  }
  if (model.temperature && sent("temperature")) body["temperature"] = request.temperature;
  std::vector<std::string> stops = request.stop;
  std::erase(stops, "");
  if (stops.size() > kMaxStops) stops.resize(kMaxStops);
  if (model.stop && sent("stop") && !stops.empty()) body["stop"] = stops;
  if (!request.tools.empty()) body["tools"] = ToolsOf(request);
  return body;
}

class OpenAiDialect : public Dialect {
 public:
  explicit OpenAiDialect(ServerOptions options) : options_(std::move(options)) {}

  std::string_view provider() const override { return "openai"; }
  HttpRequest BuildRequest(const ChatRequest& request, const ModelCapabilities& model,
                           const Adjustments& adjustments) const override {
    return BuildOpenAiRequest(options_, request, model, adjustments);
  }
  std::unique_ptr<ReplyDecoder> NewDecoder() const override {
    return std::make_unique<OpenAiDecoder>();
  }
  std::span<const std::string_view> OptionalParameters() const override { return kOptional; }

 private:
  const ServerOptions options_;
};

}  // namespace

HttpRequest BuildOpenAiRequest(const ServerOptions& options, const ChatRequest& request,
                               const ModelCapabilities& model, const Adjustments& adjustments) {
  HttpRequest http;
  http.method = "POST";
  http.url = options.base_url + "/chat/completions";
  http.headers = {{"Content-Type", "application/json"}, {"Accept", "text/event-stream"}};
  if (!options.api_key.empty()) {
    http.headers.emplace_back("Authorization", "Bearer " + options.api_key);
  }
  http.body = DumpJson(BodyOf(options.model, request, model, adjustments));
  return http;
}

Result<std::unique_ptr<ModelClient>> MakeOpenAiClient(ServerOptions options, ClientHooks hooks) {
  RETURN_IF_ERROR(CompleteOptions("https://api.openai.com/v1", &options));
  auto dialect = std::make_unique<OpenAiDialect>(options);
  return std::unique_ptr<ModelClient>(
      std::make_unique<ServerClient>(std::move(dialect), std::move(options), std::move(hooks)));
}

}  // namespace inhouse
