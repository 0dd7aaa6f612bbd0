#include "retriever/query.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "indexer/chunk/terms.h"
#include "retriever/term_matcher.h"
#include "retriever/traceback.h"

namespace inhouse {
namespace {

const WeightTable& Weights() {
  static const WeightTable table({{"audienc", 1.5F},
                                  {"holdout", 2.0F},
                                  {"lifetim", 4.0F},
                                  {"write", 1.0F},
                                  {"csv", 3.0F},
                                  {"rare", 5.0F}});
  return table;
}

ParsedQuery Parse(std::string_view text) {
  const WordFamilies families;
  return ParseQuery(text, {Weights(), families});
}

std::vector<std::string> TermsOf(const ParsedQuery& query) {
  std::vector<std::string> terms;
  for (const QueryTerm& term : query.terms) terms.push_back(term.term);
  return terms;
}

const QueryTerm& TermOf(const ParsedQuery& query, std::string_view term) {
  const auto at = std::find_if(query.terms.begin(), query.terms.end(),
                               [&](const QueryTerm& t) { return t.term == term; });
  EXPECT_NE(at, query.terms.end()) << term;
  return *at;
}

bool Has(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

TEST(QueryTest, ContentWordsOnceWithoutStopWordsAndNumbers) {
  const ParsedQuery query = Parse("Write the audiences, 20 of all audiences");
  EXPECT_EQ(TermsOf(query), (std::vector<std::string>{"write", "audienc"}));
  EXPECT_TRUE(Has(query.stop_words, "all"));
  EXPECT_TRUE(query.names.empty());
}

TEST(QueryTest, UnknownWordsWeighLikeTheRarest) {
  const ParsedQuery query = Parse("audience zebra");
  EXPECT_DOUBLE_EQ(TermOf(query, "audienc").weight, 2.5);
  EXPECT_DOUBLE_EQ(TermOf(query, "zebra").weight, 6.0);
  EXPECT_FALSE(TermOf(query, "zebra").is_known);
  EXPECT_DOUBLE_EQ(query.total_weight(), 8.5);
}

TEST(QueryTest, TwoWordsThatTheCorpusWritesAsOne) {
  EXPECT_TRUE(Has(TermOf(Parse("hold out users"), "hold").same, "holdout"));
  EXPECT_TRUE(TermOf(Parse("hold users"), "hold").same.empty());
}

TEST(QueryTest, MistypedWordsAreReadAsTheCorpusSpellsThem) {
  EXPECT_TRUE(Has(TermOf(Parse("lifetme value"), "lifetm").same, "lifetim"));
  EXPECT_EQ(CorrectedTerm(Weights(), "zebra"), "");
  EXPECT_EQ(CorrectedTerm(WeightTable(), "lifetme"), "");
}

TEST(QueryTest, RelativesOfAWord) {
  EXPECT_TRUE(Has(TermOf(Parse("save it"), "save").related, "write"));
}

TEST(QueryTest, OfAFileNameTheEndingAndItsDirectionCount) {
  const ParsedQuery query = Parse("read users from list high_value_q1.csv");
  EXPECT_FALSE(Has(TermsOf(query), "high"));
  EXPECT_TRUE(Has(TermOf(query, "csv").related, "read"));
  EXPECT_TRUE(Has(TermOf(Parse("results to x.csv"), "csv").related, "write"));
}

TEST(QueryTest, NamesInTextAreFound) {
  const ParsedQuery query = Parse("use audience_io.write_audience or writeAudience, then query()");
  EXPECT_EQ(query.names,
            (std::vector<std::string>{"audience_io.write_audience", "writeAudience", "query"}));
  EXPECT_FALSE(query.is_name);
}

TEST(QueryTest, ASingleNameIsAName) {
  EXPECT_TRUE(Parse(" cdp_client.query() ").is_name);
  EXPECT_EQ(Parse("cdp_client.query()").names, (std::vector<std::string>{"cdp_client.query"}));
  EXPECT_TRUE(Parse("holdout").is_name);
  EXPECT_FALSE(Parse("holdout group").is_name);
}

TEST(QueryTest, EmptyAndHugeTexts) {
  EXPECT_TRUE(Parse("").terms.empty());
  EXPECT_TRUE(Parse(" \n\t").names.empty());
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "word" + std::to_string(i) + "x ";
  const ParsedQuery query = Parse(text);
  EXPECT_LE(query.terms.size(), kMaxQueryTerms);
  EXPECT_LE(query.text.size(), kMaxQueryText);
}

constexpr char kTraceback[] = R"(Traceback (most recent call last):
  File "cell.py", line 3, in <module>
    audience_io.write_audience(df, nam="x")
  File "/libs/audience_io/store.py", line 9, in write_audience
    check_frame(df)
audience_io.errors.InvalidAudience: column 'score' is missing
)";

TEST(TracebackTest, FramesNamesAndMessage) {
  ASSERT_TRUE(LooksLikeTraceback(kTraceback));
  const TracebackFacts facts = ReadTraceback(kTraceback);
  EXPECT_EQ(facts.functions, (std::vector<std::string>{"write_audience"}));
  EXPECT_EQ(facts.names, (std::vector<std::string>{"check_frame", "audience_io.write_audience"}));
  EXPECT_EQ(facts.error_type, "audience_io.errors.InvalidAudience");
  EXPECT_EQ(facts.message, "column 'score' is missing");
}

TEST(TracebackTest, AQueryOfOneSearchesWhatItNames) {
  const ParsedQuery query = Parse(kTraceback);
  EXPECT_TRUE(Has(query.names, "audience_io.write_audience"));
  EXPECT_TRUE(Has(TermsOf(query), "score"));
  EXPECT_FALSE(Has(TermsOf(query), "traceback"));
}

TEST(TermMatcherTest, FindsWhatTermsFinds) {
  const ParsedQuery query = Parse("write audiences holdout_col lookalike user features");
  TermMatcher matcher(query);
  for (const char* text :
       {"def write_audience(df, holdoutCol)", "AudienceWriter", "rewrite nothing", "HOLDOUT users",
        "written features", "", "featured lookalikes", "x.holdout_col = 1"}) {
    const std::vector<std::string> terms = Terms(text);
    const uint64_t found = matcher.Match(text).exact;
    for (size_t i = 0; i < query.terms.size(); ++i) {
      EXPECT_EQ((found >> i & 1) != 0, Has(terms, query.terms[i].term))
          << text << ": " << query.terms[i].term;
    }
  }
}

TEST(TermMatcherTest, RelatedWordsAndLongerOnes) {
  TermMatcher matcher(Parse("save touch"));
  EXPECT_EQ(matcher.Match("write").related, 1U);
  EXPECT_EQ(matcher.Match("touchpoints").related, 2U);
  EXPECT_EQ(matcher.Match("touch").exact, 2U);
}

}  // namespace
}  // namespace inhouse
