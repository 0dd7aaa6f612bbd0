// NameFlow's attributes: what `object.name` is, by instance, class, base and super().
#include <algorithm>
#include <utility>

#include "indexer/python/binding_range.h"
#include "indexer/python/name_flow.h"
#include "indexer/python/name_parts.h"

namespace inhouse {

NameFlow::Meaning NameFlow::Attribute(SyntaxNode node, int scope, int depth) const {
  const SyntaxNode name = ChildByField(node, g_.f_attribute);
  if (name.is_null()) return {};
  Meaning above = OfSuper(ChildByField(node, g_.f_object), tree_.TextOf(name), scope, depth + 1);
  if (above.kind != Kind::kUnknown) return above;
  const Meaning object = Evaluate(ChildByField(node, g_.f_object), scope, depth + 1);
  if (object.kind != Kind::kObject && object.kind != Kind::kInstance) return {};
  std::string path = object.path;
  (path += '.') += tree_.TextOf(name);
  if (patched_.contains(path)) return {};
  if (object.kind == Kind::kObject) {
    Meaning held = HeldByClass(object.path, tree_.TextOf(name), depth + 1);
    return held.kind != Kind::kUnknown ? held : ForeignValue({Kind::kObject, std::move(path)});
  }
  return Member(object.path, tree_.TextOf(name), depth + 1);
}

// What class methods assign: `cls.client = Client()`.
NameFlow::Meaning NameFlow::HeldByClass(const std::string& class_path, std::string_view name,
                                        int depth) const {
  const auto scope = classes_.find(class_path);
  if (scope == classes_.end() || redefined_.contains(class_path)) return {};
  const auto assigned = RangeFor(scopes_.attributes, scope->second, name);
  if (assigned.first == assigned.second || Local(JoinNames(class_path, name)) != nullptr) return {};
  Meaning value = Assigned(scope->second, name, depth);
  const bool is_value =
      value.kind == Kind::kInstance || value.kind == Kind::kMany || value.kind == Kind::kTable;
  return is_value ? value : Meaning{};
}

// What `instance.name` is. Of foreign classes only that it is a member.
NameFlow::Meaning NameFlow::Member(const std::string& class_path, std::string_view name,
                                   int depth) const {
  Meaning member{Kind::kMember, class_path};
  (member.path += '.') += name;
  const auto scope = classes_.find(class_path);
  if (scope == classes_.end()) return ForeignMember(std::move(member));
  if (depth > kMaxFlowDepth || redefined_.contains(class_path)) return member;
  if (HasHeirWith(class_path, name)) return member;  // the instance may be one of that
  const Symbol* symbol = Local(member.path);
  if (symbol != nullptr && symbol->kind == SymbolKind::kProperty) return Result(*symbol, depth);
  const auto assigned = RangeFor(scopes_.attributes, scope->second, name);
  if (assigned.first != assigned.second) return Assigned(scope->second, name, depth);
  if (symbol != nullptr && symbol->kind == SymbolKind::kMethod) return member;
  const auto stated = RangeFor(scopes_.bindings, scope->second, name);
  if (stated.first != stated.second) {
    if (HasOpenBase(class_path, 0)) return {};
    Meaning value = Stated(scope->second, name, depth);
    // `widget = Widget`, of which a base makes an instance.
    const bool is_class = value.kind == Kind::kObject;
    return is_class && !InheritedPath(class_path, name, depth + 1).empty() ? Meaning{} : value;
  }
  Meaning inherited = Inherited(class_path, name, depth + 1);
  return inherited.kind == Kind::kUnknown ? member : inherited;
}

// `title = CharField()` is no field for instances of a class that a metaclass made.
bool NameFlow::HasOpenBase(const std::string& class_path, int depth) const {
  const Symbol* symbol = Local(class_path);
  const auto scope = classes_.find(class_path);
  if (symbol == nullptr || scope == classes_.end() || foreign_ == nullptr) return false;
  const auto [known, is_new] = has_open_base_.emplace(symbol, false);
  if (!is_new || depth >= kMaxFlowDepth) return known->second;
  const int around = scopes_.scopes[static_cast<size_t>(scope->second)].parent;
  const auto is_open = [&](const std::string& written) {
    const Meaning above = Base(*symbol, written, around, depth);
    if (above.kind != Kind::kObject) return false;
    return classes_.contains(above.path) ? HasOpenBase(above.path, depth + 1)
                                         : foreign_->IsOpen(above.path);
  };
  const bool has = std::any_of(symbol->bases.begin(), symbol->bases.end(), is_open);
  return has_open_base_[symbol] = has;
}

// A descriptor gives, or holds, something else than itself.
NameFlow::Meaning NameFlow::AsRead(Meaning value) const {
  if (value.kind != Kind::kInstance) return value;
  const auto has = [&](const std::string& method) {
    return Local(method) != nullptr || (foreign_ != nullptr && foreign_->Has(method));
  };
  return has(value.path + ".__get__") || has(value.path + ".__set__") ? Meaning{} : value;
}

bool NameFlow::HasOwn(std::string_view class_path, std::string_view name) const {
  const int scope = classes_.at(class_path);
  const auto assigned = RangeFor(scopes_.attributes, scope, name);
  const auto stated = RangeFor(scopes_.bindings, scope, name);
  return assigned.first != assigned.second || stated.first != stated.second;
}

std::string NameFlow::InheritedMember(const std::string& class_path, std::string_view name) const {
  const bool takes_over = classes_.contains(class_path) && !HasOwn(class_path, name) &&
                          !redefined_.contains(class_path);
  return takes_over ? InheritedPath(class_path, name, 0) : "";
}

// A base as it stands in the header, without what is in brackets.
NameFlow::Meaning NameFlow::Base(const Symbol& derived, std::string_view written, int around,
                                 int depth) const {
  return Dotted(written.substr(0, written.find('[')),
                {std::max(around, 0), derived.range.start_byte, depth});
}

std::vector<std::string> NameFlow::BasesOf(const std::string& class_path) const {
  const Symbol* symbol = Local(class_path);
  const auto scope = classes_.find(class_path);
  if (symbol == nullptr || scope == classes_.end() || redefined_.contains(class_path)) return {""};
  const int around = scopes_.scopes[static_cast<size_t>(scope->second)].parent;
  const auto bound = RangeFor(scopes_.bindings, std::max(around, 0), symbol->name);
  if (bound.second - bound.first != 1) return {""};
  std::vector<std::string> bases;
  for (const std::string& written : symbol->bases) {
    Meaning above = Base(*symbol, written, around, 0);
    const bool is_pythons = above.kind == Kind::kUnknown && IsPythonsOwn(written);
    bases.push_back(is_pythons                    ? written
                    : above.kind == Kind::kObject ? std::move(above.path)
                                                  : std::string());
  }
  return bases;
}

std::string NameFlow::ClassAround(int scope) const {
  while (scope > 0 && scopes_.scopes[static_cast<size_t>(scope)].kind != ScopeKind::kClass) {
    scope = scopes_.scopes[static_cast<size_t>(scope)].parent;
  }
  return scope > 0 ? scopes_.scopes[static_cast<size_t>(scope)].name : std::string();
}

// Does a class of this file that derives from the class bind the name anew?
bool NameFlow::HasHeirWith(const std::string& class_path, std::string_view name) const {
  return std::any_of(classes_.begin(), classes_.end(), [&](const auto& entry) {
    return entry.first != class_path && HasOwn(entry.first, name) &&
           IsHeir(std::string(entry.first), class_path);
  });
}

// Does a class of this file derive from the class and from another one?
bool NameFlow::HasMixedHeir(const std::string& class_path) const {
  return std::any_of(classes_.begin(), classes_.end(), [&](const auto& entry) {
    const Symbol* symbol = Local(entry.first);
    return symbol != nullptr && symbol->bases.size() > 1 &&
           IsHeir(std::string(entry.first), class_path);
  });
}

bool NameFlow::IsHeir(const std::string& heir, const std::string& class_path) const {
  std::vector<std::string> family = {heir};
  for (size_t i = 0; i < family.size(); ++i) {
    for (std::string& base : BasesOf(std::string(family[i]))) {
      if (base == class_path) return true;
      const bool is_new = std::find(family.begin(), family.end(), base) == family.end();
      if (is_new && classes_.contains(base)) family.push_back(std::move(base));
    }
  }
  return false;
}

// The member with the class that surely has it; "" if none of the bases does, or if they
// disagree: which of them comes first is not worked out.
std::string NameFlow::InheritedPath(const std::string& class_path, std::string_view name,
                                    int depth) const {
  std::unordered_map<std::string, std::string> seen;
  return InheritedPath(class_path, name, depth, &seen);
}

std::string NameFlow::InheritedPath(const std::string& class_path, std::string_view name, int depth,
                                    std::unordered_map<std::string, std::string>* seen) const {
  const Symbol* symbol = Local(class_path);
  const auto scope = classes_.find(class_path);
  if (symbol == nullptr || scope == classes_.end() || foreign_ == nullptr) return "";
  if (depth > kMaxFlowDepth) return "";
  const auto [known, is_new] = seen->emplace(class_path, "");
  if (!is_new) return known->second;
  const int around = scopes_.scopes[static_cast<size_t>(scope->second)].parent;
  std::string found;
  for (const std::string& written : symbol->bases) {
    Meaning above = Base(*symbol, written, around, depth);
    if (above.kind != Kind::kObject || above.path == class_path) break;
    const bool is_local = classes_.contains(above.path);
    std::string path = above.path;
    (path += '.') += name;
    if (patched_.contains(path)) return "";
    const bool has = is_local ? HasOwn(above.path, name) : foreign_->Has(path);
    if (!has) path = is_local ? InheritedPath(above.path, name, depth + 1, seen) : "";
    if (!found.empty() && !path.empty() && path != found) return "";
    if (found.empty()) found = std::move(path);
  }
  return (*seen)[class_path] = found;
}

NameFlow::Meaning NameFlow::Inherited(const std::string& class_path, std::string_view name,
                                      int depth) const {
  std::string path = InheritedPath(class_path, name, depth);
  if (path.empty()) return {};
  const std::string owner = path.substr(0, path.size() - name.size() - 1);
  if (classes_.contains(owner)) return Member(owner, name, depth + 1);
  Meaning member = ForeignMember({Kind::kMember, std::move(path)});
  // An instance of the base may well be the receiver, of the class below.
  return member.kind == Kind::kInstance && member.path == owner ? Meaning{} : member;
}

// `super().name` in a class with one base.
NameFlow::Meaning NameFlow::OfSuper(SyntaxNode object, std::string_view name, int scope,
                                    int depth) const {
  if (foreign_ == nullptr || !Is(object, g_.call) || tree_.TextOf(object) != "super()") return {};
  const std::string around = ClassAround(scope);
  const Symbol* symbol = Local(around);
  const bool one_base = symbol != nullptr && symbol->bases.size() == 1 && classes_.contains(around);
  if (!one_base) return {};
  Meaning inherited = Inherited(around, name, depth);
  if (inherited.kind != Kind::kUnknown) return inherited;
  if (!HasOwn(around, name)) return {};  // whoever asks may say that this class lacks it
  if (HasMixedHeir(around)) return {};   // super() may be a sibling
  // A member of the base that is not there.
  const int outside = scopes_.scopes[static_cast<size_t>(classes_.at(around))].parent;
  const Meaning above = Dotted(BaseName(symbol->bases[0]),
                               {std::max(outside, 0), symbol->range.start_byte, depth + 1});
  const bool is_house = above.kind == Kind::kObject && !classes_.contains(above.path) &&
                        !redefined_.contains(around) && foreign_->IsClass(above.path);
  return is_house ? Meaning{Kind::kMember, JoinNames(above.path, name)} : Meaning{};
}

// What methods assign to `self.name`; where that cannot be told, what the class promises.
NameFlow::Meaning NameFlow::Assigned(int class_scope, std::string_view name, int depth) const {
  Meaning agreed =
      Agreed(attributes_, Indices(RangeFor(scopes_.attributes, class_scope, name)), depth);
  if (agreed.kind != Kind::kUnknown && agreed.kind != Kind::kNone) return agreed;
  std::vector<size_t> annotations;
  for (const size_t i : Indices(RangeFor(scopes_.bindings, class_scope, name))) {
    if (scopes_.bindings[i].kind == BindingKind::kAnnotation) annotations.push_back(i);
  }
  return annotations.empty() ? agreed : AsRead(Agreed(names_, annotations, depth));
}

// What the class body binds to `name`, as an instance sees it.
NameFlow::Meaning NameFlow::Stated(int class_scope, std::string_view name, int depth) const {
  Meaning value = Agreed(names_, Indices(RangeFor(scopes_.bindings, class_scope, name)), depth);
  if (value.kind != Kind::kObject || IsClass(value.path)) return AsRead(std::move(value));
  const Symbol* symbol = Local(value.path);  // a function gets the instance, other objects do not
  if (symbol == nullptr || symbol->kind != SymbolKind::kMethod) return {};
  return {Kind::kMember, std::move(value.path)};
}

// An instance that a foreign module or class holds: `app` of `from shop import app`.
NameFlow::Meaning NameFlow::ForeignValue(Meaning object) const {
  if (object.kind != Kind::kObject || foreign_ == nullptr || Local(object.path) != nullptr) {
    return object;
  }
  if (patched_.contains(object.path)) return object;
  std::string value = foreign_->ClassOfValue(object.path);
  if (value.empty()) return object;
  return AsRead({Kind::kInstance, std::move(value)});
}

NameFlow::Meaning NameFlow::ForeignMember(Meaning member) const {
  if (foreign_ == nullptr) return member;
  std::optional<std::string> value = foreign_->ClassOfMember(member.path);
  if (!value) return member;
  if (value->empty()) return HeldBy(member.path);
  return AsRead({Kind::kInstance, std::move(*value)});
}

}  // namespace inhouse
