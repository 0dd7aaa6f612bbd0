#include "indexer/python/code_uses.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "indexer/python/name_flow.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/namespaces.h"
#include "indexer/python/scope_tree.h"
#include "indexer/python/string_literal.h"
#include "indexer/python/symbol_extractor.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr size_t kMaxUses = 100'000;
constexpr size_t kMaxWrittenBytes = 120;

class UseCollector {
 public:
  UseCollector(const SyntaxTree& tree, const ScopeTree& scopes, const NameFlow& flow,
               const ImportBase& base)
      : tree_(tree), g_(PythonGrammar()), scopes_(scopes), flow_(flow), base_(base) {
    for (size_t i = 0; i < scopes.scopes.size(); ++i) {
      starts_.emplace_back(scopes.scopes[i].begin, static_cast<int>(i));
    }
    std::sort(starts_.begin(), starts_.end());
    NoteSetNames();
  }

  std::vector<ApiUse> Run() {
    AddCalls();
    AddReads();
    std::stable_sort(uses_.begin(), uses_.end(), [](const ApiUse& a, const ApiUse& b) {
      return a.name_range.start_byte < b.name_range.start_byte;
    });
    return std::move(uses_);
  }

 private:
  // `box.extra = 1`, setattr(box, "extra", 1): instances may have that name.
  void NoteSetNames() {
    for (const Patch& patch : scopes_.patched) set_names_.emplace(patch.name);
    for (const CallNode& call : scopes_.calls) {
      const std::string_view function = tree_.TextOf(ChildByField(call.node, g_.f_function));
      const SyntaxNode arguments = ChildByField(call.node, g_.f_arguments);
      if (function == "isinstance" && arguments.named_child_count() == 2) {
        narrowed_.emplace(tree_.TextOf(arguments.named_child(0)));
      }
      if (function != "setattr") continue;
      std::string name;
      if (arguments.named_child_count() < 2) continue;
      if (StringValue(tree_, arguments.named_child(1), &name)) set_names_.insert(name);
    }
  }

  // The name that an expression means, as a member of its object's class where
  // the object is an instance.
  NameFlow::Target Meaning(SyntaxNode expression, int scope) const {
    if (!Is(expression, g_.attribute)) return flow_.Resolve(expression, scope);
    const SyntaxNode object = ChildByField(expression, g_.f_object);
    const SyntaxNode name = ChildByField(expression, g_.f_attribute);
    if (object.is_null() || name.is_null()) return {};
    const std::string owner = flow_.ClassOf(object, scope);
    if (!owner.empty()) {
      std::string above = flow_.InheritedMember(owner, tree_.TextOf(name));
      return {above.empty() ? JoinNames(owner, tree_.TextOf(name)) : std::move(above), true};
    }
    return flow_.Resolve(expression, scope);
  }

  // `super().name`, of which it is not known which base has it: a member of the class around.
  std::string BehindSuper(SyntaxNode expression, int scope) const {
    const SyntaxNode object = ChildByField(expression, g_.f_object);
    if (!Is(expression, g_.attribute) || !Is(object, g_.call)) return "";
    if (tree_.TextOf(object) != "super()") return "";
    const std::string around = flow_.ClassAround(scope);
    const std::string_view name = tree_.TextOf(ChildByField(expression, g_.f_attribute));
    return around.empty() || flow_.HasOwn(around, name) ? "" : JoinNames(around, name);
  }

  ApiUse* Add(UseKind kind, SyntaxNode expression, int scope) {
    if (uses_.size() >= kMaxUses) return nullptr;
    NameFlow::Target target = Meaning(expression, scope);
    const bool is_known = !target.path.empty();
    if (!is_known) target = {BehindSuper(expression, scope), true};
    if (target.path.empty()) return nullptr;
    ApiUse& use = uses_.emplace_back();
    use.kind = kind;
    use.target = std::move(target.path);
    use.is_bound = target.is_bound;
    use.written = OneLine(tree_, expression, kMaxWrittenBytes);
    const SyntaxNode name = ChildByField(expression, g_.f_attribute);
    use.name_range = RangeOf(Is(expression, g_.attribute) ? name : expression);
    use.range = RangeOf(expression);
    use.guard = GuardOf(tree_, expression);
    use.guard.arguments |= !is_known;
    const bool is_set = set_names_.contains(std::string(LastPart(use.target))) ||
                        narrowed_.contains(std::string(ParentNameOf(use.written)));
    use.guard.names |= is_set;
    use.guard.arguments |= is_set;
    return &use;
  }

  // functools.partial(f, …) is a call of f to which the rest comes later.
  void AddPartial(const CallNode& call, SyntaxNode callee) {
    const SyntaxNode arguments = ChildByField(call.node, g_.f_arguments);
    if (!Is(arguments, g_.argument_list) || arguments.named_child_count() == 0) return;
    const SyntaxNode function = arguments.named_child(0);
    if (!Is(function, g_.identifier) && !Is(function, g_.attribute)) return;
    if (flow_.TargetOf(callee, call.scope) != "functools.partial") return;
    ApiUse* use = Add(UseKind::kCall, function, call.scope);
    if (use == nullptr) return;
    called_.insert(function.id());
    use->range = RangeOf(call.node);
    use->arguments = ReadCallArguments(tree_, arguments);
    --use->arguments.positional_count;
    use->arguments.has_star = use->arguments.has_double_star = true;
  }

