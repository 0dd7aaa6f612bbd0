#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "agent/patterns/like_pattern.h"
#include "agent/patterns/line_changes.h"
#include "agent/patterns/pattern_apis.h"
#include "agent/patterns/pattern_store.h"
#include "agent/patterns/pattern_text.h"
#include "agent/prompt.h"
#include "indexer/base/file_io.h"
#include "indexer/chunk/terms.h"
#include "tests/support/fake_retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using inhouse::testing::FakeRetriever;
using inhouse::testing::TempDir;

constexpr std::string_view kScript =
    "\"\"\"Writes the audience.\"\"\"\n"
    "import house\n"
    "\n"
    "# how many\n"
    "TOP = 10  # percent\n"
    "\n"
    "\n"
    "def helper(rows):\n"
    "    return [row for row in rows if row]\n"
    "\n"
    "\n"
    "def main():\n"
    "    house.write(helper(house.read(\"# no comment\")), TOP)\n"
    "\n"
    "\n"
    "if __name__ == \"__main__\":\n"
    "    main()\n";

Pattern Example() {
  Pattern pattern;
  pattern.request = "Build an audience of the best users";
  pattern.script = kScript;
  pattern.name = PatternName(pattern.request, pattern.script);
  pattern.apis = {{"house.read", "read(name)"}, {"house.write", "write(rows, top)"}};
  return pattern;
}

FakeRetriever House() {
  return FakeRetriever(
      {{"house.read", "read(name)", "read"}, {"house.write", "write(rows, top)", "write"}});
}

PatternOptions In(const TempDir& folder) { return {folder.path(), {}}; }

TEST(PatternTest, DigestsIgnoreCommentsAndBlanksAndNothingElse) {
  const std::string script(kScript);
  std::string commented = script;
  commented.replace(commented.find("# how many"), 10, "# a share  ");
  EXPECT_EQ(ScriptDigest(commented), ScriptDigest(script));
  std::string changed = script;
  changed.replace(changed.find("TOP = 10"), 8, "TOP = 11");
  EXPECT_NE(ScriptDigest(changed), ScriptDigest(script));
  std::string text = script;  // a literal is no comment
  text.replace(text.find("# no comment"), 12, "# no Comment");
  EXPECT_NE(ScriptDigest(text), ScriptDigest(script));
}

TEST(PatternTest, NamesComeFromTheRequestAndTheScript) {
  const std::string name = PatternName("Build a look/alike audience, ../../x!", kScript);
  EXPECT_TRUE(name.starts_with("build-look-alike-audience-")) << name;
  EXPECT_EQ(name.find('/'), std::string::npos);
  EXPECT_NE(name, PatternName("Build a look/alike audience, ../../x!", "x = 1\n"));
  EXPECT_FALSE(PatternName("", kScript).empty());
}

TEST(LineChangesTest, ShowsWhatWasChangedInOrder) {
  EXPECT_EQ(ChangedLines("a\nb\nc\nd\n", "a\nB\nc\nd\ne\n", 10), "- b\n+ B\n…\n+ e\n");
  EXPECT_EQ(ChangedLines("a\nb\n", "a\nb\n", 10), "");
  EXPECT_EQ(ChangedLines("", "a\n", 10), "+ a\n");
  EXPECT_EQ(ChangedLines("a\nb\nc\n", "", 2), "- a\n- b\n… 1 lines more\n");
}

TEST(PatternStoreTest, KeepsAndFindsAgain) {
  const TempDir folder;
  const PatternStore store(folder.path());
  EXPECT_TRUE(store.List().value().empty());
  Pattern pattern = Example();
  pattern.before = "import house\n";
  ASSERT_EQ(store.Add(pattern).value(), PatternAdded::kAdded);
  EXPECT_EQ(store.Add(pattern).value(), PatternAdded::kKnown);
  const std::vector<StoredPattern> stored = store.List().value();
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].problem, "");
  EXPECT_EQ(stored[0].pattern.name, pattern.name);
  EXPECT_EQ(stored[0].pattern.request, pattern.request);
  EXPECT_EQ(stored[0].pattern.script, pattern.script);
  EXPECT_EQ(stored[0].pattern.before, pattern.before);
  ASSERT_EQ(stored[0].pattern.apis.size(), 2u);
  EXPECT_EQ(stored[0].pattern.apis[1].signature, "write(rows, top)");
}

