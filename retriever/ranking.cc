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

// What signals add to the log-odds of being what is wanted. Fitted on the development parts
// of tools/eval_retrieval (listwise, each corpus predicted from the others), then rounded.
struct SignalWeight {
  double Signals::*signal;
  double weight;
};
constexpr SignalWeight kWeights[] = {
    {&Signals::coverage, 1.4},   {&Signals::matched, 1.65},  {&Signals::name, 0.25},
    {&Signals::in_doc, 0.3},     {&Signals::in_path, 0.2},   {&Signals::in_body, 1.05},
    {&Signals::like, 7.3},       {&Signals::vectors, 2.6},   {&Signals::vectors_share, 1.2},
    {&Signals::neighbours, 0.2}, {&Signals::siblings, 0.25}, {&Signals::asked, 0.5},
    {&Signals::fused, 0.1},      {&Signals::calls, 0.1},
};
// The factors' logarithms count so much.
constexpr double kFactorWeight = 2.5;
// Where the score is 0.5, and how wide its slope is.
constexpr double kMiddle = 7.8;
constexpr double kSlope = 2.0;
constexpr double kStopWordBonus = 0.2;
// More calls than these say nothing more.
constexpr double kManyCalls = 200;

// Below it a match would be a guess.
constexpr double kMinScore = 0.133;
// Kinds from this factor on (functions, classes, methods) are equals where a name is the query.
constexpr double kNamedInFull = 0.8;

constexpr size_t kMaxMatchedBody = 4096;

// __init__ and its like answer to syntax, not to names.
constexpr double kSpecialMethod = 0.5;

double KindFactor(SymbolKind kind) {
  switch (kind) {
    case SymbolKind::kFunction: return 1.0;
    case SymbolKind::kClass: return 0.9;
    case SymbolKind::kMethod: return 0.8;
    case SymbolKind::kProperty: return 0.7;
    case SymbolKind::kModule: return 0.3;
    case SymbolKind::kTypeAlias: return 0.4;
    case SymbolKind::kConstant: return 0.4;
    case SymbolKind::kField: return 0.35;
  }
  return 0.7;
}

