#include "indexer/python/name_facts.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "indexer/python/decorator_effects.h"
#include "indexer/python/name_flow.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/python_classes.h"
#include "indexer/python/value_path.h"

namespace inhouse {
namespace {

constexpr size_t kMaxPathBytes = 200;
constexpr size_t kMaxReturns = 16;

class FactWriter {
 public:
  FactWriter(const SyntaxTree& tree, const ScopeTree& scopes, FileFacts* facts)
      : tree_(tree), g_(PythonGrammar()), scopes_(scopes), facts_(*facts) {
    for (const Symbol& symbol : facts->symbols) {
      by_byte_[symbol.name_range.start_byte] = &symbol;
      by_name_.emplace(symbol.qualified_name, &symbol);
    }
    for (Namespace& space : facts->namespaces) spaces_.emplace(space.owner, &space);
  }

  void AddDecorators() {
    for (const DecoratorFact& fact : ReadDecoratorEffects(tree_)) {
      const auto symbol = by_byte_.find(fact.name_byte);
      if (symbol == by_byte_.end()) continue;
      Add(symbol->second->parent, NameFactKind::kDecorator, symbol->second->name,
          EncodeEffect(fact.effect));
    }
  }

  // "*" of a module: where its star imports come from.
  void AddStars() {
    const std::string& module = scopes_.scopes.front().name;
    for (const Import& import : scopes_.imports) {
      const bool counts = import.name == "*" && import.scope == module;
      if (counts) Add(module, NameFactKind::kValue, "*", import.module);
    }
  }

  // What the index must know of Python's own classes to name the bases of a class.
  void AddPythonClasses() {
    const std::string& module = scopes_.scopes.front().name;
    for (const Import& import : scopes_.imports) {
      if (import.scope != module || import.name == "*") continue;
      const bool plain = import.name.empty();
      const std::string dotted = plain ? import.module : JoinNames(import.module, import.name);
      const std::string_view known = PythonClass(dotted);
      if (!plain && !known.empty()) {
        Add(module, NameFactKind::kBase, import.alias, std::string(known));
      } else if (IsModuleOfPythonClasses(dotted)) {
        const bool renamed = import.alias != FirstPart(dotted);
        Add(module, NameFactKind::kBase, import.alias, renamed ? dotted : import.alias);
      }
    }
  }

  void AddValues() {
    const SymbolicNames foreign;
    const NameFlow flow(tree_, scopes_, facts_.symbols, &foreign);
    AddBound(flow);
    AddAssigned(flow);
    AddResults(flow);
  }

 private:
  void Add(const std::string& owner, NameFactKind kind, std::string_view name, std::string text) {
    const auto space = spaces_.find(owner);
    if (space == spaces_.end() || text.empty() || text.size() > kMaxPathBytes) return;
    space->second->facts.push_back({kind, std::string(name), std::move(text)});
  }

  // Names whose class an annotation says are left to it.
  bool IsStated(const std::string& owner, std::string_view name) const {
    const auto symbol = by_name_.find(std::string(owner).append(".").append(name));
    if (symbol == by_name_.end()) return false;
    const SymbolKind kind = symbol->second->kind;
    return !symbol->second->annotation.empty() || kind == SymbolKind::kMethod ||
           kind == SymbolKind::kFunction || kind == SymbolKind::kClass;
  }

  void AddBound(const NameFlow& flow) {
    const std::vector<Binding>& all = scopes_.bindings;
    for (size_t i = 0; i < all.size(); ++i) {
      const bool is_first =
          i == 0 || all[i].scope != all[i - 1].scope || all[i].name != all[i - 1].name;
      const Scope& scope = scopes_.scopes[static_cast<size_t>(all[i].scope)];
      const bool counts = scope.kind == ScopeKind::kModule || scope.kind == ScopeKind::kClass;
      if (!is_first || !counts || all[i].kind != BindingKind::kValue) continue;
      if (IsStated(scope.name, all[i].name)) continue;
      Add(scope.name, NameFactKind::kValue, all[i].name,
          flow.ClassOfBound(all[i].scope, all[i].name));
    }
  }

  void AddAssigned(const NameFlow& flow) {
    const std::vector<Binding>& all = scopes_.attributes;
    for (size_t i = 0; i < all.size(); ++i) {
      const bool is_first =
          i == 0 || all[i].scope != all[i - 1].scope || all[i].name != all[i - 1].name;
      const std::string& owner = scopes_.scopes[static_cast<size_t>(all[i].scope)].name;
      if (!is_first || IsStated(owner, all[i].name)) continue;
      Add(owner, NameFactKind::kValue, all[i].name,
          flow.ClassOfAssigned(all[i].scope, all[i].name));
    }
  }

  // Of functions whose result no annotation tells.
  void AddResults(const NameFlow& flow) {
    for (const auto& [scope, values] : Returns()) {
      const std::string& name = scopes_.scopes[static_cast<size_t>(scope)].name;
      const auto found = by_name_.find(name);
      if (found == by_name_.end() || values.size() > kMaxReturns) continue;
      const Symbol& symbol = *found->second;
      if (!symbol.signature.returns.empty() || symbol.signature.is_generator) continue;
      Add(symbol.parent, NameFactKind::kResult, symbol.name,
          ReturnSelf(values) ? "self" : flow.ClassOfReturned(values, scope));
    }
  }

  // An instance of a subclass gives itself, not one of this class.
  bool ReturnSelf(const std::vector<SyntaxNode>& values) const {
    return std::all_of(values.begin(), values.end(), [this](SyntaxNode value) {
      return Is(value, g_.identifier) && tree_.TextOf(value) == "self";
    });
  }

  // Of functions outside functions, by scope.
  std::map<int, std::vector<SyntaxNode>> Returns() const {
    std::vector<int> open;  // scopes that hold the current node
    std::map<int, std::vector<SyntaxNode>> returns;
    size_t next = 0;
    const std::vector<Scope>& scopes = scopes_.scopes;
    for (TreeWalk walk(tree_.root()); !walk.done(); walk.Next()) {
      const SyntaxNode node = walk.node();
      if (Is(node, g_.expression_statement)) walk.SkipChildren();
      if (!Is(node, g_.return_statement)) continue;
      walk.SkipChildren();
      const uint32_t at = node.start_byte();
      for (; next < scopes.size() && scopes[next].begin <= at; ++next) {
        open.push_back(static_cast<int>(next));
      }
      while (!open.empty() && scopes[static_cast<size_t>(open.back())].end <= at) open.pop_back();
      const bool inside =
          !open.empty() && scopes[static_cast<size_t>(open.back())].kind == ScopeKind::kFunction;
      if (inside) returns[open.back()].push_back(node.named_child(0));
    }
    return returns;
  }

  const SyntaxTree& tree_;
  const Grammar& g_;
  const ScopeTree& scopes_;
  FileFacts& facts_;
  std::unordered_map<uint32_t, const Symbol*> by_byte_;
  std::unordered_map<std::string_view, const Symbol*> by_name_;
  std::unordered_map<std::string_view, Namespace*> spaces_;
};

}  // namespace

void AddNameFacts(const SyntaxTree& tree, const ScopeTree& scopes, FileFacts* facts) {
  FactWriter writer(tree, scopes, facts);
  writer.AddDecorators();
  writer.AddStars();
  writer.AddPythonClasses();
  if (facts->role == FileRole::kLibrary) writer.AddValues();
}

}  // namespace inhouse
