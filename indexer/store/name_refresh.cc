#include "indexer/store/name_refresh.h"

#include <algorithm>
#include <unordered_map>

#include "indexer/store/catalog_names.h"
#include "indexer/store/schema.h"

namespace inhouse {
namespace {

Error Damaged(const Database& db) { return BrokenRow(db.path().parent_path(), "file_facts"); }

template <typename T>
void SortAndDrop(std::vector<T>* rows) {
  std::sort(rows->begin(), rows->end());
  rows->erase(std::unique(rows->begin(), rows->end()), rows->end());
}

// NULL: leaves the index; "": the target as written.
std::string_view Stored(const std::string& target, const std::string& resolved) {
  return resolved == target ? std::string_view() : std::string_view(resolved);
}

}  // namespace

void NameRefresh::AllIsNew() {
  names_changed_ = true;
  names_.clear();
  foreign_chunks_.clear();
  target_files_.clear();
  targets_.clear();
  maybe_unused_.clear();
}

Status NameRefresh::RemoveFile(int64_t file_id, bool keep_names) {
  RETURN_IF_ERROR(WritePending());  // the file may be among them
  std::string names, spaces, calls, contents;
  {
    ASSIGN_OR_RETURN(
        Query query,
        db_.Ask("SELECT names, spaces, calls, contents FROM file_facts WHERE file_id = ?",
                file_id));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return Damaged(db_);
    names = query.Text(0);
    spaces = query.Text(1);
    calls = query.Text(2);
    contents = query.Text(3);
  }
  if (!keep_names) {
    std::vector<int64_t> hashes;
    if (!HashesOfNames(names, spaces, unpacker_, &hashes)) return Damaged(db_);
    RETURN_IF_ERROR(RemoveNames(file_id, hashes));
    RETURN_IF_ERROR(RemoveRenamed(file_id));
    names_changed_ = true;
  }
  RETURN_IF_ERROR(RemoveForeignChunks(file_id, contents));
  return RemoveCalls(file_id, calls);
}

Status NameRefresh::RemoveNames(int64_t file_id, const std::vector<int64_t>& hashes) {
  for (const int64_t hash : hashes) {
    RETURN_IF_ERROR(db_.Run("DELETE FROM names WHERE hash = ? AND file_id = ?", hash, file_id));
  }
  return {};
}

Status NameRefresh::RemoveForeignChunks(int64_t file_id, std::string_view packed) {
  FileContents contents;
  if (!contents.Open(packed, unpacker_)) return Damaged(db_);
  int64_t first = 0;
  {
    ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT first_chunk FROM files WHERE id = ?", file_id));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return Damaged(db_);
    first = query.Int(0);
  }
  for (size_t i = 0; i < contents.chunks(); ++i) {
    if (contents.ChunkSymbol(i).empty()) continue;
    RETURN_IF_ERROR(db_.Run("DELETE FROM foreign_chunks WHERE hash = ? AND chunk_id = ?",
                            NameHash(contents.ChunkSymbol(i)), first + static_cast<int64_t>(i)));
  }
  return {};
}

Status NameRefresh::RemoveRenamed(int64_t file_id) {
  int64_t first = 0, count = 0;
  {
    ASSIGN_OR_RETURN(Query query,
                     db_.Ask("SELECT first_symbol, symbol_count FROM files WHERE id = ?", file_id));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return Damaged(db_);
    first = query.Int(0);
    count = query.Int(1);
  }
  std::vector<Pair> renamed;
  {
    ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT symbol_id, import_name FROM renamed "
                                          "WHERE symbol_id >= ? AND symbol_id < ?",
                                          first, first + count));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      renamed.emplace_back(NameHash(query.Text(1)), query.Int(0));
    }
  }
  for (const auto& [hash, id] : renamed) {
    RETURN_IF_ERROR(db_.Run("DELETE FROM import_names WHERE hash = ? AND symbol_id = ?", hash, id));
    RETURN_IF_ERROR(db_.Run("DELETE FROM renamed WHERE symbol_id = ?", id));
  }
  return {};
}

