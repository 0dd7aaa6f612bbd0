#include "indexer/store/catalog_names.h"

#include <unordered_map>
#include <utility>

#include "indexer/store/record.h"

namespace inhouse {
namespace {

// Columns: module, parent, kind, bases.
DefinedName TakeName(const Query& query, int column) {
  DefinedName name;
  name.module = query.Text(column);
  name.parent = query.Text(column + 1);
  name.kind = static_cast<SymbolKind>(query.Int(column + 2));
  name.bases = RecordReader(query.Text(column + 3)).Texts();
  return name;
}

// Columns: is_package, exported.
ModuleFacts TakeModule(const Query& query, int column) {
  ModuleFacts facts;
  facts.is_package = query.Int(column) != 0;
  facts.has_all = !query.IsNull(column + 1);
  if (facts.has_all) facts.exported = RecordReader(query.Text(column + 1)).Texts();
  return facts;
}

// Columns: alias, module, name, is_conditional.
ModuleImport TakeImport(const Query& query, int column) {
  return {std::string(query.Text(column)), std::string(query.Text(column + 1)),
          std::string(query.Text(column + 2)), query.Int(column + 3) != 0};
}

using FileImports = std::unordered_map<int64_t, std::vector<ModuleImport>>;

Result<FileImports> LoadImports(Database& db) {
  FileImports imports;
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT file_id, alias, module, name, is_conditional "
                                       "FROM imports ORDER BY file_id, position"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return imports;
    imports[query.Int(0)].push_back(TakeImport(query, 1));
  }
}

// Of files with one module name, those that can be imported come first.
Status LoadModules(Database& db, NameTable* table) {
  ASSIGN_OR_RETURN(FileImports imports, LoadImports(db));
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT id, scope, is_package, exported FROM files "
                                       "ORDER BY module = '', path, root"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return {};
    ModuleFacts facts = TakeModule(query, 2);
    facts.imports = std::move(imports[query.Int(0)]);
    table->AddModule(std::string(query.Text(1)), std::move(facts));
  }
}

Result<std::unique_ptr<DefinedName>> FindName(Database& db, std::string_view name) {
  // A class before others: it has members (as in NameTable::AddName).
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT module, parent, kind, bases FROM symbols "
                                       "WHERE qualified_name = ? ORDER BY kind <> 1, id LIMIT 1",
                                       name));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  if (!row) return std::unique_ptr<DefinedName>();
  return std::make_unique<DefinedName>(TakeName(query, 0));
}

Result<std::unique_ptr<ModuleFacts>> FindModule(Database& db, std::string_view name) {
  int64_t file_id = 0;
  auto facts = std::make_unique<ModuleFacts>();
  {
    ASSIGN_OR_RETURN(Query file, db.Ask("SELECT id, is_package, exported FROM files WHERE "
                                        "scope = ? ORDER BY module = '', path, root LIMIT 1",
                                        name));
    ASSIGN_OR_RETURN(const bool row, file.Next());
    if (!row) return std::unique_ptr<ModuleFacts>();
    file_id = file.Int(0);
    *facts = TakeModule(file, 1);
  }
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT alias, module, name, is_conditional FROM imports "
                                       "WHERE file_id = ? ORDER BY position",
                                       file_id));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return facts;
    facts->imports.push_back(TakeImport(query, 0));
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
  RETURN_IF_ERROR(LoadModules(db, &table));
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT qualified_name, module, parent, kind, bases "
                                       "FROM symbols ORDER BY id"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return table;
    table.AddName(std::string(query.Text(0)), TakeName(query, 1));
  }
}

const DefinedName* CatalogNames::Defined(std::string_view qualified_name) const {
  return Remember(&names_, qualified_name, &status_, [&] { return FindName(db_, qualified_name); });
}

const ModuleFacts* CatalogNames::Module(std::string_view dotted) const {
  return Remember(&modules_, dotted, &status_, [&] { return FindModule(db_, dotted); });
}

}  // namespace inhouse
