#include "indexer/python/guards.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "indexer/python/call_text.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr int kMaxParents = 400;
constexpr Guard kAll = {true, true};

bool ContainsAny(std::string_view text, const auto& words) {
  for (const std::string_view word : words) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  return false;
}

Guard Join(Guard a, Guard b) { return {a.names || b.names, a.arguments || b.arguments}; }

// `except X:`, `except (X, Y):`. What catches everything expects an import to
// fail, but no wrong call: whole scripts stand in `except Exception`.
Guard Catches(const SyntaxTree& tree, SyntaxNode clause, bool is_import) {
  constexpr std::array<std::string_view, 2> kImport = {"ImportError", "ModuleNotFoundError"};
  constexpr std::array<std::string_view, 2> kEverything = {"Exception", "except:"};
  const std::string_view text = tree.TextOf(clause);
  const std::string_view header = text.substr(0, text.find('\n'));
  const bool fails_to_import =
      is_import && (ContainsAny(header, kImport) || ContainsAny(header, kEverything));
  return {fails_to_import || header.find("AttributeError") != header.npos,
          header.find("TypeError") != header.npos};
}

// `child`: the part of the try statement that we come from.
Guard TryGuards(const SyntaxTree& tree, SyntaxNode statement, SyntaxNode child, bool is_import) {
  const Grammar& g = PythonGrammar();
  Guard guard;
  if (ChildByField(statement, g.f_body) != child) return guard;
  ForEachChild(statement, [&](SyntaxNode clause, FieldId) {
    if (Is(clause, g.except_clause)) guard = Join(guard, Catches(tree, clause, is_import));
  });
  return guard;
}

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Of one exception class as written, in raises(…). What is no plain class name
// may be anything.
Guard GuardBy(std::string_view error) {
  error = Trim(error);
  const std::string_view name = LastPart(error);
  constexpr std::array<std::string_view, 3> kAnything = {"Exception", "BaseException", "error"};
  const bool is_name = !name.empty() && error.find_first_of("()[]{}\"' *+") == error.npos;
  const bool is_class =
      is_name && name[0] >= 'A' && name[0] <= 'Z' &&
      std::any_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (!is_class) return kAll;
  if (std::find(kAnything.begin(), kAnything.end(), name) != kAnything.end()) return kAll;
  if (name == "TypeError") return {false, true};
  const bool of_names = name == "AttributeError" || name == "ImportError" ||
                        name == "ModuleNotFoundError" || name == "NameError";
  return {of_names, false};
}

// "raises(ValueError, match=…)", "raises((KeyError, TypeError))": from the bracket on.
Guard GuardByArguments(std::string_view call) {
  const std::vector<std::string_view> given = Elements(call);
  if (given.empty() || given[0].find('=') != std::string_view::npos) return kAll;
  const std::string_view first = Trim(given[0]);
  if (!first.starts_with('(')) return GuardBy(first);
  Guard guard;
  for (const std::string_view error : Elements(first)) guard = Join(guard, GuardBy(error));
  return guard;
}

bool ExpectsAnError(std::string_view callee) {
  constexpr std::array<std::string_view, 3> kExpecting = {"raises", "Raises", "suppress"};
  return ContainsAny(callee, kExpecting);
}

// The contexts of a `with` guard its body.
Guard WithGuards(const SyntaxTree& tree, SyntaxNode statement, SyntaxNode child) {
  const Grammar& g = PythonGrammar();
  Guard guard;
  if (ChildByField(statement, g.f_body) != child) return guard;
  ForEachChild(statement, [&](SyntaxNode clause, FieldId) {
    if (!Is(clause, g.with_clause)) return;
    for (TreeWalk walk(clause); !walk.done(); walk.Next()) {
      if (!Is(walk.node(), g.call)) continue;
      const std::string_view callee = tree.TextOf(ChildByField(walk.node(), g.f_function));
      if (!ExpectsAnError(LastPart(callee))) continue;
      guard = Join(guard, GuardByArguments(tree.TextOf(ChildByField(walk.node(), g.f_arguments))));
    }
  });
  return guard;
}

// raises(TypeError, lambda: f(1))
Guard CallGuards(const SyntaxTree& tree, SyntaxNode call, SyntaxNode child) {
  const Grammar& g = PythonGrammar();
  if (ChildByField(call, g.f_function) == child) return {};
  const std::string_view callee = tree.TextOf(ChildByField(call, g.f_function));
  if (!ExpectsAnError(LastPart(callee))) return {};
  return GuardByArguments(tree.TextOf(ChildByField(call, g.f_arguments)));
}

Guard IfGuards(const SyntaxTree& tree, SyntaxNode statement) {
  constexpr std::array<std::string_view, 2> kAsking = {"hasattr", "getattr"};
  const std::string_view text = tree.TextOf(statement);
  const std::string_view header = text.substr(0, text.find('\n'));
  if (header.find("version") != header.npos) return kAll;
  return {ContainsAny(header, kAsking), false};
}

// "# type: ignore" of everything, or of codes in brackets.
Guard LineGuards(const SyntaxTree& tree, SyntaxNode node) {
  constexpr std::string_view kIgnore = "type: ignore";
  constexpr std::array<std::string_view, 5> kNames = {"attr", "name-defined", "import", "misc",
                                                      "has-type"};
  constexpr std::array<std::string_view, 4> kArguments = {"call-arg", "call-overload", "misc",
                                                          "unused-"};
  const std::string_view text = tree.text();
  const size_t from = text.rfind('\n', node.start_byte()) + 1;  // 0 when there is none
  const size_t end = text.find('\n', node.end_byte());
  const std::string_view line = text.substr(from, end - from);
  const size_t at = line.find(kIgnore);
  if (at == line.npos) return {};
  const std::string_view codes = line.substr(at + kIgnore.size());
  if (!codes.starts_with('[')) return kAll;
  return {ContainsAny(codes, kNames), ContainsAny(codes, kArguments)};
}

}  // namespace

Guard GuardOf(const SyntaxTree& tree, SyntaxNode node) {
  const Grammar& g = PythonGrammar();
  Guard guard = LineGuards(tree, node);
  const bool is_import = Is(node, g.import_statement) || Is(node, g.import_from_statement);
  SyntaxNode child = node;
  for (int i = 0; i < kMaxParents && !guard.both(); ++i) {
    const SyntaxNode parent = child.parent();
    if (parent.is_null()) break;
    if (Is(parent, g.try_statement)) {
      guard = Join(guard, TryGuards(tree, parent, child, is_import));
    } else if (Is(parent, g.call)) {
      guard = Join(guard, CallGuards(tree, parent, child));
    } else if (Is(parent, g.with_statement)) {
      guard = Join(guard, WithGuards(tree, parent, child));
    } else if (Is(parent, g.if_statement) || Is(parent, g.conditional_expression)) {
      guard = Join(guard, IfGuards(tree, parent));
    }
    child = parent;
  }
  return guard;
}

}  // namespace inhouse
