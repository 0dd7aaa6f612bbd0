// After random edits an index answers as one that is made from nothing: the same
// symbols in the same order, equals too, and the same context packs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "retriever/retriever.h"
#include "tests/indexer/random_edits.h"

namespace inhouse {
namespace {

using testing::Editor;
using testing::Library;
using testing::MakeFresh;
using testing::ValueOf;

constexpr const char* kQueries[] = {"load",
                                    "run",
                                    "value",
                                    "the alpha of gamma",
                                    "load a value and run beta",
                                    "house.load",
                                    "Base",
                                    "tools for beta",
                                    "alpha beta gamma load run value base house other"};

std::string Hits(Retriever& retriever, const char* query, size_t limit, Stages without) {
  SearchOptions options;
  options.limit = limit;
  options.include_private = true;
  options.explain = true;
  options.without = without;
  std::string text = std::string("? ").append(query).append("\n");
  for (const Hit& hit : ValueOf(retriever.Search(query, options)).hits) {
    text.append(hit.symbol).append(" ").append(hit.path).append(":");
    text.append(std::to_string(hit.start_line)).append(" ").append(std::to_string(hit.score));
    for (const auto& [name, value] : hit.signals) text.append(" ").append(std::to_string(value));
    text.push_back('\n');
  }
  return text;
}

constexpr auto kSilence = static_cast<Stages>(Stage::kSilence);
constexpr auto kVectors = static_cast<Stages>(Stage::kVectors);

std::string Answers(const std::filesystem::path& index) {
  const auto retriever = ValueOf(Retriever::Open(index));
  std::string text;
  for (const char* query : kQueries) {
    text += Hits(*retriever, query, 30, 0) + Hits(*retriever, query, 30, kSilence);
    Evidence evidence;
    evidence.text = query;
    text += ValueOf(retriever->Pack(evidence, 300)).text;
  }
  return text;
}

TEST(IncrementalAnswersTest, EqualThoseOfAFreshIndex) {
  const unsigned sequences = std::getenv("INHOUSE_LONG") != nullptr ? 200 : 6;
  for (unsigned seed = 1; seed <= sequences; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Library library;
    Editor(seed).Run(library, 8);
    ASSERT_EQ(Answers(library.index()), Answers(MakeFresh(library)));
  }
}

// Of 40 functions that only their names speak for and 80 that only their words do, those at
// the same rank of their list are equals; the first of both lists is one, so that the
// limit of 60 falls between two of them. b.py comes first into the index, and a.py stands first.
TEST(IncrementalAnswersTest, EqualsAreCutByPlace) {
  Library library;
  std::string by_words;
  for (int i = 0; i < 80; ++i) {
    by_words += "def made" + std::to_string(i) + "():\n    \"\"\"Alpha beta, beta.\"\"\"\n\n\n";
  }
  library.Write("house/b.py", by_words);
  library.Update();
  std::string by_name = "def alpha():\n    \"\"\"Alpha beta: beta of an alpha.\"\"\"\n\n\n";
  for (int i = 0; i < 40; ++i) {
    by_name += "class C" + std::to_string(i) + ":\n    def alpha(self):\n        pass\n\n\n";
  }
  library.Write("house/a.py", by_name);
  library.Update();
  const auto answer = [](const std::filesystem::path& index) {
    return Hits(*ValueOf(Retriever::Open(index)), "alpha beta", 60, kSilence | kVectors);
  };
  EXPECT_EQ(answer(library.index()), answer(MakeFresh(library)));
}

}  // namespace
}  // namespace inhouse
