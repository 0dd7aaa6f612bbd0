#include "indexer/python/scope_syntax.h"

namespace inhouse {
namespace {

constexpr int kMaxHeaderParts = 64;

bool IsSplat(SyntaxNode node) {
  const Grammar& g = PythonGrammar();
  return Is(node, g.list_splat_pattern) || Is(node, g.dictionary_splat_pattern);
}

}  // namespace

Receiver ReceiverOf(const SyntaxTree& tree, SyntaxNode function) {
  const Grammar& g = PythonGrammar();
  const std::string_view name = tree.TextOf(ChildByField(function, g.f_name));
  if (name == "__new__" || name == "__init_subclass__" || name == "__class_getitem__") {
    return Receiver::kClass;
  }
  Receiver receiver = Receiver::kInstance;
  const SyntaxNode outer = function.parent();
  if (!Is(outer, g.decorated_definition)) return receiver;
  ForEachChild(outer, [&](SyntaxNode child, FieldId) {
    if (!Is(child, g.decorator)) return;
    const std::string_view text = tree.TextOf(child);
    if (text.find("staticmethod") != std::string_view::npos) receiver = Receiver::kNone;
    if (text.find("classmethod") != std::string_view::npos) receiver = Receiver::kClass;
  });
  return receiver;
}

SourceRange HeaderRange(SyntaxNode statement) {
  const Grammar& g = PythonGrammar();
  SourceRange range = RangeOf(statement);
  SyntaxNode before{};
  bool found = false;
  int looked = 0;
  for (SyntaxNode child = statement.first_child();
       child != statement.end() && !found && looked < kMaxHeaderParts; child = child.next()) {
    found = Is(child, g.block);
    if (!found) before = child;
    ++looked;
  }
  if (!found || before.is_null()) return range;
  const SourceRange last = RangeOf(before);
  range.end_line = last.end_line;
  range.end_byte = last.end_byte;
  return range;
}

SyntaxNode ParameterName(SyntaxNode child) {
  const Grammar& g = PythonGrammar();
  if (Is(child, g.identifier)) return child;
  SyntaxNode name = ChildByField(child, g.f_name);
  if (name.is_null() && (Is(child, g.typed_parameter) || IsSplat(child))) {
    name = child.named_child(0);
    if (IsSplat(name)) name = name.named_child(0);
  }
  return Is(name, g.identifier) ? name : SyntaxNode{};
}

std::vector<SyntaxNode> TargetsIn(SyntaxNode target) {
  const Grammar& g = PythonGrammar();
  std::vector<SyntaxNode> names;
  if (target.is_null()) return names;
  for (TreeWalk walk(target); !walk.done(); walk.Next()) {
    const SyntaxNode node = walk.node();
    const bool is_attribute = Is(node, g.attribute);
    if (is_attribute || Is(node, g.subscript) || Is(node, g.call)) walk.SkipChildren();
    if (is_attribute || Is(node, g.identifier)) names.push_back(node);
  }
  return names;
}

std::vector<SyntaxNode> CapturesIn(SyntaxNode case_clause) {
  const Grammar& g = PythonGrammar();
  std::vector<SyntaxNode> names;
  ForEachChild(case_clause, [&](SyntaxNode child, FieldId) {
    if (!Is(child, g.case_pattern)) return;
    uint32_t class_name = UINT32_MAX;  // begins there
    bool starred = false;              // the identifier that comes now is *rest
    for (TreeWalk walk(child); !walk.done(); walk.Next()) {
      const SyntaxNode node = walk.node();
      if (Is(node, g.class_pattern)) class_name = node.start_byte();
      if (Is(node, g.splat_pattern)) starred = true;
      if (starred && Is(node, g.identifier)) {
        names.push_back(node);
        starred = false;
      }
      if (!Is(node, g.dotted_name)) continue;
      walk.SkipChildren();
      const bool is_class = node.start_byte() == class_name;
      if (!is_class && node.named_child_count() == 1) {
        names.push_back(node.named_child(0));
      }
    }
  });
  return names;
}

bool CatchesGroup(const SyntaxTree& tree, SyntaxNode except_clause) {
  constexpr size_t kKeyword = 6;  // "except"
  const std::string_view text = tree.TextOf(except_clause);
  const size_t next = text.find_first_not_of(" \t", kKeyword);
  return next != std::string_view::npos && text[next] == '*';
}

SyntaxNode FirstIterable(SyntaxNode comprehension) {
  const Grammar& g = PythonGrammar();
  SyntaxNode iterable{};
  ForEachChild(comprehension, [&](SyntaxNode child, FieldId) {
    if (!iterable.is_null() || !Is(child, g.for_in_clause)) return;
    iterable = ChildByField(child, g.f_right);
  });
  return iterable;
}

void AddTypeParameters(const SyntaxTree& tree, SyntaxNode definition,
                       std::vector<std::string_view>* names) {
  const Grammar& g = PythonGrammar();
  const SyntaxNode list = ChildByField(definition, g.f_type_parameters);
  if (list.is_null()) return;
  ForEachChild(list, [&](SyntaxNode child, FieldId) {
    const std::string_view text = tree.TextOf(child);
    const size_t first = text.find_first_not_of('*');
    if (!child.is_named() || first == std::string_view::npos) return;
    names->push_back(text.substr(first, text.find_first_of(" :=\t\n", first) - first));
  });
}

bool IsSplatParameter(SyntaxNode child) {
  const Grammar& g = PythonGrammar();
  return IsSplat(child) || (Is(child, g.typed_parameter) && IsSplat(child.named_child(0)));
}

}  // namespace inhouse
