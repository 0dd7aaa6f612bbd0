#include "indexer/python/name_flow.h"

#include <algorithm>
#include <utility>

#include "indexer/python/annotation_text.h"
#include "indexer/python/binding_range.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/python_builtins.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr size_t kMaxReaching = 64;
constexpr size_t kMaxOfOneName = 2'000;  // bindings in one scope; with more it is unknown

bool LooksLikeClass(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of('_'), name.size()));
  if (name.empty() || name[0] < 'A' || name[0] > 'Z') return false;
  const bool has_lower =
      std::any_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return has_lower || name.find('_') == std::string_view::npos;
}

// True if that is the context of an `async with`.
bool IsInAsyncWith(const SyntaxTree& tree, SyntaxNode value) {
  constexpr int kLevels = 6;
  const Grammar& g = PythonGrammar();
  for (int i = 0; i < kLevels && !value.is_null(); ++i) {
    if (Is(value, g.with_statement)) return tree.TextOf(value).starts_with("async");
    value = value.parent();
  }
  return false;
}

// True if the only `return` in the body is `return self`.
bool ReturnsOnlySelf(const SyntaxTree& tree, const SourceRange& body) {
  constexpr std::string_view kReturn = "return";
  const std::string_view text =
      tree.text().substr(body.start_byte, body.end_byte - body.start_byte);
  const size_t first = text.find(kReturn);
  if (first == std::string_view::npos || first != text.rfind(kReturn)) return false;
  const std::string_view what = text.substr(first + kReturn.size());
  return what.starts_with(" self\n") || what.starts_with(" self\r") || what == " self";
}

}  // namespace

NameFlow::NameFlow(const SyntaxTree& tree, const ScopeTree& scopes,
                   const std::vector<Symbol>& symbols, const ForeignNames* foreign)
    : tree_(tree),
      g_(PythonGrammar()),
      scopes_(scopes),
      foreign_(foreign),
      names_{scopes.bindings, std::vector<Meaning>(scopes.bindings.size()),
             std::vector<char>(scopes.bindings.size())},
      attributes_{scopes.attributes, std::vector<Meaning>(scopes.attributes.size()),
                  std::vector<char>(scopes.attributes.size())} {
  for (const Symbol& symbol : symbols) locals_.emplace(symbol.qualified_name, &symbol);
  for (size_t i = 0; i < scopes.scopes.size(); ++i) {
    const Scope& scope = scopes.scopes[i];
    if (scope.kind == ScopeKind::kClass) classes_[scope.name] = static_cast<int>(i);
    if (scope.kind == ScopeKind::kComprehension) comprehensions_[scope.begin] = static_cast<int>(i);
  }
  std::unordered_set<std::string_view> defined;
  for (const Binding& binding : scopes.bindings) {
    const bool defines =
        binding.kind == BindingKind::kFunction || binding.kind == BindingKind::kClass;
    if (defines && !defined.insert(binding.path).second) redefined_.insert(binding.path);
  }
  int stars = scopes.has_unknown_star ? 1 : 0;
  for (const Import& import : scopes.imports) {
    if (import.name != "*") continue;
    star_module_ = ++stars == 1 ? import.module : std::string();
  }
  NotePatches();
}

// `session.get = fake`: from then on its name says nothing.
void NameFlow::NotePatches() {
  std::unordered_set<std::string> patched;
  for (const Patch& patch : scopes_.patched) {
    Meaning object = Evaluate(patch.object, patch.scope, 0);
    if (object.kind != Kind::kObject && object.kind != Kind::kInstance) continue;
    (object.path += '.') += patch.name;
    patched.insert(std::move(object.path));
  }
  if (patched.empty()) return;
  patched_ = std::move(patched);
  std::fill(names_.states.begin(), names_.states.end(), 0);
  std::fill(attributes_.states.begin(), attributes_.states.end(), 0);
}

std::string NameFlow::TargetOf(SyntaxNode expression, int scope) const {
  return Resolve(expression, scope).path;
}

