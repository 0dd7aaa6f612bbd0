// The scopes that are open while a file is walked, and what is bound in them:
// scope_tree's pen. It knows where a binding belongs and how sure it is; which
// syntax binds what is scope_tree's business.
//
// Nodes must come in source order. The tree must outlive it and its result. One thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/python/python_parser.h"
#include "indexer/python/scope_tree.h"

namespace inhouse {

class ScopeWriter {
 public:
  struct Open {
    int scope = 0;
    uint32_t branch_until = 0;  // byte up to which we are inside if, for, while, try, match
    std::string_view receiver;  // name of self or cls, also in functions inside the method
    int receiver_class = 0;     // its scope
  };

  ScopeWriter(const SyntaxTree& tree, std::string_view module);

  // The open scope that holds this byte; closes those that have ended. A scope
  // whose body has not begun yet does not count: headers belong to the outside.
  Open& At(uint32_t byte);
  Open& At(SyntaxNode node) { return At(node.start_byte()); }
  Open& last() { return open_.back(); }  // the one pushed last
  bool is_full() const { return open_.size() >= kMaxScopeDepth; }
  Scope& ScopeNumber(int scope) { return out_.scopes[static_cast<size_t>(scope)]; }
  ScopeTree& out() { return out_; }

  // Opens a scope whose body is `body`; its number.
  int Push(ScopeKind kind, std::string name, SyntaxNode body);
  // Full name of what `scope` defines as `name`.
  std::string Qualify(int scope, std::string_view name) const;

  void EnterBlock(SyntaxNode block);
  // What `statement` holds may run or not.
  void Branch(SyntaxNode statement);

  // What is true of all bindings that `statement` makes in its scope.
  Binding BindingBy(SyntaxNode statement);
  Binding& Add(Binding binding);
  Binding& Bind(SyntaxNode name, BindingKind kind, SyntaxNode statement, SyntaxNode value = {});
  void BindUnknown(SyntaxNode name, SyntaxNode statement);
  // All names in a target are bound to something that syntax does not tell.
  void BindTargets(SyntaxNode target, SyntaxNode statement);
  // The names in a loop's target, each bound to what `iterated` gives for it.
  void BindLoop(SyntaxNode target, SyntaxNode loop, SyntaxNode iterated);
  void BindAttribute(SyntaxNode left, BindingKind kind, SyntaxNode statement, SyntaxNode value);
  // The binding is only sure inside the clause.
  static void LimitTo(SyntaxNode clause, Binding* binding);
  // `name` of `scope` lives in the module, or with its owner around.
  void MoveOutwards(int scope, std::string_view name, bool to_module);

  // Once all is bound: global and nonlocal names go to their owners; sorts.
  ScopeTree Finish();

 private:
  using Key = std::pair<int, std::string_view>;  // scope, name

  const Scope& ScopeOf(const Open& open) const {
    return out_.scopes[static_cast<size_t>(open.scope)];
  }
  std::pair<uint32_t, uint32_t> BlockOf(uint32_t byte) const;
  void BindElement(SyntaxNode name, SyntaxNode loop, SyntaxNode iterated, int item);
  void MoveBindings();
  int OwnerOf(const Key& key, const std::set<Key>& bound);

  const SyntaxTree& tree_;
  const Grammar& g_;
  ScopeTree out_;
  Binding beyond_limit_;  // takes what is too much
  std::vector<Open> open_;
  std::vector<std::pair<uint32_t, uint32_t>> blocks_;  // around the current node
};

}  // namespace inhouse
