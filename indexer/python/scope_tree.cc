#include "indexer/python/scope_tree.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "indexer/python/scope_syntax.h"

namespace inhouse {
namespace {

constexpr size_t kMaxDepth = 5'000;  // of the syntax tree; calls below are left out

class Builder {
 public:
  Builder(const SyntaxTree& tree, std::string_view prefix, const ImportBase& base)
      : tree_(tree), g_(PythonGrammar()), base_(base) {
    Scope module;
    module.name = prefix;
    module.end = UINT32_MAX;
    out_.scopes.push_back(std::move(module));
    open_.push_back({});
  }

  ScopeTree Run() {
    for (TreeWalk walk(tree_.root()); !walk.done(); walk.Next()) {
      const size_t depth = static_cast<size_t>(walk.depth());
      if (depth >= kMaxDepth) {
        walk.SkipChildren();
        continue;
      }
      if (!Visit(walk.node(), depth)) walk.SkipChildren();
    }
    MoveBindings();
    std::sort(out_.type_parameters.begin(), out_.type_parameters.end());
    std::stable_sort(out_.bindings.begin(), out_.bindings.end(), ByScopeAndName);
    std::stable_sort(out_.attributes.begin(), out_.attributes.end(), ByScopeAndName);
    return std::move(out_);
  }

 private:
  struct Open {
    int scope = 0;
    uint32_t branch_until = 0;  // byte up to which we are inside if, for, while, try, match
    std::string_view receiver;  // name of self or cls, also in functions inside the method
    int receiver_class = 0;     // its scope
  };

  static bool ByScopeAndName(const Binding& a, const Binding& b) {
    return a.scope != b.scope ? a.scope < b.scope : a.name < b.name;
  }

  // The open scope that holds this byte; closes those that have ended. A scope
  // whose body has not begun yet does not count: headers belong to the outside.
  Open& At(uint32_t byte) {
    while (open_.size() > 1 && byte >= ScopeOf(open_.back()).end) open_.pop_back();
    size_t i = open_.size() - 1;
    while (i > 0 && !ScopeOf(open_[i]).Holds(byte)) --i;
    return open_[i];
  }
  const Scope& ScopeOf(const Open& open) const {
    return out_.scopes[static_cast<size_t>(open.scope)];
  }
  Scope& ScopeNumber(int scope) { return out_.scopes[static_cast<size_t>(scope)]; }

  // True if the children are worth a visit.
  bool Visit(TSNode node, size_t depth) {
    const TSSymbol kind = ts_node_symbol(node);
    if (kind == g_.identifier || kind == g_.comment) return false;
    if (is_block_.size() <= depth) is_block_.resize(depth + 1);
    is_block_[depth] = kind == g_.block || kind == g_.module;
    if (is_block_[depth]) EnterBlock(node);
    NoteStatement(node, kind, depth > 0 && is_block_[depth - 1]);
    if (kind == g_.call) return AddCall(node);
    if (kind == g_.string) return tree_.TextOf(node).find('{') != std::string_view::npos;
    if (kind == g_.import_statement || kind == g_.import_from_statement) return AddImports(node);
    if (kind == g_.assignment) return Assign(node);
    if (kind == g_.function_definition) return EnterFunction(node);
    if (kind == g_.class_definition) return EnterClass(node);
    if (kind == g_.lambda) return EnterLambda(node);
    if (IsComprehension(kind)) return EnterInline(node, ScopeKind::kComprehension, node);
    return VisitRest(node, kind);
  }

  bool IsComprehension(TSSymbol kind) const {
    return kind == g_.generator_expression || kind == g_.list_comprehension ||
           kind == g_.set_comprehension || kind == g_.dictionary_comprehension;
  }