NameFlow::Target NameFlow::Resolve(SyntaxNode expression, int scope) const {
  Meaning meaning = Evaluate(expression, scope, 0);
  if (meaning.kind == Kind::kObject) return {std::move(meaning.path), false};
  if (meaning.kind == Kind::kMember) return {std::move(meaning.path), true};
  if (meaning.kind == Kind::kInstance) return {meaning.path + ".__call__", true};
  return {};
}

std::string NameFlow::ClassOf(SyntaxNode expression, int scope) const {
  Meaning meaning = Evaluate(expression, scope, 0);
  return meaning.kind == Kind::kInstance ? meaning.path : "";
}

std::string NameFlow::PathOf(Meaning meaning) {
  if (meaning.kind == Kind::kInstance) return std::move(meaning.path);
  if (meaning.kind == Kind::kMany) return std::move(meaning.path) + "[]";
  if (meaning.kind == Kind::kTable) return std::move(meaning.path) + "{}";
  return meaning.kind == Kind::kMember ? std::move(meaning.path) + "~" : "";
}

std::string NameFlow::ClassOfBound(int scope, std::string_view name) const {
  const auto range = RangeFor(scopes_.bindings, scope, name);
  if (range.second - range.first > kMaxReaching) return "";
  const Meaning meaning = Agreed(names_, Indices(range), 0);
  return meaning.kind == Kind::kMember ? "" : PathOf(AsRead(meaning));
}

std::string NameFlow::ClassOfAssigned(int class_scope, std::string_view name) const {
  return PathOf(Assigned(class_scope, name, 0));
}

std::string NameFlow::ClassOfReturned(const std::vector<SyntaxNode>& values, int scope) const {
  Meaning agreed{Kind::kNone, ""};
  for (const SyntaxNode value : values) {
    if (value.is_null()) continue;
    Meaning meaning = Evaluate(value, scope, 0);
    if (meaning.kind == Kind::kNone || meaning == agreed) continue;
    if (agreed.kind != Kind::kNone) return "";
    agreed = std::move(meaning);
    if (agreed.kind == Kind::kUnknown) return "";
  }
  return PathOf(std::move(agreed));
}

NameFlow::Meaning NameFlow::Evaluate(SyntaxNode node, int scope, int depth) const {
  for (int i = 0; i < kMaxFlowDepth && !node.is_null(); ++i) {
    const bool wraps = Is(node, g_.parenthesized_expression);
    if (!wraps && !Is(node, g_.named_expression)) break;
    node = wraps ? node.named_child(0) : ChildByField(node, g_.f_value);
  }
  if (node.is_null() || depth > kMaxFlowDepth) return {};
  if (Is(node, g_.identifier)) {
    return ForeignValue(Name(tree_.TextOf(node), {scope, node.start_byte(), depth}));
  }
  if (Is(node, g_.attribute)) return Attribute(node, scope, depth);
  if (Is(node, g_.await)) return Awaited(node, scope, depth);
  if (Is(node, g_.call)) return Called(node, scope, depth);
  if (Is(node, g_.none)) return {Kind::kNone, ""};
  if (Is(node, g_.conditional_expression)) return EvaluateEither(node, scope, depth);
  if (Is(node, g_.subscript)) return Item(node, scope, depth);
  return Collected(node, scope, depth);
}

NameFlow::Meaning NameFlow::Awaited(SyntaxNode await, int scope, int depth) const {
  Meaning value = Evaluate(await.named_child(0), scope, depth + 1);
  // Foreign functions come as what they promise, whether they are async or not.
  const bool promised =
      value.kind == Kind::kAwaitable || (value.kind == Kind::kInstance && foreign_ != nullptr);
  return promised ? Meaning{Kind::kInstance, std::move(value.path)} : Meaning{};
}

// `a if test else b`
NameFlow::Meaning NameFlow::EvaluateEither(SyntaxNode node, int scope, int depth) const {
  if (node.named_child_count() != 3) return {};
  Meaning one = Evaluate(node.named_child(0), scope, depth + 1);
  Meaning other = Evaluate(node.named_child(2), scope, depth + 1);
  if (one.kind == Kind::kNone || one == other) return other;
  return other.kind == Kind::kNone ? one : Meaning{};
}

