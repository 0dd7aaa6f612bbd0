#include "indexer/store/resolve.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace inhouse {
namespace {

constexpr size_t kMaxNameBytes = 1024;
// Imports and bases between a name and its definition.
constexpr int kMaxHops = 32;

bool IsPrivatePart(std::string_view part) {
  const bool dunder = part.size() > 4 && part.starts_with("__") && part.ends_with("__");
  return part.starts_with('_') && !dunder;
}

bool HasPrivatePart(std::string_view dotted) {
  for (size_t begin = 0; begin <= dotted.size();) {
    const size_t end = std::min(dotted.find('.', begin), dotted.size());
    if (IsPrivatePart(dotted.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

std::string_view FirstPart(std::string_view dotted) { return dotted.substr(0, dotted.find('.')); }

std::string_view LastPart(std::string_view dotted) {
  const size_t dot = dotted.rfind('.');
  return dot == std::string_view::npos ? dotted : dotted.substr(dot + 1);
}

std::string Join(std::string_view left, std::string_view right) {
  std::string joined(left);
  joined += '.';
  joined += right;
  return joined;
}

bool Contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// "Base[T]" → "Base"; anything that is no dotted name → "".
std::string_view BaseName(std::string_view written) {
  const std::string_view name = written.substr(0, written.find('['));
  const bool dotted = std::all_of(name.begin(), name.end(), [](char c) {
    return c == '.' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  });
  return dotted ? name : std::string_view();
}

// One name being followed: depth first over what each name may stand for.
class Search {
 public:
  explicit Search(const NameFacts& facts) : facts_(facts) {}

  std::optional<std::string> Run(std::string_view dotted) {
    Add(std::string(dotted));
    PushAlternatives();
    for (size_t steps = 0; !stack_.empty() && steps < kMaxNameSteps; ++steps) {
      Step step = std::move(stack_.back());
      stack_.pop_back();
      if (step.is_answer) return std::move(step.name);
      hops_ = step.hops + 1;
      if (hops_ > kMaxHops || !seen_.insert(step.name).second) continue;
      if (Visit(step.name)) return std::move(step.name);
      PushAlternatives();
    }
    return std::nullopt;
  }

 private:
  struct Step {
    std::string name;
    bool is_answer = false;  // a module, taken if nothing hides it
    int hops = 0;
  };

  // True if the name itself is the answer; else collects what it may stand for.
  bool Visit(const std::string& name) {
    const DefinedName* defined = facts_.Defined(name);
    if (defined != nullptr && defined->kind != SymbolKind::kModule) return true;
    AddByPrefix(name);
    if (defined != nullptr) alternatives_.push_back({name, true, hops_});
    return false;
  }

  // Splits off the longest known class or module; what follows it is looked for there.
  void AddByPrefix(const std::string& name) {
    bool found = false;
    for (size_t dot = name.rfind('.'); dot != std::string::npos && dot > 0;
         dot = name.rfind('.', dot - 1)) {
      const std::string_view prefix = std::string_view(name).substr(0, dot);
      const std::string_view rest = std::string_view(name).substr(dot + 1);
      const DefinedName* owner = facts_.Defined(prefix);
      if (owner != nullptr && owner->kind == SymbolKind::kClass) {
        return AddInherited(*owner, prefix, rest);
      }
      if (owner != nullptr && owner->kind != SymbolKind::kModule) return;
      const ModuleFacts* module = facts_.Module(prefix);
      if (module == nullptr) continue;
      AddImported(*module, rest);
      if (!found) AddStarred(*module, rest);
      found = true;  // an outer package hides this module only by an import of its name
    }
  }

  void AddInherited(const DefinedName& owner, std::string_view class_name, std::string_view rest) {
    for (const std::string& written : owner.bases) {
      const std::string_view base = BaseName(written);
      if (base.empty()) continue;
      const std::string member = Join(base, rest);
      // `class C(C)` means an outer C.
      if (owner.parent != owner.module) Add(Join(owner.parent, member));
      if (Join(owner.module, base) != class_name) Add(Join(owner.module, member));
    }
  }

  // The imports of a module that bind the first part of `rest`, the one that
  // holds at run time first.
  void AddImported(const ModuleFacts& module, std::string_view rest) {
    const std::string_view name = FirstPart(rest);
    const std::string_view after = rest.substr(name.size());
    for (auto it = module.imports.rbegin(); it != module.imports.rend(); ++it) {
      if (it->alias == name && !it->is_conditional) AddBinding(*it, after);
    }
    for (const ModuleImport& import : module.imports) {
      if (import.alias == name && import.is_conditional) AddBinding(import, after);
    }
  }

  void AddStarred(const ModuleFacts& module, std::string_view rest) {
    for (auto it = module.imports.rbegin(); it != module.imports.rend(); ++it) {
      if (it->name == "*" && StarBrings(it->module, FirstPart(rest))) Add(Join(it->module, rest));
    }
  }

  void AddBinding(const ModuleImport& import, std::string_view after) {
    if (import.name == "*") return;
    if (!import.name.empty()) return Add(Join(import.module, import.name).append(after));
    // `import a.b` binds a; `import a.b as a` binds a.b.
    const std::string_view first = FirstPart(import.module);
    if (import.alias == first) Add(std::string(first).append(after));
    Add(std::string(import.module).append(after));
  }

  bool StarBrings(std::string_view module, std::string_view name) const {
    const ModuleFacts* source = facts_.Module(module);
    if (source == nullptr) return false;
    return source->has_all ? Contains(source->exported, name) : !name.starts_with('_');
  }

  void Add(std::string name) {
    if (name.size() <= kMaxNameBytes) alternatives_.push_back({std::move(name), false, hops_});
  }

  void PushAlternatives() {
    std::move(alternatives_.rbegin(), alternatives_.rend(), std::back_inserter(stack_));
    alternatives_.clear();
  }

  const NameFacts& facts_;
  std::vector<Step> stack_;
  std::vector<Step> alternatives_;  // of the name being visited, best first
  std::set<std::string> seen_;
  int hops_ = 0;  // of what is in alternatives_
};

// Which of two names for one thing people should import.
auto Rank(std::string_view name, std::string_view definition) {
  return std::tuple(HasPrivatePart(name), FirstPart(name) != FirstPart(definition),
                    std::count(name.begin(), name.end(), '.'), name.size(), name);
}

// The names that `from MODULE import *` brings.
class StarNames {
 public:
  explicit StarNames(const NameTable& table) : table_(table) {
    for (const auto& [name, defined] : table.names()) members_[defined.parent].push_back(name);
  }

  std::set<std::string, std::less<>> Of(const std::string& module) const {
    std::set<std::string, std::less<>> names;
    std::vector<std::string> open = {module};
    std::set<std::string> seen;
    while (!open.empty() && seen.size() < kMaxNameSteps) {
      const std::string next = std::move(open.back());
      open.pop_back();
      const ModuleFacts* facts = table_.Module(next);
      if (facts == nullptr || !seen.insert(next).second) continue;
      AddNames(next, *facts, &names, &open);
    }
    return names;
  }

 private:
  void AddNames(const std::string& module, const ModuleFacts& facts,
                std::set<std::string, std::less<>>* names, std::vector<std::string>* open) const {
    if (facts.has_all) {
      names->insert(facts.exported.begin(), facts.exported.end());
      return;
    }
    const auto members = members_.find(module);
    if (members != members_.end()) {
      for (const std::string& name : members->second) names->emplace(LastPart(name));
    }
    for (const ModuleImport& import : facts.imports) {
      if (import.name == "*") {
        open->push_back(import.module);
      } else {
        names->insert(import.alias);
      }
    }
    std::erase_if(*names, [](const std::string& name) { return name.starts_with('_'); });
  }

  const NameTable& table_;
  std::map<std::string, std::vector<std::string>> members_;  // parent → qualified names
};

// The best import name found so far of each definition.
class BestNames {
 public:
  explicit BestNames(const NameTable& table) : table_(table), stars_(table) {}

  std::unordered_map<std::string, std::string> Run() {
    for (const auto& [module, facts] : table_.modules()) {
      if (facts.is_package && !HasPrivatePart(module)) AddReexports(module, facts);
    }
    // In the order of names a parent comes before its members.
    for (const auto& [name, defined] : table_.names()) {
      Offer(name, name);
      const auto parent = best_.find(defined.parent);
      if (parent != best_.end()) Offer(name, Join(parent->second, LastPart(name)));
    }
    return std::move(best_);
  }

 private:
  void AddReexports(const std::string& package, const ModuleFacts& facts) {
    for (const ModuleImport& import : facts.imports) {
      if (import.name != "*") {
        AddReexport(package, facts, import.alias);
        continue;
      }
      for (const std::string& name : stars_.Of(import.module)) AddReexport(package, facts, name);
    }
  }

  void AddReexport(const std::string& package, const ModuleFacts& facts, std::string_view alias) {
    if (IsPrivatePart(alias) || (facts.has_all && !Contains(facts.exported, alias))) return;
    std::string name = Join(package, alias);
    if (const auto definition = ResolveName(table_, name)) Offer(*definition, std::move(name));
  }

  void Offer(const std::string& definition, std::string name) {
    const auto [at, is_new] = best_.try_emplace(definition, name);
    if (!is_new && Rank(name, definition) < Rank(at->second, definition)) {
      at->second = std::move(name);
    }
  }

  const NameTable& table_;
  const StarNames stars_;
  std::unordered_map<std::string, std::string> best_;
};

}  // namespace

std::optional<std::string> ResolveName(const NameFacts& facts, std::string_view dotted) {
  if (dotted.empty()) return std::nullopt;
  return Search(facts).Run(dotted);
}

void NameTable::AddName(std::string qualified_name, DefinedName defined) {
  const bool is_class = defined.kind == SymbolKind::kClass;
  const auto [at, is_new] = names_.try_emplace(std::move(qualified_name), defined);
  if (!is_new && is_class && at->second.kind != SymbolKind::kClass) at->second = std::move(defined);
}

void NameTable::AddModule(std::string dotted, ModuleFacts facts) {
  modules_.try_emplace(std::move(dotted), std::move(facts));
}

const DefinedName* NameTable::Defined(std::string_view qualified_name) const {
  const auto at = names_.find(qualified_name);
  return at == names_.end() ? nullptr : &at->second;
}

const ModuleFacts* NameTable::Module(std::string_view dotted) const {
  const auto at = modules_.find(dotted);
  return at == modules_.end() ? nullptr : &at->second;
}

std::unordered_map<std::string, std::string> ImportNames(const NameTable& table) {
  return BestNames(table).Run();
}

}  // namespace inhouse
