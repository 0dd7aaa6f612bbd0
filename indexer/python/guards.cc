#include "indexer/python/guards.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr int kMaxParents = 400;

bool ContainsAny(std::string_view text, const auto& words) {
  for (const std::string_view word : words) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  return false;
}

// `except X:`, `except (X, Y):`. What catches everything expects an import to
// fail, but no wrong call: whole scripts stand in `except Exception`.
bool Catches(const SyntaxTree& tree, TSNode clause, bool is_import) {
  constexpr std::array<std::string_view, 4> kErrors = {"ImportError", "ModuleNotFoundError",
                                                       "AttributeError", "TypeError"};
  constexpr std::array<std::string_view, 2> kAll = {"Exception", "except:"};
  const std::string_view text = tree.TextOf(clause);
  const std::string_view header = text.substr(0, text.find('\n'));
  return ContainsAny(header, kErrors) || (is_import && ContainsAny(header, kAll));
}

// `child`: the part of the try statement that we come from.
bool TryGuards(const SyntaxTree& tree, TSNode statement, TSNode child, bool is_import) {
  const Grammar& g = PythonGrammar();
  if (!ts_node_eq(ChildByField(statement, g.f_body), child)) return false;
  bool catches = false;
  ForEachChild(statement, [&](TSNode clause, TSFieldId) {
    catches = catches || (Is(clause, g.except_clause) && Catches(tree, clause, is_import));
  });
  return catches;
}

bool WithGuards(const SyntaxTree& tree, TSNode statement) {
  constexpr std::array<std::string_view, 4> kExpecting = {"raises", "assertRaises", "warns",
                                                          "suppress("};
  const std::string_view text = tree.TextOf(statement);
  return ContainsAny(text.substr(0, text.find('\n')), kExpecting);
}

// raises(TypeError, lambda: f(1))
bool CallGuards(const SyntaxTree& tree, TSNode call) {
  constexpr std::array<std::string_view, 6> kExpecting = {
      "raises", "assertRaises", "assertRaisesRegex", "warns", "deprecated_call", "assertWarns"};
  const std::string_view callee =
      LastPart(tree.TextOf(ChildByField(call, PythonGrammar().f_function)));
  return std::find(kExpecting.begin(), kExpecting.end(), callee) != kExpecting.end();
}

bool IfGuards(const SyntaxTree& tree, TSNode statement) {
  constexpr std::array<std::string_view, 3> kAsking = {"hasattr", "getattr", "version"};
  const std::string_view text = tree.TextOf(statement);
  return ContainsAny(text.substr(0, text.find('\n')), kAsking);
}

bool LineIsIgnored(const SyntaxTree& tree, TSNode node) {
  const std::string_view text = tree.text();
  const size_t from = text.rfind('\n', ts_node_start_byte(node)) + 1;  // 0 when there is none
  const size_t end = text.find('\n', ts_node_end_byte(node));
  return text.substr(from, end - from).find("type: ignore") != std::string_view::npos;
}

}  // namespace

bool IsGuarded(const SyntaxTree& tree, TSNode node) {
  const Grammar& g = PythonGrammar();
  if (LineIsIgnored(tree, node)) return true;
  const bool is_import = Is(node, g.import_statement) || Is(node, g.import_from_statement);
  TSNode child = node;
  for (int i = 0; i < kMaxParents; ++i) {
    const TSNode parent = ts_node_parent(child);
    if (ts_node_is_null(parent)) return false;
    if (Is(parent, g.try_statement) && TryGuards(tree, parent, child, is_import)) return true;
    if (Is(parent, g.call) && CallGuards(tree, parent)) return true;
    if (Is(parent, g.with_statement) && WithGuards(tree, parent)) return true;
    const bool asks = Is(parent, g.if_statement) || Is(parent, g.conditional_expression);
    if (asks && IfGuards(tree, parent)) return true;
    child = parent;
  }
  return false;
}

}  // namespace inhouse