NameFlow::Meaning NameFlow::Called(SyntaxNode call, int scope, int depth) const {
  const Meaning callee = Evaluate(ChildByField(call, g_.f_function), scope, depth + 1);
  if (callee.kind == Kind::kUnknown) return OfContainer(call, scope, depth);
  if (callee.kind != Kind::kObject && callee.kind != Kind::kMember) return {};
  if (callee.kind == Kind::kObject && IsClass(callee.path)) return {Kind::kInstance, callee.path};
  const Symbol* symbol = Local(callee.path);
  if (symbol == nullptr) {
    const auto value = foreign_ == nullptr ? std::nullopt : foreign_->InstanceFrom(callee.path);
    if (!value || value->empty()) return HeldBy(callee.path);
    const bool may_be_self =
        ParentNameOf(callee.path) == *value &&
        IsOfReceiver(ChildByField(call, g_.f_function), scope, *value, depth + 1);
    return may_be_self ? Meaning{} : Meaning{Kind::kInstance, *value};
  }
  const bool callable =
      symbol->kind == SymbolKind::kFunction || symbol->kind == SymbolKind::kMethod;
  if (!callable || redefined_.contains(callee.path)) return {};
  const bool told = symbol->signature.is_exact && !symbol->signature.returns.empty();
  if (told) return Result(*symbol, depth + 1);
  // What its body or its decorators tell, the index knows.
  const auto value = foreign_ == nullptr ? std::nullopt : foreign_->InstanceFrom(callee.path);
  return value && !value->empty() ? Meaning{Kind::kInstance, *value} : Meaning{};
}

// Is `object.method` asked of a class of this file that has the method from `class_path`? What it
// gives of that class may be the receiver: `return self`, Self.
bool NameFlow::IsOfReceiver(SyntaxNode function, int scope, const std::string& class_path,
                            int depth) const {
  if (!Is(function, g_.attribute)) return false;
  const SyntaxNode object = ChildByField(function, g_.f_object);
  if (tree_.TextOf(object) == "super()") return true;
  const Meaning receiver = Evaluate(object, scope, depth);
  return receiver.path != class_path && classes_.contains(receiver.path);
}

// What a function or property of this file returns, by its annotation.
NameFlow::Meaning NameFlow::Result(const Symbol& function, int depth) const {
  const Signature& signature = function.signature;
  if (signature.returns.empty() || depth > kMaxFlowDepth) return {};
  const auto around = classes_.find(function.parent);
  Meaning result;
  if (LastPart(ClassInAnnotation(signature.returns)) == "Self" && around != classes_.end()) {
    result = {Kind::kInstance, function.parent};
  } else {
    const int scope = around == classes_.end() ? 0 : around->second;
    result = Annotated(signature.returns, {scope, function.range.start_byte, depth + 1});
  }
  if (signature.is_generator) return result.kind == Kind::kMany ? result : Meaning{};
  if (!signature.is_async) return result;
  if (result.kind != Kind::kInstance) return {};
  result.kind = Kind::kAwaitable;
  return result;
}

NameFlow::Meaning NameFlow::Name(std::string_view name, const Place& place) const {
  bool same_code = true;  // the code that reads the name runs with the scope's own
  if (IsTypeParameter(name)) return {};
  int scope = place.scope;
  while (scope >= 0) {
    const Scope& in = scopes_.scopes[static_cast<size_t>(scope)];
    if (in.kind != ScopeKind::kClass || scope == place.scope) {
      const auto range = RangeFor(scopes_.bindings, scope, name);
      if (range.second - range.first > kMaxOfOneName) return {};
      if (range.first != range.second) {
        const std::vector<size_t> reaching =
            same_code ? Reaching(range.first, range.second, {scope, place.at, place.depth})
                      : Indices(range);
        return Agreed(names_, reaching, place.depth);
      }
    }
    const auto moved = scopes_.moved.find({scope, name});  // global, nonlocal
    if (moved != scopes_.moved.end() && moved->second < scope) {
      scope = moved->second;
      same_code = false;
      continue;
    }
    same_code = same_code && in.kind == ScopeKind::kComprehension;
    scope = in.parent;
  }
  return FromStarImport(name);
}