double RoleFactor(FileRole role) {
  switch (role) {
    case FileRole::kLibrary: return 1.0;
    case FileRole::kScript:
    case FileRole::kNotebook: return 0.45;
    case FileRole::kDocument: return 0.45;
    case FileRole::kTest: return 0.35;
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

// A symbol that is named is what is looked for; the rest orders several. Where the query is the
// name alone, class or function are equals; a sentence that mentions a class seldom asks for it.
double Signals::NamedScore(double base) const {
  if (is_name) return (0.95 + 0.05 * base) * std::min(1.0, kind / kNamedInFull);
  return (0.9 + 0.1 * base) * kind;
}

double Signals::Score() const {
  double odds = kFactorWeight * std::log(std::max(kind * role * visibility * currency, 1e-6));
  for (const SignalWeight& part : kWeights) odds += part.weight * this->*part.signal;
  const double base = 1 / (1 + std::exp((kMiddle - odds) / kSlope));
  const double named = NamedScore(base) * role * visibility * currency;
  return std::clamp((1 - symbol) * base + symbol * std::max(base, named), 0.0, 1.0);
}

bool Signals::IsGoodEnough() const { return symbol >= kStrongName || Score() >= kMinScore; }

std::map<std::string, double> Signals::Printable() const {
  return {{"coverage", coverage},
          {"matched", matched},
          {"name", name},
          {"fused", fused},
          {"symbol", symbol},
          {"calls", calls},
          {"kind", kind},
          {"role", role},
          {"visibility", visibility},
          {"currency", currency},
          {"in_name", in_name},
          {"in_summary", in_summary},
          {"in_signature", in_signature},
          {"in_doc", in_doc},
          {"in_path", in_path},
          {"in_usage", in_usage},
          {"in_body", in_body},
          {"words", words},
          {"vectors", vectors},
          {"vectors_share", vectors_share},
          {"neighbours", neighbours},
          {"siblings", siblings},
          {"like", like},
          {"asked", asked},
          {"terms", matched_terms},
          {"callsx", calls}};
}

Ranker::Ranker(const ParsedQuery& query, const WeightTable& weights, const Embedder* embedder)
    : query_(query),
      weights_(weights),
      matcher_(query),
      likeness_(query.text, embedder),
      total_weight_(query.total_weight()) {}

void Ranker::RateText(const CandidateFacts& facts, Signals* signals) {
  const Symbol& symbol = facts.symbol->symbol;
  struct Field {
    TermMask mask;
    double worth;
    double Signals::*share;
  };
  TermMask usage;
  for (const std::string_view text : facts.usages) usage = usage | matcher_.Match(text);
  const std::array<Field, 7> fields = {{
      {matcher_.Match(LastNameOf(facts.symbol->import_name)) | MatchName(symbol.name), kNameWorth,
       &Signals::in_name},
      {matcher_.Match(symbol.doc.summary), kSummaryWorth, &Signals::in_summary},
      {matcher_.Match(SignatureText(symbol)), kSignatureWorth, &Signals::in_signature},
      {matcher_.Match(DocText(symbol.doc)), kDocWorth, &Signals::in_doc},
      {matcher_.Match(ParentNameOf(facts.symbol->import_name)) | matcher_.Match(symbol.parent),
       kPathWorth, &Signals::in_path},
      {usage, kUsageWorth, &Signals::in_usage},
      {matcher_.Match(facts.body.substr(0, kMaxMatchedBody)), kBodyWorth, &Signals::in_body},
  }};
  for (size_t i = 0; i < query_.terms.size(); ++i) {
    const uint64_t bit = uint64_t{1} << i;
    double best = 0;
    bool exact = false;
    for (const Field& field : fields) {
      if ((field.mask.exact & bit) != 0) best = std::max(best, field.worth);
      if ((field.mask.related & bit) != 0) best = std::max(best, field.worth * kRelatedShare);
      exact |= (field.mask.exact & bit) != 0;
      const double share = (field.mask.exact & bit) != 0     ? 1
                           : (field.mask.related & bit) != 0 ? kRelatedShare
                                                             : 0;
      signals->*field.share += share * query_.terms[i].weight / total_weight_;
    }
    if (best <= 0) continue;
    signals->coverage += best * query_.terms[i].weight / total_weight_;
    signals->matched += (exact ? 1 : kRelatedShare) * query_.terms[i].weight / total_weight_;
    signals->matched_terms += exact ? 1 : 0;
  }
}

// "exception for …", "enum of …", "class that …".
bool Ranker::IsAskedFor(const Symbol& symbol) const {
  if (symbol.kind != SymbolKind::kClass) return false;
  const std::string_view base = symbol.bases.empty() ? "" : LastNameOf(symbol.bases[0]);
  for (const QueryTerm& term : query_.terms) {
    const std::string_view word = term.written;
    if (word == "class") return true;
    if (word == "enum" && base.ends_with("Enum")) return true;
    const bool exception = word == "exception" || word == "error";
    if (exception && (symbol.name.ends_with("Error") || symbol.name.ends_with("Exception") ||
                      base.ends_with("Error") || base.ends_with("Exception"))) {
      return true;
    }
  }
  return false;
}

TermMask Ranker::MatchName(const std::string& name) const {
  TermMask mask;
  for (const std::string& part : Terms(name)) mask = mask | matcher_.OfNamePart(part);
  return mask;
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
    const TermMask mask = matcher_.OfNamePart(part);
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
  // Without vectors of words: how much of the question it holds, and the question of its name.
  signals.like = likeness_.is_known()
                     ? likeness_.Of({symbol.name, symbol.parent, symbol.doc.summary})
                     : std::max(signals.matched, std::sqrt(signals.matched * signals.name));
  signals.asked = IsAskedFor(symbol) ? 1 : 0;
  signals.fused = facts.fused;
  signals.words = facts.words;
  signals.vectors = facts.vectors;
  signals.vectors_share = facts.vectors_share;
  signals.neighbours = facts.neighbours;
  signals.siblings = facts.siblings;
  signals.symbol = facts.name_strength;
  signals.is_name = query_.is_name;
  // Jobs say more about what people use than the libraries' own calls.
  const double calls = static_cast<double>(facts.calls + facts.calls_from_scripts);
  signals.calls = std::min(1.0, std::log1p(calls) / std::log1p(kManyCalls));
  signals.kind = KindFactor(symbol.kind);
  signals.role = RoleFactor(facts.role);
  const bool special = symbol.name.starts_with("__") && symbol.name.ends_with("__");
  if (special) signals.kind *= kSpecialMethod;
  signals.visibility = facts.is_public ? 1.0 : 0.6;
  signals.currency = symbol.deprecated.has_value() ? 0.3 : 1.0;
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
