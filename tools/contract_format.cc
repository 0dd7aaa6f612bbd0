#include "tools/contract_format.h"

#include <nlohmann/json.hpp>

namespace inhouse {
namespace {

using nlohmann::ordered_json;

std::string OnOneLine(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

const char* LevelOf(const ContractFinding& finding) {
  return finding.is_error ? "error" : "warning";
}

ordered_json FindingJson(const ContractFinding& finding) {
  ordered_json json = {{"rule", ContractRuleName(finding.rule)},
                       {"severity", LevelOf(finding)},
                       {"line", finding.line},
                       {"column", finding.column},
                       {"end_line", finding.end_line},
                       {"end_column", finding.end_column},
                       {"text", finding.text},
                       {"message", finding.message}};
  const std::pair<const char*, const std::string*> rest[] = {{"symbol", &finding.symbol},
                                                             {"signature", &finding.signature},
                                                             {"place", &finding.place},
                                                             {"suggestion", &finding.suggestion},
                                                             {"reason", &finding.reason}};
  for (const auto& [key, value] : rest) {
    if (!value->empty()) json[key] = *value;
  }
  json["fixable"] = !finding.fixes.empty();
  return json;
}

ordered_json SarifRules() {
  ordered_json rules = ordered_json::array();
  for (int i = 0; i <= static_cast<int>(ContractRule::kDeprecatedUse); ++i) {
    const char* name = ContractRuleName(static_cast<ContractRule>(i));
    rules.push_back({{"id", name}, {"shortDescription", {{"text", name}}}});
  }
  return rules;
}

ordered_json SarifResult(const std::string& path, const ContractFinding& finding) {
  const ordered_json region = {{"startLine", finding.line},
                               {"startColumn", finding.column},
                               {"endLine", finding.end_line},
                               {"endColumn", finding.end_column}};
  const ordered_json place = {
      {"physicalLocation", {{"artifactLocation", {{"uri", path}}}, {"region", region}}}};
  return {{"ruleId", ContractRuleName(finding.rule)},
          {"ruleIndex", static_cast<int>(finding.rule)},
          {"level", LevelOf(finding)},
          {"message", {{"text", FormatFinding(finding)}}},
          {"locations", ordered_json::array({place})}};
}

}  // namespace

std::string ContractText(const CheckedFile& file, const Style& style) {
  std::string text;
  for (const ContractFinding& finding : file.report.findings) {
    const std::string place = OneLine(file.path) + ":" + std::to_string(finding.line) + ":" +
                              std::to_string(finding.column) + ": ";
    text += style.Bold(place) + style.Warning(LevelOf(finding)) + ": " + OneLine(finding.text) +
            ": " + OneLine(finding.message) + " [" + ContractRuleName(finding.rule) + "]\n";
    if (!finding.suggestion.empty()) {
      text += "    use " + OneLine(finding.suggestion);
      if (!finding.reason.empty()) text += " (" + OneLine(finding.reason) + ")";
      text += '\n';
    }
    if (finding.signature.empty()) continue;
    text += style.Dim("    " + OneLine(finding.signature) + "  " + OneLine(finding.place)) + "\n";
  }
  return text;
}

std::string ContractJson(const std::vector<CheckedFile>& files) {
  ordered_json list = ordered_json::array();
  for (const CheckedFile& file : files) {
    ordered_json findings = ordered_json::array();
    for (const ContractFinding& finding : file.report.findings) {
      findings.push_back(FindingJson(finding));
    }
    ordered_json one = {{"path", file.path},
                        {"syntax_errors", file.report.error_count},
                        {"checked_uses", file.report.checked_uses},
                        {"checked_calls", file.report.checked_calls},
                        {"findings", std::move(findings)}};
    for (const CheckedCall& call : file.report.calls) {
      one["calls"].push_back({{"line", call.line},
                              {"column", call.column},
                              {"target", call.target},
                              {"outcome", CallOutcomeName(call.outcome)}});
    }
    list.push_back(std::move(one));
  }
  return OnOneLine({{"schema", 1}, {"files", std::move(list)}});
}

std::string ContractSarif(const std::vector<CheckedFile>& files) {
  ordered_json results = ordered_json::array();
  for (const CheckedFile& file : files) {
    for (const ContractFinding& finding : file.report.findings) {
      results.push_back(SarifResult(file.path, finding));
    }
  }
  const ordered_json driver = {{"name", "inhouse"}, {"rules", SarifRules()}};
  const ordered_json run = {{"tool", {{"driver", driver}}}, {"results", std::move(results)}};
  return OnOneLine({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                    {"version", "2.1.0"},
                    {"runs", ordered_json::array({run})}});
}

}  // namespace inhouse
