#include "indexer/python/scope_syntax.h"

namespace inhouse {
namespace {

constexpr int kMaxHeaderParts = 64;

bool IsSplat(TSNode node) {
  const Grammar& g = PythonGrammar();
  return Is(node, g.list_splat_pattern) || Is(node, g.dictionary_splat_pattern);
}

}  // namespace

Receiver ReceiverOf(const SyntaxTree& tree, TSNode function) {
  const Grammar& g = PythonGrammar();
  const std::string_view name = tree.TextOf(ChildByField(function, g.f_name));
  if (name == "__new__" || name == "__init_subclass__" || name == "__class_getitem__") {
    return Receiver::kClass;
  }
  Receiver receiver = Receiver::kInstance;
  const TSNode outer = ts_node_parent(function);
  if (!Is(outer, g.decorated_definition)) return receiver;
  ForEachChild(outer, [&](TSNode child, TSFieldId) {
    if (!Is(child, g.decorator)) return;
    const std::string_view text = tree.TextOf(child);
    if (text.find("staticmethod") != std::string_view::npos) receiver = Receiver::kNone;
    if (text.find("classmethod") != std::string_view::npos) receiver = Receiver::kClass;
  });
  return receiver;
}

SourceRange HeaderRange(TSNode statement) {
  const Grammar& g = PythonGrammar();
  SourceRange range = RangeOf(statement);
  TSNode before{};
  bool found = false;
  int looked = 0;
  TSTreeCursor cursor = ts_tree_cursor_new(statement);
  if (ts_tree_cursor_goto_first_child(&cursor)) {
    do {
      const TSNode child = ts_tree_cursor_current_node(&cursor);
      found = Is(child, g.block);
      if (!found) before = child;
    } while (!found && ++looked < kMaxHeaderParts && ts_tree_cursor_goto_next_sibling(&cursor));
  }
  ts_tree_cursor_delete(&cursor);
  if (!found || ts_node_is_null(before)) return range;
  const SourceRange last = RangeOf(before);
  range.end_line = last.end_line;
  range.end_byte = last.end_byte;
  return range;
}

TSNode ParameterName(TSNode child) {
  const Grammar& g = PythonGrammar();
  if (Is(child, g.identifier)) return child;
  TSNode name = ChildByField(child, g.f_name);
  if (ts_node_is_null(name) && (Is(child, g.typed_parameter) || IsSplat(child))) {
    name = ts_node_named_child(child, 0);
    if (IsSplat(name)) name = ts_node_named_child(name, 0);
  }
  return Is(name, g.identifier) ? name : TSNode{};
}

bool IsSplatParameter(TSNode child) {
  const Grammar& g = PythonGrammar();
  return IsSplat(child) || (Is(child, g.typed_parameter) && IsSplat(ts_node_named_child(child, 0)));
}

}  // namespace inhouse
