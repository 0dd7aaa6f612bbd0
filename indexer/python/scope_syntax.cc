#include "indexer/python/scope_syntax.h"

namespace inhouse {
namespace {

constexpr int kMaxHeaderParts = 64;

bool IsSplat(TSNode node) {
  const Grammar& g = PythonGrammar();
  return Is(node, g.list_splat_pattern) || Is(node, g.dictionary_splat_pattern);
}

// For kinds that only this file asks for.
bool HasType(TSNode node, std::string_view type) { return ts_node_type(node) == type; }

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

std::vector<TSNode> TargetsIn(TSNode target) {
  const Grammar& g = PythonGrammar();
  std::vector<TSNode> names;
  if (ts_node_is_null(target)) return names;
  for (TreeWalk walk(target); !walk.done(); walk.Next()) {
    const TSNode node = walk.node();
    const bool is_attribute = Is(node, g.attribute);
    if (is_attribute || Is(node, g.subscript) || Is(node, g.call)) walk.SkipChildren();
    if (is_attribute || Is(node, g.identifier)) names.push_back(node);
  }
  return names;
}

std::vector<TSNode> CapturesIn(TSNode case_clause) {
  const Grammar& g = PythonGrammar();
  std::vector<TSNode> names;
  ForEachChild(case_clause, [&](TSNode child, TSFieldId) {
    if (!HasType(child, "case_pattern")) return;
    uint32_t class_name = UINT32_MAX;  // begins there
    bool starred = false;              // the identifier that comes now is *rest
    for (TreeWalk walk(child); !walk.done(); walk.Next()) {
      const TSNode node = walk.node();
      if (HasType(node, "class_pattern")) class_name = ts_node_start_byte(node);
      if (HasType(node, "splat_pattern")) starred = true;
      if (starred && Is(node, g.identifier)) {
        names.push_back(node);
        starred = false;
      }
      if (!Is(node, g.dotted_name)) continue;
      walk.SkipChildren();
      const bool is_class = ts_node_start_byte(node) == class_name;
      if (!is_class && ts_node_named_child_count(node) == 1) {
        names.push_back(ts_node_named_child(node, 0));
      }
    }
  });
  return names;
}

bool CatchesGroup(const SyntaxTree& tree, TSNode except_clause) {
  constexpr size_t kKeyword = 6;  // "except"
  const std::string_view text = tree.TextOf(except_clause);
  const size_t next = text.find_first_not_of(" \t", kKeyword);
  return next != std::string_view::npos && text[next] == '*';
}

TSNode FirstIterable(TSNode comprehension) {
  const Grammar& g = PythonGrammar();
  TSNode iterable{};
  ForEachChild(comprehension, [&](TSNode child, TSFieldId) {
    if (!ts_node_is_null(iterable) || !Is(child, g.for_in_clause)) return;
    iterable = ChildByField(child, g.f_right);
  });
  return iterable;
}

void AddTypeParameters(const SyntaxTree& tree, TSNode definition,
                       std::vector<std::string_view>* names) {
  const Grammar& g = PythonGrammar();
  const TSNode list = ChildByField(definition, g.f_type_parameters);
  if (ts_node_is_null(list)) return;
  ForEachChild(list, [&](TSNode child, TSFieldId) {
    const std::string_view text = tree.TextOf(child);
    const size_t first = text.find_first_not_of('*');
    if (!ts_node_is_named(child) || first == std::string_view::npos) return;
    names->push_back(text.substr(first, text.find_first_of(" :=\t\n", first) - first));
  });
}

bool IsSplatParameter(TSNode child) {
  const Grammar& g = PythonGrammar();
  return IsSplat(child) || (Is(child, g.typed_parameter) && IsSplat(ts_node_named_child(child, 0)));
}

}  // namespace inhouse
