#include "retriever/house_names.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "indexer/python/annotation_text.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/python_builtins.h"
#include "indexer/python/python_classes.h"
#include "indexer/python/record_fields.h"

namespace inhouse {
namespace {

constexpr int kMaxBases = 20;  // deep

// Those whose constructor takes anything but keywords.
bool IsPlainException(std::string_view base) {
  constexpr std::array<std::string_view, 14> kOwn = {
      "AttributeError",    "BlockingIOError", "ImportError",        "ModuleNotFoundError",
      "NameError",         "OSError",         "PermissionError",    "StopIteration",
      "SyntaxError",       "SystemExit",      "UnicodeDecodeError", "UnicodeEncodeError",
      "FileNotFoundError", "ConnectionError"};
  return IsPythonException(base) && std::find(kOwn.begin(), kOwn.end(), base) == kOwn.end();
}

}  // namespace

HouseNames::HouseNames(IndexView& view) : view_(view) {
  exception_.symbol.kind = SymbolKind::kClass;
  exception_.symbol.signature.parameters = {
      {"args", ParameterKind::kVarPositional, std::nullopt, ""}};
  for (const NameView entry : view.names().entries()) {
    if (entry.kind == SymbolKind::kModule && entry.role == FileRole::kLibrary) {
      packages_.emplace(FirstPart(entry.qualified_name));
    }
  }
}

NameAnswer HouseNames::Look(std::string_view dotted) const {
  NameAnswer foreign;
  foreign.verdict = NameVerdict::kForeign;
  if (!packages_.contains(FirstPart(dotted))) return foreign;
  const std::string name(dotted);
  const auto known = answers_.find(name);
  if (known != answers_.end()) return known->second;
  return answers_.emplace(name, LookUp(name)).first->second;
}

NameAnswer HouseNames::LookUp(const std::string& dotted) const {
  NameAnswer answer;
  if (auto defined = Resolve(dotted)) {
    answer.verdict = NameVerdict::kFound;
    answer.defined = std::move(*defined);
    return answer;
  }
  // The longest part of it that exists lacks the next one.
  for (size_t dot = dotted.rfind('.'); dot != std::string::npos && dot > 0;
       dot = dotted.rfind('.', dot - 1)) {
    const std::string prefix = dotted.substr(0, dot);
    const std::optional<std::string> owner = Resolve(prefix);
    if (!owner) continue;
    const SymbolRow* row = Definition(*owner);
    if (row == nullptr) return answer;
    answer.part = std::string(FirstPart(std::string_view(dotted).substr(dot + 1)));
    answer.owner = *owner;
    answer.verdict = Missing(*row, std::string(answer.part), &answer);
    return answer;
  }
  return answer;
}

const HouseNames::Space& HouseNames::SpaceOf(const std::string& owner) const {
  const auto known = spaces_.find(owner);
  if (known != spaces_.end()) return known->second;
  Space space;
  Result<std::vector<Namespace>> rows = view_.catalog().NamespacesOf(owner);
  if (!rows.ok()) status_ = rows.error();
  if (rows.ok()) {
    for (Namespace& row : *rows) {
      space.is_open = space.is_open || row.is_open;
      space.is_filled = space.is_filled || row.is_filled;
      for (std::string& name : row.names) space.names.insert(std::move(name));
      std::move(row.facts.begin(), row.facts.end(), std::back_inserter(space.facts));
    }
  }
  return spaces_.emplace(owner, std::move(space)).first->second;
}

std::vector<std::string> HouseNames::NamesIn(const std::string& owner) const {
  const Space& space = SpaceOf(owner);
  return {space.names.begin(), space.names.end()};
}

std::vector<const SymbolRow*> HouseNames::Definitions(const std::string& defined) const {
  std::vector<const SymbolRow*> rows;
  const NameIndex& names = view_.names();
  for (const uint32_t entry : names.Exact(defined)) {
    if (names.entries()[entry].qualified_name != defined) continue;
    const Result<const SymbolRow*> row = view_.Symbol(names.entries()[entry].symbol_id);
    if (!row.ok()) status_ = row.error();
    if (row.ok() && *row != nullptr) rows.push_back(*row);
  }
  return rows;
}

const SymbolRow* HouseNames::Definition(const std::string& defined) const {
  const Result<const SymbolRow*> row = view_.DefinitionOf(defined, 0);
  if (!row.ok()) status_ = row.error();
  return row.ok() ? *row : nullptr;
}

std::optional<std::string> HouseNames::Resolve(std::string_view dotted) const {
  Result<std::optional<std::string>> resolved = view_.Resolve(dotted);
  if (!resolved.ok()) status_ = resolved.error();
  return resolved.ok() ? *resolved : std::nullopt;
}

bool HouseNames::HasOwnConstructor(const std::string& class_name) const {
  const Space& space = SpaceOf(class_name);
  return space.names.contains("__init__") || space.names.contains("__new__");
}

// Bases that have none are passed over; where several have one, order counts,
// and only Python knows it.
const SymbolRow* HouseNames::ConstructorOf(const SymbolRow& row, int depth) const {
  const Symbol& symbol = row.symbol;
  if (symbol.kind != SymbolKind::kClass || depth > kMaxBases) return nullptr;
  if (symbol.signature.is_exact) return &row;
  if (symbol.signature.is_decorated && ExactnessOf(row).is_exact) return &row;
  const bool changed = !symbol.decorators.empty() || RecordKindOf(symbol) != RecordKind::kNone ||
                       SpaceOf(symbol.qualified_name).is_open;
  if (changed || HasOwnConstructor(symbol.qualified_name)) return nullptr;
  const SymbolRow* maker = nullptr;
  for (const std::string& written : symbol.bases) {
    const std::string_view base = std::string_view(written).substr(0, written.find('['));
    const NameAnswer found = Look(JoinNames(symbol.module, base));
    const SymbolRow* above = nullptr;
    if (found.verdict == NameVerdict::kFound) {
      const std::vector<const SymbolRow*> rows = Definitions(found.defined);
      if (rows.size() == 1) above = ConstructorOf(*rows[0], depth + 1);
    } else if (AddsNoNames(base)) {
      continue;
    } else if (IsPlainException(base)) {
      above = &exception_;
    }
    if (above == nullptr) return nullptr;
    const Symbol& owner = above->symbol;
    const bool has_none = owner.signature.parameters.empty() && owner.bases.empty() &&
                          !HasOwnConstructor(owner.qualified_name);
    if (has_none || above == maker) continue;
    if (maker != nullptr) return nullptr;
    maker = above;
  }
  return maker;
}

bool HouseNames::Has(std::string_view member) const {
  if (Look(member).verdict == NameVerdict::kFound) return true;
  const size_t dot = member.rfind('.');
  if (dot == std::string_view::npos) return false;
  const NameAnswer owner = Look(member.substr(0, dot));
  if (owner.verdict != NameVerdict::kFound || !IsClass(owner.defined)) return false;
  return !HolderOf(owner.defined, member.substr(dot + 1), 0).empty();
}

bool HouseNames::IsClass(std::string_view name) const {
  const NameAnswer answer = Look(name);
  if (answer.verdict != NameVerdict::kFound) return false;
  const SymbolRow* row = Definition(answer.defined);
  return row != nullptr && row->symbol.kind == SymbolKind::kClass;
}

// Of overloads only where all of them promise the same.
std::optional<std::string> HouseNames::InstanceFrom(std::string_view callee) const {
  const NameAnswer answer = Look(callee);
  if (answer.verdict != NameVerdict::kFound) return std::nullopt;
  const std::vector<const SymbolRow*> rows = Definitions(answer.defined);
  const bool has_overloads = rows.size() > 1 && rows.front()->symbol.is_overload;
  if (rows.empty() || (rows.size() > 1 && !has_overloads)) return "";
  std::optional<std::string> made;
  for (const SymbolRow* row : rows) {
    if (has_overloads && !row->symbol.is_overload) continue;  // what it does, not what it promises
    std::string one = ClassMadeBy(*row, callee);
    if (one.empty() || (made && *made != one)) return "";
    made = std::move(one);
  }
  return made;
}

// `callee`: the name by which it is called; its class is that of the receiver.
std::string HouseNames::ClassMadeBy(const SymbolRow& row, std::string_view callee) const {
  const Symbol& symbol = row.symbol;
  if (symbol.kind == SymbolKind::kClass) return symbol.qualified_name;
  const bool plain = (symbol.kind == SymbolKind::kFunction || symbol.kind == SymbolKind::kMethod) &&
                     !symbol.signature.is_generator && ExactnessOf(row).keeps_result;
  if (!plain) return "";
  const bool is_method = symbol.kind == SymbolKind::kMethod;
  if (symbol.signature.returns.empty()) return ResultOf(symbol, callee);
  const std::string_view returns = ClassInAnnotation(symbol.signature.returns);
  if (LastNameOf(returns) == "Self" && is_method) return ReceiverOf(callee, symbol);
  return ClassNamed(symbol.signature.returns, symbol.module);
}

// The class through which a method is called, which may have it from a base.
std::string HouseNames::ReceiverOf(std::string_view callee, const Symbol& method) const {
  const NameAnswer receiver = Look(ParentNameOf(callee));
  const bool is_class = receiver.verdict == NameVerdict::kFound && IsClass(receiver.defined);
  return is_class ? receiver.defined : method.parent;
}

// The class that an annotation in that module promises, if it is one of ours.
std::string HouseNames::ClassNamed(std::string_view annotation, const std::string& module) const {
  const std::string_view name = ClassInAnnotation(annotation);
  if (name.empty()) return "";
  const NameAnswer answer = Look(JoinNames(module, name));
  if (answer.verdict != NameVerdict::kFound || !IsClass(answer.defined)) return "";
  return answer.defined;
}

}  // namespace inhouse