TEST(PatternStoreTest, WhatAPersonRemovedStaysRemoved) {
  const TempDir folder;
  const PatternStore store(folder.path());
  Pattern pattern = Example();
  ASSERT_TRUE(store.Add(pattern).ok());
  ASSERT_TRUE(store.Remove(pattern.name).ok());
  EXPECT_TRUE(store.List().value().empty());
  EXPECT_EQ(store.Add(pattern).value(), PatternAdded::kRemovedBefore);
  pattern.script.insert(0, "# again\n");
  pattern.request = "Build it again";
  EXPECT_EQ(store.Add(pattern).value(), PatternAdded::kRemovedBefore);
  EXPECT_EQ(store.Remove(pattern.name).error().kind, ErrorKind::kNegative);
  EXPECT_EQ(store.Remove("../README").error().kind, ErrorKind::kNegative);
}

TEST(PatternStoreTest, AScriptDeletedByHandStaysRemovedToo) {
  const TempDir folder;
  const PatternStore store(folder.path());
  const Pattern pattern = Example();
  ASSERT_TRUE(store.Add(pattern).ok());
  fs::remove(folder.path() / PatternStore::ScriptPath(pattern.name));
  EXPECT_EQ(store.List().value()[0].problem, "removed by hand");
  EXPECT_EQ(store.Add(pattern).value(), PatternAdded::kRemovedBefore);
}

TEST(PatternStoreTest, WhatBroughtBackAnotherBranchStaysRemoved) {
  const TempDir folder;
  const PatternStore store(folder.path());
  const Pattern pattern = Example();
  ASSERT_TRUE(store.Add(pattern).ok());
  fs::copy(folder.path() / "scripts", folder.path() / "kept");
  ASSERT_TRUE(store.Remove(pattern.name).ok());
  fs::remove_all(folder.path() / "scripts");
  fs::rename(folder.path() / "kept", folder.path() / "scripts");
  EXPECT_EQ(store.List().value()[0].problem, "removed by a person");
}

TEST(PatternStoreTest, AChangedScriptIsNotUsed) {
  const TempDir folder;
  const PatternStore store(folder.path());
  const Pattern pattern = Example();
  ASSERT_TRUE(store.Add(pattern).ok());
  const fs::path file = folder.path() / PatternStore::ScriptPath(pattern.name);
  ASSERT_TRUE(WriteFileDurably(file, pattern.script + "print(1)\n").ok());
  EXPECT_EQ(store.List().value()[0].problem, "changed since it passed its checks");
  FakeRetriever house = House();
  EXPECT_TRUE(LikePatterns(In(folder), house, "Build", 1).value().empty());
  ASSERT_EQ(store.Add(pattern).value(), PatternAdded::kAdded);  // as it was approved
  EXPECT_EQ(store.List().value()[0].problem, "");
}

TEST(PatternStoreTest, ADamagedFileHidesNoOther) {
  const TempDir folder;
  const PatternStore store(folder.path());
  ASSERT_TRUE(store.Add(Example()).ok());
  ASSERT_TRUE(WriteFileDurably(folder.path() / "scripts" / "a.json", "{").ok());
  ASSERT_TRUE(WriteFileDurably(folder.path() / "scripts" / "b.json", "{\"v\": 2}").ok());
  const std::vector<StoredPattern> stored = store.List().value();
  ASSERT_EQ(stored.size(), 3u);
  EXPECT_EQ(stored[0].problem, "its .json cannot be read");
  EXPECT_EQ(stored[1].problem, "its .json is of another version");
  EXPECT_EQ(stored[2].problem, "");
}

TEST(PatternApisTest, ExpiresWhenASignatureChangesAndSaysWhich) {
  const Pattern pattern = Example();
  FakeRetriever same = House();
  EXPECT_EQ(ExpiredBecause(pattern, same).value(), "");
  FakeRetriever changed({{"house.read", "read(name, *, limit)", "read"},
                         {"house.write", "write(rows, top)", "write"}});
  EXPECT_EQ(ExpiredBecause(pattern, changed).value(),
            "house.read was read(name), is read(name, *, limit)");
  FakeRetriever gone({{"house.read", "read(name)", "read"}});
  EXPECT_EQ(ExpiredBecause(pattern, gone).value(), "house.write is no longer indexed");
  FakeRetriever wrong = House();
  ContractFinding finding;
  finding.line = 13;
  finding.message = "no parameter 'top'";
  wrong.contract.findings.push_back(finding);
  EXPECT_EQ(ExpiredBecause(pattern, wrong).value(), "line 13: no parameter 'top'");
}

