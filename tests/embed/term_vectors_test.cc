#include "indexer/embed/term_vectors.h"

#include <gtest/gtest.h>

#include <cmath>

#include "indexer/embed/static_embedder.h"

namespace inhouse {
namespace {

using Vector = std::vector<float>;

// Knows "known" alone; vectors have two dimensions.
class TinyEmbedder : public Embedder {
 public:
  std::string id() const override { return "tiny/2"; }
  size_t dimensions() const override { return 2; }
  Status Embed(std::span<const std::string_view>, EmbedRole, std::span<float>) const override {
    return {};
  }
  bool Knows(std::string_view term) const override { return term == "known"; }
};

TEST(TermVectorLearner, TakesTheMeanOfTheChunksThatHoldTheWord) {
  const std::vector<std::string_view> vocabulary = {"zorblat", "known", "frob"};
  const std::vector<int64_t> chunks = {2, 3, 2};
  TermVectorLearner learner(TinyEmbedder(), vocabulary, chunks);
  ASSERT_FALSE(learner.empty());
  const std::vector<TermUse> both = {{0, 1}, {1, 1}}, other = {{2, 3}}, none = {{1, 1}};
  EXPECT_TRUE(learner.Wants(both));
  EXPECT_FALSE(learner.Wants(none));
  learner.Add(both, Vector{1, 0});
  learner.Add(both, Vector{1, 0});
  learner.Add(other, Vector{0, 1});
  learner.Add(other, Vector{0, 1});
  const TermVectors learned = learner.Finish();
  EXPECT_EQ(learned.terms(), (std::vector<std::string>{"frob", "zorblat"}));
  EXPECT_EQ(learned.Find("known"), TermVectors::kNone);
  const auto at = static_cast<size_t>(learned.Find("zorblat"));
  const auto row = learned.row(at);
  // What all chunks share, the direction (1, 1), is gone; the length is one.
  EXPECT_NEAR(learned.scale(at) * static_cast<float>(row[0]), std::sqrt(0.5f), 0.01f);
  EXPECT_NEAR(learned.scale(at) * static_cast<float>(row[1]), -std::sqrt(0.5f), 0.01f);
}

TEST(TermVectorLearner, NumbersShortAndRareWordsAreLeftOut) {
  const std::vector<std::string_view> vocabulary = {"1234", "ab", "zorblat"};
  const std::vector<int64_t> chunks = {9, 9, 1};
  EXPECT_TRUE(TermVectorLearner(TinyEmbedder(), vocabulary, chunks).empty());
}

TEST(TermVectorLearner, KeepsTheMostUsedWords) {
  std::vector<std::string> words;
  for (size_t i = 0; i < TermVectorLearner::kMaxTerms + 10; ++i) {
    words.push_back("word" + std::to_string(i));
  }
  const std::vector<std::string_view> vocabulary(words.begin(), words.end());
  std::vector<int64_t> chunks(words.size(), 2);
  chunks.back() = 3;
  const TermVectors learned = TermVectorLearner(TinyEmbedder(), vocabulary, chunks).Finish();
  EXPECT_EQ(learned.terms().size(), TermVectorLearner::kMaxTerms);
  EXPECT_NE(learned.Find(words.back()), TermVectors::kNone);
}

}  // namespace
}  // namespace inhouse
