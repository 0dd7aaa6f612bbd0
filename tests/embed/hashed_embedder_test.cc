#include "indexer/embed/hashed_embedder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "indexer/embed/embedder_factory.h"

namespace inhouse {
namespace {

using Vector = std::vector<float>;

Vector EmbedWith(const Embedder& embedder, std::string_view text, EmbedRole role) {
  Vector out(embedder.dimensions(), 7.0f);
  EXPECT_TRUE(embedder.Embed({&text, 1}, role, out).ok());
  return out;
}

float Dot(const Vector& a, const Vector& b) {
  float sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

const std::vector<std::string>& Corpus() {
  static const auto* corpus = new std::vector<std::string>{
      "write_audience(df, name, holdout_col) writes an audience file with its manifest",
      "query(sql) runs a query in the warehouse and returns a data frame",
      "rfm_score(df) scores customers by recency, frequency and monetary value",
      "validate_schema(df) returns a list of errors of the audience frame",
      "ltv_predict(df, horizon_days) predicts the life time value of customers"};
  return *corpus;
}

WeightTable Learn() {
  WeightLearner learner;
  for (const std::string& text : Corpus()) learner.Add(text);
  return learner.Finish();
}

TEST(HashedEmbedder, SameTextGivesTheSameUnitVector) {
  const HashedEmbedder embedder(Learn()), again(Learn());
  for (const std::string& text : Corpus()) {
    const Vector one = EmbedWith(embedder, text, EmbedRole::kDocument);
    EXPECT_NEAR(Dot(one, one), 1.0f, 1e-5f);
    EXPECT_EQ(one, EmbedWith(again, text, EmbedRole::kDocument));
  }
}

TEST(HashedEmbedder, BatchesGiveWhatSingleTextsGive) {
  const HashedEmbedder embedder(Learn());
  const std::vector<std::string_view> texts(Corpus().begin(), Corpus().end());
  Vector all(texts.size() * embedder.dimensions());
  ASSERT_TRUE(embedder.Embed(texts, EmbedRole::kDocument, all).ok());
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto row = all.begin() + static_cast<std::ptrdiff_t>(i * embedder.dimensions());
    EXPECT_EQ(Vector(row, row + static_cast<std::ptrdiff_t>(embedder.dimensions())),
              EmbedWith(embedder, texts[i], EmbedRole::kDocument));
  }
}

TEST(HashedEmbedder, NothingKnownIsTheZeroVector) {
  const HashedEmbedder embedder(Learn());
  for (const char* text : {"", "   ", "+-*/ ()", "zzqqxx jjkkvv"}) {
    const Vector vector = EmbedWith(embedder, text, EmbedRole::kQuery);
    EXPECT_EQ(Dot(vector, vector), 0.0f) << text;
  }
  const Vector fresh = EmbedWith(embedder, "zzqqxx jjkkvv", EmbedRole::kDocument);
  EXPECT_NEAR(Dot(fresh, fresh), 1.0f, 1e-5f);
}

TEST(HashedEmbedder, QuestionsFindTheirText) {
  const HashedEmbedder embedder(Learn());
  const std::pair<const char*, size_t> cases[] = {{"writing audiences", 0},
                                                  {"warehouse queries", 1},
                                                  {"customer recency score", 2},
                                                  {"list the schema's errors", 3},
                                                  {"predicted life time value", 4},
                                                  {"predictor of lifetimes", 4},
                                                  {"warehose qurey", 1}};
  for (const auto& [question, wanted] : cases) {
    const Vector query = EmbedWith(embedder, question, EmbedRole::kQuery);
    size_t best = 0;
    float best_score = -1;
    for (size_t i = 0; i < Corpus().size(); ++i) {
      const float score = Dot(query, EmbedWith(embedder, Corpus()[i], EmbedRole::kDocument));
      if (score > best_score) best = i, best_score = score;
    }
    EXPECT_EQ(best, wanted) << question << " " << best_score;
  }
}

TEST(HashedEmbedder, UnrelatedTextsAreNearlyOrthogonal) {
  const HashedEmbedder embedder(Learn());
  const Vector a = EmbedWith(embedder, "audience manifest holdout", EmbedRole::kQuery);
  const Vector b = EmbedWith(embedder, "warehouse sql query", EmbedRole::kQuery);
  EXPECT_LT(std::abs(Dot(a, b)), 0.3f);
}

TEST(HashedEmbedder, RareTermsCountMoreThanCommonOnes) {
  WeightLearner learner;
  for (int i = 0; i < 100; ++i) learner.Add(i == 0 ? "frame holdout" : "frame");
  const HashedEmbedder embedder(learner.Finish());
  const Vector both = EmbedWith(embedder, "frame holdout", EmbedRole::kDocument);
  EXPECT_GT(Dot(both, EmbedWith(embedder, "holdout", EmbedRole::kQuery)),
            Dot(both, EmbedWith(embedder, "frame", EmbedRole::kQuery)));
}

TEST(HashedEmbedder, SeveralThreadsGetTheSame) {
  const HashedEmbedder embedder(Learn());
  const Vector wanted = EmbedWith(embedder, Corpus()[0], EmbedRole::kDocument);
  std::vector<Vector> got(4);
  {
    std::vector<std::jthread> threads;
    for (Vector& out : got) {
      threads.emplace_back([&] { out = EmbedWith(embedder, Corpus()[0], EmbedRole::kDocument); });
    }
  }
  for (const Vector& out : got) EXPECT_EQ(out, wanted);
}

TEST(HashedEmbedder, TakesAnyBytes) {
  const HashedEmbedder plain{WeightTable()};
  std::string text;
  for (int i = 0; i < 5000; ++i) text.push_back(static_cast<char>(i * 37));
  text += std::string(100'000, 'x');
  const Vector vector = EmbedWith(plain, text, EmbedRole::kDocument);
  EXPECT_NEAR(Dot(vector, vector), 1.0f, 1e-4f);
}

TEST(MakeEmbedder, KnowsItsNamesAndSaysThem) {
  for (const char* name : {"hashed", "hashed-terms-1/384"}) {
    const auto embedder = MakeEmbedder(name, {Learn(), {}});
    ASSERT_TRUE(embedder.ok());
    EXPECT_EQ(embedder.value()->id(), "hashed-terms-1/384");
  }
  const std::string trained = MakeEmbedder("default", {}).value()->id();
  EXPECT_EQ(MakeEmbedder("static", {}).value()->id(), trained);
  EXPECT_EQ(MakeEmbedder(trained, {}).value()->id(), trained);
  const auto unknown = MakeEmbedder("word2vec", {});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(unknown.error().message.find("default"), std::string::npos);
}

}  // namespace
}  // namespace inhouse