  bool VisitRest(TSNode node, TSSymbol kind) {
    if (kind == g_.if_statement || kind == g_.try_statement || kind == g_.match_statement) {
      Branch(node);
    } else if (kind == g_.with_statement) {
      with_body_ = ts_node_start_byte(ChildByField(node, g_.f_body));
    } else if (kind == g_.for_statement || kind == g_.while_statement) {
      EnterLoop(node, kind);
    } else if (kind == g_.for_in_clause) {
      BindTargets(ChildByField(node, g_.f_left), node);
    } else if (kind == g_.augmented_assignment) {
      BindTargets(ChildByField(node, g_.f_left), node);
    } else if (kind == g_.named_expression) {
      BindNamedExpression(node);
    } else if (kind == g_.as_pattern) {
      BindAsPattern(node);
    } else if (kind == g_.except_clause) {
      BindException(node);
    } else if (kind == g_.case_clause) {
      BindCase(node);
    } else if (kind == g_.global_statement || kind == g_.nonlocal_statement) {
      MoveOutwards(node, kind == g_.global_statement);
      return false;
    } else if (kind == g_.delete_statement) {
      Delete(node);
    } else if (kind == g_.type_alias_statement) {
      AddTypeParameters(tree_, node, &out_.type_parameters);
      BindTargets(ChildByField(node, g_.f_left), node);
      return false;
    }
    return true;
  }

  // --- statements

  void NoteStatement(TSNode node, TSSymbol kind, bool in_block) {
    const bool clause = kind == g_.elif_clause || kind == g_.except_clause ||
                        kind == g_.case_clause || kind == g_.function_definition ||
                        kind == g_.class_definition || kind == g_.decorator;
    if (in_block || clause) statement_ = HeaderRange(node);
  }

  void EnterBlock(TSNode node) {
    const uint32_t begin = ts_node_start_byte(node);
    while (!blocks_.empty() && begin >= blocks_.back().second) blocks_.pop_back();
    blocks_.emplace_back(begin, ts_node_end_byte(node));
    if (begin == with_body_) Branch(node);  // the context may swallow what ends it early
  }

  // The innermost block that holds the statement.
  std::pair<uint32_t, uint32_t> BlockOf(uint32_t byte) const {
    for (auto it = blocks_.rbegin(); it != blocks_.rend(); ++it) {
      if (it->first <= byte && byte < it->second) return *it;
    }
    return {0, UINT32_MAX};
  }

  void Branch(TSNode node) {
    Open& open = At(ts_node_start_byte(node));
    open.branch_until = std::max(open.branch_until, ts_node_end_byte(node));
  }

  void EnterLoop(TSNode node, TSSymbol kind) {
    Branch(node);
    const Open& open = At(ts_node_start_byte(node));
    ScopeNumber(open.scope).loops.emplace_back(ts_node_start_byte(node), ts_node_end_byte(node));
    if (kind == g_.for_statement) BindTargets(ChildByField(node, g_.f_left), node);
  }

  bool AddCall(TSNode node) {
    if (out_.calls.size() >= kMaxCalls) return true;
    out_.calls.push_back({node, At(ts_node_start_byte(node)).scope, statement_});
    return true;
  }

  // --- scopes

  int Push(ScopeKind kind, std::string name, uint32_t begin, uint32_t end) {
    const Open outer = At(begin);
    Scope scope;
    scope.parent = outer.scope;
    scope.kind = kind;
    scope.name = std::move(name);
    scope.begin = begin;
    scope.end = end;
    const int number = static_cast<int>(out_.scopes.size());
    out_.scopes.push_back(std::move(scope));
    open_.push_back({number, 0, outer.receiver, outer.receiver_class});
    return number;
  }

  std::string Qualify(int scope, std::string_view name) const {
    const Scope& in = out_.scopes[static_cast<size_t>(scope)];
    std::string qualified = in.name;
    if (in.kind != ScopeKind::kModule && in.kind != ScopeKind::kClass) qualified += ".<locals>";
    (qualified += '.') += name;
    return qualified;
  }

  bool EnterFunction(TSNode node) {
    const TSNode name = ChildByField(node, g_.f_name);
    const TSNode body = ChildByField(node, g_.f_body);
    if (ts_node_is_null(name) || ts_node_is_null(body)) return true;
    const Open open = At(ts_node_start_byte(node));
    const std::string path = Qualify(open.scope, tree_.TextOf(name));
    Bind(name, BindingKind::kFunction, node, path);
    if (open_.size() >= kMaxScopeDepth) return false;
    const bool in_class = ScopeOf(open).kind == ScopeKind::kClass;
    const Receiver receiver = in_class ? ReceiverOf(tree_, node) : Receiver::kNone;
    AddTypeParameters(tree_, node, &out_.type_parameters);
    Push(ScopeKind::kFunction, path, ts_node_start_byte(body), ts_node_end_byte(body));
    BindParameters(ChildByField(node, g_.f_parameters), receiver);
    return true;
  }

