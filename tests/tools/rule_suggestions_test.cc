#include "tools/rule_suggestions.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

const MinedFile kStore = {"audience_io.store", false,
                          "import re\nimport pyarrow.parquet as pq\n"
                          "def write_audience(t):\n    re.compile('a')\n    pq.write_table(t)\n"};
const MinedFile kJob = {"job", true, "import audience_io\naudience_io.write_audience(1)\n"};
const MinedFunction kWrite = {"audience_io.write_audience", "audience_io.store", 3};

TEST(RuleSuggestions, AWrappedCallThatNoJobMakesIsReplaced) {
  const std::vector<PreferRule> rules = SuggestRules({kStore, kJob}, {kWrite}, {});
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(rules[0].use, "audience_io.write_audience");
  EXPECT_EQ(rules[0].instead_of, "pyarrow.parquet.write_table");
  EXPECT_EQ(rules[0].reason,
            "3 jobs call audience_io.write_audience, none calls pyarrow.parquet.write_table, which "
            "audience_io.store wraps");
}

TEST(RuleSuggestions, ACallThatAJobMakesIsAllowed) {
  const MinedFile other = {"other", true, "import pyarrow.parquet as pq\npq.write_table(1)\n"};
  EXPECT_TRUE(SuggestRules({kStore, kJob, other}, {kWrite}, {}).empty());
}

TEST(RuleSuggestions, FewJobsAreNoPatternAndKnownRulesAreNoNews) {
  EXPECT_TRUE(SuggestRules({kStore, kJob}, {{"a.w", "audience_io.store", 2}}, {}).empty());
  EXPECT_TRUE(
      SuggestRules({kStore, kJob}, {kWrite}, {{"x", "pyarrow.parquet.write_table", ""}}).empty());
}

TEST(RuleSuggestions, TheFunctionThatMostJobsCallStandsForItsModule) {
  const MinedFunction more = {"audience_io.export", "audience_io.store", 5};
  EXPECT_EQ(SuggestRules({kStore, kJob}, {kWrite, more}, {}).at(0).use, "audience_io.export");
}

TEST(RuleSuggestions, WhatWritesDoesNotStandForReading) {
  const MinedFile reads = {"audience_io.store", false,
                           "import pyarrow.parquet as pq\npq.read_table('x')\n"};
  EXPECT_TRUE(SuggestRules({reads, kJob}, {kWrite}, {}).empty());
}

}  // namespace
}  // namespace inhouse
