#include "indexer/store/catalog_names.h"

#include <utility>

#include "indexer/python/name_parts.h"
#include "indexer/store/record.h"
#include "indexer/store/schema.h"

namespace inhouse {
namespace {

constexpr size_t kMaxFilesKept = 500;

Error Damaged(const Database& db) { return BrokenRow(db.path().parent_path(), "file_facts"); }

DefinedName AsDefined(const NameRecord& record) {
  return {record.module, record.parent, record.kind, record.bases};
}

// Columns: is_package, exported.
ModuleFacts TakeModule(const Query& query, int column) {
  ModuleFacts facts;
  facts.is_package = query.Int(column) != 0;
  facts.has_all = !query.IsNull(column + 1);
  if (facts.has_all) facts.exported = RecordReader(query.Text(column + 1)).Texts();
  return facts;
}

// A file of a module, for LoadNames: those that can be imported come first.
struct ModuleRow {
  int64_t file_id = 0;
  std::string scope;
  ModuleFacts facts;
};

Result<std::vector<ModuleRow>> ReadModules(Database& db) {
  std::vector<ModuleRow> rows;
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT id, scope, is_package, exported FROM files "
                                       "ORDER BY module = '', path, root"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return rows;
    rows.push_back({query.Int(0), std::string(query.Text(1)), TakeModule(query, 2)});
  }
}

// The remembered entry for `name`, asking `find` if there is none yet.
template <typename T, typename Find>
const T* Remember(std::map<std::string, std::unique_ptr<T>, std::less<>>* known,
                  std::string_view name, Status* status, Find find) {
  const auto at = known->find(name);
  if (at != known->end()) return at->second.get();
  Result<std::unique_ptr<T>> found = find();
  if (!found.ok()) {
    *status = found.error();
    return nullptr;
  }
  return known->emplace(std::string(name), std::move(found).value()).first->second.get();
}

}  // namespace

Result<NameTable> LoadNames(Database& db) {
  NameTable table;
  Decompressor unpacker;
  std::map<int64_t, std::vector<ModuleImport>> imports;
  {
    ASSIGN_OR_RETURN(Query query, db.Ask("SELECT f.id, n.names FROM files f JOIN file_facts n ON "
                                         "n.file_id = f.id ORDER BY f.root, f.path"));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      FileNames names;
      if (!DecodeNames(query.Text(1), unpacker, &names)) return Damaged(db);
      imports[query.Int(0)] = std::move(names.imports);
      for (NameRecord& name : names.symbols) {
        DefinedName defined = AsDefined(name);
        table.AddName(std::move(name.qualified_name), std::move(defined));
      }
    }
  }
  ASSIGN_OR_RETURN(std::vector<ModuleRow> modules, ReadModules(db));
  for (ModuleRow& module : modules) {
    module.facts.imports = std::move(imports[module.file_id]);
    table.AddModule(std::move(module.scope), std::move(module.facts));
  }
  return table;
}

namespace {

// Of the symbols with these ids, in their order.
Result<std::vector<std::string>> ReadRenamed(Database& db, int64_t first, size_t count) {
  std::vector<std::string> names(count);
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT symbol_id, import_name FROM renamed "
                                       "WHERE symbol_id >= ? AND symbol_id < ?",
                                       first, first + static_cast<int64_t>(count)));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return names;
    names[static_cast<size_t>(query.Int(0) - first)] = query.Text(1);
  }
}

}  // namespace

Result<std::optional<NamedFile>> ReadNamedFile(Database& db, int64_t file_id,
                                               Decompressor& unpacker) {
  NamedFile file;
  {
    ASSIGN_OR_RETURN(Query query, db.Ask("SELECT scope, module, first_symbol, is_package, exported "
                                         "FROM files WHERE id = ?",
                                         file_id));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return std::optional<NamedFile>();
    file.scope = query.Text(0);
    file.import_path = query.Text(1);
    file.first_symbol = query.Int(2);
    file.module = TakeModule(query, 3);
  }
  ASSIGN_OR_RETURN(FileNames names, ReadNames(db, file_id, unpacker));
  file.module.imports = std::move(names.imports);
  file.symbols = std::move(names.symbols);
  ASSIGN_OR_RETURN(file.renamed, ReadRenamed(db, file.first_symbol, file.symbols.size()));
  return std::optional<NamedFile>(std::move(file));
}

