#include "tools/answer_format.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace inhouse {
namespace {

SearchAnswer OneHit() {
  Hit hit;
  hit.symbol = "audience_io.write_audience";
  hit.defined_as = "audience_io.store.write_audience";
  hit.root = "/repo/libs";
  hit.path = "audience_io/store.py";
  hit.start_line = 40;
  hit.end_line = 61;
  hit.score = 0.5;
  hit.signature = "write_audience(df, name) -> str";
  hit.summary = "Writes an audience.";
  hit.signals = {{"lexical", 0.25}};
  SearchAnswer answer;
  answer.query = "write";
  answer.commit = 3;
  answer.hits = {hit};
  return answer;
}

std::string AsText(const SearchAnswer& answer) {
  std::ostringstream out;
  PrintSearchAnswer(answer, false, Style(false), out);
  return out.str();
}

TEST(AnswerFormatTest, JsonHasTheFieldsOfTheContractInOrder) {
  EXPECT_EQ(SearchAnswerJson(OneHit(), false),
            R"({"schema":1,"query":"write","commit":3,"source_revision":"","stale_files":[],)"
            R"("hits":[{"symbol":"audience_io.write_audience",)"
            R"("defined_as":"audience_io.store.write_audience","kind":"function",)"
            R"("root":"/repo/libs","path":"audience_io/store.py","start_line":40,"end_line":61,)"
            R"("score":0.5,"signature":"write_audience(df, name) -> str",)"
            R"("summary":"Writes an audience."}],"latency_us":0})");
}

TEST(AnswerFormatTest, SignalsAndDeprecationStandThereWhenTheyExist) {
  SearchAnswer answer = OneHit();
  answer.hits[0].deprecated = "use publish";
  const auto json = nlohmann::json::parse(SearchAnswerJson(answer, true));
  EXPECT_EQ(json["hits"][0]["deprecated"], "use publish");
  EXPECT_EQ(json["hits"][0]["signals"]["lexical"], 0.25);
}

TEST(AnswerFormatTest, BytesThatAreNotUtf8AreReplaced) {
  SearchAnswer answer = OneHit();
  answer.query =
      "a\xff"
      "b";
  EXPECT_EQ(nlohmann::json::parse(SearchAnswerJson(answer, false))["query"],
            "a\xef\xbf\xbd"
            "b");
}

TEST(AnswerFormatTest, TextHasRankNameSignatureSummaryAndPlace) {
  EXPECT_EQ(AsText(OneHit()),
            "1  audience_io.write_audience\n"
            "   write_audience(df, name) -> str\n"
            "   Writes an audience.\n"
            "   /repo/libs/audience_io/store.py:40\n");
}

TEST(AnswerFormatTest, TextCannotSteerTheTerminal) {
  SearchAnswer answer = OneHit();
  answer.hits[0].summary = "evil \x1b]0;title\x07";
  EXPECT_EQ(AsText(answer).find('\x1b'), std::string::npos);
}

TEST(AnswerFormatTest, ACardHasItsSourceOnlyWhenAsked) {
  ApiCard card;
  card.symbol = "m.f";
  card.source = "def f(): ...";
  card.parameters = {{"x", "int", "a number"}};
  card.usages = {{"job.py", 3, "main", "f(1)"}};
  const auto without = nlohmann::json::parse(ApiCardJson(card, false));
  EXPECT_FALSE(without.contains("source"));
  EXPECT_EQ(without["parameters"][0]["type"], "int");
  EXPECT_EQ(without["usages"][0]["line"], 3);
  EXPECT_EQ(nlohmann::json::parse(ApiCardJson(card, true))["source"], "def f(): ...");
}

}  // namespace
}  // namespace inhouse
