#include "indexer/python/syntax_flattener.h"

#include <gtest/gtest.h>
#include <tree_sitter/api.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "indexer/base/file_io.h"
#include "indexer/python/python_parser.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

struct DeleteParser {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};
struct DeleteTree {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};
using Tree = std::unique_ptr<TSTree, DeleteTree>;

Tree ParsedByTreeSitter(const std::string& source) {
  const std::unique_ptr<TSParser, DeleteParser> parser(ts_parser_new());
  ts_parser_set_language(parser.get(), PythonGrammar().language);
  return Tree(ts_parser_parse_string(parser.get(), nullptr, source.data(),
                                     static_cast<uint32_t>(source.size())));
}

// What tree-sitter's public interface says of the cursor's node.
FlatNode NodeAt(const TSTreeCursor& cursor) {
  const TSNode node = ts_tree_cursor_current_node(&cursor);
  FlatNode flat;
  flat.start_byte = ts_node_start_byte(node);
  flat.end_byte = ts_node_end_byte(node);
  flat.start_row = ts_node_start_point(node).row;
  flat.end_row = ts_node_end_point(node).row;
  flat.kind = ts_node_symbol(node);
  flat.field = static_cast<FieldId>(ts_tree_cursor_current_field_id(&cursor));
  flat.depth = ts_tree_cursor_current_depth(&cursor);
  flat.is_named = ts_node_is_named(node);
  flat.is_missing = ts_node_is_missing(node);
  flat.is_extra = ts_node_is_extra(node);
  flat.has_error = ts_node_has_error(node);
  flat.ends_at_line_begin = ts_node_end_point(node).column == 0;
  return flat;
}

bool GoToNext(TSTreeCursor* cursor) {
  if (ts_tree_cursor_goto_first_child(cursor)) return true;
  while (!ts_tree_cursor_goto_next_sibling(cursor)) {
    if (!ts_tree_cursor_goto_parent(cursor)) return false;
  }
  return true;
}

bool SameFacts(const FlatNode& a, const FlatNode& b) {
  return a.start_byte == b.start_byte && a.end_byte == b.end_byte && a.start_row == b.start_row &&
         a.end_row == b.end_row && a.kind == b.kind && a.field == b.field && a.depth == b.depth &&
         a.is_named == b.is_named && a.is_missing == b.is_missing && a.is_extra == b.is_extra &&
         a.has_error == b.has_error && a.ends_at_line_begin == b.ends_at_line_begin;
}

// tree-sitter also looks for a match statement's `alternative` below its block, which
// is hidden in the grammar and visible by its alias.
bool IsFoundDeeper(TSNode node, TSNode child) {
  return !ts_node_is_null(child) && !ts_node_eq(ts_node_parent(child), node);
}

// Fields of `node`: what tree-sitter finds by number, and what the flat node does.
void ExpectSameFields(TSNode node, SyntaxNode flat) {
  const uint32_t fields = ts_language_field_count(PythonGrammar().language);
  for (uint32_t field = 1; field <= fields; ++field) {
    const TSNode child = ts_node_child_by_field_id(node, static_cast<TSFieldId>(field));
    const SyntaxNode found = ChildByField(flat, static_cast<FieldId>(field));
    if (found.is_null() && IsFoundDeeper(node, child)) continue;
    ASSERT_EQ(ts_node_is_null(child), found.is_null())
        << "field "
        << ts_language_field_name_for_id(PythonGrammar().language, static_cast<TSFieldId>(field))
        << " of " << ts_node_type(node);
    if (found.is_null()) continue;
    ASSERT_EQ(ts_node_start_byte(child), found.start_byte()) << "field " << field;
    ASSERT_EQ(ts_node_end_byte(child), found.end_byte()) << "field " << field;
    ASSERT_EQ(ts_node_symbol(child), found.kind()) << "field " << field;
  }
}

