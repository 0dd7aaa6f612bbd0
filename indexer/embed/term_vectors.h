// Vectors of words that the embedder's table does not know: a team's own names.
// Such a word takes the mean of the chunks that define and use it, less what all
// chunks have in common, at unit length. Learned at a full build, beside the
// corpus weights, and stored with the index.
//
//   TermVectorLearner learner(vocabulary, wanted, dimensions);
//   for (…) if (learner.Wants(uses)) learner.Add(uses, the chunk's vector);
//   const TermVectors jargon = learner.Finish();
//
// A TermVectors is immutable and safe from any thread; a learner belongs to one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/embed/embedder.h"

namespace inhouse {

class TermVectors {
 public:
  static constexpr int64_t kNone = -1;

  TermVectors() = default;
  // Row i is of terms[i], the terms ascend; a vector is scales[i] · row.
  TermVectors(std::vector<std::string> terms, std::vector<float> scales, std::vector<int8_t> rows);

  bool empty() const { return terms_.empty(); }
  size_t dimensions() const { return empty() ? 0 : rows_.size() / terms_.size(); }
  int64_t Find(std::string_view term) const;
  float scale(size_t number) const { return scales_[number]; }
  std::span<const int8_t> row(size_t number) const;

  const std::vector<std::string>& terms() const { return terms_; }
  const std::vector<float>& scales() const { return scales_; }
  const std::vector<int8_t>& rows() const { return rows_; }

 private:
  std::vector<std::string> terms_;
  std::vector<float> scales_;
  std::vector<int8_t> rows_;
};

class TermVectorLearner {
 public:
  // Words kept; of more, those in the most chunks.
  static constexpr size_t kMaxTerms = 8192;
  // A word in fewer chunks is found by its spelling.
  static constexpr int64_t kMinChunks = 2;

  // Learns the terms of `vocabulary` for which `chunks_with` (how many chunks
  // hold each) is not below kMinChunks and which `embedder` does not know.
  // `vocabulary` is borrowed.
  TermVectorLearner(const Embedder& embedder, std::span<const std::string_view> vocabulary,
                    std::span<const int64_t> chunks_with);

  bool empty() const { return terms_.empty(); }
  // True if one of the terms is to be learned.
  bool Wants(std::span<const TermUse> uses) const;
  void Add(std::span<const TermUse> uses, std::span<const float> vector);
  TermVectors Finish() const;

 private:
  std::span<const std::string_view> vocabulary_;
  const size_t dimensions_;
  std::vector<uint32_t> terms_;  // numbers of the vocabulary, by spelling
  std::vector<int32_t> places_;  // of each number of the vocabulary: its place in terms_, or -1
  std::vector<float> sums_;      // a row for each of terms_
  std::vector<double> common_;   // sum of all vectors added
};

}  // namespace inhouse
