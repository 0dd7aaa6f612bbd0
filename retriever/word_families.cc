#include "retriever/word_families.h"

#include <algorithm>
#include <array>

#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

constexpr auto kFamilies = std::to_array<std::string_view>({
    "write save export store publish output deliver upload push dump persist",
    "read load fetch pull query retrieve download import open",
    "remove delete drop exclude discard purge suppress",
    "keep filter restrict limit",
    "compute calculate estimate measure derive",
    "predict forecast project",
    "check validate verify ensure confirm",
    "list enumerate available exist",
    "create build construct generate",
    "merge join combine concatenate union",
    "split partition divide",
    "assign allocate",
    "user customer client member person people contact subscriber",
    "table dataset dataframe frame",
    "error exception failure problem",
    "score rate grade",
    "column field attribute",
    "segment group cohort bucket tier cluster",
    "mean average",
    "notify alert",
    "select choose pick",
    "top best highest",
    "revenue sales money income spend",
    "order purchase transaction bought",
    "attribution credit",
    "size count number many",
    "lift uplift effect impact",
    "holdout control",
    "inactive churn lapsed attrition",
    "retention retained returning",
    "run execute",
    "sql statement",
    "schema columns structure",
    "share percent fraction percentage proportion",
    "consent optin optout permission gdpr unsubscribe",
    "blocked blocklist suppression optout unsubscribe",
    "preview peek sample first head",
    "fill impute replace missing null",
    "normalize normalise standardize standardise scale",
    "evaluate assess quality performance auc",
    "chart plot figure diagram heatmap",
    "newest latest last recent",
    "similar like near lookalike resembling",
    "country nation",
    "rename map",
});

}  // namespace

WordFamilies::WordFamilies() {
  for (const std::string_view words : kFamilies) {
    for (const std::string& term : Terms(words)) by_term_[term].push_back(families_.size());
    families_.push_back(Terms(words));
  }
}

std::vector<std::string> WordFamilies::RelativesOf(const std::string& term) const {
  std::vector<std::string> relatives;
  const auto at = by_term_.find(term);
  if (at == by_term_.end()) return relatives;
  for (const size_t family : at->second) {
    for (const std::string& word : families_[family]) {
      const bool known = std::find(relatives.begin(), relatives.end(), word) != relatives.end();
      if (word != term && !known) relatives.push_back(word);
    }
  }
  return relatives;
}

}  // namespace inhouse
