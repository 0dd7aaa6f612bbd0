#include "indexer/embed/term_vectors.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "indexer/base/check.h"

namespace inhouse {
namespace {

// Shorter ones and numbers say nothing of their own.
constexpr size_t kMinBytes = 3;

// A row's numbers are whole and at most so far from 0: with 15 they point to
// within 6 degrees where finer ones do, and take 4 bits instead of 7.5.
constexpr double kLargest = 15;

bool IsWord(std::string_view term) {
  return term.size() >= kMinBytes &&
         std::any_of(term.begin(), term.end(), [](char c) { return c < '0' || c > '9'; });
}

double LengthOf(std::span<const double> vector) {
  double sum = 0;
  for (const double value : vector) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace

TermVectors::TermVectors(std::vector<std::string> terms, std::vector<float> scales,
                         std::vector<int8_t> rows)
    : terms_(std::move(terms)), scales_(std::move(scales)), rows_(std::move(rows)) {
  CHECK(scales_.size() == terms_.size());
  CHECK(terms_.empty() ? rows_.empty() : rows_.size() % terms_.size() == 0);
  CHECK(std::is_sorted(terms_.begin(), terms_.end()));
}

int64_t TermVectors::Find(std::string_view term) const {
  const auto at = std::lower_bound(terms_.begin(), terms_.end(), term);
  return at != terms_.end() && *at == term ? at - terms_.begin() : kNone;
}

std::span<const int8_t> TermVectors::row(size_t number) const {
  return std::span(rows_).subspan(number * dimensions(), dimensions());
}

TermVectorLearner::TermVectorLearner(const Embedder& embedder,
                                     std::span<const std::string_view> vocabulary,
                                     std::span<const int64_t> chunks_with)
    : vocabulary_(vocabulary), dimensions_(embedder.dimensions()) {
  CHECK(vocabulary.size() == chunks_with.size());
  for (uint32_t i = 0; i < vocabulary.size(); ++i) {
    const bool wanted = chunks_with[i] >= kMinChunks && IsWord(vocabulary[i]);
    if (wanted && !embedder.Knows(vocabulary[i])) terms_.push_back(i);
  }
  if (terms_.size() > kMaxTerms) {
    std::sort(terms_.begin(), terms_.end(), [&](uint32_t a, uint32_t b) {
      return chunks_with[a] != chunks_with[b] ? chunks_with[a] > chunks_with[b]
                                              : vocabulary[a] < vocabulary[b];
    });
    terms_.resize(kMaxTerms);
  }
  std::sort(terms_.begin(), terms_.end(),
            [&](uint32_t a, uint32_t b) { return vocabulary[a] < vocabulary[b]; });
  places_.assign(vocabulary.size(), -1);
  for (uint32_t i = 0; i < terms_.size(); ++i) places_[terms_[i]] = static_cast<int32_t>(i);
  sums_.resize(terms_.size() * dimensions_);
  common_.resize(dimensions_);
}

bool TermVectorLearner::Wants(std::span<const TermUse> uses) const {
  return std::any_of(uses.begin(), uses.end(),
                     [&](const TermUse& use) { return places_[use.term] >= 0; });
}

void TermVectorLearner::Add(std::span<const TermUse> uses, std::span<const float> vector) {
  for (size_t i = 0; i < dimensions_; ++i) common_[i] += double{vector[i]};
  for (const TermUse& use : uses) {
    if (places_[use.term] < 0) continue;
    const float weight = 1.0f + std::log(static_cast<float>(use.count));
    float* sum = &sums_[static_cast<size_t>(places_[use.term]) * dimensions_];
    for (size_t i = 0; i < dimensions_; ++i) sum[i] += weight * vector[i];
  }
}

TermVectors TermVectorLearner::Finish() const {
  const double all = LengthOf(common_);
  std::vector<std::string> terms;
  std::vector<float> scales;
  std::vector<int8_t> rows(sums_.size());
  for (size_t t = 0; t < terms_.size(); ++t) {
    terms.emplace_back(vocabulary_[terms_[t]]);
    const std::span sum = std::span(sums_).subspan(t * dimensions_, dimensions_);
    std::vector<double> vector(sum.begin(), sum.end());
    // Less its part along the direction that all share.
    double along = 0;
    for (size_t i = 0; i < dimensions_; ++i) along += all > 0 ? vector[i] * common_[i] / all : 0;
    double largest = 0;
    for (size_t i = 0; i < dimensions_; ++i) {
      vector[i] -= all > 0 ? along * common_[i] / all : 0;
      largest = std::max(largest, std::abs(vector[i]));
    }
    const double length = LengthOf(vector);
    if (length <= 0) {
      scales.push_back(0);
      continue;
    }
    for (size_t i = 0; i < dimensions_; ++i) {
      const double stretched = vector[i] / largest * kLargest;
      rows[t * dimensions_ + i] =
          static_cast<int8_t>(static_cast<int>(stretched + std::copysign(0.5, stretched)));
    }
    scales.push_back(static_cast<float>(largest / length / kLargest));
  }
  return {std::move(terms), std::move(scales), std::move(rows)};
}

}  // namespace inhouse