// The bindings that may be in force at `place`: the last one that must have run
// (in the scope's own code, or in a block around `place`), those in branches since, and those that
// a loop around `place` brings back.
std::vector<size_t> NameFlow::Reaching(size_t first, size_t last, const Place& place) const {
  const std::vector<Binding>& all = scopes_.bindings;
  uint32_t since = 0;
  for (size_t i = first; i < last; ++i) {
    const bool sure =
        all[i].straight || (all[i].block_begin <= place.at && place.at < all[i].block_end);
    if (sure && all[i].at <= place.at) since = std::max(since, all[i].at);
  }
  uint32_t loop_end = 0;  // of loops that do not bind the name anew each time
  for (const auto& [begin, end] : scopes_.scopes[static_cast<size_t>(place.scope)].loops) {
    if (begin >= since && begin <= place.at && place.at < end) loop_end = std::max(loop_end, end);
  }
  std::vector<size_t> reaching;
  for (size_t i = first; i < last; ++i) {
    const bool before = all[i].at >= since && all[i].at <= place.at;
    const bool comes_back = all[i].at > place.at && all[i].at <= loop_end;
    if (before || comes_back || all[i].anytime) reaching.push_back(i);
  }
  return reaching.empty() ? Indices({first, last}) : reaching;
}

NameFlow::Meaning NameFlow::Agreed(Memory& memory, const std::vector<size_t>& indices,
                                   int depth) const {
  if (indices.size() > kMaxReaching || depth > kMaxFlowDepth) return {};
  Meaning agreed{Kind::kNone, ""};
  uint32_t first_wins = 0;  // branch in which others are alternatives of the first, an import
  for (const size_t index : indices) {
    const Binding& binding = memory.bindings[index];
    Meaning meaning = Recall(memory, index, depth);
    if (meaning.kind == Kind::kNone || meaning == agreed) continue;
    const bool definition = binding.kind == BindingKind::kImport ||
                            binding.kind == BindingKind::kClass ||
                            binding.kind == BindingKind::kFunction;
    if (agreed.kind == Kind::kNone) {
      // The contract check must not take one alternative for the other.
      const bool has_others = foreign_ == nullptr && binding.kind == BindingKind::kImport;
      first_wins = has_others ? binding.branch : 0;
      agreed = std::move(meaning);
    } else if (first_wins == 0 || binding.branch != first_wins || !definition) {
      return {};
    }
  }
  return agreed;
}

NameFlow::Meaning NameFlow::Recall(Memory& memory, size_t index, int depth) const {
  if (memory.states[index] == 1) return {};  // a = b; b = a
  if (memory.states[index] == 0) {
    memory.states[index] = 1;
    memory.meanings[index] = MeaningOf(memory.bindings[index], depth + 1);
    memory.states[index] = 2;
  }
  return memory.meanings[index];
}

NameFlow::Meaning NameFlow::MeaningOf(const Binding& binding, int depth) const {
  switch (binding.kind) {
    case BindingKind::kImport:
    case BindingKind::kFunction:
    case BindingKind::kClass:
    case BindingKind::kClassReceiver: return {Kind::kObject, binding.path};
    case BindingKind::kInstance: return {Kind::kInstance, binding.path};
    case BindingKind::kAnnotation:
      return Annotated(tree_.TextOf(binding.node),
                       {binding.node_scope, binding.node.start_byte(), depth});
    case BindingKind::kValue: return Evaluate(binding.node, binding.node_scope, depth);
    case BindingKind::kContext: return Entered(binding, depth);
    case BindingKind::kException: {
      Meaning value = Evaluate(binding.node, binding.node_scope, depth);
      if (value.kind == Kind::kObject) return {Kind::kInstance, value.path};
      return {};
    }
    case BindingKind::kElement: return Element(binding, depth);
    case BindingKind::kParameter: return OfParameter(binding, depth);
    case BindingKind::kDeleted: return {Kind::kNone, ""};
    case BindingKind::kUnknown: break;
  }
  return {};
}

