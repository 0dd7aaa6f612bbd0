// NameFlow's elements: what loops go through, what lists and mappings hold, as far
// as annotations and displays tell.
#include <algorithm>
#include <utility>

#include "indexer/python/annotation_text.h"
#include "indexer/python/binding_range.h"
#include "indexer/python/name_flow.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/python_builtins.h"
#include "indexer/python/word_list.h"

namespace inhouse {
namespace {

constexpr uint32_t kMaxDisplayed = 64;  // elements of a list display that are looked at

// The one at `index` among the positional arguments; null if there is none.
SyntaxNode PositionalArgument(SyntaxNode call, int index) {
  const Grammar& g = PythonGrammar();
  const SyntaxNode arguments = ChildByField(call, g.f_arguments);
  SyntaxNode found{};
  if (!Is(arguments, g.argument_list)) return index == 0 ? arguments : found;
  ForEachChild(arguments, [&](SyntaxNode child, FieldId) {
    if (!child.is_named() || child.is_extra()) return;
    if (Is(child, g.list_splat)) index = -1;
    if (index-- == 0 && !Is(child, g.keyword_argument)) found = child;
  });
  return found;
}

}  // namespace

NameFlow::Meaning NameFlow::Element(const Binding& binding, int depth) const {
  // Call sites are stored as the file alone tells them.
  if (binding.node.is_null() || foreign_ == nullptr) return {};
  return ElementOf(binding.node, binding.item, binding.node_scope, depth);
}

// What a loop binds; `item`: of the parts of each element.
NameFlow::Meaning NameFlow::ElementOf(SyntaxNode iterated, int item, int scope, int depth) const {
  if (depth > kMaxFlowDepth) return {};
  const auto instance = [](Meaning held) {
    return held.kind == Kind::kMany ? Meaning{Kind::kInstance, std::move(held.path)} : Meaning{};
  };
  if (item < 0) return instance(Iterated(iterated, scope, depth + 1));
  if (!Is(iterated, g_.call)) return {};
  const SyntaxNode callee = ChildByField(iterated, g_.f_function);
  const std::string_view name = tree_.TextOf(callee);
  if (Is(callee, g_.attribute)) {  // for key, value in table.items()
    const std::string_view method = tree_.TextOf(ChildByField(callee, g_.f_attribute));
    if (item != 1 || method != "items") return {};
    Meaning table = Evaluate(ChildByField(callee, g_.f_object), scope, depth + 1);
    return table.kind == Kind::kTable ? Meaning{Kind::kInstance, std::move(table.path)} : Meaning{};
  }
  if (!IsPythonsOwn(name)) return {};
  if (name == "enumerate" && item == 1) {
    return ElementOf(PositionalArgument(iterated, 0), -1, scope, depth + 1);
  }
  if (name == "zip") return ElementOf(PositionalArgument(iterated, item), -1, scope, depth + 1);
  return {};
}

// The value as something to go through: kMany, or unknown.
NameFlow::Meaning NameFlow::Iterated(SyntaxNode iterated, int scope, int depth) const {
  if (iterated.is_null()) return {};
  Meaning value = Evaluate(iterated, scope, depth + 1);
  if (value.kind == Kind::kMany) return value;
  if (value.kind != Kind::kInstance) return {};
  const Symbol* iter = Local(value.path + ".__iter__");
  if (iter != nullptr) return Result(*iter, depth + 1);
  Meaning held = HeldBy(value.path + ".__iter__");
  return held.kind == Kind::kMany ? held : Meaning{};
}

// sorted(boxes), next(boxes): Python's own functions, which nobody binds anew.
NameFlow::Meaning NameFlow::OfBuiltin(SyntaxNode call, int scope, int depth) const {
  const std::string_view name = tree_.TextOf(ChildByField(call, g_.f_function));
  if (!IsPythonsOwn(name)) return {};
  const bool keeps =
      OneOf(name, {"sorted", "list", "reversed", "set", "tuple", "iter", "frozenset", "filter"});
  if (keeps) return Iterated(PositionalArgument(call, name == "filter" ? 1 : 0), scope, depth);
  if (!OneOf(name, {"next", "min", "max"})) return {};
  Meaning held = Iterated(PositionalArgument(call, 0), scope, depth);
  if (held.kind == Kind::kMany) held.kind = Kind::kInstance;
  return held;
}

// boxes.pop(), table.get(key): methods of what holds instances.
NameFlow::Meaning NameFlow::OfContainer(SyntaxNode call, int scope, int depth) const {
  const SyntaxNode callee = ChildByField(call, g_.f_function);
  if (Is(callee, g_.identifier)) return OfBuiltin(call, scope, depth);
  if (!Is(callee, g_.attribute) || depth > kMaxFlowDepth) return {};
  Meaning held = Evaluate(ChildByField(callee, g_.f_object), scope, depth + 1);
  if (held.kind != Kind::kMany && held.kind != Kind::kTable) return {};
  const std::string_view method = tree_.TextOf(ChildByField(callee, g_.f_attribute));
  if (method == "copy") return held;
  const bool is_table = held.kind == Kind::kTable;
  if (is_table && method == "values") return {Kind::kMany, std::move(held.path)};
  const bool has_default = !PositionalArgument(call, 1).is_null();
  const bool gives_one =
      is_table ? OneOf(method, {"get", "pop"}) && !has_default : OneOf(method, {"pop", "popleft"});
  return gives_one ? Meaning{Kind::kInstance, std::move(held.path)} : Meaning{};
}

NameFlow::Meaning NameFlow::Item(SyntaxNode subscript, int scope, int depth) const {
  Meaning value = Evaluate(ChildByField(subscript, g_.f_value), scope, depth + 1);
  const SyntaxNode index = ChildByField(subscript, g_.f_subscript);
  const bool is_slice = !index.is_null() && tree_.TextOf(index).find(':') != std::string_view::npos;
  if (value.kind == Kind::kMany && is_slice) return value;
  if (value.kind == Kind::kMany || value.kind == Kind::kTable) {
    return {Kind::kInstance, std::move(value.path)};
  }
  if (value.kind != Kind::kObject || !IsClass(value.path)) return {};
  // Stack[int] is the class still, Color["RED"] a member of it.
  const bool is_key = foreign_ != nullptr && (Is(index, g_.string) || Is(index, g_.integer));
  return is_key ? Meaning{} : value;
}

// [Box(1), Box(2)], [Box(n) for n in sizes].
NameFlow::Meaning NameFlow::Collected(SyntaxNode display, int scope, int depth) const {
  if (foreign_ == nullptr) return {};
  const bool is_comprehension = Is(display, g_.list_comprehension) ||
                                Is(display, g_.set_comprehension) ||
                                Is(display, g_.generator_expression);
  if (is_comprehension) {
    const auto inside = comprehensions_.find(display.start_byte());
    if (inside == comprehensions_.end()) return {};
    Meaning one = Evaluate(ChildByField(display, g_.f_body), inside->second, depth + 1);
    return one.kind == Kind::kInstance ? Meaning{Kind::kMany, std::move(one.path)} : Meaning{};
  }
  const bool is_display = Is(display, g_.list) || Is(display, g_.tuple) || Is(display, g_.set);
  const uint32_t count = is_display ? display.named_child_count() : 0;
  if (count == 0 || count > kMaxDisplayed) return {};
  Meaning all;
  for (uint32_t i = 0; i < count; ++i) {
    Meaning one = Evaluate(display.named_child(i), scope, depth + 1);
    if (one.kind != Kind::kInstance || (i > 0 && one.path != all.path)) return {};
    all = {Kind::kMany, std::move(one.path)};
  }
  return all;
}

bool NameFlow::IsPythonsOwn(std::string_view name) const {
  if (!has_rebound_) {
    has_rebound_ = true;
    for (const Binding& binding : scopes_.bindings) {
      const bool in_class =
          scopes_.scopes[static_cast<size_t>(binding.scope)].kind == ScopeKind::kClass;
      if (!in_class && IsPythonBuiltin(binding.name)) rebound_.insert(binding.name);
    }
  }
  return IsPythonBuiltin(name) && !rebound_.contains(name);
}

NameFlow::Meaning NameFlow::HeldBy(std::string_view foreign) const {
  if (foreign_ == nullptr) return {};
  ForeignNames::Held held = foreign_->HeldBy(foreign);
  if (held.class_name.empty()) return {};
  return {held.is_table ? Kind::kTable : Kind::kMany, std::move(held.class_name)};
}

NameFlow::Meaning NameFlow::HeldByAnnotation(std::string_view annotation,
                                             const Place& place) const {
  const HeldInAnnotation held = ElementInAnnotation(annotation);
  if (held.element.empty() || place.depth > kMaxFlowDepth || foreign_ == nullptr) return {};
  const Meaning holder = Dotted(held.holder, place);
  const bool is_pythons =
      holder.kind == Kind::kUnknown
          ? IsPythonsOwn(held.holder)
          : holder.kind == Kind::kObject &&
                OneOf(FirstPart(holder.path), {"typing", "typing_extensions", "collections"});
  if (!is_pythons) return {};
  Meaning element = Annotated(held.element, {place.scope, place.at, place.depth + 1});
  if (element.kind != Kind::kInstance) return {};
  return {held.is_table ? Kind::kTable : Kind::kMany, std::move(element.path)};
}

// `def parse(self, parser)`, where a base says `def parse(self, parser: Parser)`.
NameFlow::Meaning NameFlow::OfParameter(const Binding& binding, int depth) const {
  const size_t dot = binding.path.rfind('.');
  if (foreign_ == nullptr || dot == std::string::npos || depth > kMaxFlowDepth) return {};
  const std::string above =
      InheritedPath(binding.path.substr(0, dot), LastPart(binding.path), depth + 1);
  if (above.empty()) return {};
  const Symbol* method = Local(above);
  if (method == nullptr) {
    std::string promised = foreign_->ClassOfParameter(above, binding.name);
    return promised.empty() ? Meaning{} : Meaning{Kind::kInstance, std::move(promised)};
  }
  const std::vector<Parameter>& parameters = method->signature.parameters;
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Parameter& p) { return p.name == binding.name; });
  const auto around = classes_.find(method->parent);
  if (found == parameters.end() || found->annotation.empty() || around == classes_.end()) return {};
  return Annotated(found->annotation, {around->second, method->range.start_byte, depth + 1});
}

}  // namespace inhouse
