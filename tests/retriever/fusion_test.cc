#include "retriever/fusion.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

TEST(FusionTest, FollowsTheFormula) {
  const std::vector<CandidateList> lists = {{"symbol", 1.0, {{7, 0}, {8, 0}}},
                                            {"lexical", 2.0, {{8, 80}, {7, 70}, {8, 81}}}};
  const auto fused = Fuse(lists, 10);
  const double most = 1.5 * 3.0 / 61;
  ASSERT_EQ(fused.size(), 2U);
  EXPECT_EQ(fused[0].symbol_id, 8);
  EXPECT_NEAR(fused[0].score, (1.0 / 62 + 2.0 / 61 + 2.0 / 63 / 2) / most, 1e-12);
  EXPECT_NEAR(fused[1].score, (1.0 / 61 + 2.0 / 62) / most, 1e-12);
  EXPECT_EQ(fused[0].chunk_ids, (std::vector<int64_t>{80, 81}));
  EXPECT_EQ(fused[0].ranks, (std::map<std::string, int>{{"symbol", 2}, {"lexical", 1}}));
}

TEST(FusionTest, ManyChunksOfOneSymbolDoNotWinByNumber) {
  CandidateList many{"lexical", 1.0, {{1, 10}}};
  for (int64_t i = 0; i < 40; ++i) many.candidates.push_back({2, 100 + i});
  EXPECT_EQ(Fuse(std::vector{many, CandidateList{"dense", 1.0, {{1, 10}}}}, 5)[0].symbol_id, 1);
}

TEST(FusionTest, TiesGoByIdAndTheLimitHolds) {
  const std::vector<CandidateList> lists = {{"a", 1.0, {{9, 1}}}, {"b", 1.0, {{4, 2}}}};
  const auto fused = Fuse(lists, 1);
  ASSERT_EQ(fused.size(), 1U);
  EXPECT_EQ(fused[0].symbol_id, 4);
  EXPECT_TRUE(Fuse({}, 5).empty());
}

}  // namespace
}  // namespace inhouse
