#include "retriever/name_choice.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "retriever/symbol_lookup.h"

namespace inhouse {
namespace {

constexpr size_t kMaxNamed = 5;
constexpr size_t kMaxShownName = 100;

std::string_view Cleaned(std::string_view name) {
  const size_t begin = name.find_first_not_of(" \t\r\n`'\"");
  if (begin == std::string_view::npos) return {};
  name = name.substr(begin, name.find_last_not_of(" \t\r\n`'\"") - begin + 1);
  if (name.ends_with("()")) name.remove_suffix(2);
  return name;
}

// On one line, and not longer than one can read.
std::string Shown(std::string_view name) {
  std::string shown(name.substr(0, kMaxShownName));
  for (char& c : shown) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return "'" + shown + "'";
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// `from .load import load` puts the function in the place of its module.
std::vector<uint32_t> WithoutHiddenModules(std::vector<uint32_t> entries, const NameIndex& names) {
  const auto is_module = [&names](uint32_t entry) {
    return names.entries()[entry].kind == SymbolKind::kModule;
  };
  if (std::all_of(entries.begin(), entries.end(), is_module)) return entries;
  std::erase_if(entries, is_module);
  return entries;
}

Result<std::vector<uint32_t>> Matches(IndexView& view, std::string_view name) {
  const NameIndex& names = view.names();
  const auto exact = names.Exact(name);
  if (!exact.empty()) {
    return PreferredOf(WithoutHiddenModules({exact.begin(), exact.end()}, names), names);
  }
  ASSIGN_OR_RETURN(const auto defined, view.Resolve(name));
  if (defined.has_value()) {
    const auto found = names.Exact(*defined);
    if (!found.empty()) return PreferredOf({found.begin(), found.end()}, names);
  }
  return PreferredOf(WithoutHiddenModules(names.WithSuffix(name), names), names);
}

Error Ambiguous(std::string_view name, const std::vector<uint32_t>& entries,
                const NameIndex& names) {
  std::vector<std::string> listed;
  for (size_t i = 0; i < std::min(entries.size(), kMaxNamed); ++i) {
    listed.emplace_back(names.entries()[entries[i]].import_name);
  }
  const size_t more = entries.size() - listed.size();
  return {ErrorKind::kNegative, Shown(name) + " may mean " + Joined(listed) +
                                    (more > 0 ? " and " + std::to_string(more) + " more" : "") +
                                    "; write one of them in full"};
}

Error Unknown(std::string_view name, const NameIndex& names) {
  std::vector<std::string> nearest;
  for (const NameView& entry : NearestNames(names, name, 3)) {
    nearest.emplace_back(entry.import_name);
  }
  return {ErrorKind::kNegative,
          Shown(name) + " is not in the index; " +
              (nearest.empty() ? "try a search by what it does" : "near: " + Joined(nearest))};
}

}  // namespace

Result<const SymbolRow*> ChooseSymbol(IndexView& view, std::string_view written) {
  const std::string_view name = Cleaned(written);
  if (name.empty()) return Error{ErrorKind::kNegative, "no name given; write package.function"};
  ASSIGN_OR_RETURN(const std::vector<uint32_t> entries, Matches(view, name));
  const NameIndex& names = view.names();
  if (entries.size() > 1) return Ambiguous(name, entries, names);
  if (entries.empty()) return Unknown(name, names);
  ASSIGN_OR_RETURN(const SymbolRow* row,
                   view.DefinitionOf(names.entries()[entries[0]].qualified_name, 0));
  if (row == nullptr) return Unknown(name, names);
  return row;
}

Result<const SymbolRow*> FindOnly(IndexView& view, std::string_view name) {
  ASSIGN_OR_RETURN(const std::vector<uint32_t> entries, Matches(view, Cleaned(name)));
  if (entries.size() != 1) return static_cast<const SymbolRow*>(nullptr);
  return view.DefinitionOf(view.names().entries()[entries[0]].qualified_name, 0);
}

std::vector<NameView> NearestNames(const NameIndex& names, std::string_view name, size_t limit) {
  std::vector<NameView> nearest;
  std::set<std::string_view> seen;
  for (const NameIndex::Near& near : names.Nearest(name, 10 * limit)) {
    const NameView entry = names.entries()[near.entry];
    if (!IsPublicName(entry) || entry.role == FileRole::kTest || nearest.size() >= limit) continue;
    if (seen.insert(entry.import_name).second) nearest.push_back(entry);
  }
  return nearest;
}

}  // namespace inhouse
