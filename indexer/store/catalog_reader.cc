#include "indexer/store/catalog_reader.h"

#include <utility>

#include "indexer/store/catalog_queries.h"
#include "indexer/store/resolve.h"
#include "indexer/store/schema.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// Names remembered between calls; a long-lived reader starts anew above it.
constexpr size_t kMaxRememberedNames = 50'000;

constexpr char kFileOfSymbol[] =
    "SELECT id, first_symbol, symbol_count FROM files WHERE first_symbol <= ? "
    "AND symbol_count > 0 ORDER BY first_symbol DESC LIMIT 1";

}  // namespace

Result<CatalogReader::Snapshot> CatalogReader::Begin() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*db, Transaction::Kind::kRead));
  ASSIGN_OR_RETURN(const int64_t version, file_->VersionOf(*db));
  if (version != version_) {
    names_.reset();
    full_text_.reset();
    files_.clear();
    version_ = version;
  }
  return Snapshot{db, std::move(transaction)};
}

Result<const OpenFile*> CatalogReader::Open(Database& db, int64_t file_id) {
  const auto known = files_.find(file_id);
  if (known != files_.end()) return static_cast<const OpenFile*>(known->second.get());
  ASSIGN_OR_RETURN(Query query,
                   db.Ask("SELECT f.first_symbol, f.first_chunk, n.names, n.contents FROM files f "
                          "JOIN file_facts n ON n.file_id = f.id WHERE f.id = ?",
                          file_id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  auto file = std::make_unique<OpenFile>();
  file->id = file_id;
  const bool intact = row && DecodeNames(query.Text(2), unpacker_, &file->names) &&
                      file->contents.Open(query.Text(3), unpacker_) &&
                      file->contents.symbols() == file->names.symbols.size();
  if (!intact) return BrokenRow(index_dir_, "file_facts");
  file->first_symbol = query.Int(0);
  file->first_chunk = query.Int(1);
  return static_cast<const OpenFile*>(files_.emplace(file_id, std::move(file)).first->second.get());
}

// `sql` finds the file by an id of something in it; null if there is none.
Result<const OpenFile*> CatalogReader::OpenWith(Database& db, const char* sql, int64_t id) {
  int64_t file_id = 0;
  {
    ASSIGN_OR_RETURN(Query query, db.Ask(sql, id));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row || id < query.Int(1) || id >= query.Int(1) + query.Int(2)) {
      return static_cast<const OpenFile*>(nullptr);
    }
    file_id = query.Int(0);
  }
  if (files_.size() >= kMaxFilesKept) files_.clear();
  return Open(db, file_id);
}

Result<std::string> CatalogReader::ImportName(Database& db, int64_t symbol_id,
                                              const std::string& defined) {
  ASSIGN_OR_RETURN(Query query,
                   db.Ask("SELECT import_name FROM renamed WHERE symbol_id = ?", symbol_id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  return row ? std::string(query.Text(0)) : defined;
}

Result<SymbolRow> CatalogReader::SymbolAt(Database& db, const OpenFile& file, size_t position) {
  SymbolRow row;
  row.id = file.first_symbol + static_cast<int64_t>(position);
  row.file_id = file.id;
  if (!file.contents.Symbol(position, file.names, &row.symbol))
    return BrokenRow(index_dir_, "file_facts");
  ASSIGN_OR_RETURN(row.import_name, ImportName(db, row.id, row.symbol.qualified_name));
  return row;
}

Result<CatalogMeta> CatalogReader::Meta() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return ReadMeta(*db);
}

Result<std::vector<FileRow>> CatalogReader::Files() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return QueryFiles(*db);
}

Result<std::optional<FileRow>> CatalogReader::File(int64_t file_id) {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  ASSIGN_OR_RETURN(
      Query query,
      db->Ask("SELECT " + std::string(kFileColumns) + " FROM files WHERE id = ?", file_id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  if (!row) return std::optional<FileRow>();
  return std::optional<FileRow>(TakeFile(query));
}

// The file's symbols of that name, or those that have it as parent.
Status CatalogReader::AddSymbolsOf(Database& db, int64_t file_id, std::string_view name,
                                   bool as_parent, std::vector<SymbolRow>* rows) {
  if (files_.size() >= kMaxFilesKept) files_.clear();
  ASSIGN_OR_RETURN(const OpenFile* file, Open(db, file_id));
  for (size_t i = 0; i < file->names.symbols.size(); ++i) {
    const NameRecord& symbol = file->names.symbols[i];
    if ((as_parent ? symbol.parent : symbol.qualified_name) != name) continue;
    ASSIGN_OR_RETURN(rows->emplace_back(), SymbolAt(db, *file, i));
  }
  return {};
}

// Symbols that are imported under the name.
Status CatalogReader::AddRenamed(Database& db, std::string_view name,
                                 std::vector<SymbolRow>* rows) {
  std::vector<int64_t> ids;
  {
    ASSIGN_OR_RETURN(Query query,
                     db.Ask("SELECT symbol_id FROM import_names WHERE hash = ?", NameHash(name)));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      ids.push_back(query.Int(0));
    }
  }
  for (const int64_t id : ids) {
    ASSIGN_OR_RETURN(const OpenFile* file, OpenWith(db, kFileOfSymbol, id));
    if (file == nullptr) return BrokenRow(index_dir_, "import_names");
    ASSIGN_OR_RETURN(SymbolRow row,
                     SymbolAt(db, *file, static_cast<size_t>(id - file->first_symbol)));
    const bool known = row.symbol.qualified_name == name;  // found by that already
    if (!known && row.import_name == name) rows->push_back(std::move(row));
  }
  return {};
}

Result<std::vector<SymbolRow>> CatalogReader::SymbolsNamed(std::string_view dotted) {
  std::vector<SymbolRow> rows;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(*snapshot.db, dotted));
  for (const int64_t file : files) {
    RETURN_IF_ERROR(AddSymbolsOf(*snapshot.db, file, dotted, false, &rows));
  }
  RETURN_IF_ERROR(AddRenamed(*snapshot.db, dotted, &rows));
  return rows;
}

Result<std::optional<SymbolRow>> CatalogReader::SymbolById(int64_t id) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const OpenFile* file, OpenWith(*snapshot.db, kFileOfSymbol, id));
  if (file == nullptr) return std::optional<SymbolRow>();
  ASSIGN_OR_RETURN(SymbolRow row,
                   SymbolAt(*snapshot.db, *file, static_cast<size_t>(id - file->first_symbol)));
  return std::optional<SymbolRow>(std::move(row));
}

