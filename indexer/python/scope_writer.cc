#include "indexer/python/scope_writer.h"

#include <algorithm>
#include <tuple>

#include "indexer/python/scope_syntax.h"

namespace inhouse {
namespace {

bool ByScopeAndName(const Binding& a, const Binding& b) {
  return a.scope != b.scope ? a.scope < b.scope : a.name < b.name;
}

}  // namespace

ScopeWriter::ScopeWriter(const SyntaxTree& tree, std::string_view module)
    : tree_(tree), g_(PythonGrammar()) {
  Scope scope;
  scope.name = module;
  scope.end = UINT32_MAX;
  out_.scopes.push_back(std::move(scope));
  open_.push_back({});
}

ScopeWriter::Open& ScopeWriter::At(uint32_t byte) {
  while (open_.size() > 1 && byte >= ScopeOf(open_.back()).end) open_.pop_back();
  size_t i = open_.size() - 1;
  while (i > 0 && !ScopeOf(open_[i]).Holds(byte)) --i;
  return open_[i];
}

int ScopeWriter::Push(ScopeKind kind, std::string name, SyntaxNode body) {
  const Open outer = At(body);
  Scope scope;
  scope.parent = outer.scope;
  scope.kind = kind;
  scope.name = std::move(name);
  scope.begin = body.start_byte();
  scope.end = body.end_byte();
  const int number = static_cast<int>(out_.scopes.size());
  out_.scopes.push_back(std::move(scope));
  open_.push_back({number, 0, outer.receiver, outer.receiver_class});
  return number;
}

std::string ScopeWriter::Qualify(int scope, std::string_view name) const {
  const Scope& in = out_.scopes[static_cast<size_t>(scope)];
  std::string qualified = in.name;
  if (in.kind != ScopeKind::kModule && in.kind != ScopeKind::kClass) qualified += ".<locals>";
  (qualified += '.') += name;
  return qualified;
}

void ScopeWriter::EnterBlock(SyntaxNode block) {
  const uint32_t begin = block.start_byte();
  while (!blocks_.empty() && begin >= blocks_.back().second) blocks_.pop_back();
  blocks_.emplace_back(begin, block.end_byte());
}

// The innermost block that holds the statement.
std::pair<uint32_t, uint32_t> ScopeWriter::BlockOf(uint32_t byte) const {
  for (auto it = blocks_.rbegin(); it != blocks_.rend(); ++it) {
    if (it->first <= byte && byte < it->second) return *it;
  }
  return {0, UINT32_MAX};
}

void ScopeWriter::Branch(SyntaxNode statement) {
  Open& open = At(statement);
  open.branch_until = std::max(open.branch_until, statement.end_byte());
}

Binding ScopeWriter::BindingBy(SyntaxNode statement) {
  const Open& open = At(statement);
  Binding binding;
  binding.scope = binding.node_scope = open.scope;
  binding.at = statement.end_byte();
  binding.straight = statement.start_byte() >= open.branch_until;
  if (!binding.straight) binding.branch = open.branch_until;
  std::tie(binding.block_begin, binding.block_end) = BlockOf(statement.start_byte());
  return binding;
}

Binding& ScopeWriter::Add(Binding binding) {
  if (out_.bindings.size() >= kMaxBindings) return beyond_limit_ = std::move(binding);
  return out_.bindings.emplace_back(std::move(binding));
}

Binding& ScopeWriter::Bind(SyntaxNode name, BindingKind kind, SyntaxNode statement,
                           SyntaxNode value) {
  Binding binding = BindingBy(statement);
  binding.name = tree_.TextOf(name);
  binding.kind = kind;
  binding.node = value;
  return Add(std::move(binding));
}

void ScopeWriter::BindUnknown(SyntaxNode name, SyntaxNode statement) {
  Binding& binding = Bind(name, BindingKind::kUnknown, statement);
  if (Is(statement, g_.assignment) || Is(statement, g_.augmented_assignment)) return;
  LimitTo(statement, &binding);
  binding.at = std::min(binding.at, name.end_byte());
}

void ScopeWriter::BindTargets(SyntaxNode target, SyntaxNode statement) {
  for (const SyntaxNode node : TargetsIn(target)) {
    if (Is(node, g_.attribute)) {
      BindAttribute(node, BindingKind::kUnknown, statement, {});
    } else {
      BindUnknown(node, statement);
    }
  }
}

void ScopeWriter::BindElement(SyntaxNode name, SyntaxNode loop, SyntaxNode iterated, int item) {
  Binding& binding = Bind(name, BindingKind::kElement, loop, iterated);
  LimitTo(loop, &binding);
  binding.at = std::min(binding.at, name.end_byte());
  binding.item = item;
}

// Of tuples the names at the top; what is nested deeper is not known.
void ScopeWriter::BindLoop(SyntaxNode target, SyntaxNode loop, SyntaxNode iterated) {
  if (Is(target, g_.identifier)) return BindElement(target, loop, iterated, -1);
  const bool is_tuple = Is(target, g_.pattern_list) || Is(target, g_.tuple_pattern);
  if (!is_tuple) return BindTargets(target, loop);
  int item = 0;
  ForEachChild(target, [&](SyntaxNode child, FieldId) {
    if (!child.is_named() || child.is_extra()) return;
    if (Is(child, g_.identifier)) {
      BindElement(child, loop, iterated, item++);
    } else {
      BindTargets(child, loop);
      // Behind `*rest` nobody knows which one it is.
      item += Is(child, g_.list_splat_pattern) ? 1'000 : 1;
    }
  });
}

void ScopeWriter::BindAttribute(SyntaxNode left, BindingKind kind, SyntaxNode statement,
                                SyntaxNode value) {
  const Open& open = At(statement);
  const SyntaxNode object = ChildByField(left, g_.f_object);
  const SyntaxNode name = ChildByField(left, g_.f_attribute);
  if (name.is_null() || out_.attributes.size() >= kMaxBindings) return;
  if (!Is(object, g_.identifier) || tree_.TextOf(object) != open.receiver) {
    if (out_.patched.size() >= kMaxBindings) return;
    out_.patched.push_back({tree_.TextOf(name), object, open.scope});
    return;
  }
  Binding binding = BindingBy(statement);
  binding.scope = open.receiver_class;
  binding.name = tree_.TextOf(name);
  binding.kind = kind;
  binding.node = value;
  out_.attributes.push_back(std::move(binding));
}

void ScopeWriter::LimitTo(SyntaxNode clause, Binding* binding) {
  binding->block_begin = clause.start_byte();
  binding->block_end = clause.end_byte();
}

void ScopeWriter::MoveOutwards(int scope, std::string_view name, bool to_module) {
  if (scope > 0) out_.moved[{scope, name}] = to_module ? 0 : -1;
}

ScopeTree ScopeWriter::Finish() {
  MoveBindings();
  std::sort(out_.type_parameters.begin(), out_.type_parameters.end());
  std::stable_sort(out_.bindings.begin(), out_.bindings.end(), ByScopeAndName);
  std::stable_sort(out_.attributes.begin(), out_.attributes.end(), ByScopeAndName);
  return std::move(out_);
}

void ScopeWriter::MoveBindings() {
  if (out_.moved.empty()) return;
  std::set<Key> bound;
  for (const Binding& binding : out_.bindings) bound.emplace(binding.scope, binding.name);
  for (auto& [key, target] : out_.moved) {
    if (target < 0) target = OwnerOf(key, bound);
  }
  for (Binding& binding : out_.bindings) {
    const auto found = out_.moved.find({binding.scope, binding.name});
    if (found == out_.moved.end()) continue;
    binding.scope = found->second;
    binding.straight = false;
    binding.block_end = 0;
    binding.anytime = true;
  }
}

// Scopes around come first in `moved`, so that theirs are known.
int ScopeWriter::OwnerOf(const Key& key, const std::set<Key>& bound) {
  for (int scope = ScopeNumber(key.first).parent; scope > 0; scope = ScopeNumber(scope).parent) {
    const auto moved = out_.moved.find({scope, key.second});
    if (moved != out_.moved.end()) return moved->second;
    const bool is_class = ScopeNumber(scope).kind == ScopeKind::kClass;
    if (!is_class && bound.contains({scope, key.second})) return scope;
  }
  return 0;
}

}  // namespace inhouse
