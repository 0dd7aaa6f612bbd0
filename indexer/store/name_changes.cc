#include "indexer/store/name_changes.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "indexer/base/digest.h"
#include "indexer/python/name_parts.h"

namespace inhouse {
namespace {

bool HasPart(std::string_view dotted, std::string_view word) {
  return AnyPart(dotted, [&](std::string_view part) { return part == word; });
}

// Whether `name` tells it by itself.
bool IsAtOrAbove(std::string_view above, std::string_view name) {
  return above == name || IsBelow(name, above);
}

// Of what bases are looked for in, as far as the class's own name does not say it.
bool OwnerHasPart(std::string_view owner, const NameRecord& symbol, std::string_view word) {
  return !IsAtOrAbove(owner, symbol.qualified_name) && HasPart(owner, word);
}

using Binding = std::tuple<std::string, std::string, bool>;
using Bindings = std::map<std::string_view, std::vector<Binding>>;  // by alias, "*" among them

Bindings BindingsOf(const ModuleFacts& module) {
  Bindings bindings;
  for (const ModuleImport& import : module.imports) {
    const bool star = import.name == "*";
    bindings[star ? std::string_view("*") : std::string_view(import.alias)].emplace_back(
        import.module, import.name, import.is_conditional);
  }
  return bindings;
}

using Definitions = std::map<std::string_view, std::vector<const NameRecord*>>;

Definitions DefinitionsOf(const NamedFile* file) {
  Definitions definitions;
  if (file == nullptr) return definitions;
  for (const NameRecord& symbol : file->symbols) {
    definitions[symbol.qualified_name].push_back(&symbol);
  }
  return definitions;
}

bool SameRecords(const std::vector<const NameRecord*>& a, const std::vector<const NameRecord*>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto* x, const auto* y) {
    return x->kind == y->kind && x->parent == y->parent && x->module == y->module &&
           x->bases == y->bases;
  });
}

// visit(key) for keys whose values differ, or that one of both lacks.
template <typename Map, typename Same, typename Visit>
void ForEachDifference(const Map& before, const Map& after, Same same, Visit visit) {
  for (const auto& [key, value] : before) {
    const auto other = after.find(key);
    if (other == after.end() || !same(value, other->second)) visit(key);
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key)) visit(key);
  }
}

std::vector<std::string> Sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  return list;
}

// Both are of the same scope.
void CompareModules(const std::string& scope, const ModuleFacts& before, const ModuleFacts& after,
                    NameChanges* changes) {
  if (before.is_package != after.is_package) changes->scopes.insert(scope);
  const auto visit = [&](std::string_view alias) {
    changes->scopes.insert(scope);
    changes->words.AddRoot(alias == "*" ? scope : JoinNames(scope, alias));
  };
  ForEachDifference(BindingsOf(before), BindingsOf(after), std::equal_to<>(), visit);
  if (before.has_all != after.has_all) visit("*");
  std::vector<std::string> exported;
  const std::vector<std::string> old = Sorted(before.exported), now = Sorted(after.exported);
  std::set_symmetric_difference(old.begin(), old.end(), now.begin(), now.end(),
                                std::back_inserter(exported));
  for (const std::string& name : exported) visit(name);
}

}  // namespace

void AffectedWords::Add(std::string_view word, bool anywhere) {
  if (word.empty()) return;
  if (!(anywhere ? anywhere_ : inner_).emplace(word).second) return;
  new_.emplace_back(word);
  const auto byte = static_cast<unsigned char>(word[0]);
  first_bytes_[byte / 64] |= uint64_t{1} << byte % 64;
}

void AffectedWords::AddRoot(std::string_view name) {
  const std::string_view word = LastPart(name);
  Add(word, word.size() == name.size());
}

void AffectedWords::Follow(const NamedFile& file, std::string_view word) {
  for (const ModuleImport& import : file.module.imports) {
    const bool carries = HasPart(import.module, word) || import.name == word;
    if (!carries) continue;
    if (import.name == "*") {
      AddRoot(file.scope);
    } else {
      Add(import.alias, false);
    }
  }
  for (const NameRecord& symbol : file.symbols) {
    const bool carries =
        std::any_of(symbol.bases.begin(), symbol.bases.end(), [&](const std::string& base) {
          return HasPart(BaseName(base), word) || OwnerHasPart(symbol.parent, symbol, word) ||
                 OwnerHasPart(symbol.module, symbol, word);
        });
    if (carries) AddRoot(symbol.qualified_name);
  }
}

bool AffectedWords::Matches(std::string_view name) const {
  bool first = true;
  return AnyPart(name, [&](std::string_view part) {
    const bool is_first = std::exchange(first, false);
    const auto byte = static_cast<unsigned char>(part.empty() ? '\0' : part[0]);
    if ((first_bytes_[byte / 64] >> byte % 64 & 1) == 0) return false;
    return anywhere_.contains(part) || (!is_first && inner_.contains(part));
  });
}

std::vector<std::string> AffectedWords::TakeNew() { return std::exchange(new_, {}); }

void NameChanges::Compare(const NamedFile* before, const NamedFile* after) {
  const NamedFile* either = after != nullptr ? after : before;
  if (either == nullptr) return;
  const bool same_scope = before != nullptr && after != nullptr && before->scope == after->scope &&
                          before->import_path == after->import_path;
  for (const NamedFile* file : {before, after}) {
    if (same_scope || file == nullptr) continue;
    words.AddRoot(file->scope);
    scopes.insert(file->scope);
  }
  if (same_scope) CompareModules(either->scope, before->module, after->module, this);
  const Definitions old = DefinitionsOf(before), now = DefinitionsOf(after);
  ForEachDifference(old, now, SameRecords, [&](std::string_view name) {
    definitions.emplace(name);
    const bool told = !same_scope && IsAtOrAbove(either->scope, name);
    if (!told) words.AddRoot(name);
    for (const Definitions* all : {&old, &now}) {
      const auto at = all->find(name);
      if (at == all->end()) continue;
      for (const NameRecord* record : at->second) scopes.insert(record->parent);
    }
  });
}

void LinkCollector::AddParts(std::string_view dotted, std::string_view without) {
  AnyPart(dotted, [&](std::string_view part) {
    if (!part.empty() && part != without) links_.push_back(LinkOfWord(part));
    return false;
  });
}

void LinkCollector::AddImport(std::string_view module, std::string_view name,
                              std::string_view alias) {
  if (name == "*") {
    links_.push_back(LinkOfStar(module));
    return AddParts(module, "");
  }
  AddParts(module, alias);
  AddParts(name, alias);
}

// Whatever a base is written in has the class's own name before it.
void LinkCollector::AddClass(std::string_view qualified_name, std::string_view parent,
                             std::string_view module, const std::vector<std::string>& bases) {
  if (bases.empty()) return;
  const std::string_view name = LastPart(qualified_name);
  for (const std::string& base : bases) AddParts(BaseName(base), name);
  for (const std::string_view owner : {parent, module}) {
    if (!IsAtOrAbove(owner, qualified_name)) AddParts(owner, name);
  }
}

std::vector<int64_t> LinkCollector::Take() {
  std::sort(links_.begin(), links_.end());
  links_.erase(std::unique(links_.begin(), links_.end()), links_.end());
  return std::exchange(links_, {});
}

// Half of a hash takes half the room; a file that is found for another word is
// only read in vain.
int64_t LinkOfWord(std::string_view word) { return static_cast<int64_t>(Xxh3(word) & 0x7fffffffu); }

int64_t LinkOfStar(std::string_view module) { return LinkOfWord(std::string("*") += module); }

}  // namespace inhouse
