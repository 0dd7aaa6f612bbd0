#include "agent/patterns/pattern_apis.h"

#include <algorithm>
#include <optional>
#include <set>

namespace inhouse {
namespace {

// Nothing: the index has no such API under that very name.
Result<std::optional<std::string>> SignatureOf(const std::string& symbol, Retriever& retriever) {
  const Result<ApiCard> card = retriever.Show(symbol);
  if (!card.ok() && card.error().kind != ErrorKind::kNegative) return card.error();
  // A name that only ends alike is another API.
  if (!card.ok() || (card->symbol != symbol && card->defined_as != symbol)) {
    return std::optional<std::string>();
  }
  return std::optional<std::string>(card->signature);
}

}  // namespace

Result<std::vector<PatternApi>> ApisCalledBy(std::string_view script, Retriever& retriever) {
  ContractOptions options;
  options.list_calls = true;
  ASSIGN_OR_RETURN(const ContractReport report, retriever.Check(script, options));
  std::set<std::string> names;
  for (const CheckedCall& call : report.calls) names.insert(call.target);
  std::vector<PatternApi> apis;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(std::optional<std::string> signature, SignatureOf(name, retriever));
    if (signature) apis.push_back({name, *std::move(signature)});
  }
  return apis;
}

Result<std::string> ExpiredBecause(const Pattern& pattern, Retriever& retriever) {
  for (const PatternApi& api : pattern.apis) {
    ASSIGN_OR_RETURN(const std::optional<std::string> now, SignatureOf(api.symbol, retriever));
    if (!now) return api.symbol + " is no longer indexed";
    if (*now != api.signature) return api.symbol + " was " + api.signature + ", is " + *now;
  }
  const Result<ContractReport> report = retriever.Check(pattern.script, {});
  if (!report.ok() && report.error().kind != ErrorKind::kBadInput) return report.error();
  if (!report.ok()) return report.error().message;
  const auto error = std::find_if(report->findings.begin(), report->findings.end(),
                                  [](const ContractFinding& f) { return f.is_error; });
  return error == report->findings.end()
             ? std::string()
             : "line " + std::to_string(error->line) + ": " + error->message;
}

}  // namespace inhouse