void ExpectSameTree(const std::string& source) {
  const Tree tree = ParsedByTreeSitter(source);
  const std::vector<FlatNode> nodes = FlattenTree(*tree);
  TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree.get()));
  size_t at = 0;
  do {
    ASSERT_LT(at, nodes.size());
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    const SyntaxNode flat(&nodes[at]);
    ASSERT_TRUE(SameFacts(nodes[at], NodeAt(cursor)))
        << "node " << at << " at byte " << ts_node_start_byte(node);
    ASSERT_EQ(ts_node_named_child_count(node), flat.named_child_count());
    ExpectSameFields(node, flat);
    if (testing::Test::HasFatalFailure()) break;
    ++at;
  } while (GoToNext(&cursor));
  ts_tree_cursor_delete(&cursor);
  EXPECT_EQ(at, nodes.size());
}

TEST(SyntaxFlattenerTest, EmptyTextIsOneNode) {
  const Tree tree = ParsedByTreeSitter("");
  EXPECT_EQ(FlattenTree(*tree).size(), 1u);
  ExpectSameTree("");
  ExpectSameTree("\n\n  # nothing\n");
}

TEST(SyntaxFlattenerTest, SameNodesAsTreeSittersCursor) {
  ExpectSameTree(
      "\n\n@wraps(f)\nasync def g[T](a, /, b: int = 1, *c, d=None, **e) -> T:\n"
      "    \"\"\"Doc.\"\"\"\n    if (n := len(a)) > 1:\n        pass  # why\n    elif b:\n"
      "        raise E from e\n    else:\n        return [x for x in a if x]\n"
      "    match a:\n        case P(x=1, *_) | {'k': v, **r}:\n            yield v\n"
      "    with open(a) as f, g() as (h, i):\n        print(f'{a!r:>{b}}')\n"
      "    try:\n        del a, b\n    except* (A, B) as e:\n        global q\n"
      "    finally:\n        x: int = y = z\n");
  ExpectSameTree(
      "type A[*T] = list[T]\nfrom . import a as b, c\nfrom __future__ import d\nimport e.f\n");
}

TEST(SyntaxFlattenerTest, SameNodesInBrokenCode) {
  ExpectSameTree("def f(:\n  x = (1,\nclass A\n  def g(self) return 1\n\"open\n");
  ExpectSameTree("else:\n  pass\n  x = \xE2\x82\n)))\nfor for in\n");
}

TEST(SyntaxFlattenerTest, SameNodesInTheExampleCorpus) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(INHOUSE_SOURCE_DIR "/corpus")) {
    if (entry.path().extension() != ".py") continue;
    SCOPED_TRACE(entry.path());
    const Result<std::string> source = ReadFile(entry.path());
    ASSERT_TRUE(source.ok());
    ExpectSameTree(*source);
    ++files;
  }
  EXPECT_GT(files, 20);
}

TEST(SyntaxFlattenerTest, ParentsAndSiblingsAgree) {
  const Tree tree = ParsedByTreeSitter("def f(a, b):\n    return a + b\n\n\nclass C:\n    x = 1\n");
  const std::vector<FlatNode> nodes = FlattenTree(*tree);
  const SyntaxNode root(nodes.data());
  EXPECT_TRUE(root.parent().is_null());
  size_t children = 0;
  for (TreeWalk walk(root); !walk.done(); walk.Next()) {
    ForEachChild(walk.node(), [&](SyntaxNode child, FieldId) {
      EXPECT_EQ(child.parent(), walk.node());
      ++children;
    });
  }
  EXPECT_EQ(children + 1, nodes.size());
}

TEST(SyntaxFlattenerTest, WalkSkipsChildren) {
  const Tree tree = ParsedByTreeSitter("f(1)\ng(2)\n");
  const std::vector<FlatNode> nodes = FlattenTree(*tree);
  const Grammar& g = PythonGrammar();
  int calls = 0, numbers = 0;
  for (TreeWalk walk(SyntaxNode(nodes.data())); !walk.done(); walk.Next()) {
    calls += walk.node().kind() == g.call;
    numbers += walk.node().kind() == g.integer;
    if (walk.node().kind() == g.call) walk.SkipChildren();
  }
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(numbers, 0);
}

TEST(SyntaxFlattenerTest, DeepTreesAreFlattened) {
  std::string deep = "x = ";
  for (int i = 0; i < 100'000; ++i) deep += "a+";
  const Tree tree = ParsedByTreeSitter(deep + "a\n");
  EXPECT_GT(FlattenTree(*tree).size(), 200'000u);
}

}  // namespace
}  // namespace inhouse
