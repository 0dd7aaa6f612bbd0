#include "retriever/symbol_lookup.h"

#include <gtest/gtest.h>

#include "retriever/edit_distance.h"
#include "retriever/name_index.h"

namespace inhouse {
namespace {

Catalog::NameEntry Entry(int64_t id, std::string import_name, std::string qualified_name,
                         FileRole role = FileRole::kLibrary, bool deprecated = false) {
  const bool is_public = qualified_name.find("._") == std::string::npos;
  return {id,
          std::move(import_name),
          std::move(qualified_name),
          SymbolKind::kFunction,
          is_public,
          deprecated,
          role};
}

NameIndex Names() {
  return NameIndex(std::vector<Catalog::NameEntry>{
      Entry(1, "io.write_audience", "io.store.write_audience"),
      Entry(2, "io.read_audience", "io.store.read_audience"),
      Entry(3, "io.store._check", "io.store._check"),
      Entry(4, "cdp.Session.run", "cdp.core.Session.run"),
      Entry(5, "cdp.Batch.run", "cdp.core.Batch.run"),
      Entry(6, "job.f.<locals>.write_audience", "job.f.<locals>.write_audience"),
      Entry(7, "cdp.load", "cdp.old.load", FileRole::kLibrary, true),
      Entry(8, "cdp.core.load", "cdp.core.load"),
      Entry(9, "test_x.run", "test_x.run", FileRole::kTest)});
}

std::vector<SymbolMatch> Find(const NameIndex& names, std::string_view text) {
  const WordFamilies families;
  const WeightTable weights;
  const auto resolve = [](std::string_view name) -> std::optional<std::string> {
    if (name == "alias.write_audience") return "io.store.write_audience";
    return std::nullopt;
  };
  return FindSymbols(ParseQuery(text, {weights, families}), names, resolve, 20);
}

int64_t IdOf(const NameIndex& names, const SymbolMatch& match) {
  return names.entries()[match.entry].symbol_id;
}

TEST(SymbolLookupTest, ExactNamesByImportDefinitionAndReExport) {
  const NameIndex names = Names();
  for (const char* text :
       {"io.write_audience", "io.store.write_audience", "alias.write_audience()"}) {
    const auto matches = Find(names, text);
    ASSERT_FALSE(matches.empty()) << text;
    EXPECT_EQ(IdOf(names, matches[0]), 1) << text;
    EXPECT_EQ(matches[0].strength, kExactName) << text;
  }
}

TEST(SymbolLookupTest, SuffixesAndBareNames) {
  const NameIndex names = Names();
  EXPECT_EQ(Find(names, "Session.run")[0].strength, kSuffixName);
  EXPECT_EQ(IdOf(names, Find(names, "Session.run")[0]), 4);
  EXPECT_EQ(Find(names, "use write_audience for it")[0].strength, kLastName);
}

TEST(SymbolLookupTest, MisspeltNames) {
  const NameIndex names = Names();
  for (const char* text :
       {"write_audiance", "wirte_audience", "writeaudience", "io.write_audince"}) {
    const auto matches = Find(names, text);
    ASSERT_FALSE(matches.empty()) << text;
    EXPECT_EQ(IdOf(names, matches[0]), 1) << text;
    EXPECT_GE(matches[0].strength, kStrongName) << text;
  }
}

TEST(SymbolLookupTest, WordsMatchPartsOfNames) {
  const NameIndex names = Names();
  const auto matches = Find(names, "reading an audience");
  ASSERT_GE(matches.size(), 2U);
  EXPECT_EQ(IdOf(names, matches[0]), 2);
  EXPECT_EQ(matches[0].strength, 0);
  EXPECT_GT(matches[0].part_score, matches[1].part_score);
}

TEST(SymbolLookupTest, NothingIsNearToNonsense) {
  EXPECT_TRUE(Find(Names(), "zebra quantum teapot").empty());
  EXPECT_TRUE(Names().Nearest("zebra", 5).empty());
}

TEST(SymbolLookupTest, NamesInsideFunctionsAreLeftOut) {
  EXPECT_TRUE(Names().Exact("job.f.<locals>.write_audience").empty());
  EXPECT_EQ(Names().WithSuffix("write_audience").size(), 1U);
}

TEST(SymbolLookupTest, CurrentLibraryNamesArePreferred) {
  const NameIndex names = Names();
  const auto load = PreferredOf(names.WithSuffix("load"), names);
  ASSERT_EQ(load.size(), 1U);
  EXPECT_EQ(names.entries()[load[0]].symbol_id, 8);
  EXPECT_EQ(PreferredOf(names.WithSuffix("run"), names).size(), 2U);
}

TEST(EditDistanceTest, ATypingSlipIsNoOtherWord) {
  EXPECT_TRUE(IsTypingSlip("seeds", "seed"));
  EXPECT_TRUE(IsTypingSlip("qurey", "query"));
  EXPECT_TRUE(IsTypingSlip("colums", "columns"));
  for (const auto& [a, b] :
       std::vector<std::pair<std::string, std::string>>{{"max_score", "min_score"},
                                                        {"step", "stop"},
                                                        {"rate", "date"},
                                                        {"decoding", "encoding"},
                                                        {"sync", "async"},
                                                        {"y", "z"},
                                                        {"w", "wy"},
                                                        {"query", "query"},
                                                        {"", ""}}) {
    EXPECT_FALSE(IsTypingSlip(a, b)) << a << " " << b;
  }
}

TEST(EditDistanceTest, CountsEditsUpToALimit) {
  EXPECT_EQ(EditDistance("query", "query", 2), 0);
  EXPECT_EQ(EditDistance("qurey", "query", 2), 1);  // neighbours swapped
  EXPECT_EQ(EditDistance("quer", "query", 2), 1);
  EXPECT_EQ(EditDistance("", "ab", 2), 2);
  EXPECT_EQ(EditDistance("kitten", "sitting", 3), 3);
  EXPECT_EQ(EditDistance("kitten", "sitting", 2), 3);  // more than the limit
  EXPECT_EQ(EditDistance("ca", "abc", 3), 3);          // optimal string alignment
  EXPECT_EQ(EditDistance(std::string(65, 'a'), std::string(65, 'a'), 1), 2);
}

}  // namespace
}  // namespace inhouse
