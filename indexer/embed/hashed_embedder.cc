#include "indexer/embed/hashed_embedder.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "indexer/base/check.h"
#include "indexer/base/digest.h"
#include "indexer/chunk/terms.h"

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

void MakeUnitLength(std::span<float> vector) {
  double sum = 0;
  for (const float value : vector) sum += double{value} * double{value};
  if (sum <= 0) return;
  const auto scale = static_cast<float>(1.0 / std::sqrt(sum));
  for (float& value : vector) value *= scale;
}

}  // namespace

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
  std::vector<std::string> terms = Terms(text);
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
