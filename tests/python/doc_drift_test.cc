// Docstrings against signatures.
#include "indexer/python/doc_drift.h"

#include <gtest/gtest.h>

#include "tests/python/symbols_of.h"

namespace inhouse {
namespace {

using testing::Get;
using testing::SymbolsOf;

std::string Drift(const std::string& code, const std::string& name = "m.f",
                  const std::vector<std::string>& members = {}) {
  const std::vector<Symbol> symbols = SymbolsOf(code);
  return DriftText(DriftOf(Get(symbols, name), members));
}

std::string Function(const std::string& parameters, const std::string& described) {
  return "def f(" + parameters + "):\n    \"\"\"Does.\n\n    Args:\n" + described + "    \"\"\"\n";
}

TEST(DocDriftTest, BothDirections) {
  EXPECT_EQ(Drift(Function("a, limit=1", "        a: one\n        size: two\n")),
            "documents 'size', which it does not take; does not document 'limit'");
  EXPECT_EQ(Drift(Function("a, b", "        a: one\n        b: two\n")), "");
}

TEST(DocDriftTest, SeveralNamesInOneEntryAndStars) {
  EXPECT_EQ(Drift("def f(x, y, *args):\n    \"\"\"Does.\n\n    Parameters\n    ----------\n"
                  "    x, y : int\n        Both.\n    *args\n        More.\n    \"\"\"\n"),
            "");
}

TEST(DocDriftTest, NamesThatArePassedOnAreNoLie) {
  EXPECT_EQ(Drift(Function("a, **options", "        a: one\n        colour: passed on\n")), "");
}

TEST(DocDriftTest, WithoutDescriptionsNothingDrifts) {
  EXPECT_EQ(Drift("def f(a, b):\n    \"\"\"Does a and b.\"\"\"\n"), "");
  EXPECT_EQ(Drift(Function("a, _hidden=None", "        a: one\n")), "");
}

TEST(DocDriftTest, UnknownSignaturesAreNotJudged) {
  EXPECT_EQ(Drift("@strange\n" + Function("a", "        size: two\n")), "");
}

TEST(DocDriftTest, AttributesOfAClassAreNoParameters) {
  const std::string code =
      "class C:\n    \"\"\"Is.\n\n    Args:\n        a: one\n        total: sum\n        gone: x\n"
      "    \"\"\"\n    def __init__(self, a):\n        self.total = a\n";
  EXPECT_EQ(Drift(code, "m.C", {"total"}), "documents 'gone', which it does not take");
  const std::string attributes =
      "class C:\n    \"\"\"Is.\n\n    Attributes:\n        a: one\n    \"\"\"\n"
      "    def __init__(self, a, b):\n        self.a = a\n";
  EXPECT_EQ(Drift(attributes, "m.C", {"a"}), "");
  EXPECT_EQ(Drift(attributes, "m.C"), "does not document 'b'");
}

}  // namespace
}  // namespace inhouse
