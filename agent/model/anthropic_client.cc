#include "agent/model/anthropic_client.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/model/anthropic_stream.h"
#include "agent/model/chat_json.h"
#include "agent/model/server_options.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr size_t kMaxCacheMarks = 4;
constexpr const char* kGoOn = "Go on exactly where your text above ends.";

constexpr std::array<std::string_view, 3> kOptional = {"temperature", "stop_sequences",
                                                       "cache_control"};

struct Turn {
  bool assistant = false;
  json results = json::array();  // tool_result blocks, which stand first
  json blocks = json::array();
};

void AddText(const std::string& text, json* blocks) {
  // Blocks without text are refused.
  if (!text.empty()) blocks->push_back({{"type", "text"}, {"text", text}});
}

json ToolUse(const ToolCall& call) {
  json input = ParseJson(call.arguments);
  if (!input.is_object()) input = json::object();
  return {{"type", "tool_use"}, {"id", call.id}, {"name", call.name}, {"input", input}};
}

void AddAssistant(const Message& message, Turn* turn) {
  const json thinking = ParseJson(message.provider_blocks);
  if (thinking.is_array()) {
    for (const json& block : thinking) turn->blocks.push_back(block);
  }
  AddText(message.content, &turn->blocks);
  for (const ToolCall& call : message.tool_calls) turn->blocks.push_back(ToolUse(call));
}

void AddMessage(const Message& message, Turn* turn) {
  if (turn->assistant) {
    AddAssistant(message, turn);
  } else if (message.role == ChatRole::kTool) {
    turn->results.push_back({{"type", "tool_result"},
                             {"tool_use_id", message.tool_call_id},
                             {"content", message.content}});
  } else {
    AddText(message.content, &turn->blocks);
  }
}

// Puts a cache mark on the last block that can carry one.
void MarkLast(json* blocks) {
  for (auto block = blocks->rbegin(); block != blocks->rend(); ++block) {
    if (TextField(*block, "type").find("thinking") != std::string::npos) continue;
    (*block)["cache_control"] = {{"type", "ephemeral"}};
    return;
  }
}

void MarkTurn(Turn* turn) { MarkLast(turn->blocks.empty() ? &turn->results : &turn->blocks); }

// Which messages carry a mark: the last four that ask for one.
std::vector<bool> MarkedMessages(const ChatRequest& request, const Adjustments& adjustments) {
  std::vector<bool> marked(request.messages.size(), false);
  size_t left = adjustments.omitted.contains("cache_control") ? 0 : kMaxCacheMarks;
  for (size_t i = request.messages.size(); i-- > 0 && left > 0;) {
    marked[i] = request.messages[i].cache_mark;
    if (marked[i]) --left;
  }
  return marked;
}

size_t LeadingSystemMessages(const ChatRequest& request) {
  const auto first = std::ranges::find_if(
      request.messages, [](const Message& m) { return m.role != ChatRole::kSystem; });
  return static_cast<size_t>(first - request.messages.begin());
}

json SystemBlocks(const ChatRequest& request, size_t count, const std::vector<bool>& marked) {
  json blocks = json::array();
  for (size_t i = 0; i < count; ++i) {
    AddText(request.messages[i].content, &blocks);
    if (marked[i]) MarkLast(&blocks);
  }
  return blocks;
}

std::vector<Turn> TurnsOf(const ChatRequest& request, size_t first,
                          const std::vector<bool>& marked) {
  std::vector<Turn> turns;
  for (size_t i = first; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    const bool assistant = message.role == ChatRole::kAssistant;
    if (turns.empty() || turns.back().assistant != assistant)
      turns.push_back({.assistant = assistant});
    AddMessage(message, &turns.back());
    if (marked[i]) MarkTurn(&turns.back());
  }
  std::erase_if(turns, [](const Turn& t) { return t.blocks.empty() && t.results.empty(); });
  return turns;
}

void TrimEnd(std::string* text) {
  while (!text->empty() && static_cast<unsigned char>(text->back()) <= ' ') text->pop_back();
}

