// Names as people write them → names as they are defined, through imports,
// re-exports and base classes (and back: import_names.h). Pure: all facts come
// through NameFacts.
//
//   ResolveName(facts, "audience_io.write_audience")  → "audience_io.writer.write_audience"
//   ResolveName(facts, "cdp_client.Session.close")    → "cdp_client.core.Base.close"
//   ResolveName(facts, "pandas.read_csv")             → nullopt: leaves the index
//
// What Python would do at run time decides: a definition or import in a package
// hides its submodule of the same name, a later import an earlier one, `import *`
// honours __all__ and leaves out private names otherwise, bases are searched in
// order. Every name is followed at most kMaxNameSteps steps, so that cycles end.
// Functions are as thread-safe as the NameFacts given.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/python/symbol.h"

namespace inhouse {

inline constexpr size_t kMaxNameSteps = 200;

// One import in the namespace of a module.
struct ModuleImport {
  std::string alias;   // the name it binds; "*" for all
  std::string module;  // where from
  std::string name;    // "" for `import module`, "*" for a star import
  bool is_conditional = false;
};

struct ModuleFacts {
  bool is_package = false;  // an __init__ file
  bool has_all = false;
  std::vector<std::string> exported;  // __all__
  std::vector<ModuleImport> imports;  // at module scope, in source order
};

struct DefinedName {
  std::string module;
  std::string parent;
  SymbolKind kind = SymbolKind::kFunction;
  std::vector<std::string> bases;  // classes: as written
};

// What is known about names. Two implementations: NameTable, and the catalog's
// reader over its tables.
class NameFacts {
 public:
  virtual ~NameFacts() = default;
  // By qualified name, or null. Pointers live as long as the facts are not changed.
  virtual const DefinedName* Defined(std::string_view qualified_name) const = 0;
  virtual const ModuleFacts* Module(std::string_view dotted) const = 0;
  // Last parts of the names whose parent it is, in no order, some more than once.
  virtual std::vector<std::string> Members(std::string_view parent) const = 0;
};

std::optional<std::string> ResolveName(const NameFacts& facts, std::string_view dotted);

// So that maps by name are searched with views.
struct NameHasher {
  using is_transparent = void;
  size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
};

// All names in memory; for whole-index work.
class NameTable : public NameFacts {
 public:
  template <typename T>
  using Map = std::unordered_map<std::string, T, NameHasher, std::equal_to<>>;
  // Of several definitions of a name the first stays, but a class is kept
  // before others: it has members.
  void AddName(std::string qualified_name, DefinedName defined);
  // Of several files of one module (a stub beside its source) the first stays.
  void AddModule(std::string dotted, ModuleFacts facts);

  const DefinedName* Defined(std::string_view qualified_name) const override;
  const ModuleFacts* Module(std::string_view dotted) const override;
  std::vector<std::string> Members(std::string_view parent) const override;
  const Map<ModuleFacts>& modules() const { return modules_; }

 private:
  Map<DefinedName> names_;
  Map<ModuleFacts> modules_;
  Map<std::vector<std::string>> members_;  // by parent
};

}  // namespace inhouse
