#include "agent/step_context.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "agent/identifiers.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr size_t kFindApiTokens = 1200;
constexpr size_t kMaxQuestion = 2000;
constexpr size_t kMaxProse = 1000;
constexpr size_t kMaxNames = 20;

json EntriesJson(const std::vector<PackEntry>& entries) {
  json list = json::array();
  for (const PackEntry& entry : entries) {
    list.push_back({{"symbol", entry.symbol},
                    {"defined_as", entry.defined_as},
                    {"path", entry.path},
                    {"line", entry.line},
                    {"score", entry.score},
                    {"reason", entry.reason}});
  }
  return list;
}

json EvidenceJson(const Evidence& evidence) {
  return {{"text", evidence.text},
          {"identifiers", evidence.identifiers},
          {"error_type", evidence.error_type},
          {"error_message", evidence.error_message},
          {"live_names", evidence.live_names},
          {"already_shown", evidence.already_shown}};
}

json PackJson(std::string_view kind, const Evidence& evidence, const ContextPack& pack) {
  return {{"kind", std::string(kind)},
          {"evidence", EvidenceJson(evidence)},
          {"entries", EntriesJson(pack.entries)},
          {"omitted", pack.omitted},
          {"estimated_tokens", pack.estimated_tokens},
          {"text", pack.text}};
}

std::string Argument(std::string_view arguments_json, const char* name) {
  const json arguments = json::parse(arguments_json.begin(), arguments_json.end(), nullptr, false);
  if (!arguments.is_object()) return "";
  const auto it = arguments.find(name);
  return it != arguments.end() && it->is_string() ? it->get<std::string>().substr(0, kMaxQuestion)
                                                  : "";
}

}  // namespace

Evidence CollectEvidence(const StepFacts& facts) {
  Evidence evidence;
  evidence.text = facts.prose.substr(0, kMaxProse);
  evidence.identifiers = EvidenceNames(facts.code);
  for (const LiveName& name : facts.names) {
    if (evidence.live_names.size() >= kMaxNames) break;
    evidence.live_names.push_back(name.name + ": " + name.type);
  }
  if (facts.result != nullptr && facts.result->outcome != CellOutcome::kOk) {
    evidence.error_type = facts.result->error_type;
    evidence.error_message = facts.result->error_message;
    evidence.traceback = facts.result->traceback;
  }
  return evidence;
}

void StepContext::Remember(int step, const std::vector<PackEntry>& entries) {
  for (const PackEntry& entry : entries) {
    const bool held =
        std::find(in_prompt_.begin(), in_prompt_.end(), entry.defined_as) != in_prompt_.end();
    if (!held) in_prompt_.push_back(entry.defined_as);
    const bool known = std::any_of(shown_.begin(), shown_.end(),
                                   [&](const UsedApi& api) { return api.symbol == entry.symbol; });
    if (!known) shown_.push_back({entry.symbol, step});
  }
}

void StepContext::Forget(const std::vector<std::string>& defined_as) {
  std::erase_if(in_prompt_, [&defined_as](const std::string& name) {
    return std::find(defined_as.begin(), defined_as.end(), name) != defined_as.end();
  });
}

std::vector<UsedApi> StepContext::Used(std::string_view imports, std::string_view code) const {
  std::set<std::string> names;
  const std::string text = std::string(imports) + std::string(code);
  for (const NameUse& use : UsedNames(text)) {
    if (use.offset >= imports.size()) names.insert(use.name);
  }
  std::vector<UsedApi> used;
  for (const UsedApi& api : shown_) {
    if (names.contains(api.symbol)) used.push_back(api);
  }
  return used;
}

Result<std::string> StepContext::Summary(size_t token_budget) {
  ASSIGN_OR_RETURN(const ContextPack pack, retriever_.Summary(token_budget));
  RETURN_IF_ERROR(trace_.Append(0, "retrieval", PackJson("summary", {}, pack)));
  return pack.text;
}

Result<ShownCards> StepContext::Retrieve(int step, Evidence evidence, size_t token_budget) {
  evidence.already_shown = in_prompt_;
  ASSIGN_OR_RETURN(ContextPack pack, retriever_.Pack(evidence, token_budget));
  RETURN_IF_ERROR(trace_.Append(step, "retrieval", PackJson("step", evidence, pack)));
  Remember(step, pack.entries);
  return ShownCards{std::move(pack.text), std::move(pack.entries)};
}

Result<std::string> StepContext::FindApi(int step, const std::string& query) {
  Evidence evidence;
  evidence.text = query;
  ASSIGN_OR_RETURN(const ContextPack pack, retriever_.Pack(evidence, kFindApiTokens));
  RETURN_IF_ERROR(trace_.Append(step, "retrieval", PackJson("find_api", evidence, pack)));
  Remember(step, pack.entries);
  if (pack.text.empty()) return "No house API matches \"" + query + "\".";
  return pack.text;
}

Result<std::string> StepContext::ShowApi(int step, const std::string& name) {
  ASSIGN_OR_RETURN(const ApiCard card, retriever_.Show(name));
  PackEntry entry{card.symbol, card.defined_as,          card.path, card.start_line, 1.0,
                  "asked for", FormatCardForPrompt(card)};
  ContextPack pack;
  pack.text = entry.text;
  pack.entries.push_back(std::move(entry));
  Evidence evidence;
  evidence.text = name;
  RETURN_IF_ERROR(trace_.Append(step, "retrieval", PackJson("show_api", evidence, pack)));
  Remember(step, pack.entries);
  return pack.text;
}

Result<std::string> StepContext::Answer(int step, std::string_view name,
                                        std::string_view arguments_json) {
  if (name == "find_api") {
    const std::string query = Argument(arguments_json, "query");
    if (query.empty()) return BadInput("find_api needs a text: find_api(\"what you need\")");
    return FindApi(step, query);
  }
  if (name == "show_api") {
    const std::string symbol = Argument(arguments_json, "name");
    if (symbol.empty()) return BadInput("show_api needs a name: show_api(\"module.function\")");
    return ShowApi(step, symbol);
  }
  return BadInput("there is no " + std::string(name.substr(0, 60)) + " here");
}

}  // namespace inhouse
