#include "indexer/python/doc_drift.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace inhouse {
namespace {

bool IsIdentifier(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

// "x, y" → both; stars and blanks go; what is no name ("obj.attr") is left out.
std::vector<std::string> NamesOf(std::string_view text) {
  std::vector<std::string> names;
  for (;;) {
    std::string_view part = text.substr(0, text.find(','));
    const size_t size = part.size();
    while (!part.empty() && (part.front() == ' ' || part.front() == '*')) part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (IsIdentifier(part)) names.emplace_back(part);
    if (size == text.size()) return names;
    text.remove_prefix(size + 1);
  }
}

bool HasSignature(const Symbol& symbol) {
  const bool callable = symbol.kind == SymbolKind::kFunction ||
                        symbol.kind == SymbolKind::kMethod || symbol.kind == SymbolKind::kClass;
  return callable && symbol.signature.is_exact && !symbol.is_overload;
}

bool TakesAnyName(const Signature& signature) {
  return std::any_of(
      signature.parameters.begin(), signature.parameters.end(),
      [](const Parameter& parameter) { return parameter.kind == ParameterKind::kVarKeyword; });
}

bool NeedsDescription(const Parameter& parameter) {
  return parameter.kind != ParameterKind::kVarKeyword &&
         parameter.kind != ParameterKind::kVarPositional && !parameter.name.starts_with('_');
}

// A class whose docstring lists attributes alone need not list parameters.
bool DescribesAttributes(const std::vector<std::string>& described,
                         const std::vector<std::string>& members) {
  return !members.empty() &&
         std::all_of(described.begin(), described.end(), [&](const std::string& name) {
           return std::find(members.begin(), members.end(), name) != members.end();
         });
}

void AddQuoted(const char* head, const std::vector<std::string>& names, std::string* text) {
  if (names.empty()) return;
  if (!text->empty()) *text += "; ";
  *text += head;
  for (size_t i = 0; i < names.size(); ++i) {
    text->append(i == 0 ? " '" : ", '").append(names[i]).append("'");
  }
}

}  // namespace

DocDrift DriftOf(const Symbol& symbol, const std::vector<std::string>& members) {
  DocDrift drift;
  if (!HasSignature(symbol)) return drift;
  std::set<std::string> described;
  std::vector<std::string> in_order;
  for (const DocParameter& entry : symbol.doc.parameters) {
    for (std::string& name : NamesOf(entry.name)) {
      if (described.insert(name).second) in_order.push_back(std::move(name));
    }
  }
  std::set<std::string_view> taken = {"self", "cls"};
  bool any = false;
  for (const Parameter& parameter : symbol.signature.parameters) {
    taken.insert(parameter.name);
    any = any || described.contains(parameter.name);
  }
  const bool open = TakesAnyName(symbol.signature);
  for (const std::string& name : in_order) {
    const bool is_member = std::find(members.begin(), members.end(), name) != members.end();
    if (!open && !is_member && !taken.contains(name)) drift.documented_only.push_back(name);
  }
  if (DescribesAttributes(in_order, members)) return drift;
  for (const Parameter& parameter : symbol.signature.parameters) {
    if (any && NeedsDescription(parameter) && !described.contains(parameter.name)) {
      drift.undocumented.push_back(parameter.name);
    }
  }
  return drift;
}

std::string DriftText(const DocDrift& drift) {
  std::string text;
  AddQuoted("documents", drift.documented_only, &text);
  if (!text.empty()) text += ", which it does not take";
  AddQuoted("does not document", drift.undocumented, &text);
  return text;
}

}  // namespace inhouse
