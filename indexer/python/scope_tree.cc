#include "indexer/python/scope_tree.h"

#include <utility>

#include "indexer/python/scope_syntax.h"
#include "indexer/python/scope_writer.h"

namespace inhouse {
namespace {

constexpr size_t kMaxDepth = 5'000;  // of the syntax tree; calls below are left out

class Builder {
 public:
  Builder(const SyntaxTree& tree, std::string_view prefix, const ImportBase& base)
      : tree_(tree), g_(PythonGrammar()), base_(base), to_(tree, prefix) {
    NoteKinds();
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
    return to_.Finish();
  }

 private:
  // True if the children are worth a visit.
  bool Visit(SyntaxNode node, size_t depth) {
    const NodeKind kind = node.kind();
    if (kind == g_.identifier || kind == g_.comment) return false;
    if (is_block_.size() <= depth) is_block_.resize(depth + 1);
    is_block_[depth] = kind == g_.block || kind == g_.module;
    if (depth > 0 && is_block_[depth - 1]) NoteStatement(node);
    if (kind >= has_rule_.size() || !has_rule_[kind]) return true;
    if (is_block_[depth]) EnterBlock(node);
    if (IsClause(kind)) NoteStatement(node);
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

  bool IsComprehension(NodeKind kind) const {
    return kind == g_.generator_expression || kind == g_.list_comprehension ||
           kind == g_.set_comprehension || kind == g_.dictionary_comprehension;
  }

  bool VisitRest(SyntaxNode node, NodeKind kind) {
    if (kind == g_.if_statement || kind == g_.try_statement || kind == g_.match_statement) {
      to_.Branch(node);
    } else if (kind == g_.with_statement) {
      with_body_ = ChildByField(node, g_.f_body).start_byte();
    } else if (kind == g_.for_statement || kind == g_.while_statement) {
      EnterLoop(node, kind);
    } else if (kind == g_.for_in_clause) {
      BindLoop(node);
    } else if (kind == g_.augmented_assignment) {
      to_.BindTargets(ChildByField(node, g_.f_left), node);
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
      for (const SyntaxNode name : TargetsIn(node)) {
        if (Is(name, g_.identifier)) to_.Bind(name, BindingKind::kDeleted, node);
      }
    } else if (kind == g_.type_alias_statement) {
      AddTypeParameters(tree_, node, &to_.out().type_parameters);
      to_.BindTargets(ChildByField(node, g_.f_left), node);
      return false;
    }
    return true;
  }

  // --- statements

  bool IsClause(NodeKind kind) const {
    return kind == g_.elif_clause || kind == g_.except_clause || kind == g_.case_clause ||
           kind == g_.function_definition || kind == g_.class_definition || kind == g_.decorator;
  }

  // Its range is worked out when a call asks for it.
  void NoteStatement(SyntaxNode node) {
    statement_node_ = node;
    has_range_ = false;
  }

  const SourceRange& Statement() {
    if (!has_range_) statement_ = HeaderRange(statement_node_);
    has_range_ = true;
    return statement_;
  }

  // Most nodes are of kinds that bind nothing: one look tells.
  void NoteKinds() {
    for (const NodeKind kind : {g_.block,
                                g_.module,
                                g_.call,
                                g_.string,
                                g_.import_statement,
                                g_.import_from_statement,
                                g_.assignment,
                                g_.function_definition,
                                g_.class_definition,
                                g_.lambda,
                                g_.generator_expression,
                                g_.list_comprehension,
                                g_.set_comprehension,
                                g_.dictionary_comprehension,
                                g_.if_statement,
                                g_.try_statement,
                                g_.match_statement,
                                g_.with_statement,
                                g_.for_statement,
                                g_.while_statement,
                                g_.for_in_clause,
                                g_.augmented_assignment,
                                g_.named_expression,
                                g_.as_pattern,
                                g_.except_clause,
                                g_.case_clause,
                                g_.elif_clause,
                                g_.decorator,
                                g_.global_statement,
                                g_.nonlocal_statement,
                                g_.delete_statement,
                                g_.type_alias_statement}) {
      if (has_rule_.size() <= kind) has_rule_.resize(kind + size_t{1});
      has_rule_[kind] = true;
    }
  }

  void EnterBlock(SyntaxNode node) {
    to_.EnterBlock(node);
    // The context may swallow what ends its block early.
    if (node.start_byte() == with_body_) to_.Branch(node);
  }

  void EnterLoop(SyntaxNode node, NodeKind kind) {
    to_.Branch(node);
    to_.ScopeNumber(to_.At(node).scope).loops.emplace_back(node.start_byte(), node.end_byte());
    if (kind == g_.for_statement) BindLoop(node);
  }

  void BindLoop(SyntaxNode node) {
    const SyntaxNode left = ChildByField(node, g_.f_left);
    const SyntaxNode right = ChildByField(node, g_.f_right);
    if (!left.is_null()) to_.BindLoop(left, node, right);
  }

  bool AddCall(SyntaxNode node) {
    if (to_.out().calls.size() >= kMaxCalls) return true;
    to_.out().calls.push_back({node, to_.At(node).scope, Statement()});
    return true;
  }

  bool EnterFunction(SyntaxNode node) {
    const SyntaxNode name = ChildByField(node, g_.f_name);
    const SyntaxNode body = ChildByField(node, g_.f_body);
    if (name.is_null() || body.is_null()) return true;
    const int around = to_.At(node).scope;
    const std::string path = to_.Qualify(around, tree_.TextOf(name));
    to_.Bind(name, BindingKind::kFunction, node).path = path;
    if (to_.is_full()) return false;
    const bool in_class = to_.ScopeNumber(around).kind == ScopeKind::kClass;
    const Receiver receiver = in_class ? ReceiverOf(tree_, node) : Receiver::kNone;
    AddTypeParameters(tree_, node, &to_.out().type_parameters);
    to_.Push(ScopeKind::kFunction, path, body);
    BindParameters(ChildByField(node, g_.f_parameters), receiver);
    return true;
  }

  // Those of the scope opened last.
  void BindParameters(SyntaxNode parameters, Receiver receiver) {
    if (parameters.is_null()) return;
    ForEachChild(parameters, [&](SyntaxNode child, FieldId) {
      const SyntaxNode name = ParameterName(child);
      const bool is_splat = IsSplatParameter(child) || Is(child, g_.keyword_separator);
      if (is_splat) receiver = Receiver::kNone;  // def method(*args)
      if (!name.is_null()) BindParameter(child, name, is_splat, receiver);
      if (!name.is_null()) receiver = Receiver::kNone;
    });
  }

  // `class Helpers: def expand(expr)`, called through the class: no receiver.
  static bool IsReceiverName(std::string_view name) {
    return name.find("self") != name.npos || name.find("cls") != name.npos || name == "this" ||
           name == "klass" || name == "type" || name == "_";
  }

  void BindParameter(SyntaxNode parameter, SyntaxNode name, bool is_splat, Receiver receiver) {
    ScopeWriter::Open& open = to_.last();
    Binding binding;
    binding.scope = open.scope;
    binding.name = tree_.TextOf(name);
    binding.node_scope = to_.ScopeNumber(open.scope).parent;
    const SyntaxNode type = ChildByField(parameter, g_.f_type);
    if (binding.name == open.receiver) open.receiver = {};
    if (receiver != Receiver::kNone) {
      const bool is_instance = receiver == Receiver::kInstance;
      binding.kind = is_instance ? BindingKind::kInstance : BindingKind::kClassReceiver;
      if (is_instance && !IsReceiverName(binding.name)) binding.kind = BindingKind::kUnknown;
      binding.path = to_.ScopeNumber(binding.node_scope).name;
      open.receiver = binding.name;
      open.receiver_class = binding.node_scope;
    } else if (!type.is_null() && !is_splat) {
      binding.kind = BindingKind::kAnnotation;
      binding.node = type;
    } else if (!is_splat && open.receiver_class == binding.node_scope) {
      binding.kind = BindingKind::kParameter;
      binding.path = to_.ScopeNumber(open.scope).name;
    }
    to_.Add(std::move(binding));
  }

  bool EnterClass(SyntaxNode node) {
    const SyntaxNode name = ChildByField(node, g_.f_name);
    const SyntaxNode body = ChildByField(node, g_.f_body);
    if (name.is_null() || body.is_null()) return true;
    const std::string path = to_.Qualify(to_.At(node).scope, tree_.TextOf(name));
    to_.Bind(name, BindingKind::kClass, node).path = path;
    if (to_.is_full()) return false;
    AddTypeParameters(tree_, node, &to_.out().type_parameters);
    to_.Push(ScopeKind::kClass, path, body);
    to_.last().receiver = {};
    return true;
  }

  bool EnterLambda(SyntaxNode node) {
    const SyntaxNode body = ChildByField(node, g_.f_body);
    if (body.is_null()) return true;
    if (!EnterInline(node, ScopeKind::kLambda, body)) return false;
    BindParameters(ChildByField(node, g_.f_parameters), Receiver::kNone);
    return true;
  }

  bool EnterInline(SyntaxNode node, ScopeKind kind, SyntaxNode body) {
    if (to_.is_full()) return false;
    const int outer = to_.At(node).scope;
    const int scope = to_.Push(kind, to_.ScopeNumber(outer).name, body);
    const SyntaxNode read_outside =
        kind == ScopeKind::kComprehension ? FirstIterable(node) : SyntaxNode{};
    if (!read_outside.is_null()) {
      to_.ScopeNumber(scope).hole_begin = read_outside.start_byte();
      to_.ScopeNumber(scope).hole_end = read_outside.end_byte();
    }
    return true;
  }

  bool AddImports(SyntaxNode node) {
    std::vector<Import> imports = ReadImport(tree_, node, base_);
    if (imports.empty() && Is(node, g_.import_from_statement)) HideNames(node);
    for (Import& import : imports) {
      Binding binding = to_.BindingBy(node);
      import.scope = to_.ScopeNumber(binding.scope).name;
      import.is_conditional = !binding.straight;
      binding.kind = BindingKind::kImport;
      binding.path = import.module;
      const bool plain = import.name.empty();
      if (plain && import.module.starts_with(import.alias + ".")) binding.path = import.alias;
      if (!plain && import.name != "*") (binding.path += '.') += import.name;
      binding.name = NameIn(node, import.alias);
      if (!binding.name.empty()) to_.Add(std::move(binding));
      to_.out().imports.push_back(std::move(import));
    }
    return false;
  }

  // The names that a relative import binds whose module cannot be named.
  void HideNames(SyntaxNode node) {
    ForEachChild(node, [&](SyntaxNode child, FieldId field) {
      if (field == g_.f_module_name) return;
      if (Is(child, g_.wildcard_import)) to_.out().has_unknown_star = true;
      if (Is(child, g_.dotted_name)) to_.Bind(child, BindingKind::kUnknown, node);
      if (!Is(child, g_.aliased_import)) return;
      const SyntaxNode alias = ChildByField(child, g_.f_alias);
      if (!alias.is_null()) to_.Bind(alias, BindingKind::kUnknown, node);
    });
  }

  // Where the text of the statement says `alias` (views must point into the source).
  std::string_view NameIn(SyntaxNode node, std::string_view alias) const {
    const std::string_view text = tree_.TextOf(node);
    const size_t found = text.find(alias);
    return found == std::string_view::npos ? std::string_view() : text.substr(found, alias.size());
  }

  // a = b = value; a: T = value; self.a = value
  bool Assign(SyntaxNode node) {
    const SyntaxNode left = ChildByField(node, g_.f_left);
    const SyntaxNode type = ChildByField(node, g_.f_type);
    SyntaxNode right = ChildByField(node, g_.f_right);
    for (int i = 0; Is(right, g_.assignment) && i < 16; ++i)
      right = ChildByField(right, g_.f_right);
    const bool annotated = !type.is_null();
    const BindingKind kind = annotated ? BindingKind::kAnnotation : BindingKind::kValue;
    if (Is(left, g_.identifier)) {
      to_.Bind(left, kind, node, annotated ? type : right);
    } else if (Is(left, g_.attribute)) {
      to_.BindAttribute(left, kind, node, annotated ? type : right);
    } else {
      to_.BindTargets(left, node);
    }
    return true;
  }

  // Binds in the nearest scope that is no comprehension.
  void BindNamedExpression(SyntaxNode node) {
    const SyntaxNode name = ChildByField(node, g_.f_name);
    if (!Is(name, g_.identifier)) return;
    Binding& binding = to_.Bind(name, BindingKind::kValue, node, ChildByField(node, g_.f_value));
    binding.straight = false;
    binding.block_end = 0;
    while (to_.ScopeNumber(binding.scope).kind == ScopeKind::kComprehension) {
      binding.scope = to_.ScopeNumber(binding.scope).parent;
    }
  }

  void BindAsPattern(SyntaxNode node) {
    SyntaxNode alias = ChildByField(node, g_.f_alias);
    if (alias.is_null()) {  // in a case pattern
      const uint32_t count = node.named_child_count();
      if (count > 0) to_.BindTargets(node.named_child(count - 1), node);
      return;
    }
    if (Is(alias, g_.as_pattern_target)) alias = alias.named_child(0);
    const SyntaxNode parent = node.parent();
    const bool plain = Is(alias, g_.identifier);
    if (plain && Is(parent, g_.with_item)) {
      to_.Bind(alias, BindingKind::kContext, node, node.named_child(0));
    } else if (plain && Is(parent, g_.except_clause)) {
      BindCaught(parent, alias, node.named_child(0));
    } else {
      to_.BindTargets(alias, node);
    }
  }

  void BindException(SyntaxNode node) {
    const SyntaxNode alias = ChildByField(node, g_.f_alias);
    if (!Is(alias, g_.identifier)) return;
    BindCaught(node, alias, ChildByField(node, g_.f_value));
  }

  void BindCaught(SyntaxNode clause, SyntaxNode alias, SyntaxNode error) {
    const bool is_group = CatchesGroup(tree_, clause);
    const BindingKind kind = is_group ? BindingKind::kUnknown : BindingKind::kException;
    Binding& binding = to_.Bind(alias, kind, clause, error);
    binding.at = alias.end_byte();
    ScopeWriter::LimitTo(clause, &binding);
  }

  void BindCase(SyntaxNode node) {
    for (const SyntaxNode name : CapturesIn(node)) to_.BindUnknown(name, name);
  }

  void MoveOutwards(SyntaxNode node, bool to_module) {
    const int scope = to_.At(node).scope;
    ForEachChild(node, [&](SyntaxNode child, FieldId) {
      if (Is(child, g_.identifier)) to_.MoveOutwards(scope, tree_.TextOf(child), to_module);
    });
  }

  const SyntaxTree& tree_;
  const Grammar& g_;
  const ImportBase& base_;
  ScopeWriter to_;
  std::vector<bool> is_block_;   // by depth, along the path to the current node
  std::vector<bool> has_rule_;   // by kind of node
  SyntaxNode statement_node_{};  // the call that comes now stands in it
  SourceRange statement_;        // its header, if has_range_
  bool has_range_ = true;
  uint32_t with_body_ = UINT32_MAX;  // first byte of the block of the `with` entered last
};

}  // namespace

ScopeTree BuildScopeTree(const SyntaxTree& tree, std::string_view prefix, const ImportBase& base) {
  return Builder(tree, prefix, base).Run();
}

}  // namespace inhouse
