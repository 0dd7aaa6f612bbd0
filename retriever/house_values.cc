#include <algorithm>
#include <utility>

#include "indexer/python/annotation_text.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/value_path.h"
#include "indexer/python/word_list.h"
#include "retriever/house_names.h"

namespace inhouse {
namespace {

constexpr int kMaxSteps = 12;  // from one value to the next
constexpr int kMaxBases = 20;  // deep

}  // namespace

std::string HouseNames::FactOf(const std::string& owner, std::string_view name,
                               NameFactKind kind) const {
  std::string text;
  for (const NameFact& fact : SpaceOf(owner).facts) {
    if (fact.kind != kind || fact.name != name) continue;
    if (!text.empty() && text != fact.text) return "";  // by file
    text = fact.text;
  }
  return text;
}

// Works a path out from the left; "" if a step is not known.
std::string HouseNames::ValueClass(std::string_view path) const {
  if (path.empty() || steps_ >= kMaxSteps) return "";
  ++steps_;
  std::string rest(path);
  for (int i = 0; i < kMaxSteps; ++i) {
    const ValueStep step = FirstStep(rest);
    if (step.mark == 0) break;
    const std::optional<std::string> made =
        step.mark == '(' ? InstanceFrom(step.name) : ClassOfMember(step.name);
    rest = made && !made->empty() ? *made + std::string(step.rest) : "";
  }
  --steps_;
  const NameAnswer answer = rest.empty() ? NameAnswer() : Look(rest);
  const bool is_class = answer.verdict == NameVerdict::kFound && IsClass(answer.defined);
  return is_class ? answer.defined : "";
}

// The class among this one and those above whose own code binds the name; "" if a
// base is not known before one is found.
std::string HouseNames::HolderOf(const std::string& class_name, std::string_view name,
                                 int depth) const {
  if (SpaceOf(class_name).names.contains(name)) return class_name;
  const SymbolRow* row = Definition(class_name);
  if (row == nullptr || row->symbol.kind != SymbolKind::kClass || depth > kMaxBases) return "";
  for (const std::string& written : row->symbol.bases) {
    const std::string_view base = std::string_view(written).substr(0, written.find('['));
    const NameAnswer found = Look(JoinNames(row->symbol.module, base));
    if (found.verdict != NameVerdict::kFound || found.defined == class_name) continue;
    std::string holder = HolderOf(found.defined, name, depth + 1);
    if (!holder.empty()) return holder;
  }
  return "";
}

// An instance may be one of a subclass that binds the name to something else.
bool HouseNames::IsChangedBelow(const std::string& class_name, std::string_view name) const {
  const std::vector<std::string> below = Subclasses(class_name);
  return std::any_of(below.begin(), below.end(), [&](const std::string& derived) {
    return SpaceOf(derived).names.contains(name);
  });
}

// What methods assign to their receiver.
std::string HouseNames::FactOfAttribute(std::string_view member) const {
  const size_t dot = member.rfind('.');
  if (dot == std::string_view::npos) return "";
  const NameAnswer owner = Look(member.substr(0, dot));
  if (owner.verdict != NameVerdict::kFound || !IsClass(owner.defined)) return "";
  const std::string_view name = member.substr(dot + 1);
  const std::string holder = HolderOf(owner.defined, name, 0);
  if (holder.empty() || IsChangedBelow(owner.defined, name)) return "";
  return FactOf(holder, name, NameFactKind::kValue);
}

std::optional<std::string> HouseNames::ClassOfAttribute(std::string_view member) const {
  const std::string fact = FactOfAttribute(member);
  if (!HeldByFact(fact).class_name.empty()) return "";  // it has no one class, but holds one
  std::string value = ValueClass(fact);
  if (value.empty()) return std::nullopt;
  return value;
}

std::optional<std::string> HouseNames::ClassOfMember(std::string_view member) const {
  const NameAnswer answer = Look(member);
  if (answer.verdict == NameVerdict::kUnknown) return ClassOfAttribute(member);
  if (answer.verdict != NameVerdict::kFound) return std::nullopt;
  const SymbolRow* row = Definition(answer.defined);
  if (row == nullptr || row->symbol.kind == SymbolKind::kMethod) return std::nullopt;
  const Symbol& symbol = row->symbol;
  const std::string& annotation =
      symbol.annotation.empty() ? symbol.signature.returns : symbol.annotation;
  if (symbol.kind == SymbolKind::kProperty && annotation.empty()) return ResultOf(symbol, member);
  if (symbol.kind == SymbolKind::kConstant && annotation.empty()) {
    if (IsChangedBelow(ReceiverOf(member, symbol), symbol.name) || IsOpen(symbol.parent)) return "";
    return ValueClass(FactOf(symbol.parent, symbol.name, NameFactKind::kValue));
  }
  const bool is_value = symbol.kind == SymbolKind::kProperty || symbol.kind == SymbolKind::kField ||
                        symbol.kind == SymbolKind::kConstant;
  if (!is_value) return "";
  return ClassNamed(annotation, symbol.module);
}

// What its body tells of what it gives.
std::string HouseNames::FactOfResult(const Symbol& function, std::string_view called) const {
  const bool in_class =
      function.kind == SymbolKind::kMethod || function.kind == SymbolKind::kProperty;
  if (in_class && IsChangedBelow(ReceiverOf(called, function), function.name)) return "";
  return FactOf(function.parent, function.name, NameFactKind::kResult);
}

std::string HouseNames::ResultOf(const Symbol& function, std::string_view called) const {
  const std::string fact = FactOfResult(function, called);
  return fact == "self" ? ReceiverOf(called, function) : ValueClass(fact);
}

// Of constants, members of an enumeration among them.
std::string HouseNames::ClassOfValue(std::string_view name) const {
  const NameAnswer answer = Look(name);
  if (answer.verdict != NameVerdict::kFound) return "";
  const std::vector<const SymbolRow*> rows = Definitions(answer.defined);
  if (rows.size() != 1 || rows[0]->symbol.kind != SymbolKind::kConstant) return "";
  const Symbol& symbol = rows[0]->symbol;
  if (!symbol.annotation.empty()) return ClassNamed(symbol.annotation, symbol.module);
  const bool is_member = !symbol.name.starts_with('_') && !symbol.value.starts_with("lambda") &&
                         symbol.parent != symbol.module && IsEnum(symbol.parent);
  if (is_member) return symbol.parent;
  return ValueClass(FactOf(symbol.parent, symbol.name, NameFactKind::kValue));
}

// "shop.Box[]", "shop.Box{}".
ForeignNames::Held HouseNames::HeldByFact(std::string_view fact) const {
  const bool is_table = fact.ends_with("{}");
  if (!is_table && !fact.ends_with("[]")) return {};
  return {ValueClass(fact.substr(0, fact.size() - 2)), is_table};
}

ForeignNames::Held HouseNames::HeldByAnnotation(std::string_view annotation,
                                                const std::string& module) const {
  const HeldInAnnotation held = ElementInAnnotation(annotation);
  if (held.element.empty()) return {};
  if (Look(JoinNames(module, held.holder)).verdict == NameVerdict::kFound)
    return {};  // not Python's
  return {ClassNamed(held.element, module), held.is_table};
}

ForeignNames::Held HouseNames::HeldBy(std::string_view name) const {
  const NameAnswer answer = Look(name);
  if (answer.verdict == NameVerdict::kUnknown) return HeldByFact(FactOfAttribute(name));
  if (answer.verdict != NameVerdict::kFound) return {};
  const std::vector<const SymbolRow*> rows = Definitions(answer.defined);
  if (rows.size() != 1) return {};
  const Symbol& symbol = rows[0]->symbol;
  const Signature& signature = symbol.signature;
  switch (symbol.kind) {
    case SymbolKind::kFunction:
    case SymbolKind::kMethod:
    case SymbolKind::kProperty: {
      const bool is_awaited = signature.is_async && !signature.is_generator;
      const bool is_property = symbol.kind == SymbolKind::kProperty;
      if (is_awaited || (!is_property && !ExactnessOf(*rows[0]).keeps_result)) return {};
      const std::string& stated = signature.returns.empty() ? symbol.annotation : signature.returns;
      return stated.empty() ? HeldByFact(FactOfResult(symbol, name))
                            : HeldByAnnotation(stated, symbol.module);
    }
    case SymbolKind::kField:
    case SymbolKind::kConstant:
      if (!symbol.annotation.empty()) return HeldByAnnotation(symbol.annotation, symbol.module);
      if (IsChangedBelow(ReceiverOf(name, symbol), symbol.name)) return {};
      return HeldByFact(FactOf(symbol.parent, symbol.name, NameFactKind::kValue));
    default: return {};
  }
}

// contextlib's decorators make a context of a generator: what it yields is what is entered.
std::string HouseNames::EnteredBy(std::string_view callee) const {
  const NameAnswer answer = Look(callee);
  if (answer.verdict != NameVerdict::kFound) return "";
  const std::vector<const SymbolRow*> rows = Definitions(answer.defined);
  if (rows.size() != 1 || !rows[0]->symbol.signature.is_generator) return "";
  const Symbol& symbol = rows[0]->symbol;
  bool is_context = false;
  for (const std::string& decorator : symbol.decorators) {
    const std::string_view name = LastPart(decorator);
    const bool makes_one = name == "contextmanager" || name == "asynccontextmanager";
    if (!makes_one && !OneOf(name, {"classmethod", "staticmethod"})) return "";
    is_context = is_context || makes_one;
  }
  const std::string_view yields = ElementInAnnotation(symbol.signature.returns).element;
  if (!is_context || yields.empty()) return "";
  const bool is_receiver = symbol.kind == SymbolKind::kMethod && LastPart(yields) == "Self";
  return is_receiver ? ReceiverOf(callee, symbol) : ClassNamed(yields, symbol.module);
}

std::string HouseNames::ClassOfParameter(std::string_view method, std::string_view name) const {
  const NameAnswer answer = Look(method);
  if (answer.verdict != NameVerdict::kFound) return "";
  const std::vector<const SymbolRow*> rows = Definitions(answer.defined);
  if (rows.size() != 1) return "";
  for (const Parameter& parameter : rows[0]->symbol.signature.parameters) {
    const bool plain = parameter.kind != ParameterKind::kVarPositional &&
                       parameter.kind != ParameterKind::kVarKeyword;
    if (parameter.name != name || !plain) continue;
    return ClassNamed(parameter.annotation, rows[0]->symbol.module);
  }
  return "";
}

}  // namespace inhouse
