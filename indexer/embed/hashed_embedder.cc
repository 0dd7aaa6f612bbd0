#include "indexer/embed/hashed_embedder.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "indexer/base/check.h"
#include "indexer/base/digest.h"
#include "indexer/chunk/terms.h"
#include "indexer/embed/term_ranks.h"

namespace inhouse {
namespace {

constexpr float kGramShare = 0.25f;
// What a table without terms gives to every term.
constexpr float kPlainWeight = 1.0f;

// Calls visit(gram) for the trigrams of "^term$"; the marks make beginnings and
// ends of words features of their own.
template <typename Visit>
void ForEachGram(std::string_view term, Visit visit) {
  std::array<char, kMaxTermBytes + 2> marked{};
  const size_t size = std::min(term.size(), kMaxTermBytes);
  if (size < 3) return;
  marked[0] = '^';
  std::copy_n(term.begin(), size, marked.begin() + 1);
  marked[size + 1] = '$';
  for (size_t i = 0; i + 3 <= size + 2; ++i) visit(std::string_view(&marked[i], 3));
}

// Adds the feature at kHashes places: 16 bits of its hash each, one for the sign.
void AddFeature(uint64_t hash, float weight, std::span<float> out) {
  for (int i = 0; i < HashedEmbedder::kHashes; ++i, hash >>= 16) {
    const size_t place = (hash & 0x7fff) % out.size();
    out[place] += (hash & 0x8000) != 0 ? -weight : weight;
  }
}

// The places of the feature, signs in the highest bit; as AddFeature has them.
void AddPlaces(uint64_t hash, std::vector<uint16_t>* places) {
  for (int i = 0; i < HashedEmbedder::kHashes; ++i, hash >>= 16) {
    const auto place = static_cast<uint16_t>((hash & 0x7fff) % HashedEmbedder::kDimensions);
    places->push_back(static_cast<uint16_t>(place | (hash & 0x8000)));
  }
}

void AddAt(const uint16_t* places, size_t count, float weight, std::span<float> out) {
  for (size_t i = 0; i < count; ++i) {
    out[places[i] & 0x7fff] += (places[i] & 0x8000) != 0 ? -weight : weight;
  }
}

void MakeUnitLength(std::span<float> vector) {
  double sum = 0;
  for (const float value : vector) sum += double{value} * double{value};
  if (sum <= 0) return;
  const auto scale = static_cast<float>(1.0 / std::sqrt(sum));
  for (float& value : vector) value *= scale;
}

}  // namespace

// What each term of a vocabulary adds to a vector, worked out once. Sums are
// made in the same order as by EmbedOne, so that vectors do not depend on the way.
class HashedEmbedder::Terms : public TermEmbedder {
 public:
  Terms(const HashedEmbedder& owner, std::span<const std::string_view> vocabulary) {
    entries_.reserve(vocabulary.size());
    const std::vector<uint32_t> ranks = RanksOf(vocabulary);
    for (size_t i = 0; i < vocabulary.size(); ++i) AddTerm(owner, vocabulary[i], ranks[i]);
  }

  void Embed(std::span<TermUse> uses, std::span<float> out) const override {
    std::fill(out.begin(), out.end(), 0.0f);
    std::sort(uses.begin(), uses.end(), [&](const TermUse& a, const TermUse& b) {
      return entries_[a.term].rank < entries_[b.term].rank;
    });
    for (const TermUse& use : uses) AddUse(entries_[use.term], use.count, out);
    MakeUnitLength(out);
  }

 private:
  struct Entry {
    float weight = 0;   // 0: says nothing
    uint32_t rank = 0;  // in the order of terms
    uint32_t begin = 0;
    uint32_t count = 0;  // places; the first kHashes are the term's own
  };

  void AddTerm(const HashedEmbedder& owner, std::string_view term, uint32_t rank) {
    Entry entry;
    entry.rank = rank;
    entry.begin = static_cast<uint32_t>(places_.size());
    if (!IsStopWord(term)) {
      entry.weight = owner.TermWeight(term, EmbedRole::kDocument);
      std::string marked(1, 't');
      AddPlaces(Xxh3(marked += term), &places_);
      ForEachGram(term, [&](std::string_view gram) { AddPlaces(Xxh3(gram), &places_); });
    }
    entry.count = static_cast<uint32_t>(places_.size()) - entry.begin;
    entries_.push_back(entry);
  }

  void AddUse(const Entry& entry, uint32_t count, std::span<float> out) const {
    if (entry.count == 0 || entry.weight <= 0) return;
    const float damped = 1.0f + std::log(static_cast<float>(count));
    const uint16_t* places = &places_[entry.begin];
    AddAt(places, kHashes, damped * entry.weight, out);
    const float share = kGramShare * (damped * entry.weight);
    AddAt(places + kHashes, entry.count - kHashes, share, out);
  }

  std::vector<Entry> entries_;  // by the vocabulary's numbers
  std::vector<uint16_t> places_;
};

std::unique_ptr<TermEmbedder> HashedEmbedder::ForTerms(
    std::span<const std::string_view> vocabulary) const {
  return std::make_unique<Terms>(*this, vocabulary);
}

HashedEmbedder::HashedEmbedder(WeightTable weights) : weights_(std::move(weights)) {
  for (const auto& [term, weight] : weights_.rows()) {
    ForEachGram(term, [&](std::string_view gram) { known_grams_.set(Xxh3(gram) % kGramBits); });
  }
}

std::string HashedEmbedder::id() const { return "hashed-terms-1/" + std::to_string(kDimensions); }

Status HashedEmbedder::Embed(std::span<const std::string_view> texts, EmbedRole role,
                             std::span<float> out) const {
  CHECK(out.size() == texts.size() * kDimensions);
  for (size_t i = 0; i < texts.size(); ++i) {
    EmbedOne(texts[i], role, out.subspan(i * kDimensions, kDimensions));
  }
  return {};
}

void HashedEmbedder::EmbedOne(std::string_view text, EmbedRole role, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0f);
  std::vector<std::string> terms = inhouse::Terms(text);
  std::sort(terms.begin(), terms.end());
  for (size_t i = 0; i < terms.size();) {
    const std::string& term = terms[i];
    const size_t begin = i;
    while (i < terms.size() && terms[i] == term) ++i;
    if (IsStopWord(term)) continue;
    const float damped = 1.0f + std::log(static_cast<float>(i - begin));
    const float weight = TermWeight(term, role);
    if (weight > 0) AddFeature(Xxh3("t" + term), damped * weight, out);
    // An unknown spelling in a query may be close to a known one.
    const float gram_weight = weight > 0 ? weight : weights_.largest() / 2;
    AddGrams(term, damped * gram_weight, role, out);
  }
  MakeUnitLength(out);
}

float HashedEmbedder::TermWeight(std::string_view term, EmbedRole role) const {
  if (weights_.empty()) return kPlainWeight;
  const float weight = weights_.WeightOf(term);
  return weight > 0 || role == EmbedRole::kQuery ? weight : weights_.largest();
}

void HashedEmbedder::AddGrams(std::string_view term, float weight, EmbedRole role,
                              std::span<float> out) const {
  const bool only_known = role == EmbedRole::kQuery && !weights_.empty();
  const float share = kGramShare * weight;
  if (share <= 0) return;
  ForEachGram(term, [&](std::string_view gram) {
    const uint64_t hash = Xxh3(gram);
    if (!only_known || known_grams_.test(hash % kGramBits)) AddFeature(hash, share, out);
  });
}

}  // namespace inhouse