  // Those of the scope opened last.
  void BindParameters(TSNode parameters, Receiver receiver) {
    if (ts_node_is_null(parameters)) return;
    ForEachChild(parameters, [&](TSNode child, TSFieldId) {
      const TSNode name = ParameterName(child);
      const bool is_splat = IsSplatParameter(child) || Is(child, g_.keyword_separator);
      if (is_splat) receiver = Receiver::kNone;  // def method(*args)
      if (!ts_node_is_null(name)) BindParameter(child, name, is_splat, receiver);
      if (!ts_node_is_null(name)) receiver = Receiver::kNone;
    });
  }

  void BindParameter(TSNode parameter, TSNode name, bool is_splat, Receiver receiver) {
    Open& open = open_.back();
    Binding binding;
    binding.scope = open.scope;
    binding.name = tree_.TextOf(name);
    binding.node_scope = ScopeOf(open).parent;
    const TSNode type = ChildByField(parameter, g_.f_type);
    if (binding.name == open.receiver) open.receiver = {};
    if (receiver != Receiver::kNone) {
      binding.kind =
          receiver == Receiver::kInstance ? BindingKind::kInstance : BindingKind::kClassReceiver;
      binding.path = ScopeNumber(binding.node_scope).name;
      open.receiver = binding.name;
      open.receiver_class = binding.node_scope;
    } else if (!ts_node_is_null(type) && !is_splat) {
      binding.kind = BindingKind::kAnnotation;
      binding.node = type;
    }
    Add(std::move(binding));
  }

  bool EnterClass(TSNode node) {
    const TSNode name = ChildByField(node, g_.f_name);
    const TSNode body = ChildByField(node, g_.f_body);
    if (ts_node_is_null(name) || ts_node_is_null(body)) return true;
    const std::string path = Qualify(At(ts_node_start_byte(node)).scope, tree_.TextOf(name));
    Bind(name, BindingKind::kClass, node, path);
    if (open_.size() >= kMaxScopeDepth) return false;
    AddTypeParameters(tree_, node, &out_.type_parameters);
    Push(ScopeKind::kClass, path, ts_node_start_byte(body), ts_node_end_byte(body));
    open_.back().receiver = {};
    return true;
  }

  bool EnterLambda(TSNode node) {
    const TSNode body = ChildByField(node, g_.f_body);
    if (ts_node_is_null(body)) return true;
    if (!EnterInline(node, ScopeKind::kLambda, body)) return false;
    BindParameters(ChildByField(node, g_.f_parameters), Receiver::kNone);
    return true;
  }

  bool EnterInline(TSNode node, ScopeKind kind, TSNode body) {
    if (open_.size() >= kMaxScopeDepth) return false;
    const int outer = At(ts_node_start_byte(node)).scope;
    const int scope =
        Push(kind, ScopeNumber(outer).name, ts_node_start_byte(body), ts_node_end_byte(body));
    const TSNode read_outside = kind == ScopeKind::kComprehension ? FirstIterable(node) : TSNode{};
    if (!ts_node_is_null(read_outside)) {
      ScopeNumber(scope).hole_begin = ts_node_start_byte(read_outside);
      ScopeNumber(scope).hole_end = ts_node_end_byte(read_outside);
    }
    return true;
  }

  // --- bindings

  void Add(Binding binding) {
    if (out_.bindings.size() >= kMaxBindings) return;
    out_.bindings.push_back(std::move(binding));
  }

  // What is true of all bindings that `statement` makes in its scope.
  Binding BindingBy(TSNode statement) {
    const Open& open = At(ts_node_start_byte(statement));
    Binding binding;
    binding.scope = binding.node_scope = open.scope;
    binding.at = ts_node_end_byte(statement);
    binding.straight = ts_node_start_byte(statement) >= open.branch_until;
    if (!binding.straight) binding.branch = open.branch_until;
    std::tie(binding.block_begin, binding.block_end) = BlockOf(ts_node_start_byte(statement));
    return binding;
  }

  void Bind(TSNode name_node, BindingKind kind, TSNode statement, std::string path = {},
            TSNode value = {}) {
    Binding binding = BindingBy(statement);
    binding.name = tree_.TextOf(name_node);
    binding.kind = kind;
    binding.node = value;
    binding.path = std::move(path);
    Add(std::move(binding));
  }

