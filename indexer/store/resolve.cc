#include "indexer/store/resolve.h"

#include <algorithm>
#include <set>
#include <utility>

#include "indexer/python/name_parts.h"

namespace inhouse {
namespace {

constexpr size_t kMaxNameBytes = 1024;
// Imports and bases between a name and its definition.
constexpr int kMaxHops = 32;

bool Contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
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
      const std::string member = JoinNames(base, rest);
      // `class C(C)` means an outer C.
      if (owner.parent != owner.module) Add(JoinNames(owner.parent, member));
      if (JoinNames(owner.module, base) != class_name) Add(JoinNames(owner.module, member));
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
      if (it->name == "*" && StarBrings(it->module, FirstPart(rest)))
        Add(JoinNames(it->module, rest));
    }
  }

  void AddBinding(const ModuleImport& import, std::string_view after) {
    if (import.name == "*") return;
    if (!import.name.empty()) return Add(JoinNames(import.module, import.name).append(after));
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

}  // namespace

std::optional<std::string> ResolveName(const NameFacts& facts, std::string_view dotted) {
  if (dotted.empty()) return std::nullopt;
  return Search(facts).Run(dotted);
}

void NameTable::AddName(std::string qualified_name, DefinedName defined) {
  const bool is_class = defined.kind == SymbolKind::kClass;
  members_[defined.parent].emplace_back(LastPart(qualified_name));
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

std::vector<std::string> NameTable::Members(std::string_view parent) const {
  const auto at = members_.find(parent);
  return at == members_.end() ? std::vector<std::string>() : at->second;
}

const ModuleFacts* NameTable::Module(std::string_view dotted) const {
  const auto at = modules_.find(dotted);
  return at == modules_.end() ? nullptr : &at->second;
}

}  // namespace inhouse
