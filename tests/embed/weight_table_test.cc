#include "indexer/embed/weight_table.h"

#include <gtest/gtest.h>

#include <cmath>

namespace inhouse {
namespace {

TEST(WeightTable, FollowsTheFormula) {
  WeightLearner learner;
  learner.Add("audience audience frame");
  learner.Add("frame");
  learner.Add("frame");
  const WeightTable table = learner.Finish();
  EXPECT_FLOAT_EQ(table.WeightOf("frame"), static_cast<float>(std::log(1 + 0.5 / 3.5)));
  EXPECT_FLOAT_EQ(table.WeightOf("audienc"), static_cast<float>(std::log(1 + 2.5 / 1.5)));
  EXPECT_EQ(table.largest(), table.WeightOf("audienc"));
  EXPECT_EQ(table.WeightOf("unknown"), 0.0f);
}

TEST(WeightTable, MergedCountsAreThoseOfOneLearner) {
  WeightLearner all, left, right;
  for (WeightLearner* learner : {&all, &left}) learner->Add("write an audience");
  for (WeightLearner* learner : {&all, &right}) learner->Add("query the audience");
  left.Merge(right);
  EXPECT_EQ(left.Finish().rows(), all.Finish().rows());
  EXPECT_EQ(left.Finish().id(), all.Finish().id());
}

TEST(WeightTable, ComesBackFromItsRowsInAnyOrder) {
  WeightLearner learner;
  learner.Add("write an audience file");
  const WeightTable table = learner.Finish();
  std::vector<WeightTable::Row> rows(table.rows().rbegin(), table.rows().rend());
  const WeightTable back(rows);
  EXPECT_EQ(back.id(), table.id());
  EXPECT_EQ(back.rows(), table.rows());
  rows[0].second += 1;
  EXPECT_NE(WeightTable(rows).id(), table.id());
}

TEST(WeightTable, EmptyTableKnowsNothing) {
  EXPECT_TRUE(WeightTable().empty());
  EXPECT_EQ(WeightTable().id(), "");
  EXPECT_TRUE(WeightLearner().Finish().empty());
}

}  // namespace
}  // namespace inhouse
