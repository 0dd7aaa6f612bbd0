#include "indexer/chunk/symbol_text.h"

#include <gtest/gtest.h>

#include "tests/chunk/chunks_of.h"

namespace inhouse {
namespace {

std::string Declared(std::string_view text, std::string_view name) {
  const ExtractedFile file = testing::FactsOf(text, "m");
  for (const Symbol& symbol : file.facts.symbols) {
    if (symbol.qualified_name == name) return DeclarationOf(symbol);
  }
  ADD_FAILURE() << name;
  return "";
}

TEST(SymbolTextTest, DeclarationsAsInPython) {
  EXPECT_EQ(Declared("async def f(a: int, *, b=1) -> str: ...\n", "m.f"),
            "async def f(a: int, *, b=1) -> str");
  EXPECT_EQ(Declared("class C(Base):\n    def __init__(self, a): ...\n", "m.C"), "class C(Base)");
  EXPECT_EQ(Declared("RATE: float = 0.2\n", "m.RATE"), "RATE: float = 0.2");
  EXPECT_EQ(Declared("type Row = dict[str, str]\n", "m.Row"), "type Row = dict[str, str]");
}

TEST(SymbolTextTest, TheDocstringInWords) {
  const ExtractedFile file = testing::FactsOf(
      "def f(a):\n    \"\"\"Load it.\n\n    .. deprecated:: 2\n        Use m.g.\n\n"
      "    :param a: The first.\n    :raises KeyError: If missing.\n    \"\"\"\n",
      "m");
  const std::string text = DocTextOf(file.facts.symbols.at(1));
  for (const char* part : {"Load it.", "The first.", "KeyError", "m.g"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

TEST(SymbolTextTest, BodiesWithoutTheirDocstring) {
  EXPECT_EQ(WithoutDocstring("\"\"\"Doc.\"\"\"\nreturn 1"), "return 1");
  EXPECT_EQ(WithoutDocstring("r'''Doc\n'''\nreturn 1"), "return 1");
  EXPECT_EQ(WithoutDocstring("'a'.join(x)"), "'a'.join(x)");
  EXPECT_EQ(WithoutDocstring("return 1"), "return 1");
  EXPECT_EQ(WithoutDocstring("\"\"\"never closed"), "\"\"\"never closed");
}

}  // namespace
}  // namespace inhouse
