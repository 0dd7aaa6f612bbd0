#include "indexer/drift_report.h"

#include <map>
#include <utility>

namespace inhouse {
namespace {

bool IsReported(const Catalog::NameEntry& entry) {
  const bool callable = entry.kind == SymbolKind::kFunction || entry.kind == SymbolKind::kMethod ||
                        entry.kind == SymbolKind::kClass;
  return callable && (entry.role == FileRole::kLibrary || entry.role == FileRole::kScript);
}

}  // namespace

Result<DocDrift> DriftOfSymbol(Catalog& catalog, const Symbol& symbol) {
  DocDrift drift = DriftOf(symbol);
  if (drift.empty() || symbol.kind != SymbolKind::kClass) return drift;
  std::vector<std::string> members;
  ASSIGN_OR_RETURN(const auto rows, catalog.MembersOf(symbol.qualified_name));
  members.reserve(rows.size());
  for (const SymbolRow& row : rows) members.push_back(row.symbol.name);
  ASSIGN_OR_RETURN(const auto spaces, catalog.NamespacesOf(symbol.qualified_name));
  for (const Namespace& space : spaces) {
    members.insert(members.end(), space.names.begin(), space.names.end());
  }
  return DriftOf(symbol, members);
}

Result<std::vector<DriftEntry>> ListDrift(Catalog& catalog) {
  std::map<int64_t, FileRow> files;
  ASSIGN_OR_RETURN(std::vector<FileRow> rows, catalog.Files());
  for (FileRow& file : rows) {
    const int64_t id = file.id;
    files.emplace(id, std::move(file));
  }
  std::vector<DriftEntry> entries;
  ASSIGN_OR_RETURN(const auto names, catalog.Names());  // in the order of root and path
  for (const Catalog::NameEntry& name : names) {
    if (!IsReported(name)) continue;
    ASSIGN_OR_RETURN(const auto row, catalog.SymbolById(name.symbol_id));
    if (!row) continue;
    ASSIGN_OR_RETURN(DocDrift drift, DriftOfSymbol(catalog, row->symbol));
    if (drift.empty()) continue;
    const FileRow& file = files[row->file_id];
    entries.push_back(
        {name.import_name, file.root, file.path, row->symbol.range.start_line, std::move(drift)});
  }
  return entries;
}

}  // namespace inhouse
