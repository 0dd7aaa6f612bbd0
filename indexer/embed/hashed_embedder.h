// The built-in embedder: no model file, no network, a few microseconds a text.
//
// Flow: text → Terms() (the words of the full-text search), no stop words → each term,
// weighted by (1 + ln tf) · idf, and its character trigrams at a quarter of that,
// so that spellings close to each other stay close → each feature is added with
// a random sign at kHashes places of the vector (signed feature hashing;
// Weinberger et al. 2009, with several places as in sparse random projections)
// → unit length. The cosine of two vectors then estimates the cosine of the
// weighted bags of features, with a standard error of about 1/sqrt(dimensions).
//
// Terms that the weight table does not know weigh like the rarest ones in a
// document (it may be newer than the table) and nothing in a query; a query with
// no known term and no known trigram is the zero vector.
// Immutable; safe from any thread.
#pragma once

#include <bitset>
#include <memory>
#include <string>

#include "indexer/embed/embedder.h"
#include "indexer/embed/weight_table.h"

namespace inhouse {

class HashedEmbedder : public Embedder {
 public:
  static constexpr size_t kDimensions = 384;
  static constexpr int kHashes = 4;

  explicit HashedEmbedder(WeightTable weights);

  std::string id() const override;
  size_t dimensions() const override { return kDimensions; }
  // Never fails.
  Status Embed(std::span<const std::string_view> texts, EmbedRole role,
               std::span<float> out) const override;
  std::unique_ptr<TermEmbedder> ForTerms(
      std::span<const std::string_view> vocabulary) const override;

 private:
  class Terms;
  static constexpr size_t kGramBits = size_t{1} << 16;

  void EmbedOne(std::string_view text, EmbedRole role, std::span<float> out) const;
  float TermWeight(std::string_view term, EmbedRole role) const;
  void AddGrams(std::string_view term, float weight, EmbedRole role, std::span<float> out) const;

  WeightTable weights_;
  std::bitset<kGramBits> known_grams_;  // of the table's terms, by hash
};

}  // namespace inhouse
