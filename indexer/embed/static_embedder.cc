#include "indexer/embed/static_embedder.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "indexer/base/check.h"
#include "indexer/chunk/terms.h"
#include "indexer/embed/term_ranks.h"

// Some sanitizers' start-up code runs before the resolvers that clones need.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define INHOUSE_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define INHOUSE_CLONES
#endif

namespace inhouse {
namespace {

void MakeUnitLength(std::span<float> vector) {
  double sum = 0;
  for (const float value : vector) sum += double{value} * double{value};
  if (sum <= 0) return;
  const auto scale = static_cast<float>(1.0 / std::sqrt(sum));
  for (float& value : vector) value *= scale;
}

float Damped(uint32_t count) {
  return count == 1 ? 1.0f : 1.0f + std::log(static_cast<float>(count));
}

}  // namespace

INHOUSE_CLONES void AddRow(const int8_t* row, float weight, std::span<float> out) {
  float* sums = out.data();
  const size_t size = out.size();
  for (size_t i = 0; i < size; ++i) sums[i] += weight * static_cast<float>(row[i]);
}

// What each term of a vocabulary adds, looked up once. Sums are made in the
// order of terms, as by EmbedOne, so that vectors do not depend on the way.
class StaticEmbedder::Terms : public TermEmbedder {
 public:
  Terms(const StaticEmbedder& owner, std::span<const std::string_view> vocabulary) {
    parts_.reserve(vocabulary.size());
    const std::vector<uint32_t> ranks = RanksOf(vocabulary);
    for (size_t i = 0; i < vocabulary.size(); ++i) {
      parts_.push_back({owner.PartOf(vocabulary[i]), ranks[i]});
    }
  }

  void Embed(std::span<TermUse> uses, std::span<float> out) const override {
    std::fill(out.begin(), out.end(), 0.0f);
    std::sort(uses.begin(), uses.end(), [&](const TermUse& a, const TermUse& b) {
      return parts_[a.term].rank < parts_[b.term].rank;
    });
    for (const TermUse& use : uses) {
      const Part& part = parts_[use.term].part;
      if (part.weight > 0) AddRow(part.row, Damped(use.count) * part.weight, out);
    }
    MakeUnitLength(out);
  }

 private:
  struct Entry {
    Part part;
    uint32_t rank = 0;  // in the order of terms
  };
  std::vector<Entry> parts_;  // by the vocabulary's numbers
};

StaticEmbedder::StaticEmbedder(const StaticWeights& table, WeightTable weights, TermVectors jargon)
    : table_(table), weights_(std::move(weights)), jargon_(std::move(jargon)) {
  CHECK(jargon_.empty() || jargon_.dimensions() == table_.dimensions());
}

std::string StaticEmbedder::id() const {
  return table_.id() + "/" + std::to_string(table_.dimensions());
}

bool StaticEmbedder::Knows(std::string_view term) const {
  return IsStopWord(term) || table_.Find(term) != StaticWeights::kNone;
}

StaticEmbedder::Part StaticEmbedder::PartOf(std::string_view term) const {
  if (IsStopWord(term)) return {};
  Part part;
  if (const int64_t number = table_.Find(term); number != StaticWeights::kNone) {
    const auto at = static_cast<size_t>(number);
    part = {table_.row(at).data(), table_.scale(at)};
  } else if (const int64_t own = jargon_.Find(term); own != TermVectors::kNone) {
    const auto at = static_cast<size_t>(own);
    part = {jargon_.row(at).data(), jargon_.scale(at) * table_.mean_length()};
  } else {
    return {};
  }
  if (weights_.empty()) return part;
  const float idf = weights_.WeightOf(term);
  part.weight *= std::sqrt(idf > 0 ? idf : weights_.largest());
  return part;
}

void StaticEmbedder::EmbedOne(std::string_view text, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0f);
  std::vector<std::string> terms = inhouse::Terms(text);
  std::sort(terms.begin(), terms.end());
  for (size_t i = 0; i < terms.size();) {
    const size_t begin = i;
    while (i < terms.size() && terms[i] == terms[begin]) ++i;
    const Part part = PartOf(terms[begin]);
    if (part.weight > 0) {
      AddRow(part.row, Damped(static_cast<uint32_t>(i - begin)) * part.weight, out);
    }
  }
  MakeUnitLength(out);
}

Status StaticEmbedder::Embed(std::span<const std::string_view> texts, EmbedRole,
                             std::span<float> out) const {
  CHECK(out.size() == texts.size() * dimensions());
  for (size_t i = 0; i < texts.size(); ++i) {
    EmbedOne(texts[i], out.subspan(i * dimensions(), dimensions()));
  }
  return {};
}

bool StaticEmbedder::TermVector(std::string_view term, std::span<float> out) const {
  CHECK(out.size() == dimensions());
  const Part part = PartOf(term);
  if (part.weight <= 0) return false;
  std::fill(out.begin(), out.end(), 0.0f);
  AddRow(part.row, part.weight, out);
  return true;
}

std::unique_ptr<TermEmbedder> StaticEmbedder::ForTerms(
    std::span<const std::string_view> vocabulary) const {
  return std::make_unique<Terms>(*this, vocabulary);
}

}  // namespace inhouse