  // All names in a target are bound to something that syntax does not tell.
  void BindTargets(TSNode target, TSNode statement) {
    for (const TSNode node : TargetsIn(target)) {
      if (Is(node, g_.attribute)) {
        BindAttribute(node, BindingKind::kUnknown, statement, {});
      } else {
        BindUnknown(node, statement);
      }
    }
  }

  void Delete(TSNode statement) {
    for (const TSNode node : TargetsIn(statement)) {
      if (Is(node, g_.identifier)) Bind(node, BindingKind::kDeleted, statement);
    }
  }

  void BindUnknown(TSNode name, TSNode statement) {
    Bind(name, BindingKind::kUnknown, statement);
    const bool is_clause = !Is(statement, g_.assignment) && !Is(statement, g_.augmented_assignment);
    if (!is_clause) return;
    LimitTo(statement);
    out_.bindings.back().at = std::min(out_.bindings.back().at, ts_node_end_byte(name));
  }

  bool AddImports(TSNode node) {
    std::vector<Import> imports = ReadImport(tree_, node, base_);
    if (imports.empty() && Is(node, g_.import_from_statement)) HideNames(node);
    for (Import& import : imports) {
      Binding binding = BindingBy(node);
      import.scope = ScopeNumber(binding.scope).name;
      import.is_conditional = !binding.straight;
      binding.kind = BindingKind::kImport;
      binding.path = import.module;
      const bool plain = import.name.empty();
      if (plain && import.module.starts_with(import.alias + ".")) binding.path = import.alias;
      if (!plain && import.name != "*") (binding.path += '.') += import.name;
      binding.name = NameIn(node, import.alias);
      if (!binding.name.empty()) Add(std::move(binding));
      out_.imports.push_back(std::move(import));
    }
    return false;
  }

  // The names that a relative import binds whose module cannot be named.
  void HideNames(TSNode node) {
    ForEachChild(node, [&](TSNode child, TSFieldId field) {
      if (field == g_.f_module_name) return;
      if (Is(child, g_.wildcard_import)) out_.has_unknown_star = true;
      if (Is(child, g_.dotted_name)) Bind(child, BindingKind::kUnknown, node);
      if (!Is(child, g_.aliased_import)) return;
      const TSNode alias = ChildByField(child, g_.f_alias);
      if (!ts_node_is_null(alias)) Bind(alias, BindingKind::kUnknown, node);
    });
  }

  // Where the text of the statement says `alias` (views must point into the source).
  std::string_view NameIn(TSNode node, std::string_view alias) const {
    const std::string_view text = tree_.TextOf(node);
    const size_t found = text.find(alias);
    return found == std::string_view::npos ? std::string_view() : text.substr(found, alias.size());
  }

  // a = b = value; a: T = value; self.a = value
  bool Assign(TSNode node) {
    const TSNode left = ChildByField(node, g_.f_left);
    const TSNode type = ChildByField(node, g_.f_type);
    TSNode right = ChildByField(node, g_.f_right);
    for (int i = 0; Is(right, g_.assignment) && i < 16; ++i)
      right = ChildByField(right, g_.f_right);
    const bool annotated = !ts_node_is_null(type);
    const BindingKind kind = annotated ? BindingKind::kAnnotation : BindingKind::kValue;
    if (Is(left, g_.identifier)) {
      Bind(left, kind, node, {}, annotated ? type : right);
    } else if (Is(left, g_.attribute)) {
      BindAttribute(left, kind, node, annotated ? type : right);
    } else {
      BindTargets(left, node);
    }
    return true;
  }

  void BindAttribute(TSNode left, BindingKind kind, TSNode statement, TSNode value) {
    const Open& open = At(ts_node_start_byte(statement));
    const TSNode object = ChildByField(left, g_.f_object);
    const TSNode name = ChildByField(left, g_.f_attribute);
    if (ts_node_is_null(name) || out_.attributes.size() >= kMaxBindings) return;
    if (!Is(object, g_.identifier) || tree_.TextOf(object) != open.receiver) {
      if (out_.patched.size() < kMaxBindings) out_.patched.push_back(tree_.TextOf(name));
      return;
    }
    Binding binding;
    binding.scope = open.receiver_class;
    binding.name = tree_.TextOf(name);
    binding.kind = kind;
    binding.node = value;
    binding.node_scope = open.scope;
    binding.at = ts_node_end_byte(statement);
    out_.attributes.push_back(std::move(binding));
  }

