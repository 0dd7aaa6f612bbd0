#include "indexer/python/python_parser.h"

#include <gtest/gtest.h>

#include <string>

#include "indexer/python/string_literal.h"

namespace inhouse {
namespace {

SyntaxNode FirstOf(const SyntaxTree& tree, NodeKind symbol) {
  for (TreeWalk walk(tree.root()); !walk.done(); walk.Next()) {
    if (Is(walk.node(), symbol)) return walk.node();
  }
  return SyntaxNode{};
}

int CountOf(const SyntaxTree& tree, NodeKind symbol) {
  int count = 0;
  for (TreeWalk walk(tree.root()); !walk.done(); walk.Next()) count += Is(walk.node(), symbol);
  return count;
}

// The value of the first string in `source`, or "<none>".
std::string ValueIn(std::string_view source) {
  PythonParser parser;
  const Result<SyntaxTree> tree = parser.Parse(source);
  EXPECT_TRUE(tree.ok());
  const Grammar& g = PythonGrammar();
  SyntaxNode node = FirstOf(*tree, g.concatenated_string);
  if (node.is_null()) node = FirstOf(*tree, g.string);
  std::string value;
  return StringValue(*tree, node, &value) ? value : "<none>";
}

TEST(PythonParserTest, ParsesAndPointsIntoTheText) {
  PythonParser parser;
  const std::string source = "import os\n\n\ndef f(a):\n    return a\n";
  const Result<SyntaxTree> tree = parser.Parse(source);
  ASSERT_TRUE(tree.ok());
  EXPECT_EQ(tree->CountErrors(), 0);
  const SyntaxNode f = FirstOf(*tree, PythonGrammar().function_definition);
  EXPECT_EQ(tree->TextOf(f), "def f(a):\n    return a");
  const SourceRange range = RangeOf(f);
  EXPECT_EQ(range.start_line, 4);
  EXPECT_EQ(range.end_line, 5);
  EXPECT_EQ(source.substr(range.start_byte, range.end_byte - range.start_byte), tree->TextOf(f));
}

TEST(PythonParserTest, OneParserReadsManyFiles) {
  PythonParser parser;
  const std::string good = "def f(): ...\n", bad = "def f(:\n";
  for (int i = 0; i < 3; ++i) {
    const Result<SyntaxTree> a = parser.Parse(good), b = parser.Parse(bad);
    ASSERT_TRUE(a.ok() && b.ok());
    EXPECT_EQ(a->CountErrors(), 0);
    EXPECT_GT(b->CountErrors(), 0);
  }
}

TEST(PythonParserTest, ModernSyntaxHasNoErrors) {
  PythonParser parser;
  for (const char* source : {
           "match x:\n    case {'a': [1, *rest], **more} if rest:\n        pass\n    case _: ...\n",
           "type A[T] = list[T]\n",
           "def f[T: int, *Ts, **P](x: T) -> T: ...\n",
           "class C[T](Base[T]): ...\n",
           "try:\n    pass\nexcept* (A, B) as e:\n    pass\n",
           "with (open(a) as b, open(c) as d):\n    pass\n",
           "if (n := len(a)) > 10: pass\n",
           "x = f'{a!r:>{width}} {b=}'\n",
           "x = f\"{d[\"key\"]}\"\n",
           "async def f():\n    async with a as b:\n        async for c in d: yield c\n",
           "def f(a, /, b, *, c): ...\n",
           "x: int\n",
           "lambda *a, b=1, **k: (yield)\n",
           "print(*a, sep='')\n",
           "a = b if c else d\n",
           "@(x := deco)\ndef f(): ...\n",
           "x = 1_000j + 0b1 + 0o7 + 0xF\n",
           "nonlocal_ = 1; del nonlocal_\n",
       }) {
    const Result<SyntaxTree> tree = parser.Parse(source);
    ASSERT_TRUE(tree.ok());
    EXPECT_EQ(tree->CountErrors(), 0) << source;
  }
}

TEST(PythonParserTest, AnErrorLeavesTheRest) {
  PythonParser parser;
  const std::string source =
      "def a():\n    return 1\n\nx = call(1,\n\ndef b():\n    return 2\n\ndef c():\n    pass\n";
  const Result<SyntaxTree> tree = parser.Parse(source);
  ASSERT_TRUE(tree.ok());
  EXPECT_GT(tree->CountErrors(), 0);
  EXPECT_EQ(CountOf(*tree, PythonGrammar().function_definition), 3);
  const uint32_t broken = static_cast<uint32_t>(source.find("x = call"));
  EXPECT_TRUE(tree->IsRepaired(broken, broken + 8));
  EXPECT_FALSE(tree->IsRepaired(0, broken));
  EXPECT_EQ(tree->text().size(), source.size());
}

TEST(PythonParserTest, TooLargeAndTooSlowAreBadInput) {
  PythonParser parser;
  const std::string large(kMaxSourceBytes + 1, ' ');
  Result<SyntaxTree> tree = parser.Parse(large);
  ASSERT_FALSE(tree.ok());
  EXPECT_EQ(tree.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(tree.error().message.find("8388608"), std::string::npos) << tree.error().message;
  std::string source;
  for (int i = 0; i < 20'000; ++i) source += "x = [1, 2, 3]\n";
  tree = parser.Parse(source, std::chrono::milliseconds(0));
  ASSERT_FALSE(tree.ok());
  EXPECT_NE(tree.error().message.find("took more than 0 ms"), std::string::npos);
  EXPECT_TRUE(parser.Parse("x = 1\n").ok());  // and goes on
}

TEST(PythonParserTest, DeepTreesAreWalkedWithoutRecursion) {
  std::string source = "x = a";
  for (int i = 0; i < 100'000; ++i) source += "+a";
  PythonParser parser;
  const Result<SyntaxTree> tree = parser.Parse(source);
  ASSERT_TRUE(tree.ok());
  int deepest = 0;
  for (TreeWalk walk(tree->root()); !walk.done(); walk.Next()) {
    deepest = std::max(deepest, walk.depth());
  }
  EXPECT_GT(deepest, 99'000);
}

TEST(PythonParserTest, UnclosedLiteralsOfAnySizeAreSafe) {
  PythonParser parser;
  for (const char* piece : {"(", "[1,", "{1:", "'''a\n", "f'{", "\"\\", "if x:\n", "\t \n", "@"}) {
    std::string source;
    while (source.size() < 110'000) source += piece;
    const Result<SyntaxTree> tree = parser.Parse(source);
    if (tree.ok()) {
      EXPECT_EQ(tree->text().size(), source.size()) << piece;
    }
  }
}

TEST(PythonParserTest, WalkVisitsInSourceOrderAndSkips) {
  PythonParser parser;
  const Result<SyntaxTree> tree = parser.Parse("def f():\n    x\ny\n");
  ASSERT_TRUE(tree.ok());
  std::string names;
  const Grammar& g = PythonGrammar();
  for (TreeWalk walk(tree->root()); !walk.done(); walk.Next()) {
    if (Is(walk.node(), g.identifier)) names += std::string(tree->TextOf(walk.node())) + " ";
  }
  EXPECT_EQ(names, "f x y ");
  names.clear();
  for (TreeWalk walk(tree->root()); !walk.done(); walk.Next()) {
    if (Is(walk.node(), g.identifier)) names += std::string(tree->TextOf(walk.node())) + " ";
    if (Is(walk.node(), g.function_definition)) walk.SkipChildren();
  }
  EXPECT_EQ(names, "y ");
  int children = 0;
  ForEachChild(tree->root(), [&](SyntaxNode, FieldId) { ++children; });
  EXPECT_EQ(children, 2);
}

TEST(PythonParserTest, WalkOfASubtreeEndsWithIt) {
  PythonParser parser;
  const Result<SyntaxTree> tree = parser.Parse("a = 1\nb = 2\n");
  ASSERT_TRUE(tree.ok());
  int nodes = 0;
  for (TreeWalk walk(tree->root().named_child(0)); !walk.done(); walk.Next()) {
    EXPECT_LT(walk.node().start_byte(), 5u);
    ++nodes;
  }
  EXPECT_GE(nodes, 4);
}

// As ast.literal_eval reads them.
TEST(PythonParserTest, StringValues) {
  EXPECT_EQ(ValueIn("x = 'a'\n"), "a");
  EXPECT_EQ(ValueIn("x = \"\"\n"), "");
  EXPECT_EQ(ValueIn("x = '''a'b\nc'''\n"), "a'b\nc");
  EXPECT_EQ(ValueIn("x = r'\\d'\n"), "\\d");
  EXPECT_EQ(ValueIn("x = u'\\n\\t\\\\\\'\\q'\n"), "\n\t\\'\\q");
  EXPECT_EQ(ValueIn("x = '\\x41\\u00e9\\U0001f600\\101\\0'\n"), std::string("Aé😀A\0", 9));
  EXPECT_EQ(ValueIn("x = 'a\\\nb'\n"), "ab");
  EXPECT_EQ(ValueIn("x = 'a\\\r\nb'\n"), "ab");
  EXPECT_EQ(ValueIn("x = 'a\\N{BULLET}b\\N{em dash}'\n"), "a•b—");
  EXPECT_EQ(ValueIn("x = '\\N{GREEK SMALL LETTER PI}\\N{GREEK CAPITAL LETTER OMEGA}'\n"), "πΩ");
  EXPECT_EQ(ValueIn("x = '\\N{LATIN CAPITAL LETTER A}\\N{LATIN SMALL LETTER Z}'\n"), "Az");
  EXPECT_EQ(ValueIn("x = '\\N{LATIN SMALL LETTER E WITH ACUTE}'\n"), "é");
  EXPECT_EQ(ValueIn("x = '\\N{LATIN CAPITAL LETTER U WITH DIAERESIS}'\n"), "Ü");
  EXPECT_EQ(ValueIn("x = '\\N{NO SUCH NAME} \\N{BULLET \\N'\n"),
            "\\N{NO SUCH NAME} \\N{BULLET \\N");
  EXPECT_EQ(ValueIn("x = '\\ud800'\n"), "\xEF\xBF\xBD");
  EXPECT_EQ(ValueIn("x = ('a' \"b\"\n  r'\\c')\n"), "ab\\c");
  EXPECT_EQ(ValueIn("x = b'a'\n"), "<none>");
  EXPECT_EQ(ValueIn("x = f'a'\n"), "<none>");
  EXPECT_EQ(ValueIn("x = rb'a'\n"), "<none>");
  EXPECT_EQ(ValueIn("x = 'a' f'b'\n"), "<none>");
}

}  // namespace
}  // namespace inhouse