// The first turn must be the user's; the last may be the assistant's (a prefill, without
// trailing blanks) only with models that take that.
void MendEnds(bool prefill, std::vector<Turn>* turns) {
  Turn user;
  if (turns->empty() || turns->front().assistant) {
    AddText("Begin.", &user.blocks);
    turns->insert(turns->begin(), user);
  }
  if (!turns->back().assistant) return;
  if (!prefill) {
    user.blocks = json::array();
    AddText(kGoOn, &user.blocks);
    turns->push_back(user);
    return;
  }
  json& last = turns->back().blocks.back();
  if (TextField(last, "type") != "text") return;
  std::string text = TextField(last, "text");
  TrimEnd(&text);
  last["text"] = text.empty() ? "." : text;
}

json MessagesOf(const std::vector<Turn>& turns) {
  json messages = json::array();
  for (const Turn& turn : turns) {
    json content = turn.results;
    for (const json& block : turn.blocks) content.push_back(block);
    messages.push_back({{"role", turn.assistant ? "assistant" : "user"}, {"content", content}});
  }
  return messages;
}

json ToolsOf(const ChatRequest& request) {
  json tools = json::array();
  for (const ToolSpec& tool : request.tools) {
    tools.push_back({{"name", tool.name},
                     {"description", tool.description},
                     {"input_schema", ParseToolSchema(tool)}});
  }
  return tools;
}

// Sequences of blanks alone are refused; they are cut here, as all are.
std::vector<std::string> SentStops(const ChatRequest& request) {
  std::vector<std::string> stops = request.stop;
  std::erase_if(stops, [](const std::string& stop) {
    return stop.find_first_not_of(" \t\r\n") == std::string::npos;
  });
  return stops;
}

json BodyOf(const std::string& name, const ChatRequest& request, const ModelCapabilities& model,
            const Adjustments& adjustments) {
  const std::vector<bool> marked = MarkedMessages(request, adjustments);
  const size_t system = LeadingSystemMessages(request);
  std::vector<Turn> turns = TurnsOf(request, system, marked);
  MendEnds(model.prefill && !adjustments.no_prefill, &turns);
  json body = {{"model", name},
               {"stream", true},
               {"max_tokens", LongestReply(request, model, adjustments)},
               {"messages", MessagesOf(turns)}};
  json top = SystemBlocks(request, system, marked);
  if (!top.empty()) body["system"] = std::move(top);
  if (model.temperature && !adjustments.omitted.contains("temperature")) {
    body["temperature"] = request.temperature;
  }
  const std::vector<std::string> stops = SentStops(request);
  if (model.stop && !stops.empty() && !adjustments.omitted.contains("stop_sequences")) {
    body["stop_sequences"] = stops;
  }
  if (!request.tools.empty()) body["tools"] = ToolsOf(request);
  return body;
}

class AnthropicDialect : public Dialect {
 public:
  explicit AnthropicDialect(ServerOptions options) : options_(std::move(options)) {}

  std::string_view provider() const override { return "anthropic"; }
  HttpRequest BuildRequest(const ChatRequest& request, const ModelCapabilities& model,
                           const Adjustments& adjustments) const override {
    return BuildAnthropicRequest(options_, request, model, adjustments);
  }
  std::unique_ptr<ReplyDecoder> NewDecoder() const override {
    return std::make_unique<AnthropicDecoder>();
  }
  std::span<const std::string_view> OptionalParameters() const override { return kOptional; }

 private:
  const ServerOptions options_;
};

}  // namespace

HttpRequest BuildAnthropicRequest(const ServerOptions& options, const ChatRequest& request,
                                  const ModelCapabilities& model, const Adjustments& adjustments) {
  HttpRequest http;
  http.method = "POST";
  http.url = options.base_url + "/v1/messages";
  http.headers = {{"Content-Type", "application/json"},
                  {"Accept", "text/event-stream"},
                  {"anthropic-version", "2023-06-01"}};
  if (!options.api_key.empty()) http.headers.emplace_back("x-api-key", options.api_key);
  http.body = DumpJson(BodyOf(options.model, request, model, adjustments));
  return http;
}

Result<std::unique_ptr<ModelClient>> MakeAnthropicClient(ServerOptions options, ClientHooks hooks) {
  RETURN_IF_ERROR(CompleteOptions("https://api.anthropic.com", &options));
  if (options.base_url.ends_with("/v1")) options.base_url.resize(options.base_url.size() - 3);
  auto dialect = std::make_unique<AnthropicDialect>(options);
  return std::unique_ptr<ModelClient>(
      std::make_unique<ServerClient>(std::move(dialect), std::move(options), std::move(hooks)));
}

}  // namespace inhouse
