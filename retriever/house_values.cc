#include <algorithm>
#include <utility>

#include "indexer/python/name_parts.h"
#include "indexer/python/value_path.h"
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
std::optional<std::string> HouseNames::ClassOfAttribute(std::string_view member) const {
  const size_t dot = member.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const NameAnswer owner = Look(member.substr(0, dot));
  if (owner.verdict != NameVerdict::kFound || !IsClass(owner.defined)) return std::nullopt;
  const std::string_view name = member.substr(dot + 1);
  const std::string holder = HolderOf(owner.defined, name, 0);
  if (holder.empty()) return std::nullopt;
  const std::string fact = FactOf(holder, name, NameFactKind::kValue);
  if (fact.empty() || IsChangedBelow(owner.defined, name)) return std::nullopt;
  std::string value = ValueClass(fact);
  if (value.empty()) return std::nullopt;
  return value;
}

std::string HouseNames::ResultOf(const Symbol& function, std::string_view called) const {
  const std::string fact = FactOf(function.parent, function.name, NameFactKind::kResult);
  if (fact.empty()) return "";
  const bool in_class =
      function.kind == SymbolKind::kMethod || function.kind == SymbolKind::kProperty;
  if (!in_class) return ValueClass(fact);
  std::string receiver = ReceiverOf(called, function);
  if (IsChangedBelow(receiver, function.name)) return "";
  return fact == "self" ? receiver : ValueClass(fact);
}

}  // namespace inhouse
