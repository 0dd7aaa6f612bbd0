#include "indexer/python/attribute_hook.h"

#include <string_view>

#include "indexer/python/string_literal.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr int kMaxParents = 40;

// `name == "old"`, `name in ("old", "older")`: the names are added.
bool TestsForNames(const SyntaxTree& tree, SyntaxNode condition, std::vector<std::string>* names) {
  const std::string_view text = tree.TextOf(condition);
  const bool compares = text.starts_with("name ==") || text.starts_with("name in (") ||
                        text.starts_with("name in {") || text.starts_with("name in [");
  if (!compares || text.find(" or ") != std::string_view::npos) return false;
  const size_t before = names->size();
  for (TreeWalk walk(condition); !walk.done(); walk.Next()) {
    std::string name;
    if (!Is(walk.node(), PythonGrammar().string)) continue;
    if (!StringValue(tree, walk.node(), &name)) return false;
    names->push_back(std::move(name));
    walk.SkipChildren();
  }
  return names->size() > before;
}

// True if the statement only runs for names that an `if` around it tests for.
bool IsBehindTest(const SyntaxTree& tree, SyntaxNode statement, SyntaxNode body,
                  std::vector<std::string>* names) {
  const Grammar& g = PythonGrammar();
  SyntaxNode child = statement;
  for (int i = 0; i < kMaxParents && child != body; ++i) {
    const SyntaxNode parent = child.parent();
    if (parent.is_null()) return false;
    const bool is_branch = (Is(parent, g.if_statement) || Is(parent, g.elif_clause)) &&
                           ChildByField(parent, g.f_consequence) == child;
    if (is_branch && TestsForNames(tree, parent.named_child(0), names)) return true;
    child = parent;
  }
  return false;
}

bool GivesWhatIsThere(std::string_view statement) {
  return statement == "return globals()[name]" ||
         statement.starts_with("return super().__getattr__");
}

// Its end is reached by no name.
bool EndsInRaise(const SyntaxTree& tree, SyntaxNode body) {
  const Grammar& g = PythonGrammar();
  const uint32_t count = body.named_child_count();
  if (count == 0) return false;
  const SyntaxNode last = body.named_child(count - 1);
  if (Is(last, g.raise_statement)) return true;
  const std::string_view text = tree.TextOf(last);
  return (Is(last, g.try_statement) && text.find("raise ") != std::string_view::npos &&
          text.find("return globals()[name]") != std::string_view::npos) ||
         GivesWhatIsThere(text);
}

// The name that is asked for, as the method calls it.
std::string_view AskedName(const SyntaxTree& tree, SyntaxNode function) {
  const SyntaxNode parameters = ChildByField(function, PythonGrammar().f_parameters);
  if (parameters.named_child_count() != 2) return {};
  const std::string_view text = tree.TextOf(parameters.named_child(1));
  return text.substr(0, text.find_first_of(": ="));
}

SyntaxNode LastChild(SyntaxNode node) {
  return node.named_child_count() == 0 ? SyntaxNode()
                                       : node.named_child(node.named_child_count() - 1);
}

// `raise …`, or a `try` whose last clause ends with one.
bool RaisesAtItsEnd(SyntaxNode body) {
  const Grammar& g = PythonGrammar();
  SyntaxNode last = LastChild(body);
  if (Is(last, g.try_statement)) last = LastChild(LastChild(LastChild(last)));
  return Is(last, g.raise_statement);
}

bool IsItemUnder(const SyntaxTree& tree, SyntaxNode value, std::string_view name) {
  const Grammar& g = PythonGrammar();
  return Is(value, g.subscript) && value.named_child_count() == 2 &&
         tree.TextOf(value.named_child(1)) == name;
}

}  // namespace

bool GivesItems(const SyntaxTree& tree, SyntaxNode function) {
  const Grammar& g = PythonGrammar();
  const SyntaxNode body = ChildByField(function, g.f_body);
  const std::string_view name = AskedName(tree, function);
  if (name.empty() || !RaisesAtItsEnd(body)) return false;
  bool gives = false;
  for (TreeWalk walk(body); !walk.done(); walk.Next()) {
    const SyntaxNode node = walk.node();
    if (Is(node, g.function_definition) || Is(node, g.yield)) return false;
    if (!Is(node, g.return_statement)) continue;
    if (!IsItemUnder(tree, node.named_child(0), name)) return false;
    gives = true;
  }
  return gives;
}

std::optional<std::vector<std::string>> NamesGivenBy(const SyntaxTree& tree, SyntaxNode function) {
  const Grammar& g = PythonGrammar();
  const SyntaxNode body = ChildByField(function, g.f_body);
  const std::string_view parameters = tree.TextOf(ChildByField(function, g.f_parameters));
  // Others are rare, and what they compare is not looked for.
  if (parameters.find("name") == std::string_view::npos || !EndsInRaise(tree, body)) return {};
  std::vector<std::string> names;
  for (TreeWalk walk(body); !walk.done(); walk.Next()) {
    const SyntaxNode node = walk.node();
    if (Is(node, g.function_definition) || Is(node, g.yield)) return {};
    if (!Is(node, g.return_statement) || GivesWhatIsThere(tree.TextOf(node))) continue;
    if (!IsBehindTest(tree, node, body, &names)) return {};
  }
  return names;
}

}  // namespace inhouse