Status NameRefresh::RemoveCalls(int64_t file_id, std::string_view packed) {
  FileCalls calls;
  if (!DecodeCalls(packed, unpacker_, &calls)) return Damaged(db_);
  for (const std::string& target : calls.targets) {
    const int64_t id = NameHash(target);
    RETURN_IF_ERROR(
        db_.Run("DELETE FROM target_files WHERE target_id = ? AND file_id = ?", id, file_id));
    maybe_unused_.push_back(id);
  }
  return {};
}

Status NameRefresh::AddFile(int64_t file_id, int64_t first_chunk, const EncodedFile& encoded,
                            bool same_names) {
  if (!same_names) {
    names_changed_ = true;
    for (const int64_t hash : encoded.name_hashes) names_.emplace_back(hash, file_id);
  }
  for (const auto& [hash, position] : encoded.foreign_chunks) {
    foreign_chunks_.emplace_back(hash, first_chunk + position);
  }
  for (const auto& [target, calls] : encoded.targets) {
    const int64_t id = NameHash(target);
    target_files_.emplace_back(id, file_id, calls);
    targets_.emplace_back(id, target);
  }
  return {};
}

Status NameRefresh::WritePending() {
  std::sort(names_.begin(), names_.end());
  for (const auto& [hash, file] : names_) {
    RETURN_IF_ERROR(db_.Run("INSERT INTO names VALUES(?, ?)", hash, file));
  }
  names_.clear();
  SortAndDrop(&foreign_chunks_);
  for (const auto& [hash, chunk] : foreign_chunks_) {
    RETURN_IF_ERROR(db_.Run("INSERT INTO foreign_chunks VALUES(?, ?)", hash, chunk));
  }
  foreign_chunks_.clear();
  std::sort(target_files_.begin(), target_files_.end());
  for (const auto& [target, file, calls] : target_files_) {
    RETURN_IF_ERROR(db_.Run("INSERT INTO target_files VALUES(?, ?, ?)", target, file, calls));
  }
  target_files_.clear();
  return WriteTargets();
}

Status NameRefresh::WriteTargets() {
  SortAndDrop(&targets_);
  for (const auto& [id, target] : targets_) {
    ASSIGN_OR_RETURN(
        Query query,
        db_.Ask("INSERT OR IGNORE INTO targets VALUES(?, ?, NULL) RETURNING id", id, target));
    ASSIGN_OR_RETURN(const bool is_new, query.Next());
    if (!is_new) continue;
    new_targets_.push_back(id);
    ASSIGN_OR_RETURN(const bool more, query.Next());
    if (more) return Damaged(db_);
  }
  targets_.clear();
  return {};
}

Status NameRefresh::DropUnusedTargets() {
  SortAndDrop(&maybe_unused_);
  for (const int64_t id : maybe_unused_) {
    std::string resolved;
    {
      ASSIGN_OR_RETURN(Query query,
                       db_.Ask("SELECT target, resolved FROM targets WHERE id = ?1 AND NOT EXISTS "
                               "(SELECT 1 FROM target_files WHERE target_id = ?1)",
                               id));
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) continue;
      if (!query.IsNull(1)) resolved = query.Text(query.Text(1).empty() ? 0 : 1);
    }
    RETURN_IF_ERROR(db_.Run("DELETE FROM targets WHERE id = ?", id));
    if (resolved.empty()) continue;
    RETURN_IF_ERROR(db_.Run("DELETE FROM resolved_targets WHERE hash = ? AND target_id = ?",
                            NameHash(resolved), id));
  }
  maybe_unused_.clear();
  return {};
}

Status NameRefresh::Finish() {
  RETURN_IF_ERROR(WritePending());
  RETURN_IF_ERROR(DropUnusedTargets());
  if (names_changed_) return RefreshEverything();
  const CatalogNames names(db_);
  RETURN_IF_ERROR(RefreshTargets(names, false));
  return names.status();
}

Status NameRefresh::RefreshEverything() {
  ASSIGN_OR_RETURN(const NameTable names, LoadNames(db_));
  RETURN_IF_ERROR(RefreshImportNames(names));
  return RefreshTargets(names, true);
}

