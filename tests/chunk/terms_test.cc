#include "indexer/chunk/terms.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace inhouse {
namespace {

using Words = std::vector<std::string>;

bool Has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

TEST(TermsTest, IdentifiersFallIntoTheirParts) {
  EXPECT_EQ(IdentifierParts("write_audience"), (Words{"write", "audience"}));
  EXPECT_EQ(IdentifierParts("writeAudience"), (Words{"write", "audience"}));
  EXPECT_EQ(IdentifierParts("HTTPServer2"), (Words{"http", "server2"}));
  EXPECT_EQ(IdentifierParts("__init__"), (Words{"init"}));
  EXPECT_TRUE(IdentifierParts("___").empty());
}

TEST(TermsTest, AnIdentifierAlsoStandsJoined) {
  const Words terms = Terms("write_audience(df)");
  EXPECT_TRUE(Has(terms, "writeaudience"));
  EXPECT_TRUE(Has(terms, "write"));
  EXPECT_TRUE(Has(terms, "df"));
}

TEST(TermsTest, WordsAreStemmedAlikeInQueriesAndCode) {
  const Words query = Terms("writing audiences");
  const Words code = Terms("write_audience");
  EXPECT_TRUE(Has(query, "write"));
  for (const std::string& term : query) EXPECT_TRUE(Has(code, term)) << term;
}

TEST(TermsTest, SingleLettersAreNoTerms) { EXPECT_TRUE(Terms("a x 7 _").empty()); }

TEST(TermsTest, OtherScriptsAreKept) { EXPECT_EQ(Terms("größe").size(), 1u); }

TEST(TermsTest, LongTermsAreCut) {
  for (const std::string& term : Terms(std::string(5000, 'x') + " " + std::string(90, '9'))) {
    EXPECT_LE(term.size(), kMaxTermBytes);
  }
}

TEST(TermsTest, StopWordsSayNothing) {
  EXPECT_TRUE(IsStopWord("the"));
  EXPECT_TRUE(IsStopWord("which"));
  EXPECT_FALSE(IsStopWord("audience"));
}

TEST(TermsTest, TheTokenEstimateGrowsWithTheText) {
  EXPECT_EQ(EstimateTokens(""), 0u);
  EXPECT_GE(EstimateTokens("def f(a):\n"), 6u);
  const std::string text = "some words of a text\n";
  EXPECT_EQ(EstimateTokens(text + text), 2 * EstimateTokens(text));
}

}  // namespace
}  // namespace inhouse
