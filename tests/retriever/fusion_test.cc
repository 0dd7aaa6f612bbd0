#include "retriever/fusion.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

TEST(FusionTest, FollowsTheFormula) {
  const std::vector<CandidateList> lists = {
      {Source::kNames, 1.0, {{7, 2, 0}, {8, 1, 0}}},
      {Source::kWords, 2.0, {{8, 1, 80, 4.5}, {7, 2, 70, 4.0}, {8, 1, 81, 3.0}}}};
  const auto fused = Fuse(lists, 10);
  const double most = 1.5 * 3.0 / 61;
  ASSERT_EQ(fused.size(), 2U);
  EXPECT_EQ(fused[0].symbol_id, 8);
  EXPECT_NEAR(fused[0].score, (1.0 / 62 + 2.0 / 61 + 2.0 / 63 / 2) / most, 1e-12);
  EXPECT_NEAR(fused[1].score, (1.0 / 61 + 2.0 / 62) / most, 1e-12);
  EXPECT_EQ(fused[0].chunk_ids, (std::vector<int64_t>{80, 81}));
  EXPECT_EQ(fused[0].PlaceIn(Source::kNames), (ListPlace{2, 0}));
  EXPECT_EQ(fused[0].PlaceIn(Source::kWords), (ListPlace{1, 4.5}));
  EXPECT_EQ(fused[0].PlaceIn(Source::kVectors), ListPlace());
}

TEST(FusionTest, ManyChunksOfOneSymbolDoNotWinByNumber) {
  CandidateList many{Source::kWords, 1.0, {{1, 1, 10}}};
  for (int64_t i = 0; i < 40; ++i) many.candidates.push_back({2, 0, 100 + i});
  EXPECT_EQ(
      Fuse(std::vector{many, CandidateList{Source::kVectors, 1.0, {{1, 1, 10}}}}, 5)[0].symbol_id,
      1);
}

TEST(FusionTest, TiesGoByPlaceAndTheLimitHolds) {
  const std::vector<CandidateList> lists = {{Source::kNames, 1.0, {{4, 7, 1}}},
                                            {Source::kWords, 1.0, {{9, 3, 2}}}};
  const auto fused = Fuse(lists, 1);
  ASSERT_EQ(fused.size(), 1U);
  EXPECT_EQ(fused[0].symbol_id, 9);
  EXPECT_TRUE(Fuse({}, 5).empty());
}

}  // namespace
}  // namespace inhouse