Result<std::vector<SymbolRow>> CatalogReader::MembersOf(std::string_view qualified_name) {
  std::vector<SymbolRow> rows;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(*snapshot.db, qualified_name));
  for (const int64_t file : files) {
    RETURN_IF_ERROR(AddSymbolsOf(*snapshot.db, file, qualified_name, true, &rows));
  }
  return rows;
}

Result<std::vector<Catalog::NameEntry>> CatalogReader::Names() {
  std::vector<NameEntry> entries;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  std::unordered_map<int64_t, std::string> renamed;
  {
    ASSIGN_OR_RETURN(Query query, snapshot.db->Ask("SELECT symbol_id, import_name FROM renamed"));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      renamed.emplace(query.Int(0), query.Text(1));
    }
  }
  ASSIGN_OR_RETURN(Query query,
                   snapshot.db->Ask("SELECT f.first_symbol, f.role, n.names FROM files f JOIN "
                                    "file_facts n ON n.file_id = f.id ORDER BY f.root, f.path"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return entries;
    FileNames names;
    if (!DecodeNames(query.Text(2), unpacker_, &names)) return BrokenRow(index_dir_, "file_facts");
    int64_t id = query.Int(0);
    for (NameRecord& name : names.symbols) {
      const auto other = renamed.find(id);
      std::string import_name = other == renamed.end() ? name.qualified_name : other->second;
      entries.push_back({id++, std::move(import_name), std::move(name.qualified_name), name.kind,
                         name.is_public, name.is_deprecated, static_cast<FileRole>(query.Int(1))});
    }
  }
}

Result<std::optional<std::string>> CatalogReader::ResolveName(std::string_view dotted) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  if (names_ == nullptr || names_->size() > kMaxRememberedNames) {
    names_ = std::make_unique<CatalogNames>(*snapshot.db);
  }
  std::optional<std::string> resolved = inhouse::ResolveName(*names_, dotted);
  if (!names_->status().ok()) {
    const Error error = names_->status().error();
    names_.reset();
    return error;
  }
  return resolved;
}

Result<std::vector<Catalog::ClassEntry>> CatalogReader::Classes() {
  std::vector<ClassEntry> classes;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  RETURN_IF_ERROR(ForEachSymbol(*snapshot.db, [&](int64_t, const NameRecord& name) {
    if (name.kind == SymbolKind::kClass && !name.bases.empty()) {
      classes.push_back({name.qualified_name, name.bases});
    }
  }));
  return classes;
}

Result<std::vector<Namespace>> CatalogReader::NamespacesOf(std::string_view qualified_name) {
  std::vector<Namespace> spaces;
  ASSIGN_OR_RETURN(const Snapshot snapshot, Begin());
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(*snapshot.db, qualified_name));
  for (const int64_t file : files) {
    ASSIGN_OR_RETURN(Query query,
                     snapshot.db->Ask("SELECT names FROM file_facts WHERE file_id = ?", file));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    std::vector<Namespace> here;
    if (!row || !DecodeSpaces(query.Text(0), unpacker_, &here)) {
      return BrokenRow(index_dir_, "file_facts");
    }
    std::erase_if(here, [&](const Namespace& space) { return space.owner != qualified_name; });
    std::move(here.begin(), here.end(), std::back_inserter(spaces));
  }
  return spaces;
}

Result<std::vector<std::pair<std::string, float>>> CatalogReader::CorpusWeights() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return QueryWeights(*db);
}

Result<TermVectors> CatalogReader::OwnTerms() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return QueryOwnTerms(*db);
}

Result<CatalogCounts> CatalogReader::Counts() {
  ASSIGN_OR_RETURN(Database * db, file_->Current());
  return QueryCounts(*db);
}

Result<std::unique_ptr<Catalog>> Catalog::Open(const fs::path& index_dir) {
  ASSIGN_OR_RETURN(std::unique_ptr<CatalogFileReader> file, CatalogFileReader::Open(index_dir));
  return std::unique_ptr<Catalog>(std::make_unique<CatalogReader>(index_dir, std::move(file)));
}

}  // namespace inhouse
