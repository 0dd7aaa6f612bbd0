// The catalog's tables as facts about names (resolve.h): all at once for the
// writer, name by name for readers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/base/compress.h"
#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/file_record.h"
#include "indexer/store/name_changes.h"
#include "indexer/store/resolve.h"

namespace inhouse {

// Every symbol and every import at module scope.
Result<NameTable> LoadNames(Database& db);

// What a file says of names, as it is stored now; nullopt if it is not there.
// Errors: kIndex (damaged).
Result<std::optional<NamedFile>> ReadNamedFile(Database& db, int64_t file_id,
                                               Decompressor& unpacker);

// Every symbol with its id: files in the order of root and path.
Status ForEachSymbol(Database& db,
                     const std::function<void(int64_t id, const NameRecord& symbol)>& visit);

// The files that may know a name, in the order of root and path.
Result<std::vector<int64_t>> FilesWithName(Database& db, std::string_view name);
// What a file's names are. Errors: kIndex (damaged).
Result<FileNames> ReadNames(Database& db, int64_t file_id, Decompressor& unpacker);

// Looks names up as they are asked for and remembers them. Make one for each
// snapshot: it does not notice commits. A failed look-up counts as "unknown" and
// is kept in status(). `db` must outlive it; one thread.
class CatalogNames : public NameFacts {
 public:
  explicit CatalogNames(Database& db) : db_(db) {}

  const DefinedName* Defined(std::string_view qualified_name) const override;
  const ModuleFacts* Module(std::string_view dotted) const override;
  std::vector<std::string> Members(std::string_view parent) const override;
  const Status& status() const { return status_; }
  size_t size() const { return names_.size() + modules_.size(); }

 private:
  // A file's names, with the places of its symbols in it by name.
  struct KeptNames {
    FileNames names;
    std::unordered_map<std::string_view, std::vector<size_t>> by_name;
  };

  Result<const KeptNames*> Kept(int64_t file_id) const;
  Result<const FileNames*> NamesOf(int64_t file_id) const;
  Result<std::unique_ptr<DefinedName>> FindName(std::string_view name) const;
  Result<std::unique_ptr<ModuleFacts>> FindModule(std::string_view name) const;
  Result<std::vector<std::string>> FindMembers(std::string_view parent) const;

  Database& db_;
  mutable Decompressor unpacker_;
  // Null: asked for, not there.
  mutable std::map<std::string, std::unique_ptr<DefinedName>, std::less<>> names_;
  mutable std::map<std::string, std::unique_ptr<ModuleFacts>, std::less<>> modules_;
  mutable std::map<int64_t, KeptNames> files_;  // read for the above
  mutable Status status_;
};

}  // namespace inhouse
