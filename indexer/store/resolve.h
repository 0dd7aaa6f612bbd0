// Names as people write them → names as they are defined, through imports,
// re-exports and base classes; and back: the name under which a definition is
// best imported. Pure: all facts come through NameFacts.
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

#include <map>
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
};

std::optional<std::string> ResolveName(const NameFacts& facts, std::string_view dotted);

// All names in memory; for whole-index work.
class NameTable : public NameFacts {
 public:
  // Of several definitions of a name the first stays, but a class is kept
  // before others: it has members.
  void AddName(std::string qualified_name, DefinedName defined);
  // Of several files of one module (a stub beside its source) the first stays.
  void AddModule(std::string dotted, ModuleFacts facts);

  const DefinedName* Defined(std::string_view qualified_name) const override;
  const ModuleFacts* Module(std::string_view dotted) const override;
  const std::map<std::string, DefinedName, std::less<>>& names() const { return names_; }
  const std::map<std::string, ModuleFacts, std::less<>>& modules() const { return modules_; }

 private:
  std::map<std::string, DefinedName, std::less<>> names_;
  std::map<std::string, ModuleFacts, std::less<>> modules_;
};

// Defined name → import name, for every name in the table. The import name is
// public if there is a public one, in the definition's own top-level package if
// there is one, then has the fewest parts, then the fewest bytes.
std::unordered_map<std::string, std::string> ImportNames(const NameTable& table);

}  // namespace inhouse
