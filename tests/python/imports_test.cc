#include "indexer/python/imports.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/python/calls_of.h"
#include "tests/python/symbols_of.h"

namespace inhouse {
namespace {

using testing::FactsOf;

// "alias = module:name", one an import, with " ?" behind conditional ones.
std::string Describe(const std::vector<Import>& imports) {
  std::string text;
  for (const Import& import : imports) {
    if (!text.empty()) text += ", ";
    text += import.alias + " = " + import.module;
    if (!import.name.empty()) (text += ':') += import.name;
    if (import.is_conditional) text += " ?";
  }
  return text;
}

std::string Imports(std::string_view source, std::string module = "m", bool is_package = false) {
  return Describe(FactsOf(source, std::move(module), is_package).imports);
}

std::vector<std::string> Exports(std::string_view source) { return FactsOf(source).exported; }

using Names = std::vector<std::string>;

TEST(ImportsTest, PlainImportsBindTheFirstPart) {
  EXPECT_EQ(Imports("import a\n"), "a = a");
  EXPECT_EQ(Imports("import a.b.c\n"), "a = a.b.c");
  EXPECT_EQ(Imports("import a, b.c, d as e\n"), "a = a, b = b.c, e = d");
  EXPECT_EQ(Imports("import a.b as c\n"), "c = a.b");
  EXPECT_EQ(Imports("import a . b\n"), "a = a.b");
}

TEST(ImportsTest, AnAliasThatIsAlsoTheFirstPartMeansTheSubmodule) {
  EXPECT_EQ(Imports("import a.b as a\n"), "a = a:b");
  EXPECT_EQ(Imports("import a.b.c as a\n"), "a = a.b:c");
}

TEST(ImportsTest, FromImports) {
  EXPECT_EQ(Imports("from a import f\n"), "f = a:f");
  EXPECT_EQ(Imports("from a.b import f as g, h\n"), "g = a.b:f, h = a.b:h");
  EXPECT_EQ(Imports("from a import (\n  f,  # first\n  g as h,\n)\n"), "f = a:f, h = a:g");
  EXPECT_EQ(Imports("from a \\\n  import f, \\\n  g\n"), "f = a:f, g = a:g");
  EXPECT_EQ(Imports("from a import *\n"), "* = a:*");
}

TEST(ImportsTest, FutureStatementsAreNoImports) {
  EXPECT_EQ(Imports("from __future__ import annotations\nimport a\n"), "a = a");
}

TEST(ImportsTest, RelativeImportsOfAModuleStartFromItsPackage) {
  EXPECT_EQ(Imports("from . import x\n", "p.q.m"), "x = p.q:x");
  EXPECT_EQ(Imports("from .x import f\n", "p.q.m"), "f = p.q.x:f");
  EXPECT_EQ(Imports("from .. import x\n", "p.q.m"), "x = p:x");
  EXPECT_EQ(Imports("from ..x.y import f as g\n", "p.q.m"), "g = p.x.y:f");
  EXPECT_EQ(Imports("from . x import f\n", "p.q.m"), "f = p.q.x:f");
}

TEST(ImportsTest, RelativeImportsOfAPackageStartFromItself) {
  EXPECT_EQ(Imports("from . import x\n", "p.q", true), "x = p.q:x");
  EXPECT_EQ(Imports("from .x import f\n", "p.q", true), "f = p.q.x:f");
  EXPECT_EQ(Imports("from .. import x\n", "p.q", true), "x = p:x");
  EXPECT_EQ(Imports("from .x import *\n", "p", true), "* = p.x:*");
}

TEST(ImportsTest, ImportsAboveTheTopPackageAreLeftOut) {
  EXPECT_EQ(Imports("from ... import x\n", "p.m"), "");
  EXPECT_EQ(Imports("from .. import x\n", "p.m"), "");
  EXPECT_EQ(Imports("from .. import x\n", "p", true), "");
  EXPECT_EQ(Imports("from .............. import x\n", "p.q.m"), "");
  EXPECT_EQ(Imports("from .x import f\n", ""), "") << "a script has no package";
  EXPECT_EQ(Imports("from .x import f\n", "m"), "") << "nor has a module at the top";
}

TEST(ImportsTest, ConditionalOnesAreThoseInsideStatements) {
  EXPECT_EQ(Imports("try:\n  import a\nexcept ImportError:\n  import b as a\nimport c\n"),
            "a = a ?, a = b ?, c = c");
  EXPECT_EQ(Imports("if x:\n  from a import f\nelse:\n  from b import f\n"),
            "f = a:f ?, f = b:f ?");
  EXPECT_EQ(Imports("with suppress(ImportError):\n  import a\n"), "a = a ?");
}

TEST(ImportsTest, TheScopeIsWhereTheNameIsBound) {
  const FileFacts facts = FactsOf(
      "import a\n"
      "def f():\n"
      "  import b\n"
      "  if x:\n"
      "    import c\n"
      "class C:\n"
      "  import d\n"
      "  def g(self):\n"
      "    import e\n");
  std::string scopes;
  for (const Import& import : facts.imports) scopes += import.alias + "@" + import.scope + " ";
  EXPECT_EQ(scopes, "a@m b@m.f c@m.f d@m.C e@m.C.g ");
  EXPECT_FALSE(facts.imports[1].is_conditional) << "a function alone is no condition";
  EXPECT_TRUE(facts.imports[2].is_conditional);
}

TEST(ImportsTest, RangesAreThoseOfTheImportedName) {
  const std::string source = "x = 1\nfrom a.b import (f,\n    g as h)\nimport c.d as e\n";
  std::string names;
  std::string lines;
  for (const Import& import : FactsOf(source).imports) {
    const SourceRange& range = import.range;
    names += source.substr(range.start_byte, range.end_byte - range.start_byte) + " ";
    lines += std::to_string(import.line) + ":" + std::to_string(range.start_line) + " ";
  }
  EXPECT_EQ(names, "f g c.d ");
  EXPECT_EQ(lines, "2:2 2:3 4:4 ");
}

TEST(ImportsTest, ExportsAreTheLiteralNames) {
  EXPECT_EQ(Exports("__all__ = ['a', \"b\"]\n"), (Names{"a", "b"}));
  EXPECT_EQ(Exports("__all__ = ('a', 'b' 'c')\n"), (Names{"a", "bc"}));
  EXPECT_EQ(Exports("__all__: list[str] = ['a']\n"), Names{"a"});
  EXPECT_EQ(Exports("__all__ = ['a'] + ['b'] + other.__all__\n"), (Names{"a", "b"}));
}

TEST(ImportsTest, ExportsGrowAndAreReplaced) {
  EXPECT_EQ(Exports("__all__ = ['a']\n__all__ += ['b']\n__all__.append('c')\n"
                    "__all__.extend(['d', 'e'])\n"),
            (Names{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(Exports("__all__ = ['a']\n__all__ = ['b']\n"), Names{"b"});
}

TEST(ImportsTest, AnEmptyListOfExportsIsNotTheSameAsNone) {
  EXPECT_TRUE(FactsOf("__all__ = []\n").has_all);
  EXPECT_TRUE(Exports("__all__ = []\n").empty());
  EXPECT_FALSE(FactsOf("x = 1\n").has_all);
  EXPECT_FALSE(FactsOf("def f():\n  __all__ = ['a']\n").has_all) << "another scope's";
}

TEST(ImportsTest, ExportsThatAreComputedAreNotGuessed) {
  EXPECT_TRUE(Exports("__all__ = [n for n in dir() if not n.startswith('_')]\n").empty());
  EXPECT_TRUE(Exports("__all__ = [f'a{x}', name]\n").empty());
}

TEST(ImportsTest, OneStatementGivesNoMoreThanItsLimit) {
  std::string source = "from a import x";
  for (size_t i = 0; i < kMaxImportNames + 50; ++i) source += testing::Numbered(", n", i);
  EXPECT_EQ(FactsOf(source + "\n").imports.size(), kMaxImportNames);
}

}  // namespace
}  // namespace inhouse
