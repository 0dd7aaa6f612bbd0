// The catalog's tables as facts about names (resolve.h): all at once for the
// writer, name by name for readers.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/resolve.h"

namespace inhouse {

// Every symbol and every import at module scope.
Result<NameTable> LoadNames(Database& db);

// Looks names up as they are asked for and remembers them. Make one for each
// snapshot: it does not notice commits. A failed look-up counts as "unknown" and
// is kept in status(). `db` must outlive it; one thread.
class CatalogNames : public NameFacts {
 public:
  explicit CatalogNames(Database& db) : db_(db) {}

  const DefinedName* Defined(std::string_view qualified_name) const override;
  const ModuleFacts* Module(std::string_view dotted) const override;
  const Status& status() const { return status_; }
  size_t size() const { return names_.size() + modules_.size(); }

 private:
  Database& db_;
  // Null: asked for, not there.
  mutable std::map<std::string, std::unique_ptr<DefinedName>, std::less<>> names_;
  mutable std::map<std::string, std::unique_ptr<ModuleFacts>, std::less<>> modules_;
  mutable Status status_;
};

}  // namespace inhouse