  // Binds in the nearest scope that is no comprehension.
  void BindNamedExpression(TSNode node) {
    const TSNode name = ChildByField(node, g_.f_name);
    if (!Is(name, g_.identifier)) return;
    Bind(name, BindingKind::kValue, node, {}, ChildByField(node, g_.f_value));
    Binding& binding = out_.bindings.back();
    binding.straight = false;
    binding.block_end = 0;
    while (ScopeNumber(binding.scope).kind == ScopeKind::kComprehension) {
      binding.scope = ScopeNumber(binding.scope).parent;
    }
  }

  void BindAsPattern(TSNode node) {
    TSNode alias = ChildByField(node, g_.f_alias);
    if (ts_node_is_null(alias)) {  // in a case pattern
      const uint32_t count = ts_node_named_child_count(node);
      if (count > 0) BindTargets(ts_node_named_child(node, count - 1), node);
      return;
    }
    if (Is(alias, g_.as_pattern_target)) alias = ts_node_named_child(alias, 0);
    const TSNode parent = ts_node_parent(node);
    const bool plain = Is(alias, g_.identifier);
    if (plain && Is(parent, g_.with_item)) {
      Bind(alias, BindingKind::kContext, node, {}, ts_node_named_child(node, 0));
    } else if (plain && Is(parent, g_.except_clause)) {
      Bind(alias, BindingKind::kException, node, {}, ts_node_named_child(node, 0));
      LimitTo(parent);
    } else {
      BindTargets(alias, node);
    }
  }

  void BindException(TSNode node) {
    const TSNode alias = ChildByField(node, g_.f_alias);
    if (!Is(alias, g_.identifier)) return;
    Bind(alias, BindingKind::kException, node, {}, ChildByField(node, g_.f_value));
    out_.bindings.back().at = ts_node_end_byte(alias);
    LimitTo(node);
  }

  // The binding made last is only sure inside the clause.
  void LimitTo(TSNode clause) {
    out_.bindings.back().block_begin = ts_node_start_byte(clause);
    out_.bindings.back().block_end = ts_node_end_byte(clause);
  }

  void BindCase(TSNode node) {
    for (const TSNode name : CapturesIn(node)) BindUnknown(name, name);
  }

  // --- global, nonlocal

  void MoveOutwards(TSNode node, bool to_module) {
    const int scope = At(ts_node_start_byte(node)).scope;
    ForEachChild(node, [&](TSNode child, TSFieldId) {
      if (!Is(child, g_.identifier) || scope == 0) return;
      out_.moved[{scope, tree_.TextOf(child)}] = to_module ? 0 : -1;
    });
  }

  // Once all bindings are known: finds the owners of nonlocal names, and hands
  // them what was bound in their stead.
  void MoveBindings() {
    if (out_.moved.empty()) return;
    std::set<std::pair<int, std::string_view>> bound;
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
  int OwnerOf(const std::pair<int, std::string_view>& key,
              const std::set<std::pair<int, std::string_view>>& bound) {
    for (int scope = ScopeNumber(key.first).parent; scope > 0; scope = ScopeNumber(scope).parent) {
      const auto moved = out_.moved.find({scope, key.second});
      if (moved != out_.moved.end()) return moved->second;
      const bool is_class = ScopeNumber(scope).kind == ScopeKind::kClass;
      if (!is_class && bound.contains({scope, key.second})) return scope;
    }
    return 0;
  }

  const SyntaxTree& tree_;
  const Grammar& g_;
  const ImportBase& base_;
  ScopeTree out_;
  std::vector<Open> open_;
  std::vector<std::pair<uint32_t, uint32_t>> blocks_;  // around the current node
  std::vector<bool> is_block_;  // by depth, along the path to the current node
  SourceRange statement_;
  uint32_t with_body_ = UINT32_MAX;  // first byte of the block of the `with` entered last
};

}  // namespace

ScopeTree BuildScopeTree(const SyntaxTree& tree, std::string_view prefix, const ImportBase& base) {
  return Builder(tree, prefix, base).Run();
}

}  // namespace inhouse