Status ForEachSymbol(Database& db,
                     const std::function<void(int64_t id, const NameRecord& symbol)>& visit) {
  Decompressor unpacker;
  ASSIGN_OR_RETURN(Query query,
                   db.Ask("SELECT f.first_symbol, n.names FROM files f JOIN file_facts n ON "
                          "n.file_id = f.id ORDER BY f.root, f.path"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return {};
    FileNames names;
    if (!DecodeNames(query.Text(1), unpacker, &names)) return Damaged(db);
    int64_t id = query.Int(0);
    for (const NameRecord& name : names.symbols) visit(id++, name);
  }
}

Result<std::vector<int64_t>> FilesWithName(Database& db, std::string_view name) {
  std::vector<int64_t> files;
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT f.id FROM names n JOIN files f ON f.id = n.file_id "
                                       "WHERE n.hash = ? ORDER BY f.root, f.path",
                                       NameHash(name)));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return files;
    files.push_back(query.Int(0));
  }
}

Result<FileNames> ReadNames(Database& db, int64_t file_id, Decompressor& unpacker) {
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT names FROM file_facts WHERE file_id = ?", file_id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  FileNames names;
  if (!row || !DecodeNames(query.Text(0), unpacker, &names)) return Damaged(db);
  return names;
}

Result<const CatalogNames::KeptNames*> CatalogNames::Kept(int64_t file_id) const {
  const auto known = files_.find(file_id);
  if (known != files_.end()) return static_cast<const KeptNames*>(&known->second);
  if (files_.size() >= kMaxFilesKept) files_.clear();
  ASSIGN_OR_RETURN(FileNames names, ReadNames(db_, file_id, unpacker_));
  KeptNames& kept = files_[file_id];
  kept.names = std::move(names);
  for (size_t i = 0; i < kept.names.symbols.size(); ++i) {
    kept.by_name[kept.names.symbols[i].qualified_name].push_back(i);
  }
  return static_cast<const KeptNames*>(&kept);
}

Result<const FileNames*> CatalogNames::NamesOf(int64_t file_id) const {
  ASSIGN_OR_RETURN(const KeptNames* kept, Kept(file_id));
  return &kept->names;
}

// A class before others: it has members (as in NameTable::AddName).
Result<std::unique_ptr<DefinedName>> CatalogNames::FindName(std::string_view name) const {
  std::unique_ptr<DefinedName> found;
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(db_, name));
  for (const int64_t file : files) {
    ASSIGN_OR_RETURN(const KeptNames* kept, Kept(file));
    const auto named = kept->by_name.find(name);
    if (named == kept->by_name.end()) continue;
    for (const size_t i : named->second) {
      const NameRecord& record = kept->names.symbols[i];
      const bool better = found == nullptr ||
                          (record.kind == SymbolKind::kClass && found->kind != SymbolKind::kClass);
      if (better) found = std::make_unique<DefinedName>(AsDefined(record));
    }
  }
  return found;
}

Result<std::unique_ptr<ModuleFacts>> CatalogNames::FindModule(std::string_view name) const {
  int64_t file_id = 0;
  auto facts = std::make_unique<ModuleFacts>();
  {
    ASSIGN_OR_RETURN(Query file, db_.Ask("SELECT id, is_package, exported FROM files WHERE "
                                         "scope = ? ORDER BY module = '', path, root LIMIT 1",
                                         name));
    ASSIGN_OR_RETURN(const bool row, file.Next());
    if (!row) return std::unique_ptr<ModuleFacts>();
    file_id = file.Int(0);
    *facts = TakeModule(file, 1);
  }
  ASSIGN_OR_RETURN(const FileNames* names, NamesOf(file_id));
  facts->imports = names->imports;
  return facts;
}

Result<std::vector<std::string>> CatalogNames::FindMembers(std::string_view parent) const {
  std::vector<std::string> members;
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(db_, parent));
  for (const int64_t file : files) {
    ASSIGN_OR_RETURN(const FileNames* names, NamesOf(file));
    for (const NameRecord& record : names->symbols) {
      if (record.parent == parent) members.emplace_back(LastPart(record.qualified_name));
    }
  }
  return members;
}

std::vector<std::string> CatalogNames::Members(std::string_view parent) const {
  Result<std::vector<std::string>> members = FindMembers(parent);
  if (members.ok()) return std::move(members).value();
  status_ = members.error();
  return {};
}

const DefinedName* CatalogNames::Defined(std::string_view qualified_name) const {
  return Remember(&names_, qualified_name, &status_, [&] { return FindName(qualified_name); });
}

const ModuleFacts* CatalogNames::Module(std::string_view dotted) const {
  return Remember(&modules_, dotted, &status_, [&] { return FindModule(dotted); });
}

}  // namespace inhouse