Status NameRefresh::RefreshImportNames(const NameTable& names) {
  const auto best = ImportNames(names);
  std::vector<std::tuple<int64_t, std::string, std::string>> changes;  // symbol, old, new
  {
    std::unordered_map<int64_t, std::string> renamed;
    ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT symbol_id, import_name FROM renamed"));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      renamed.emplace(query.Int(0), query.Text(1));
    }
    const auto visit = [&](int64_t id, const NameRecord& symbol) {
      const auto wanted = best.find(symbol.qualified_name);
      const auto known = renamed.find(id);
      const bool differs = wanted != best.end() && wanted->second != symbol.qualified_name;
      const std::string_view now = differs ? std::string_view(wanted->second) : "";
      const std::string_view old = known == renamed.end() ? "" : std::string_view(known->second);
      if (now != old) changes.emplace_back(id, old, now);
    };
    RETURN_IF_ERROR(ForEachSymbol(db_, visit));
  }
  std::sort(changes.begin(), changes.end());
  std::vector<Pair> hashes;
  for (const auto& [id, old, now] : changes) {
    if (!old.empty()) {
      RETURN_IF_ERROR(
          db_.Run("DELETE FROM import_names WHERE hash = ? AND symbol_id = ?", NameHash(old), id));
    }
    if (now.empty()) {
      RETURN_IF_ERROR(db_.Run("DELETE FROM renamed WHERE symbol_id = ?", id));
      continue;
    }
    RETURN_IF_ERROR(db_.Run("INSERT OR REPLACE INTO renamed VALUES(?, ?)", id, now));
    hashes.emplace_back(NameHash(now), id);
  }
  std::sort(hashes.begin(), hashes.end());
  for (const auto& [hash, id] : hashes) {
    RETURN_IF_ERROR(db_.Run("INSERT INTO import_names VALUES(?, ?)", hash, id));
  }
  return {};
}

Status NameRefresh::SetResolved(int64_t id, const std::string& target,
                                std::string_view old_resolved, const std::string& resolved) {
  if (!old_resolved.empty()) {
    RETURN_IF_ERROR(db_.Run("DELETE FROM resolved_targets WHERE hash = ? AND target_id = ?",
                            NameHash(old_resolved), id));
  }
  if (resolved.empty()) return db_.Run("UPDATE targets SET resolved = NULL WHERE id = ?", id);
  return db_.Run("UPDATE targets SET resolved = ? WHERE id = ?", Stored(target, resolved), id);
}

Status NameRefresh::RefreshTargets(const NameFacts& names, bool all) {
  struct Change {
    int64_t id;
    std::string target, old_resolved, resolved;
  };
  std::vector<Change> changes;
  const auto look = [&](const Query& query) {
    Change change{query.Int(0), std::string(query.Text(1)), {}, {}};
    if (!query.IsNull(2)) change.old_resolved = query.Text(query.Text(2).empty() ? 1 : 2);
    change.resolved = ResolveName(names, change.target).value_or("");
    if (change.resolved != change.old_resolved) changes.push_back(std::move(change));
  };
  if (all) {
    ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT id, target, resolved FROM targets"));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      look(query);
    }
  } else {
    for (const int64_t id : new_targets_) {
      ASSIGN_OR_RETURN(Query query,
                       db_.Ask("SELECT id, target, resolved FROM targets WHERE id = ?", id));
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (row) look(query);
    }
  }
  new_targets_.clear();
  std::vector<Pair> hashes;
  for (const Change& change : changes) {
    RETURN_IF_ERROR(SetResolved(change.id, change.target, change.old_resolved, change.resolved));
    if (!change.resolved.empty()) hashes.emplace_back(NameHash(change.resolved), change.id);
  }
  std::sort(hashes.begin(), hashes.end());
  for (const auto& [hash, id] : hashes) {
    RETURN_IF_ERROR(db_.Run("INSERT INTO resolved_targets VALUES(?, ?)", hash, id));
  }
  return {};
}

}  // namespace inhouse
