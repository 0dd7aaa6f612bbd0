#include "indexer/store/import_names.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "indexer/python/name_parts.h"

namespace inhouse {
namespace {

using Names = std::set<std::string, std::less<>>;

bool HasPrivatePart(std::string_view dotted) { return AnyPart(dotted, IsPrivatePart); }

// Which of two names for one thing people should import.
auto Rank(std::string_view name, std::string_view definition) {
  return std::tuple(HasPrivatePart(name), FirstPart(name) != FirstPart(definition),
                    std::count(name.begin(), name.end(), '.'), name.size(), name);
}

// What one module itself binds that a star takes; the modules that it stars are added to `open`.
void AddOwnNames(const NameFacts& facts, const std::string& name, const ModuleFacts& module,
                 Names* names, std::vector<std::string>* open) {
  if (module.has_all) {
    names->insert(module.exported.begin(), module.exported.end());
    return;
  }
  for (std::string& member : facts.Members(name)) {
    if (!member.starts_with('_')) names->insert(std::move(member));
  }
  for (const ModuleImport& import : module.imports) {
    if (import.name == "*") {
      open->push_back(import.module);
    } else if (!import.alias.starts_with('_')) {
      names->insert(import.alias);
    }
  }
}

// The names that `from MODULE import *` brings.
Names StarNames(const NameFacts& facts, const std::string& module) {
  Names names;
  std::vector<std::string> open = {module};
  std::set<std::string> seen;
  while (!open.empty() && seen.size() < kMaxNameSteps) {
    const std::string next = std::move(open.back());
    open.pop_back();
    const ModuleFacts* found = facts.Module(next);
    if (found == nullptr || !seen.insert(next).second) continue;
    AddOwnNames(facts, next, *found, &names, &open);
  }
  return names;
}

}  // namespace

std::vector<std::string> ReexportedNames(const NameFacts& facts, std::string_view package) {
  const ModuleFacts* module = facts.Module(package);
  if (module == nullptr || !module->is_package || HasPrivatePart(package)) return {};
  Names aliases;
  for (const ModuleImport& import : module->imports) {
    if (import.name != "*") {
      aliases.insert(import.alias);
    } else {
      aliases.merge(StarNames(facts, import.module));
    }
  }
  const std::set<std::string_view> exported(module->exported.begin(), module->exported.end());
  std::vector<std::string> names;
  for (const std::string& alias : aliases) {
    const bool hidden = module->has_all && !exported.contains(alias);
    const bool is_name = !alias.empty() && alias.find('.') == std::string::npos;
    if (is_name && !hidden && !IsPrivatePart(alias)) names.push_back(JoinNames(package, alias));
  }
  return names;
}

const std::string& ImportNamer::Of(std::string_view definition) {
  const auto known = known_.find(definition);
  if (known != known_.end()) return known->second;
  // In place at once, so that names that are each other's parents end.
  std::string& found = known_.emplace(definition, definition).first->second;
  std::string best(definition);
  const auto offer = [&](std::string name) {
    if (Rank(name, definition) < Rank(best, definition)) best = std::move(name);
  };
  for (std::string& name : reexports_(definition)) offer(std::move(name));
  const DefinedName* defined = facts_.Defined(definition);
  if (defined != nullptr && !defined->parent.empty() && defined->parent != definition) {
    const std::string parent = defined->parent;  // looking up more may move what was found
    if (facts_.Defined(parent) != nullptr) offer(JoinNames(Of(parent), LastPart(definition)));
  }
  return found = std::move(best);
}

}  // namespace inhouse
