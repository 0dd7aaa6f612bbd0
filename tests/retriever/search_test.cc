#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "retriever/index_view.h"
#include "retriever/ranking.h"
#include "retriever/retriever.h"
#include "tests/retriever/house.h"

namespace inhouse {
namespace {

using testing::Doc;
using testing::House;
using testing::HouseFile;
using testing::SearchOrDie;
using testing::SymbolsOf;

bool Has(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

const Hit& HitOf(const SearchAnswer& answer, std::string_view symbol) {
  const auto at = std::find_if(answer.hits.begin(), answer.hits.end(),
                               [&](const Hit& hit) { return hit.symbol == symbol; });
  EXPECT_NE(at, answer.hits.end()) << symbol;
  return *at;
}

class SearchTest : public ::testing::Test {
 protected:
  House house_;
  std::unique_ptr<Retriever> retriever_ = house_.Open();
};

TEST_F(SearchTest, FindsByWhatItDoes) {
  const SearchAnswer answer =
      SearchOrDie(*retriever_, "write an audience file for the campaign platform");
  ASSERT_FALSE(answer.hits.empty());
  const Hit& hit = answer.hits[0];
  EXPECT_EQ(hit.symbol, "audience_io.write_audience");
  EXPECT_EQ(hit.defined_as, "audience_io.writer.write_audience");
  EXPECT_EQ(hit.signature,
            "write_audience(df: DataFrame, name: str, *, holdout_col: str = \"group\") -> str");
  EXPECT_EQ(hit.summary, "Validate an audience and write it with its manifest.");
  EXPECT_EQ(hit.path, "audience_io/writer.py");
  EXPECT_EQ(hit.root, house_.root().string());
  EXPECT_EQ(hit.start_line, 19);
  EXPECT_EQ(hit.end_line, 22);
  EXPECT_NE(hit.chunk_id, 0);
  EXPECT_TRUE(hit.signals.empty());
  EXPECT_EQ(answer.commit, 1);
  EXPECT_EQ(answer.source_revision, "abc123");
  EXPECT_TRUE(answer.stale_files.empty());
}

TEST_F(SearchTest, ScoresFallAndLieBetweenZeroAndOne) {
  const SearchAnswer answer = SearchOrDie(*retriever_, "read an audience");
  ASSERT_GT(answer.hits.size(), 1U);
  for (size_t i = 0; i < answer.hits.size(); ++i) {
    EXPECT_GT(answer.hits[i].score, 0);
    EXPECT_LE(answer.hits[i].score, 1);
    EXPECT_LE(answer.hits[i].score, answer.hits[i == 0 ? 0 : i - 1].score);
  }
}

TEST_F(SearchTest, NothingGoodIsAnEmptyList) {
  for (const char* text : {"zebra quantum teapot", "", "the", "12345", "???", "Über straße"}) {
    EXPECT_TRUE(SearchOrDie(*retriever_, text).hits.empty()) << text;
  }
}

TEST_F(SearchTest, WithoutTheRankingTheFusionsOrderIsTheAnswer) {
  SearchOptions options;
  options.without = static_cast<Stages>(Stage::kRanking);
  const SearchAnswer answer = SearchOrDie(*retriever_, "write an audience file", options);
  ASSERT_GT(answer.hits.size(), 1U);
  EXPECT_TRUE(std::is_sorted(answer.hits.begin(), answer.hits.end(),
                             [](const Hit& a, const Hit& b) { return a.score > b.score; }));
}

TEST_F(SearchTest, AParaphraseWithTwoMatchingWordsIsEnough) {
  const auto symbols = SymbolsOf(SearchOrDie(
      *retriever_, "please hand my finished audience over to that campaign tool tomorrow"));
  EXPECT_TRUE(Has(symbols, "audience_io.write_audience"));
}

TEST_F(SearchTest, MisspeltNamesAreFound) {
  for (const char* text : {"write_audiance", "audience_io.write_audince", "WriteAudience"}) {
    const SearchAnswer answer = SearchOrDie(*retriever_, text);
    ASSERT_FALSE(answer.hits.empty()) << text;
    EXPECT_EQ(answer.hits[0].symbol, "audience_io.write_audience") << text;
  }
}

TEST_F(SearchTest, ADefinedNameLeadsToTheImportName) {
  const SearchAnswer answer = SearchOrDie(*retriever_, "cdp_client.core.query");
  ASSERT_FALSE(answer.hits.empty());
  EXPECT_EQ(answer.hits[0].symbol, "cdp_client.query");
}

TEST_F(SearchTest, PrivateNamesOnlyWhenAsked) {
  const char* text = "check an audience for the campaign platform before it is written";
  EXPECT_FALSE(Has(SymbolsOf(SearchOrDie(*retriever_, text)), "audience_io.writer._check"));
  SearchOptions options;
  options.include_private = true;
  EXPECT_TRUE(Has(SymbolsOf(SearchOrDie(*retriever_, text, options)), "audience_io.writer._check"));
}

TEST_F(SearchTest, TestsAreBelowLibrariesAndCanBeLeftOut) {
  SearchOptions options;
  options.explain = true;
  const SearchAnswer answer =
      SearchOrDie(*retriever_, "write an audience with its manifest", options);
  ASSERT_FALSE(answer.hits.empty());
  EXPECT_EQ(answer.hits[0].symbol, "audience_io.write_audience");
  const Hit& test = HitOf(answer, "test_writer.test_write_audience");
  EXPECT_LT(test.signals.at("role"), 1);
  options.include_tests = false;
  EXPECT_FALSE(
      Has(SymbolsOf(SearchOrDie(*retriever_, "write an audience with its manifest", options)),
          "test_writer.test_write_audience"));
}

TEST_F(SearchTest, DeprecatedStandsBelowItsReplacement) {
  const SearchAnswer answer = SearchOrDie(*retriever_, "save_audience");
  const auto symbols = SymbolsOf(answer);
  const auto old = std::find(symbols.begin(), symbols.end(), "audience_io.save_audience");
  const auto current = std::find(symbols.begin(), symbols.end(), "audience_io.write_audience");
  ASSERT_NE(old, symbols.end());
  ASSERT_NE(current, symbols.end());
  EXPECT_LT(current, old);
  EXPECT_EQ(HitOf(answer, "audience_io.save_audience").deprecated, "audience_io.write_audience");
}

TEST_F(SearchTest, ExplainNamesEverySignal) {
  SearchOptions options;
  options.explain = true;
  const SearchAnswer answer = SearchOrDie(*retriever_, "sql against the warehouse", options);
  ASSERT_FALSE(answer.hits.empty());
  EXPECT_EQ(answer.hits[0].symbol, "cdp_client.query");
  for (const char* signal : {"coverage", "matched", "name", "fused", "symbol", "calls", "kind",
                             "role", "visibility", "currency"}) {
    EXPECT_TRUE(answer.hits[0].signals.contains(signal)) << signal;
  }
  EXPECT_GT(answer.hits[0].signals.at("calls"), 0);
}

TEST_F(SearchTest, TheLimitHoldsAndAnswersRepeat) {
  SearchOptions options;
  options.limit = 1;
  EXPECT_EQ(SearchOrDie(*retriever_, "audience", options).hits.size(), 1U);
  options.limit = 0;
  EXPECT_TRUE(SearchOrDie(*retriever_, "audience", options).hits.empty());
  const auto again = house_.Open();
  EXPECT_EQ(SymbolsOf(SearchOrDie(*retriever_, "audience")),
            SymbolsOf(SearchOrDie(*again, "audience")));
}

TEST_F(SearchTest, ATracebackFindsWhatItNames) {
  const SearchAnswer answer = SearchOrDie(*retriever_, R"(Traceback (most recent call last):
  File "cell.py", line 1, in <module>
    cdp_client.get_user_features(ids)
ValueError: no users
)");
  ASSERT_FALSE(answer.hits.empty());
  EXPECT_EQ(answer.hits[0].symbol, "cdp_client.get_user_features");
}

TEST_F(SearchTest, FilesThatChangedOnDiskAreNamed) {
  std::ofstream(house_.root() / "audience_io/writer.py", std::ios::app) << "# more\n";
  const SearchAnswer answer = SearchOrDie(*retriever_, "write_audience");
  EXPECT_EQ(answer.stale_files,
            (std::vector<std::string>{(house_.root() / "audience_io/writer.py").string()}));
}

TEST_F(SearchTest, ANewCommitIsNoticed) {
  EXPECT_TRUE(SearchOrDie(*retriever_, "attribute_conversions").hits.empty());
  HouseFile file("metrics.py", "metrics", FileRole::kLibrary,
                 "def attribute_conversions(paths):\n    \"\"\"Share credit.\"\"\"\n");
  file.Define("attribute_conversions", SymbolKind::kFunction, Doc("Share credit."));
  house_.Add(std::move(file));
  const SearchAnswer answer = SearchOrDie(*retriever_, "attribute_conversions");
  ASSERT_FALSE(answer.hits.empty());
  EXPECT_EQ(answer.hits[0].symbol, "metrics.attribute_conversions");
  EXPECT_EQ(answer.commit, 2);
  EXPECT_FALSE(SearchOrDie(*retriever_, "share credit").hits.empty());
}

// A server is asked once a question; what a symbol says of itself is compared by the built-in
// words.
TEST_F(SearchTest, BesideARemoteModelWordsAreComparedByTheBuiltInOnes) {
  house_.NameEmbedder("remote/tiny/384");
  const auto view = IndexView::Open(house_.index(), {});
  ASSERT_TRUE(view.ok()) << view.error().message;
  ASSERT_NE((*view)->word_embedder(), nullptr);
  EXPECT_TRUE((*view)->word_embedder()->id().starts_with("python-words-"));
}

TEST(OpenTest, AFolderWithoutAnIndexSaysWhatToRun) {
  const testing::TempDir dir;
  const auto opened = Retriever::Open(dir.path() / "none");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::kIndex);
  EXPECT_NE(opened.error().message.find("inhouse index"), std::string::npos);
}

TEST(SignalsTest, EverySignalMovesTheScoreTheRightWay) {
  Signals plain;
  plain.coverage = plain.matched = 0.5;
  const double score = plain.Score();
  const auto with = [&](double Signals::*field, double value) {
    Signals changed = plain;
    changed.*field = value;
    return changed.Score();
  };
  for (const auto field : {&Signals::coverage, &Signals::matched, &Signals::name, &Signals::fused,
                           &Signals::symbol, &Signals::calls}) {
    EXPECT_GT(with(field, 0.9), score);
  }
  for (const auto field :
       {&Signals::kind, &Signals::role, &Signals::visibility, &Signals::currency}) {
    EXPECT_LT(with(field, 0.5), score);
  }
}

TEST(SignalsTest, AClassEqualsAFunctionWhereItsNameIsTheQuery) {
  Signals function;
  function.symbol = 1;
  Signals named_class = function;
  named_class.kind = 0.9;
  EXPECT_LT(named_class.Score(), 0.95 * function.Score());
  named_class.is_name = function.is_name = true;
  EXPECT_NEAR(named_class.Score(), function.Score(), 0.001);
}

}  // namespace
}  // namespace inhouse