// What `with value as name` binds: what __enter__ gives, most often the value itself.
NameFlow::Meaning NameFlow::Entered(const Binding& binding, int depth) const {
  Meaning value = Evaluate(binding.node, binding.node_scope, depth);
  if (value.kind != Kind::kInstance) {
    return EnteredByCall(binding.node, binding.node_scope, depth);
  }
  const bool is_async = IsInAsyncWith(tree_, binding.node);
  const std::string path = value.path + (is_async ? ".__aenter__" : ".__enter__");
  if (!classes_.contains(value.path)) {
    if (foreign_ == nullptr) return value;
    const auto entered = foreign_->InstanceFrom(path);
    return entered && !entered->empty() ? Meaning{Kind::kInstance, *entered} : Meaning{};
  }
  const Symbol* enter = Local(path);
  if (enter == nullptr) return foreign_ == nullptr ? value : Meaning{};
  if (enter->signature.returns.empty()) {
    return ReturnsOnlySelf(tree_, enter->body_range) ? value : Meaning{};
  }
  Meaning entered = Result(*enter, depth);
  if (entered.kind == Kind::kAwaitable && is_async) entered.kind = Kind::kInstance;
  return entered;
}

// `with opened() as name`, where a decorator makes a context of a generator.
NameFlow::Meaning NameFlow::EnteredByCall(SyntaxNode call, int scope, int depth) const {
  if (!Is(call, g_.call)) return {};
  const Meaning callee = Evaluate(ChildByField(call, g_.f_function), scope, depth + 1);
  const bool named = callee.kind == Kind::kObject || callee.kind == Kind::kMember;
  if (!named || foreign_ == nullptr) return {};
  std::string entered = foreign_->EnteredBy(callee.path);
  return entered.empty() ? Meaning{} : Meaning{Kind::kInstance, std::move(entered)};
}

NameFlow::Meaning NameFlow::Annotated(std::string_view annotation, const Place& place) const {
  if (place.depth > kMaxFlowDepth) return {};
  Meaning held = HeldByAnnotation(annotation, place);
  if (held.kind != Kind::kUnknown) return held;
  const std::string_view dotted = ClassInAnnotation(annotation);
  if (dotted.empty()) return {};
  Meaning meaning = Dotted(dotted, place);
  if (meaning.kind != Kind::kObject || meaning.path.starts_with("typing")) return {};
  const Symbol* symbol = Local(meaning.path);
  if (symbol != nullptr && symbol->kind != SymbolKind::kClass) return {};  // an alias
  return {Kind::kInstance, std::move(meaning.path)};
}

NameFlow::Meaning NameFlow::Dotted(std::string_view dotted, const Place& place) const {
  const size_t dot = dotted.find('.');
  Meaning meaning = Name(dotted.substr(0, dot), {place.scope, place.at, place.depth + 1});
  if (dot == std::string_view::npos) return meaning;
  if (meaning.kind != Kind::kObject) return {};
  meaning.path += dotted.substr(dot);
  return meaning;
}

NameFlow::Meaning NameFlow::FromStarImport(std::string_view name) const {
  if (star_module_.empty() || name.starts_with('_') || IsPythonBuiltin(name)) return {};
  Meaning meaning{Kind::kObject, star_module_};
  (meaning.path += '.') += name;
  return meaning;
}

bool NameFlow::IsTypeParameter(std::string_view name) const {
  const std::vector<std::string_view>& names = scopes_.type_parameters;
  return std::binary_search(names.begin(), names.end(), name);
}

bool NameFlow::IsClass(const std::string& path) const {
  const Symbol* symbol = Local(path);
  if (symbol != nullptr) return symbol->kind == SymbolKind::kClass;
  if (classes_.contains(path)) return true;
  return foreign_ != nullptr ? foreign_->IsClass(path) : LooksLikeClass(LastPart(path));
}

const Symbol* NameFlow::Local(std::string_view qualified_name) const {
  const auto found = locals_.find(qualified_name);
  return found == locals_.end() ? nullptr : found->second;
}

}  // namespace inhouse
