#include "agent/trace_records.h"

#include <nlohmann/json.hpp>

namespace inhouse {
namespace {

using nlohmann::json;

json ToolCallsJson(const std::vector<ToolCall>& calls) {
  json list = json::array();
  for (const ToolCall& call : calls) {
    list.push_back({{"id", call.id}, {"name", call.name}, {"arguments", call.arguments}});
  }
  return list;
}

json MessagesJson(const std::vector<Message>& messages) {
  json list = json::array();
  for (const Message& message : messages) {
    json item = {{"role", ChatRoleName(message.role)}, {"content", message.content}};
    if (!message.tool_calls.empty()) item["tool_calls"] = ToolCallsJson(message.tool_calls);
    if (!message.tool_call_id.empty()) item["tool_call_id"] = message.tool_call_id;
    list.push_back(std::move(item));
  }
  return list;
}

json UsageJson(const Usage& usage) {
  return {{"input_tokens", usage.input_tokens},
          {"cached_tokens", usage.cached_tokens},
          {"cache_write_tokens", usage.cache_write_tokens},
          {"output_tokens", usage.output_tokens},
          {"reasoning_tokens", usage.reasoning_tokens},
          {"reported", usage.reported}};
}

json FiguresJson(const std::vector<Figure>& figures) {
  json list = json::array();
  for (const Figure& figure : figures) {
    list.push_back({{"name", figure.name}, {"png_base64", EncodeBase64(figure.png)}});
  }
  return list;
}

// Most runs use none.
void AddBrokers(const std::vector<std::string>& uses, json* record) {
  if (!uses.empty()) (*record)["brokers"] = uses;
}

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; ++k) {
      const bool padding = i + k > bytes.size();
      text.push_back(padding ? '=' : kDigits[(group >> (18 - 6 * k)) & 63]);
    }
  }
  return text;
}

json TaskRecord(const Task& task, std::string_view model,
                const std::vector<std::string>& data_files,
                const std::vector<std::string>& sandbox_layers) {
  json prefer = json::array();
  for (const PreferRule& rule : task.prefer) {
    prefer.push_back({{"use", rule.use}, {"instead_of", rule.instead_of}, {"reason", rule.reason}});
  }
  const TaskLimits& limits = task.limits;
  return {{"request", task.request},
          {"strategy", task.strategy},
          {"model", std::string(model)},
          {"data_files", data_files},
          {"rules", task.rules},
          {"prefer", prefer},
          {"send_rows", task.send_rows},
          {"prompts", task.prompts.Replaced()},
          {"sandbox", sandbox_layers},
          {"limits",
           {{"steps", limits.steps},
            {"tokens", limits.tokens},
            {"seconds", limits.seconds},
            {"cell_seconds", limits.cell_seconds},
            {"script_seconds", limits.script_seconds},
            {"attempts", limits.attempts},
            {"retries", limits.retries},
            {"context_tokens", limits.context_tokens},
            {"reply_tokens", limits.reply_tokens}}}};
}

json PromptRecord(const ChatRequest& request, size_t estimated_tokens) {
  json record = {{"prompt_sha256", PromptDigest(request)},
                 {"messages", MessagesJson(request.messages)},
                 {"stop", request.stop},
                 {"max_tokens", request.max_tokens},
                 {"estimated_tokens", estimated_tokens}};
  for (const ToolSpec& tool : request.tools) {
    record["tools"].push_back(
        {{"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}});
  }
  return record;
}

json ReplyRecord(const ChatRequest& request, const Reply& reply) {
  return {{"prompt_sha256", PromptDigest(request)},
          {"content", reply.content},
          {"reasoning", reply.reasoning},
          {"tool_calls", ToolCallsJson(reply.tool_calls)},
          {"finish", FinishReasonName(reply.finish)},
          {"truncated", reply.truncated},
          {"model", reply.model},
          {"usage", UsageJson(reply.usage)},
          {"latency_ms", reply.latency_ms},
          {"warnings", reply.warnings}};
}

json ActionRecord(const ParsedReply& parsed) {
  json record = {{"kind", ActionKindName(parsed.action.kind)},
                 {"text", parsed.action.text},
                 {"final", parsed.action.is_final},
                 {"prose", parsed.prose},
                 {"problem", parsed.problem},
                 {"dropped_bytes", parsed.dropped_bytes},
                 {"notes", parsed.notes}};
  if (parsed.action.kind == ActionKind::kTool) record["arguments"] = parsed.action.arguments;
  return record;
}

json UsedRecord(const std::vector<UsedApi>& used) {
  json list = json::array();
  for (const UsedApi& api : used) {
    list.push_back({{"symbol", api.symbol}, {"shown_at", api.shown_at}});
  }
  return list;
}

json CellRecord(const CellResult& result, std::string_view text,
                const std::vector<LiveName>& names) {
  json live = json::array();
  for (const LiveName& name : names) live.push_back(name.name);
  json record = {{"kind", "cell"},
                 {"text", std::string(text)},
                 {"outcome", CellOutcomeName(result.outcome)},
                 {"state_lost", result.state_lost},
                 {"output", result.output},
                 {"output_bytes", result.output_bytes},
                 {"display", result.display},
                 {"warnings", result.warnings},
                 {"error_type", result.error_type},
                 {"error_message", result.error_message},
                 {"traceback", result.traceback},
                 {"error_line", result.error_line},
                 {"figures", FiguresJson(result.figures)},
                 {"seconds", result.seconds},
                 {"peak_memory_bytes", result.peak_memory_bytes},
                 {"names", std::move(live)}};
  if (!result.output_file.empty()) {
    record["output_file"] = std::string(kCellOutputFolder) + "/" + result.output_file;
  }
  AddBrokers(result.broker_uses, &record);
  if (result.broker_turn > 0) record["broker_turn"] = result.broker_turn;
  return record;
}

json NoteRecord(std::string_view kind, std::string_view text) {
  return {{"kind", std::string(kind)}, {"text", std::string(text)}};
}

json FindingRecord(const Finding& finding) {
  return {{"gate", finding.gate},
          {"severity", finding.severity},
          {"message", finding.message},
          {"line", finding.line},
          {"column", finding.column}};
}

json GateRecord(std::string_view gate, bool passed, size_t findings, std::string_view output,
                const std::vector<std::string>& broker_uses) {
  json record = {{"gate", std::string(gate)},
                 {"passed", passed},
                 {"findings", findings},
                 {"output", std::string(output)}};
  AddBrokers(broker_uses, &record);
  return record;
}

json EndRecord(const Outcome& outcome) {
  json record = {{"outcome", OutcomeKindName(outcome.kind)},
                 {"message", outcome.message},
                 {"steps", outcome.steps},
                 {"outputs", outcome.outputs},
                 {"input_tokens", outcome.input_tokens},
                 {"output_tokens", outcome.output_tokens},
                 {"tokens_estimated", outcome.tokens_estimated}};
  AddBrokers(outcome.broker_uses, &record);
  return record;
}

json ErrorEndRecord(std::string_view kind, std::string_view message, int steps) {
  return {{"outcome", std::string(kind)},
          {"message", std::string(message)},
          {"steps", steps},
          {"outputs", json::array()},
          {"input_tokens", 0},
          {"output_tokens", 0},
          {"tokens_estimated", false}};
}

}  // namespace inhouse
