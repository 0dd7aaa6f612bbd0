#include "retriever/likeness.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "retriever/search.h"

namespace inhouse {
namespace {

// A sparse vector: what it is about, and how much.
using Weights = std::map<std::string, double>;

constexpr size_t kMaxApis = 25;

double Length(const Weights& weights) {
  double sum = 0;
  for (const auto& [name, weight] : weights) sum += weight * weight;
  return std::sqrt(sum);
}

double Cosine(const Weights& a, const Weights& b) {
  double sum = 0;
  for (const auto& [name, weight] : a) {
    if (const auto it = b.find(name); it != b.end()) sum += weight * it->second;
  }
  return sum > 0 ? sum / (Length(a) * Length(b)) : 0;
}

Weights WordsOf(const ParsedQuery& query, const WeightTable& table) {
  Weights words;
  for (const QueryTerm& term : query.terms) words[term.term] = TermWeight(table, term.term);
  return words;
}

// By their ranks, so that nothing depends on the scale of scores.
Result<Weights> ApisOf(IndexView& view, const ParsedQuery& query) {
  RankOptions options;
  options.limit = kMaxApis;
  options.libraries_only = true;
  ASSIGN_OR_RETURN(const std::vector<RankedSymbol> ranked, RankSymbols(view, query, options));
  Weights apis;
  for (const RankedSymbol& symbol : ranked) {
    const auto before = static_cast<double>(apis.size());
    apis.emplace(symbol.symbol->symbol.qualified_name, 1 / (before + 2));
  }
  return apis;
}

// The positions of the largest values above 0, at most `limit`; ties by position.
std::vector<size_t> Largest(const std::vector<double>& values, size_t limit) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t i) { return values[i] <= 0; });
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return values[a] > values[b]; });
  order.resize(std::min(order.size(), limit));
  return order;
}

}  // namespace

Result<std::vector<double>> LikenessOf(IndexView& view, std::string_view text,
                                       const std::vector<std::string>& texts) {
  const ParsedQuery query = ParseQuery(text, view.vocabulary());
  const Weights words = WordsOf(query, view.weights());
  std::vector<ParsedQuery> others;
  std::vector<double> by_words;
  others.reserve(texts.size());
  by_words.reserve(texts.size());
  for (const std::string& other : texts) {
    others.push_back(ParseQuery(other, view.vocabulary()));
    by_words.push_back(Cosine(words, WordsOf(others.back(), view.weights())));
  }
  std::vector<double> likeness(texts.size());
  const std::vector<size_t> near = Largest(by_words, kMaxSearched);
  if (near.empty()) return likeness;
  ASSIGN_OR_RETURN(const Weights apis, ApisOf(view, query));
  for (const size_t i : near) {
    ASSIGN_OR_RETURN(const Weights other, ApisOf(view, others[i]));
    likeness[i] = std::sqrt(by_words[i] * Cosine(apis, other));
  }
  return likeness;
}

}  // namespace inhouse
