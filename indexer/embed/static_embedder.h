// The embedder of the product: a vector for each word, learned from public
// Python code (docs/embedder.md), and their weighted sum for a text. No network,
// no runtime, no unpacking at the start.
//
// Flow: text → Terms() (the words of the full-text search), no stop words →
// (1 + ln count) · sqrt(idf in this corpus) · the term's vector, summed → unit
// length. Terms that the table does not know count only where `jargon` has them
// (term_vectors.h): words that this corpus alone uses. A text of none of both is
// the zero vector. Words that the corpus has not weigh like its rarest ones.
// Immutable; safe from any thread.
#pragma once

#include <memory>
#include <string>

#include "indexer/embed/embedder.h"
#include "indexer/embed/static_weights.h"
#include "indexer/embed/term_vectors.h"
#include "indexer/embed/weight_table.h"

namespace inhouse {

class StaticEmbedder : public Embedder {
 public:
  // The table's bytes must live as long as the embedder.
  StaticEmbedder(const StaticWeights& table, WeightTable weights, TermVectors jargon);

  std::string id() const override;
  size_t dimensions() const override { return table_.dimensions(); }
  // Never fails.
  Status Embed(std::span<const std::string_view> texts, EmbedRole role,
               std::span<float> out) const override;
  bool Knows(std::string_view term) const override;
  bool TermVector(std::string_view term, std::span<float> out) const override;
  std::unique_ptr<TermEmbedder> ForTerms(
      std::span<const std::string_view> vocabulary) const override;

 private:
  class Terms;
  // What a term adds for each unit of its damped count. weight 0: nothing.
  struct Part {
    const int8_t* row = nullptr;
    float weight = 0;
  };

  Part PartOf(std::string_view term) const;
  void EmbedOne(std::string_view text, std::span<float> out) const;

  const StaticWeights table_;
  const WeightTable weights_;
  const TermVectors jargon_;
};

// out[i] += weight · row[i]. The same on every processor but for rounding.
void AddRow(const int8_t* row, float weight, std::span<float> out);

}  // namespace inhouse
