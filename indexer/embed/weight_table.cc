#include "indexer/embed/weight_table.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "indexer/base/digest.h"
#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

bool ByTerm(const WeightTable::Row& a, const WeightTable::Row& b) { return a.first < b.first; }

float Weight(int64_t documents, int64_t with_term) {
  const auto all = static_cast<double>(documents);
  const auto with = static_cast<double>(with_term);
  return static_cast<float>(std::log(1.0 + (all - with + 0.5) / (with + 0.5)));
}

}  // namespace

WeightTable::WeightTable(std::vector<Row> rows) {
  if (!std::is_sorted(rows.begin(), rows.end(), ByTerm)) {
    std::sort(rows.begin(), rows.end(), ByTerm);
  }
  for (const auto& [term, weight] : rows) largest_ = std::max(largest_, weight);
  rows_ = std::make_shared<const std::vector<Row>>(std::move(rows));
}

float WeightTable::WeightOf(std::string_view term) const {
  const std::vector<Row>& all = *rows_;
  const auto at =
      std::lower_bound(all.begin(), all.end(), term,
                       [](const Row& row, std::string_view t) { return row.first < t; });
  return at != all.end() && at->first == term ? at->second : 0.0f;
}

std::string WeightTable::id() const {
  if (empty()) return "";
  std::string bytes;
  for (const auto& [term, weight] : rows()) {
    char number[sizeof(weight)];
    std::memcpy(number, &weight, sizeof(weight));
    bytes.append(term).append(1, '\0').append(number, sizeof(number));
  }
  return Xxh3Hex(bytes).substr(0, 16);
}

void WeightLearner::Add(std::string_view text) {
  std::vector<std::string> terms = Terms(text);
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  for (const std::string& term : terms) ++documents_[term];
  ++count_;
}

void WeightLearner::AddTerm(std::string_view term, int64_t documents) {
  documents_[std::string(term)] += documents;
}

void WeightLearner::Merge(const WeightLearner& other) {
  for (const auto& [term, documents] : other.documents_) documents_[term] += documents;
  count_ += other.count_;
}

WeightTable WeightLearner::Finish() const {
  std::vector<std::pair<std::string, int64_t>> counts(documents_.begin(), documents_.end());
  const size_t keep = std::min(counts.size(), kMaxWeights);
  const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(keep);
  if (keep < counts.size()) {
    std::nth_element(counts.begin(), middle, counts.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
  }
  std::vector<WeightTable::Row> rows;
  rows.reserve(keep);
  for (size_t i = 0; i < keep; ++i) {
    rows.emplace_back(counts[i].first, Weight(count_, counts[i].second));
  }
  return WeightTable(std::move(rows));
}

}  // namespace inhouse
