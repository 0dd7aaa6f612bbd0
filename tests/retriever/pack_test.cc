#include <gtest/gtest.h>

#include <algorithm>

#include "indexer/chunk/terms.h"
#include "retriever/clauses.h"
#include "retriever/context_packer.h"
#include "retriever/frame_columns.h"
#include "retriever/retriever.h"
#include "tests/retriever/house.h"

namespace inhouse {
namespace {

using testing::House;
using testing::SymbolsOf;
using testing::ValueOf;

bool Has(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

class PackTest : public ::testing::Test {
 protected:
  ContextPack Pack(const Evidence& evidence, size_t budget = 2000) {
    return ValueOf(retriever_->Pack(evidence, budget));
  }
  std::string ReasonOf(const ContextPack& pack, std::string_view symbol) {
    for (const PackEntry& entry : pack.entries) {
      if (entry.symbol == symbol) return entry.reason;
    }
    return "";
  }

  House house_;
  std::unique_ptr<Retriever> retriever_ = house_.Open();
};

TEST_F(PackTest, ATextGetsWhatMatchesIt) {
  Evidence evidence;
  evidence.text = "Run a SQL statement, and write the audience";
  const ContextPack pack = Pack(evidence);
  EXPECT_TRUE(Has(SymbolsOf(pack), "audience_io.write_audience"));
  EXPECT_TRUE(Has(SymbolsOf(pack), "cdp_client.query"));
  EXPECT_NE(pack.text.find("audience_io.write_audience(df: DataFrame"), std::string::npos);
  EXPECT_NE(ReasonOf(pack, "audience_io.write_audience").find("matches 'write"), std::string::npos);
}

TEST_F(PackTest, NothingWorthShowingIsNoText) {
  EXPECT_EQ(Pack({}).text, "");
  Evidence evidence;
  evidence.text = "zebra quantum teapot";
  EXPECT_EQ(Pack(evidence).text, "");
  EXPECT_TRUE(Pack(evidence).entries.empty());
}

TEST_F(PackTest, OnlyCurrentPublicLibraryNames) {
  Evidence evidence;
  evidence.text = "check an audience for the campaign platform before it is written and saved";
  for (const std::string& symbol : SymbolsOf(Pack(evidence))) {
    EXPECT_EQ(symbol.find("_check"), std::string::npos);
    EXPECT_EQ(symbol.find("test_"), std::string::npos);
    EXPECT_NE(symbol, "audience_io.save_audience");
    EXPECT_NE(symbol, "winback.main");
  }
}

TEST_F(PackTest, NamesInAnErrorComeFirst) {
  Evidence evidence;
  evidence.text = "read the features of the users";
  evidence.error_type = "TypeError";
  evidence.error_message = "write_audience() got an unexpected keyword argument 'holdout'";
  const ContextPack pack = Pack(evidence);
  ASSERT_FALSE(pack.entries.empty());
  EXPECT_EQ(pack.entries[0].symbol, "audience_io.write_audience");
  EXPECT_EQ(pack.entries[0].reason, "named in the error");
  EXPECT_TRUE(Has(SymbolsOf(pack), "cdp_client.get_user_features"));
}

TEST_F(PackTest, NamesThatDoNotExistGetTheNearestOnes) {
  Evidence evidence;
  evidence.identifiers = {"audience_io.write_audiences", "pandas.read_csv", ".to_parquet"};
  const ContextPack pack = Pack(evidence);
  ASSERT_FALSE(pack.entries.empty());
  EXPECT_EQ(pack.entries[0].symbol, "audience_io.write_audience");
  EXPECT_EQ(pack.entries[0].reason, "there is no audience_io.write_audiences");
}

TEST_F(PackTest, AMissingAttributeIsUnderstood) {
  Evidence evidence;
  evidence.error_type = "AttributeError";
  evidence.error_message = "module 'audience_io' has no attribute 'store_audience'";
  const ContextPack pack = Pack(evidence);
  ASSERT_FALSE(pack.entries.empty());
  EXPECT_EQ(pack.entries[0].symbol, "audience_io.write_audience");
}

TEST_F(PackTest, ADeprecatedNameBringsItsReplacementFirst) {
  Evidence evidence;
  evidence.identifiers = {"audience_io.save_audience"};
  const auto symbols = SymbolsOf(Pack(evidence));
  const auto old = std::find(symbols.begin(), symbols.end(), "audience_io.save_audience");
  const auto current = std::find(symbols.begin(), symbols.end(), "audience_io.write_audience");
  ASSERT_NE(old, symbols.end());
  ASSERT_LT(current, old);
}

TEST_F(PackTest, WhatWasShownIsNotShownAgainUnlessTheErrorNamesIt) {
  Evidence evidence;
  evidence.text = "write an audience with its manifest";
  evidence.already_shown = {"audience_io.writer.write_audience"};
  EXPECT_FALSE(Has(SymbolsOf(Pack(evidence)), "audience_io.write_audience"));
  evidence.error_message = "write_audience() missing 1 required positional argument";
  const ContextPack pack = Pack(evidence);
  ASSERT_FALSE(pack.entries.empty());
  EXPECT_EQ(pack.entries[0].symbol, "audience_io.write_audience");
  EXPECT_EQ(std::count(pack.entries[0].text.begin(), pack.entries[0].text.end(), '\n'), 1);
  EXPECT_NE(pack.entries[0].text.find("(shown before)"), std::string::npos);
}

TEST_F(PackTest, TypesOfLiveValuesAndTracebacks) {
  Evidence evidence;
  evidence.live_names = {"df: DataFrame", "session: cdp_client.core.Session"};
  EXPECT_EQ(ReasonOf(Pack(evidence), "cdp_client.Session"), "type of session");
  evidence.traceback =
      "Traceback (most recent call last):\n  File \"c\", line 1, in <module>\n"
      "    cdp_client.query(1)\nValueError: x\n";
  EXPECT_EQ(ReasonOf(Pack(evidence), "cdp_client.query"), "named in the traceback");
}

TEST_F(PackTest, ColumnsOfALiveFrameBringTheApiThatNamesThem) {
  Evidence evidence;
  evidence.live_names = {
      "n: int", "df: DataFrame 3 x 3: user_id str, order_frequency float64, order_value float64"};
  EXPECT_EQ(ReasonOf(Pack(evidence), "cdp_client.get_user_features"),
            "names columns of a live frame");
  evidence.live_names = {"df: DataFrame 3 x 2: user_id str, order_value float64"};
  EXPECT_EQ(Pack(evidence).text, "") << "one column is no sign";
  evidence.live_names = {"df: DataFrame 3 x 2: order_values str, preorder_frequency float64"};
  EXPECT_EQ(Pack(evidence).text, "") << "parts of words are none";
}

TEST(FrameColumns, AreReadFromALiveName) {
  EXPECT_EQ(ColumnsOf("df: DataFrame 3 x 3: user_id str, id int64, order value float64"),
            (std::vector<std::string>{"user_id", "order"}));
  EXPECT_TRUE(ColumnsOf("df: DataFrame 3 x 2").empty());
  EXPECT_TRUE(ColumnsOf("n: int").empty());
  EXPECT_TRUE(ColumnsOf("").empty());
}

TEST_F(PackTest, NoBudgetIsExceeded) {
  Evidence evidence;
  evidence.text = "read an audience, run a statement, write an audience, read the features";
  evidence.error_message = "query() failed";
  evidence.already_shown = {"cdp_client.core.query"};
  for (size_t budget = 0; budget < 700; budget += 7) {
    const ContextPack pack = Pack(evidence, budget);
    EXPECT_LE(EstimateTokens(pack.text), budget);
    EXPECT_EQ(pack.estimated_tokens, EstimateTokens(pack.text));
    EXPECT_EQ(pack.text.empty(), pack.entries.empty());
    for (const PackEntry& entry : pack.entries) {
      EXPECT_NE(pack.text.find(entry.text), std::string::npos);
      EXPECT_FALSE(entry.reason.empty());
      EXPECT_FALSE(Has(pack.omitted, entry.symbol));
    }
  }
  EXPECT_TRUE(Pack(evidence, 100'000).omitted.empty());
}

ApiCard Card(const std::string& symbol, size_t description) {
  ApiCard card;
  card.symbol = card.defined_as = symbol;
  card.signature = symbol + "()";
  card.summary = "Does it.";
  for (size_t i = 0; i < description; ++i) card.description += "more words ";
  return card;
}

TEST(PackCardsTest, TheLastCardsAreShortenedBeforeAnyIsLeftOut) {
  std::vector<PackItem> items;
  for (const char* name : {"m.a", "m.b", "m.c"}) items.push_back({Card(name, 20), 0.9, "r", false});
  const size_t all = PackCards(items, 10'000).estimated_tokens;
  const ContextPack pack = PackCards(items, all - 1);
  ASSERT_EQ(pack.entries.size(), 3U);
  EXPECT_NE(pack.entries[0].text.find("more words"), std::string::npos);
  EXPECT_NE(pack.entries[1].text.find("more words"), std::string::npos);
  EXPECT_EQ(pack.entries[2].text, "m.c()\n  Does it.\n");
}

TEST(PackCardsTest, StrongCardsAreWholeBeforeWeakOnesAreShown) {
  const std::vector<PackItem> items = {{Card("m.a", 10), 0.9, "r", false},
                                       {Card("m.b", 10), 0.8, "r", false},
                                       {Card("m.c", 10), 0.2, "r", false}};
  const size_t two = PackCards({items[0], items[1]}, 10'000).estimated_tokens;
  const ContextPack pack = PackCards(items, two);
  EXPECT_EQ(pack.entries.size(), 2U);
  EXPECT_EQ(pack.omitted, (std::vector<std::string>{"m.c"}));
}

TEST(ClausesTest, WishesAreTakenApart) {
  EXPECT_EQ(
      Clauses("Score all the users. Output the top 10% with a holdout group"),
      (std::vector<std::string>{"Score all the users", " Output the top 10%", " a holdout group"}));
  EXPECT_TRUE(Clauses("ok. no; hm").empty());
  EXPECT_EQ(Clauses("read file x.csv now").size(), 1U);
}

class SummaryTest : public PackTest {};

TEST_F(SummaryTest, OneLineForEachPublicApiByPackage) {
  const ContextPack pack = ValueOf(retriever_->Summary(5000));
  EXPECT_NE(pack.text.find("import audience_io\n"), std::string::npos);
  EXPECT_NE(pack.text.find("cdp_client.query(sql: str) -> DataFrame  # Run one SQL"),
            std::string::npos);
  EXPECT_EQ(pack.text.find("save_audience"), std::string::npos);
  EXPECT_EQ(pack.text.find("_check"), std::string::npos);
  EXPECT_EQ(pack.text.find("winback"), std::string::npos);
  EXPECT_EQ(pack.estimated_tokens, EstimateTokens(pack.text));
}

TEST_F(SummaryTest, FitsOrIsEmpty) {
  bool shown = false;
  for (size_t budget = 0; budget < 1000; budget += 10) {
    const ContextPack pack = ValueOf(retriever_->Summary(budget));
    EXPECT_LE(EstimateTokens(pack.text), budget);
    EXPECT_FALSE(shown && pack.text.empty()) << budget;
    shown |= !pack.text.empty();
    const bool whole = pack.text.find("cdp_client.Batch.run") != std::string::npos;
    EXPECT_EQ(whole, !pack.text.empty());
  }
  EXPECT_TRUE(shown);
}

}  // namespace
}  // namespace inhouse
