#include "retriever/ranking.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "indexer/chunk/terms.h"
#include "indexer/python/signature_reader.h"
#include "retriever/name_index.h"
#include "retriever/symbol_lookup.h"

namespace inhouse {
namespace {

// What a match in a field is worth.
constexpr double kNameWorth = 1.0;
constexpr double kSummaryWorth = 0.85;
constexpr double kSignatureWorth = 0.6;
constexpr double kDocWorth = 0.6;
constexpr double kPathWorth = 0.5;
constexpr double kUsageWorth = 0.35;
constexpr double kBodyWorth = 0.3;
constexpr double kRelatedShare = 0.4;

// Shares of the score.
constexpr double kCoverageShare = 0.42;
constexpr double kMatchedShare = 0.06;
constexpr double kNameShare = 0.12;
constexpr double kFusedShare = 0.32;
constexpr double kCallsShare = 0.08;
constexpr double kStopWordBonus = 0.2;

// A match must explain so much of the query's weight: by related words alone, by
// one word, by one that stands in the name, by several.
constexpr double kMinRelated = 0.35;
constexpr double kMinByOne = 0.3;
constexpr double kMinByOneInName = 0.2;
constexpr double kMinBySeveral = 0.18;
constexpr double kMinScore = 0.22;

constexpr size_t kMaxMatchedBody = 4096;

double KindFactor(SymbolKind kind) {
  switch (kind) {
    case SymbolKind::kFunction: return 1.0;
    case SymbolKind::kClass: return 0.97;
    case SymbolKind::kMethod: return 0.93;
    case SymbolKind::kProperty: return 0.85;
    case SymbolKind::kModule: return 0.7;
    case SymbolKind::kTypeAlias: return 0.7;
    case SymbolKind::kConstant: return 0.6;
    case SymbolKind::kField: return 0.6;
  }
  return 0.7;
}

double RoleFactor(FileRole role) {
  switch (role) {
    case FileRole::kLibrary: return 1.0;
    case FileRole::kScript:
    case FileRole::kNotebook: return 0.75;
    case FileRole::kDocument: return 0.7;
    case FileRole::kTest: return 0.55;
  }
  return 1.0;
}

std::string DocText(const Docstring& doc) {
  std::string text = doc.description;
  for (const auto* list : {&doc.parameters, &doc.raises}) {
    for (const DocParameter& entry : *list) {
      text.append("\n").append(entry.name).append(" ").append(entry.description);
    }
  }
  return text.append("\n").append(doc.returns);
}

std::string SignatureText(const Symbol& symbol) {
  return FormatSignature("", symbol.signature) + " " + symbol.annotation + " " + symbol.value;
}

}  // namespace

double Signals::Score() const {
  double base = kCoverageShare * coverage + kMatchedShare * matched + kNameShare * name +
                kFusedShare * fused + kCallsShare * calls;
  // A symbol that is named is what is looked for; the rest orders several of them.
  base = (1 - symbol) * base + symbol * (0.9 + 0.1 * base);
  return std::clamp(base * kind * role * visibility * currency, 0.0, 1.0);
}

bool Signals::IsGoodEnough() const {
  if (symbol >= kStrongName) return true;
  const double by_one = name > 0 ? kMinByOneInName : kMinByOne;
  const double least = matched_terms == 0   ? kMinRelated
                       : matched_terms == 1 ? by_one
                                            : kMinBySeveral;
  return matched >= least && Score() >= kMinScore;
}

std::map<std::string, double> Signals::Printable() const {
  return {{"coverage", coverage},     {"matched", matched},  {"name", name}, {"fused", fused},
          {"symbol", symbol},         {"calls", calls},      {"kind", kind}, {"role", role},
          {"visibility", visibility}, {"currency", currency}};
}

Ranker::Ranker(const ParsedQuery& query, const WeightTable& weights)
    : query_(query), weights_(weights), matcher_(query), total_weight_(query.total_weight()) {}

void Ranker::RateText(const CandidateFacts& facts, Signals* signals) {
  const Symbol& symbol = facts.symbol->symbol;
  struct Field {
    TermMask mask;
    double worth;
  };
  TermMask usage;
  for (const std::string_view text : facts.usages) usage = usage | matcher_.Match(text);
  const std::array<Field, 7> fields = {{
      {matcher_.Match(LastNameOf(facts.symbol->import_name)) | matcher_.Match(symbol.name),
       kNameWorth},
      {matcher_.Match(symbol.doc.summary), kSummaryWorth},
      {matcher_.Match(SignatureText(symbol)), kSignatureWorth},
      {matcher_.Match(DocText(symbol.doc)), kDocWorth},
      {matcher_.Match(ParentNameOf(facts.symbol->import_name)) | matcher_.Match(symbol.parent),
       kPathWorth},
      {usage, kUsageWorth},
      {matcher_.Match(facts.body.substr(0, kMaxMatchedBody)), kBodyWorth},
  }};
  for (size_t i = 0; i < query_.terms.size(); ++i) {
    const uint64_t bit = uint64_t{1} << i;
    double best = 0;
    bool exact = false;
    for (const Field& field : fields) {
      if ((field.mask.exact & bit) != 0) best = std::max(best, field.worth);
      if ((field.mask.related & bit) != 0) best = std::max(best, field.worth * kRelatedShare);
      exact |= (field.mask.exact & bit) != 0;
    }
    if (best <= 0) continue;
    signals->coverage += best * query_.terms[i].weight / total_weight_;
    signals->matched += (exact ? 1 : kRelatedShare) * query_.terms[i].weight / total_weight_;
    signals->matched_terms += exact ? 1 : 0;
  }
}

double Ranker::RateName(const Symbol& symbol) const {
  std::vector<std::string> parts = Terms(symbol.name);
  if (parts.size() > 1) parts.pop_back();  // the joined one
  double total = 0;
  double matched = 0;
  double bonus = 0;
  for (const std::string& part : parts) {
    if (IsStopWord(part)) {
      // "get" says nothing, but "all" can tell get_all_users from get_users.
      const auto& words = query_.stop_words;
      if (std::find(words.begin(), words.end(), part) != words.end()) bonus = kStopWordBonus;
      continue;
    }
    const double weight = TermWeight(weights_, part);
    const TermMask mask = matcher_.OfTerm(part);
    total += weight;
    matched += weight * (mask.exact != 0 ? 1.0 : mask.related != 0 ? kRelatedShare : 0.0);
  }
  return total > 0 ? matched / total + bonus : 0;
}

Signals Ranker::Rate(const CandidateFacts& facts) {
  const Symbol& symbol = facts.symbol->symbol;
  Signals signals;
  if (total_weight_ > 0) RateText(facts, &signals);
  signals.name = RateName(symbol);
  signals.fused = facts.fused;
  signals.symbol = facts.name_strength;
  // Jobs say more about what people use than the libraries' own calls.
  const double calls = static_cast<double>(facts.calls + facts.calls_from_scripts);
  const double most = static_cast<double>(std::max<int64_t>(2 * facts.most_calls, 1));
  signals.calls = std::min(1.0, std::log1p(calls) / std::log1p(most));
  signals.kind = KindFactor(symbol.kind);
  signals.role = RoleFactor(facts.role);
  signals.visibility = facts.is_public ? 1.0 : 0.7;
  signals.currency = symbol.deprecated.has_value() ? 0.5 : 1.0;
  return signals;
}

std::vector<std::string> Ranker::MatchedWords(const SymbolRow& symbol) {
  const TermMask mask = matcher_.Match(symbol.symbol.name) |
                        matcher_.Match(symbol.symbol.doc.summary) |
                        matcher_.Match(SignatureText(symbol.symbol));
  std::vector<std::string> terms;
  for (size_t i = 0; i < query_.terms.size(); ++i) {
    if (((mask.exact | mask.related) >> i & 1) == 0) continue;
    if (terms.empty() || terms.back() != query_.terms[i].written) {
      terms.push_back(query_.terms[i].written);
    }
  }
  return terms;
}

}  // namespace inhouse
