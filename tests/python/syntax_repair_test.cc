#include "indexer/python/syntax_repair.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/python/symbols_of.h"

namespace inhouse {
namespace {

using testing::Has;
using testing::SignatureOf;
using testing::SymbolsOf;

// Definitions around the broken piece that must be found, with their lines.
void ExpectAround(const std::string& broken) {
  const std::string source = "def before(a):\n    return a\n\n\n" + broken +
                             "\n\ndef after(b, c=1):\n    return b\n\n\nclass Last:\n"
                             "    def method(self): ...\n";
  const std::string repaired = BlankBrokenStatements(source);
  ASSERT_EQ(repaired.size(), source.size()) << broken;
  EXPECT_EQ(std::count(repaired.begin(), repaired.end(), '\n'),
            std::count(source.begin(), source.end(), '\n'))
      << broken;
  const auto symbols = SymbolsOf(source);
  for (const char* name : {"m.before", "m.after", "m.Last", "m.Last.method"}) {
    EXPECT_TRUE(Has(symbols, name)) << name << " beside\n" << broken;
  }
  if (!Has(symbols, "m.after")) return;
  EXPECT_EQ(SignatureOf(symbols, "m.after"), "after(b, c=1)") << broken;
  const auto line =
      1 + std::count(source.begin(),
                     source.begin() + static_cast<std::ptrdiff_t>(source.find("def after")), '\n');
  EXPECT_EQ(testing::Get(symbols, "m.after").range.start_line, line) << broken;
}

TEST(SyntaxRepairTest, WhatComesAfterABrokenStatementIsFound) {
  for (const char* broken : {
           "x = call(1, 2",
           "x = [1, 2,\n     3",
           "x = {'a': 1,",
           "x = 'never closed",
           "x = \"never closed",
           "x = \"\"\"never closed",
           "x = (]",
           "x = 1)",
           "def bad(a, b:\n    return 1",
           "def bad(a, b\n    return 1",
           "def bad(a) ->:\n    return 1",
           "class Bad(\n    x = 1",
           "if x = 1:\n    pass",
           "for in y:\n    pass",
           "import\nfrom x import",
           "from x import (a, b",
           "print 'python two'",
           "exec code in scope",
           "raise E, 'python two'",
           "try:\n    x\nexcept E, e:\n    pass",
           "<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs",
           "return",
           "    unexpected = indent",
           "x = 5 $ 3",
           "x = `a`",
           "x <> y",
           "!ls -la",
           "%matplotlib inline",
           "{% if a %}",
           "x = f'{a'",
           "else:\n    pass",
           "lambda: (yield",
           "@",
           "@decorated(",
           "async x",
       }) {
    ExpectAround(broken);
  }
}

TEST(SyntaxRepairTest, SoundTextStaysAsItIs) {
  for (const char* source : {
           "",
           "x = 1",
           "def f(\n    a,\n    b,\n):\n    return {\n        'k': [1, 2],\n    }\n",
           "s = '''\n  ( [ {\n'''\nt = \"it's (\"  # comment ( ' \"\n",
           "x = 1 + \\\n    2\n",
           "d = {\n    'class': 1,\n    'import': 2,\n}\n",
           "f(a if b else\n  c)\n",
           "x = [y\n     for y in z\n     if y]\n",
           "def f():\r\n    return (1,\r\n            2)\r\n",
       }) {
    EXPECT_EQ(BlankBrokenStatements(source), source);
  }
}

TEST(SyntaxRepairTest, MergeMarkersGoAndBothSidesStay) {
  const auto symbols = SymbolsOf(
      "<<<<<<< HEAD\ndef ours(): ...\n||||||| base\n=======\ndef theirs(): ...\n>>>>>>> branch\n");
  EXPECT_TRUE(Has(symbols, "m.ours"));
  EXPECT_TRUE(Has(symbols, "m.theirs"));
}

TEST(SyntaxRepairTest, MethodsKeepTheirClass) {
  const auto symbols = SymbolsOf(
      "class C:\n    def a(self):\n        x = call(1,\n\n    def b(self, y): ...\n\n"
      "    def c(self):\n        return [1\n\n    def d(self): ...\n\ndef outside(): ...\n");
  for (const char* name : {"m.C.a", "m.C.b", "m.C.c", "m.C.d", "m.outside"}) {
    EXPECT_TRUE(Has(symbols, name)) << name;
  }
}

TEST(SyntaxRepairTest, RepairedSignaturesAreInexact) {
  const auto symbols = SymbolsOf("def bad(a, b:\n    return 1\n\ndef good(a): ...\n");
  ASSERT_TRUE(Has(symbols, "m.bad"));
  EXPECT_EQ(SignatureOf(symbols, "m.bad").substr(0, 1), "~");
  EXPECT_EQ(SignatureOf(symbols, "m.good"), "good(a)");
}

TEST(SyntaxRepairTest, DefaultsOfTypeParametersAreNoErrorToUs) {
  const auto symbols = SymbolsOf(
      "class Box[T = int, *Ts = *tuple[int, ...]](Base[T]):\n    def get(self) -> T: ...\n"
      "def f[T: (int, str) = int](x: T = 1) -> T: ...\ntype A[T = dict[str, int]] = list[T]\n");
  EXPECT_EQ(testing::Get(symbols, "m.Box").bases, std::vector<std::string>{"Base[T]"});
  EXPECT_EQ(testing::Get(symbols, "m.A").value, "list[T]");
  EXPECT_TRUE(SignatureOf(symbols, "m.f").ends_with("f(x: T = 1) -> T"));
}

TEST(SyntaxRepairTest, ABrokenClassHeaderIsInexact) {
  const auto symbols = SymbolsOf("class C(A B):\n    def __init__(self, a): ...\n");
  EXPECT_EQ(SignatureOf(symbols, "m.C").substr(0, 1), "~");
}

TEST(SyntaxRepairTest, BlankLinesKeepBlocksWhole) {
  EXPECT_EQ(BlankLineAt("a\nelse:\n  b\n", 3), "a\nif 1:\n  b\n");
  EXPECT_EQ(BlankLineAt("a\n  def f(x) ->:\n    b\n", 2), "a\n  def f():    \n    b\n");
  EXPECT_EQ(BlankLineAt("a = (\n", 0), "pass \n");
  EXPECT_EQ(BlankLineAt("a\n", 0), " \n");
  EXPECT_EQ(BlankLineAt("", 0), "");
  EXPECT_EQ(BlankLineAt("abcde", 4), "pass ");
}

TEST(SyntaxRepairTest, EveryPrefixOfAFileIsSafe) {
  const std::string source =
      "@d(1)\nclass C(A, k=1):\n    '''Doc (\n    def'''\n    def f(self, a=[1, {2: (3,)}], *b):\n"
      "        return f\"{a!r} {b['x']}\" + r'\\' + \"\"\"x\n\"\"\"\n";
  for (size_t n = 0; n <= source.size(); ++n) {
    const std::string prefix = source.substr(0, n);
    EXPECT_EQ(BlankBrokenStatements(prefix).size(), n);
    EXPECT_GE(SymbolsOf(prefix).size(), 1u);
  }
}

TEST(SyntaxRepairTest, ManyUnclosedPiecesTakeLinearTime) {
  // Quadratic work on a megabyte would not end within a test's patience.
  for (const char* piece : {"x = (\n", "'''\n", "x = '\n", "def f(\n", ")\n", "\"\n", "{[(\n"}) {
    std::string source;
    while (source.size() < 2'000'000) source += piece;
    EXPECT_EQ(BlankBrokenStatements(source).size(), source.size());
  }
}

}  // namespace
}  // namespace inhouse
