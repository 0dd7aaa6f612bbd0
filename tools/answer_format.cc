#include "tools/answer_format.h"

#include <filesystem>
#include <nlohmann/json.hpp>

namespace inhouse {
namespace {

using nlohmann::ordered_json;

std::string OnOneLine(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json HitJson(const Hit& hit, bool explain) {
  ordered_json json = {{"symbol", hit.symbol},
                       {"defined_as", hit.defined_as},
                       {"kind", SymbolKindName(hit.kind)},
                       {"root", hit.root},
                       {"path", hit.path},
                       {"start_line", hit.start_line},
                       {"end_line", hit.end_line},
                       {"score", hit.score},
                       {"signature", hit.signature},
                       {"summary", hit.summary}};
  if (!hit.deprecated.empty()) json["deprecated"] = hit.deprecated;
  if (explain) json["signals"] = hit.signals;
  return json;
}

ordered_json DocumentedJson(const std::vector<DocParameter>& entries, bool with_type) {
  ordered_json list = ordered_json::array();
  for (const DocParameter& entry : entries) {
    ordered_json json = {{"name", entry.name}};
    if (with_type) json["type"] = entry.type;
    json["description"] = entry.description;
    list.push_back(std::move(json));
  }
  return list;
}

ordered_json UsagesJson(const std::vector<UsageExample>& usages) {
  ordered_json list = ordered_json::array();
  for (const UsageExample& usage : usages) {
    list.push_back({{"path", usage.path},
                    {"line", usage.line},
                    {"caller", usage.caller},
                    {"code", usage.code}});
  }
  return list;
}

void PrintHit(size_t rank, const Hit& hit, const Style& style, std::ostream& out) {
  const std::string place = (std::filesystem::path(hit.root) / hit.path).string();
  out << rank << "  " << style.Bold(OneLine(hit.symbol));
  if (!hit.deprecated.empty()) {
    out << "  " << style.Warning("deprecated: " + OneLine(hit.deprecated));
  }
  out << "\n   " << OneLine(hit.signature) << '\n';
  if (!hit.summary.empty()) out << "   " << OneLine(hit.summary) << '\n';
  out << "   " << style.Dim(OneLine(place) + ":" + std::to_string(hit.start_line)) << '\n';
}

void PrintSignals(const Hit& hit, const Style& style, std::ostream& out) {
  out << "   score " << hit.score;
  for (const auto& [name, value] : hit.signals) {
    out << "  " << style.Dim(OneLine(name) + "=") << value;
  }
  out << '\n';
}

ordered_json DefinitionsJson(const std::vector<OtherDefinition>& definitions) {
  ordered_json list = ordered_json::array();
  for (const OtherDefinition& each : definitions) {
    list.push_back({{"signature", each.signature}, {"path", each.path}, {"line", each.line}});
  }
  return list;
}

}  // namespace

std::string SearchAnswerJson(const SearchAnswer& answer, bool explain) {
  ordered_json hits = ordered_json::array();
  for (const Hit& hit : answer.hits) hits.push_back(HitJson(hit, explain));
  return OnOneLine({{"schema", 1},
                    {"query", answer.query},
                    {"commit", answer.commit},
                    {"source_revision", answer.source_revision},
                    {"stale_files", answer.stale_files},
                    {"hits", std::move(hits)},
                    {"latency_us", answer.latency_us}});
}

std::string ContextPackJson(const ContextPack& pack, const std::string& query, size_t budget) {
  ordered_json entries = ordered_json::array();
  for (const PackEntry& entry : pack.entries) {
    entries.push_back({{"symbol", entry.symbol},
                       {"defined_as", entry.defined_as},
                       {"path", entry.path},
                       {"line", entry.line},
                       {"score", entry.score},
                       {"reason", entry.reason},
                       {"text", entry.text}});
  }
  return OnOneLine({{"schema", 1},
                    {"query", query},
                    {"budget", budget},
                    {"estimated_tokens", pack.estimated_tokens},
                    {"text", pack.text},
                    {"entries", std::move(entries)},
                    {"omitted", pack.omitted}});
}

std::string ApiCardJson(const ApiCard& card, bool with_source) {
  ordered_json json = {{"schema", 1},
                       {"symbol", card.symbol},
                       {"defined_as", card.defined_as},
                       {"kind", SymbolKindName(card.kind)},
                       {"path", card.path},
                       {"start_line", card.start_line},
                       {"end_line", card.end_line},
                       {"signature", card.signature},
                       {"summary", card.summary},
                       {"description", card.description},
                       {"parameters", DocumentedJson(card.parameters, true)},
                       {"returns", card.returns},
                       {"raises", DocumentedJson(card.raises, false)},
                       {"members", card.members},
                       {"usages", UsagesJson(card.usages)},
                       {"used_together", card.used_together},
                       {"call_count", card.call_count}};
  ordered_json& callers = json["callers"] = ordered_json::array();
  for (const UsageExample& caller : card.callers) {
    callers.push_back({{"caller", caller.caller}, {"path", caller.path}, {"line", caller.line}});
  }
  if (!card.overloads.empty()) json["overloads"] = card.overloads;
  if (!card.also_defined.empty()) json["also_defined"] = DefinitionsJson(card.also_defined);
  if (!card.drift.empty()) json["drift"] = card.drift;
  if (!card.deprecated.empty()) json["deprecated"] = card.deprecated;
  if (with_source) json["source"] = card.source;
  if (with_source && !card.source_note.empty()) json["source_note"] = card.source_note;
  return OnOneLine(json);
}

void PrintSearchAnswer(const SearchAnswer& answer, bool explain, const Style& style,
                       std::ostream& out) {
  for (size_t i = 0; i < answer.hits.size(); ++i) {
    PrintHit(i + 1, answer.hits[i], style, out);
    if (explain) PrintSignals(answer.hits[i], style, out);
  }
}

}  // namespace inhouse