TEST(PatternApisTest, FindsTheCalledApisOnce) {
  FakeRetriever house = House();
  for (const char* target : {"house.write", "house.read", "house.write", "house.unknown"}) {
    house.contract.calls.push_back({1, 1, target, CallOutcome::kBound});
  }
  const std::vector<PatternApi> apis = ApisCalledBy(kScript, house).value();
  ASSERT_EQ(apis.size(), 2u);
  EXPECT_EQ(apis[0].symbol, "house.read");
  EXPECT_EQ(apis[1].signature, "write(rows, top)");
}

TEST(LikePatternTest, ShowsTheLikestThatHoldsAndNamesTheExpired) {
  const TempDir folder;
  const PatternStore store(folder.path());
  Pattern old = Example();
  old.name = "a-old";
  old.script += "OLD = 1\n";
  old.apis[0].signature = "read(path)";
  ASSERT_TRUE(store.Add(old).ok());
  ASSERT_TRUE(store.Add(Example()).ok());
  FakeRetriever house = House();
  const auto found = LikePatterns(In(folder), house, "Build the same", 1).value();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].expired, "house.read was read(path), is read(name)");
  EXPECT_EQ(found[1].stored.pattern.name, Example().name);
  EXPECT_TRUE(LikePatterns(In(folder), house, "Something else", 1).value().empty());
  EXPECT_TRUE(LikePatterns({}, house, "Build the same", 1).value().empty());
}

TEST(LikePatternTest, ARecordingIsShownWhatItWasShown) {
  const TempDir folder;
  ASSERT_TRUE(PatternStore(folder.path()).Add(Example()).ok());
  FakeRetriever house = House();
  PatternOptions options = In(folder);
  options.only.emplace();
  EXPECT_TRUE(LikePatterns(options, house, "Build", 1).value().empty());
  options.only->push_back(ScriptDigest(Example().script));
  EXPECT_EQ(LikePatterns(options, house, "Build", 1).value().size(), 1u);
}

TEST(PatternTextTest, ShrinksToTheBudgetAndNeverAboveIt) {
  Pattern pattern = Example();
  const size_t request = EstimateTokens(pattern.request);
  const PatternParts whole = PartsWithin(pattern, 10'000);
  EXPECT_EQ(whole.script, pattern.script);
  EXPECT_EQ(whole.edits, "");
  const size_t all = EstimateTokens(pattern.script);
  const PatternParts bare = PartsWithin(pattern, request + all - 1);
  EXPECT_EQ(bare.script,
            "import house\nTOP = 10\ndef helper(rows):\n    return [row for row in rows if row]\n"
            "def main():\n    house.write(helper(house.read(\"# no comment\")), TOP)\n"
            "if __name__ == \"__main__\":\n    main()\n");
  const PatternParts outline = PartsWithin(pattern, request + EstimateTokens(bare.script) - 1);
  EXPECT_NE(outline.script.find("def helper(rows):  ...\ndef main():\n"), std::string::npos)
      << outline.script;
  EXPECT_EQ(PartsWithin(pattern, 10).script, "");
  for (size_t budget = 0; budget < all + request + 20; ++budget) {
    const PatternParts parts = PartsWithin(pattern, budget);
    if (parts.script.empty()) continue;
    EXPECT_LE(EstimateTokens(parts.request) + EstimateTokens(parts.script), budget);
  }
}

TEST(PatternTextTest, EditsAreShownBesideTheScript) {
  Pattern pattern = Example();
  pattern.before = pattern.script;
  pattern.before.replace(pattern.before.find("TOP = 10"), 8, "TOP = 90");
  const PatternParts parts = PartsWithin(pattern, 10'000);
  EXPECT_EQ(parts.edits, "- TOP = 90  # percent\n+ TOP = 10  # percent\n");
  const std::string section = PatternSection({}, parts);
  EXPECT_NE(section.find("- TOP = 90"), std::string::npos);
  EXPECT_NE(section.find(pattern.script), std::string::npos);
  EXPECT_NE(section.find(pattern.request), std::string::npos);
  EXPECT_EQ(PatternSection({}, {}), "");
}

}  // namespace
}  // namespace inhouse
