#include "retriever/text_likeness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "indexer/embed/hashed_embedder.h"
#include "indexer/embed/static_embedder.h"
#include "indexer/embed/static_weights.h"

namespace inhouse {
namespace {

StaticEmbedder Trained() { return {BuiltInWeights(), {}, {}}; }

TEST(TextLikeness, IsTheCosineOfTheEmbedder) {
  const StaticEmbedder embedder = Trained();
  TextLikeness likeness("write the audience file", &embedder);
  ASSERT_TRUE(likeness.is_known());
  const std::vector<std::string_view> texts = {"write the audience file", "store scored users"};
  std::vector<float> rows(texts.size() * embedder.dimensions());
  ASSERT_TRUE(embedder.Embed(texts, EmbedRole::kDocument, rows).ok());
  double cosine = 0;
  for (size_t i = 0; i < embedder.dimensions(); ++i) {
    cosine += double{rows[i]} * double{rows[embedder.dimensions() + i]};
  }
  EXPECT_NEAR(likeness.Of({texts[0]}), 1, 1e-4);
  EXPECT_NEAR(likeness.Of({"store scored", "users"}), cosine, 1e-4);
  EXPECT_NEAR(likeness.Of({texts[1]}), cosine, 1e-4);  // words are remembered
}

TEST(TextLikeness, KnowsOtherWordsForTheSame) {
  const StaticEmbedder embedder = Trained();
  TextLikeness likeness("who stopped buying", &embedder);
  const double near = likeness.Of({"churn_probability", "Estimate customer churn."});
  EXPECT_GT(near, likeness.Of({"parse_header", "Read the header of a binary file."}));
}

TEST(TextLikeness, NothingIsNearWithoutVectorsOfWords) {
  const HashedEmbedder hashed{WeightTable()};
  const StaticEmbedder embedder = Trained();
  for (const Embedder* none :
       {static_cast<const Embedder*>(nullptr), static_cast<const Embedder*>(&hashed)}) {
    TextLikeness likeness("write a file", none);
    EXPECT_FALSE(likeness.is_known());
    EXPECT_EQ(likeness.Of({"write a file"}), 0);
  }
  TextLikeness empty("the zzqqxx", &embedder);
  EXPECT_FALSE(empty.is_known());
  EXPECT_EQ(TextLikeness("file", &embedder).Of({"", "zzqqxx"}), 0);
}

}  // namespace
}  // namespace inhouse
