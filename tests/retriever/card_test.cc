#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "retriever/card_format.h"
#include "retriever/indexed_text.h"
#include "retriever/retriever.h"
#include "tests/retriever/house.h"
#include "tests/support/golden.h"

namespace inhouse {
namespace {

using testing::Doc;
using testing::ExpectGolden;
using testing::House;
using testing::HouseFile;
using testing::Positional;
using testing::ValueOf;

class CardTest : public ::testing::Test {
 protected:
  ApiCard Show(std::string_view name) { return ValueOf(retriever_->Show(name)); }
  std::string Refusal(std::string_view name) {
    const auto card = retriever_->Show(name);
    EXPECT_FALSE(card.ok()) << name;
    if (card.ok()) return "";
    EXPECT_EQ(card.error().kind, ErrorKind::kNegative);
    EXPECT_EQ(card.error().message.find('\n'), std::string::npos);
    return card.error().message;
  }

  House house_;
  std::unique_ptr<Retriever> retriever_ = house_.Open();
};

TEST_F(CardTest, AFunction) {
  const ApiCard card = Show("audience_io.write_audience");
  ExpectGolden("cards/function.txt", FormatCard(card, true));
  ExpectGolden("cards/function_prompt.txt", FormatCardForPrompt(card));
}

TEST_F(CardTest, AClassWithInheritedMembers) {
  const ApiCard card = Show("audience_io.Destination");
  ExpectGolden("cards/class.txt", FormatCard(card, false));
  ExpectGolden("cards/class_prompt.txt", FormatCardForPrompt(card));
}

TEST_F(CardTest, AModule) {
  ExpectGolden("cards/module.txt", FormatCard(Show("audience_io"), false));
}

TEST_F(CardTest, ADeprecatedFunctionNamesItsReplacement) {
  const ApiCard card = Show("save_audience");
  EXPECT_EQ(card.deprecated, "audience_io.write_audience");
  EXPECT_NE(FormatCardForPrompt(card).find("DEPRECATED, use audience_io.write_audience"),
            std::string::npos);
}

TEST_F(CardTest, ParametersAreThoseOfTheSignatureWithItsTypes) {
  const ApiCard card = Show("write_audience");
  ASSERT_EQ(card.parameters.size(), 3U);
  EXPECT_EQ(card.parameters[0].name, "df");
  EXPECT_EQ(card.parameters[0].type, "DataFrame");
  EXPECT_EQ(card.parameters[1].name, "name");
  EXPECT_EQ(card.parameters[2].name, "*extra");
}

TEST_F(CardTest, UsagesAreRealCallSitesScriptsFirst) {
  const ApiCard card = Show("write_audience");
  EXPECT_EQ(card.call_count, 3);
  ASSERT_EQ(card.usages.size(), 3U);
  EXPECT_EQ(card.usages[0].path, "jobs/winback.py");
  EXPECT_EQ(card.usages[0].line, 7);
  EXPECT_EQ(card.usages[0].caller, "winback.main");
  EXPECT_EQ(card.usages[0].code, "audience_id = audience_io.write_audience(users, \"winback\")");
  EXPECT_EQ(card.usages[2].path, "tests/test_writer.py");
  EXPECT_EQ(card.used_together, (std::vector<std::string>{"cdp_client.query"}));
}

TEST_F(CardTest, UsagesOfChangedOrLostFilesComeFromTheIndex) {
  const auto before = Show("write_audience").usages;
  std::ofstream(house_.root() / "jobs/winback.py") << "nothing\n";
  std::filesystem::remove(house_.root() / "tests/test_writer.py");
  const auto after = Show("write_audience").usages;
  ASSERT_EQ(after.size(), before.size());
  for (size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].code, before[i].code);
}

TEST_F(CardTest, OverloadsOtherBranchesAndTypeParameters) {
  HouseFile file("cdp_client/reading.py", "cdp_client.reading", FileRole::kLibrary,
                 "def fetch(a):\n    pass\ndef fetch(b):\n    pass\ndef fetch(*args):\n    pass\n");
  file.Define("fetch", SymbolKind::kFunction, Doc(""), {Positional("a", "int")}, "Row")
      .is_overload = true;
  file.Define("fetch", SymbolKind::kFunction, Doc(""), {Positional("b", "str")}, "list[Row]")
      .is_overload = true;
  Symbol& fetch = file.Define("fetch", SymbolKind::kFunction, Doc("Fetches."),
                              {{"args", ParameterKind::kVarPositional, std::nullopt, ""}});
  fetch.type_parameters = "[T]";
  fetch.alternatives = {{"fetch(a)", 9}};
  house_.Add(std::move(file));
  retriever_ = house_.Open();
  const ApiCard card = Show("cdp_client.reading.fetch");
  EXPECT_EQ(card.signature, "cdp_client.reading.fetch[T](*args)");
  EXPECT_EQ(card.overloads,
            (std::vector<std::string>{"fetch(a: int) -> Row", "fetch(b: str) -> list[Row]"}));
  const std::string text = FormatCard(card, false);
  EXPECT_NE(text.find("\nOverloads\n  fetch(a: int) -> Row\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nAlso defined\n  fetch(a)  cdp_client/reading.py:9\n"), std::string::npos);
  EXPECT_NE(FormatCardForPrompt(card).find("  overload fetch(b: str) -> list[Row]\n"),
            std::string::npos);
}

// Longer than what is indexed of it, and of a class not only its members.
TEST_F(CardTest, TheSourceIsTheWholeDefinition) {
  std::string text = "class Long:\n    def work(self):\n";
  for (int i = 0; i < 1000; ++i) text += "        step(" + std::to_string(i) + ")\n";
  text += "        return [1,\n";  // a bracket that stays open
  HouseFile file("cdp_client/long.py", "cdp_client.long", FileRole::kLibrary, text);
  file.Define("Long", SymbolKind::kClass, Doc("Works."));
  file.Define("Long.work", SymbolKind::kMethod, Doc("Works long."));
  house_.Add(std::move(file));
  retriever_ = house_.Open();
  text.pop_back();
  EXPECT_EQ(Show("cdp_client.long.Long").source, text);
  const ApiCard work = Show("cdp_client.long.Long.work");
  EXPECT_TRUE(work.source.starts_with("def work(self):\n    step(0)\n"));
  EXPECT_TRUE(work.source.ends_with("    step(999)\n    return [1,"));
  EXPECT_EQ(work.source_note, "");
  std::ofstream(house_.root() / "cdp_client/long.py") << "nothing\n";
  const ApiCard changed = Show("cdp_client.long.Long");
  EXPECT_NE(changed.source_note.find("cdp_client/long.py changed"), std::string::npos);
  EXPECT_NE(FormatCard(changed, true).find("\nSource (what the index keeps"), std::string::npos);
}

TEST_F(CardTest, SuffixesMustBeUnique) {
  EXPECT_EQ(Show("Session.run").symbol, "cdp_client.Session.run");
  EXPECT_EQ(Show("query()").symbol, "cdp_client.query");
  const std::string refusal = Refusal("run");
  EXPECT_NE(refusal.find("cdp_client.Session.run"), std::string::npos);
  EXPECT_NE(refusal.find("cdp_client.Batch.run"), std::string::npos);
}

TEST_F(CardTest, InheritedMethodsAreShownWhereTheyAreDefined) {
  EXPECT_EQ(Show("audience_io.Destination.close").defined_as, "audience_io.writer.Base.close");
}

TEST_F(CardTest, UnknownNamesGetTheNearest) {
  EXPECT_NE(Refusal("audience_io.write_audiance").find("audience_io.write_audience"),
            std::string::npos);
  EXPECT_NE(Refusal("audience_write").find("audience_io.write_audience"), std::string::npos);
  EXPECT_NE(Refusal("zzz\nqqq").find("not in the index"), std::string::npos);
  EXPECT_FALSE(Refusal("").empty());
}

TEST(CardTextTest, ShortenedEndsAtASentenceOrAWord) {
  EXPECT_EQ(Shortened("One  two\nthree.", 100), "One two three.");
  EXPECT_EQ(Shortened("First sentence. Second sentence.", 20), "First sentence.");
  EXPECT_EQ(Shortened("alpha beta gamma", 11), "alpha beta ...");
  EXPECT_EQ(Shortened("\xc3\xa9\xc3\xa9\xc3\xa9", 3), "\xc3\xa9 ...");
}

TEST(CardTextTest, DedentedKeepsRelativeIndentation) {
  EXPECT_EQ(Dedented("    f(\n        1,\n\n    )\n"), "f(\n    1,\n\n)");
  EXPECT_EQ(Dedented("  a\r\n"), "a");
  EXPECT_EQ(Dedented(""), "");
}

}  // namespace
}  // namespace inhouse