  void AddCalls() {
    for (const CallNode& call : scopes_.calls) {
      const SyntaxNode callee = ChildByField(call.node, g_.f_function);
      if (callee.is_null()) continue;
      called_.insert(callee.id());
      if (LastPart(tree_.TextOf(callee)) == "partial") AddPartial(call, callee);
      ApiUse* use = Add(UseKind::kCall, callee, call.scope);
      if (use == nullptr) continue;
      use->range = RangeOf(call.node);
      use->is_dropped = Is(call.node.parent(), g_.expression_statement);
      use->arguments = ReadCallArguments(tree_, ChildByField(call.node, g_.f_arguments));
    }
  }

  void AddImports(SyntaxNode statement) {
    const Guard guard = GuardOf(tree_, statement);
    for (const Import& import : ReadImport(tree_, statement, base_)) {
      if (import.name == "*" || uses_.size() >= kMaxUses) continue;
      ApiUse& use = uses_.emplace_back();
      use.kind = UseKind::kImport;
      use.target = import.name.empty() ? import.module : JoinNames(import.module, import.name);
      use.written = import.name.empty() ? import.module : import.name;
      use.guard = guard;
      use.range = use.name_range = import.range;
    }
  }

  // Attributes that are read. Scopes have no list of them, so each is looked up.
  void AddReads() {
    for (TreeWalk walk(tree_.root()); !walk.done(); walk.Next()) {
      const SyntaxNode node = walk.node();
      if (Is(node, g_.import_statement) || Is(node, g_.import_from_statement)) {
        AddImports(node);
        walk.SkipChildren();
        continue;
      }
      if (!Is(node, g_.attribute) || called_.contains(node.id())) continue;
      const SyntaxNode parent = node.parent();
      const bool is_inner = Is(parent, g_.attribute) && ChildByField(parent, g_.f_object) == node;
      if (IsStore(node, parent) || (is_inner && CoversInner(parent, node))) continue;
      Add(UseKind::kRead, node, ScopeAt(node.start_byte()));
    }
  }

  bool IsStore(SyntaxNode node, SyntaxNode parent) const {
    const bool assigns = Is(parent, g_.assignment) || Is(parent, g_.augmented_assignment) ||
                         Is(parent, g_.for_statement) || Is(parent, g_.for_in_clause);
    if (assigns) return ChildByField(parent, g_.f_left) == node;
    return Is(parent, g_.pattern_list) || Is(parent, g_.tuple_pattern) ||
           Is(parent, g_.list_pattern) || Is(parent, g_.delete_statement) ||
           Is(parent, g_.as_pattern_target);
  }

  // The use of `a.b.c` says all that one of `a.b` would.
  bool CoversInner(SyntaxNode outer, SyntaxNode inner) const {
    const int scope = ScopeAt(inner.start_byte());
    const NameFlow::Target whole = Meaning(outer, scope);
    const NameFlow::Target part = Meaning(inner, scope);
    const std::string_view name = tree_.TextOf(ChildByField(outer, g_.f_attribute));
    return !whole.path.empty() && whole.path == JoinNames(part.path, name);
  }

  // The innermost scope whose body holds the byte.
  int ScopeAt(uint32_t byte) const {
    const auto after =
        std::upper_bound(starts_.begin(), starts_.end(), std::pair(byte, int{INT32_MAX}));
    int scope = after == starts_.begin() ? 0 : std::prev(after)->second;
    while (scope > 0 && !scopes_.scopes[static_cast<size_t>(scope)].Holds(byte)) {
      scope = scopes_.scopes[static_cast<size_t>(scope)].parent;
    }
    return std::max(scope, 0);
  }

  const SyntaxTree& tree_;
  const Grammar& g_;
  const ScopeTree& scopes_;
  const NameFlow& flow_;
  const ImportBase& base_;
  std::vector<std::pair<uint32_t, int>> starts_;  // of scopes: first byte, number
  std::vector<ApiUse> uses_;
  std::unordered_set<const void*> called_;
  std::unordered_set<std::string> set_names_;
  std::unordered_set<std::string> narrowed_;  // what isinstance asks of: of which class is open
};

// What the code binds itself. Most code defines no class that derives from another.
void AddOwn(const SyntaxTree& tree, const ScopeTree& scopes, const std::vector<Symbol>& symbols,
            const NameFlow& flow, CodeUses* out) {
  const bool has_heirs = std::any_of(symbols.begin(), symbols.end(),
                                     [](const Symbol& symbol) { return !symbol.bases.empty(); });
  if (!has_heirs) return;
  std::vector<Namespace> spaces = ReadNamespaces(tree, scopes, symbols, ClassesOf::kAnywhere);
  for (Namespace& space : spaces) {
    if (space.owner.empty()) {
      out->set_names = std::move(space.names);
    } else if (space.owner == scopes.scopes.front().name) {
      out->module = std::move(space);
    } else {
      std::vector<std::string> bases = flow.BasesOf(space.owner);
      out->classes.push_back({std::move(space), std::move(bases)});
    }
  }
}

}  // namespace

Result<CodeUses> CodeReader::Read(std::string_view code, const CodeOrigin& origin,
                                  const ForeignNames* foreign) {
  ASSIGN_OR_RETURN(const SyntaxTree tree, parser_.Parse(code));
  CodeUses out;
  out.error_count = tree.CountErrors();
  const std::vector<Symbol> symbols = ExtractSymbols(tree, origin.prefix);
  const ScopeTree scopes = BuildScopeTree(tree, origin.prefix, origin.base);
  const NameFlow flow(tree, scopes, symbols, foreign);
  out.uses = UseCollector(tree, scopes, flow, origin.base).Run();
  AddOwn(tree, scopes, symbols, flow, &out);
  return out;
}

}  // namespace inhouse
