#include "indexer/store/name_refresh.h"

#include <algorithm>
#include <iterator>

#include "indexer/store/catalog_names.h"
#include "indexer/store/schema.h"

namespace inhouse {
namespace {

Error Damaged(const Database& db) { return BrokenRow(db.path().parent_path(), "file_facts"); }

template <typename T>
void SortUnique(std::vector<T>* rows) {
  std::sort(rows->begin(), rows->end());
  rows->erase(std::unique(rows->begin(), rows->end()), rows->end());
}

template <typename T>
std::vector<T> Without(const std::vector<T>& rows, const std::vector<T>& others) {
  std::vector<T> rest;
  std::set_difference(rows.begin(), rows.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

// Both statements take the two numbers of a row.
template <typename Rows>
Status WriteRows(Database& db, const char* remove, const char* add, Rows* rows) {
  rows->SortAndDrop();
  for (const auto& [left, right] : rows->removed) RETURN_IF_ERROR(db.Run(remove, left, right));
  for (const auto& [left, right] : rows->added) RETURN_IF_ERROR(db.Run(add, left, right));
  *rows = {};
  return {};
}

std::vector<int64_t> LinksOf(const NamedFile& file) {
  LinkCollector links;
  for (const ModuleImport& import : file.module.imports) {
    links.AddImport(import.module, import.name, import.alias);
  }
  for (const NameRecord& symbol : file.symbols) {
    links.AddClass(symbol.qualified_name, symbol.parent, symbol.module, symbol.bases);
  }
  return links.Take();
}

}  // namespace

template <typename Row>
void NameRefresh::Rows<Row>::SortAndDrop() {
  SortUnique(&removed);
  SortUnique(&added);
  std::vector<Row> gone = Without(removed, added);
  if (!removed.empty()) added = Without(added, removed);
  removed = std::move(gone);
}

void NameRefresh::AllIsNew() {
  everything_ = true;
  changed_.clear();
  names_ = {};
  links_ = {};
  foreign_chunks_ = {};
  target_files_ = {};
  targets_.clear();
  maybe_unused_.clear();
  new_targets_.clear();
}

void NameRefresh::NoteChange(int64_t file_id, std::optional<NamedFile> before) {
  if (everything_) return;
  changed_.try_emplace(file_id, std::move(before));
  everything_ = changed_.size() > kMaxChangedFiles;
  if (everything_) changed_.clear();
}

Status NameRefresh::RemoveFile(int64_t file_id, bool keep_names) {
  RETURN_IF_ERROR(WritePending());  // the file may be among them
  std::string names, contents;
  {
    ASSIGN_OR_RETURN(Query query,
                     db_.Ask("SELECT names, contents FROM file_facts WHERE file_id = ?", file_id));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return Damaged(db_);
    names = query.Text(0);
    contents = query.Text(1);
  }
  if (!keep_names) RETURN_IF_ERROR(RemoveNames(file_id, names));
  RETURN_IF_ERROR(RemoveForeignChunks(file_id, contents));
  return RemoveCalls(file_id);
}

Status NameRefresh::RemoveNames(int64_t file_id, std::string_view packed) {
  std::vector<int64_t> hashes;
  if (!HashesOfNames(packed, unpacker_, &hashes)) return Damaged(db_);
  for (const int64_t hash : hashes) names_.removed.emplace_back(hash, file_id);
  ASSIGN_OR_RETURN(std::optional<NamedFile> file, ReadNamedFile(db_, file_id, unpacker_));
  if (!file) return Damaged(db_);
  for (const int64_t link : LinksOf(*file)) links_.removed.emplace_back(link, file_id);
  RETURN_IF_ERROR(RemoveRenamed(*file));
  NoteChange(file_id, std::move(file));
  return {};
}

Status NameRefresh::RemoveRenamed(const NamedFile& file) {
  for (size_t i = 0; i < file.renamed.size(); ++i) {
    if (file.renamed[i].empty()) continue;
    const int64_t id = file.first_symbol + static_cast<int64_t>(i);
    RETURN_IF_ERROR(db_.Run("DELETE FROM import_names WHERE hash = ? AND symbol_id = ?",
                            NameHash(file.renamed[i]), id));
    RETURN_IF_ERROR(db_.Run("DELETE FROM renamed WHERE symbol_id = ?", id));
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
    const std::string_view symbol = contents.ChunkSymbol(i, {});  // of its own symbols nothing
    if (symbol.empty()) continue;
    foreign_chunks_.removed.emplace_back(NameHash(symbol), first + static_cast<int64_t>(i));
  }
  return {};
}

Status NameRefresh::RemoveCalls(int64_t file_id) {
  ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT calls FROM file_facts WHERE file_id = ?", file_id));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  FileCalls calls;
  if (!row || !DecodeCalls(query.Text(0), unpacker_, &calls)) return Damaged(db_);
  std::vector<int64_t> counts(calls.targets.size());
  for (const auto& [target, call] : calls.calls) ++counts[target];
  for (size_t i = 0; i < counts.size(); ++i) {
    target_files_.removed.emplace_back(NameHash(calls.targets[i]), file_id, counts[i]);
  }
  return {};
}

Status NameRefresh::AddFile(int64_t file_id, int64_t first_chunk, const EncodedFile& encoded,
                            bool same_names) {
  if (!same_names) {
    NoteChange(file_id, std::nullopt);
    for (const int64_t hash : encoded.name_hashes) names_.added.emplace_back(hash, file_id);
    for (const int64_t link : encoded.links) links_.added.emplace_back(link, file_id);
  }
  for (const auto& [hash, position] : encoded.foreign_chunks) {
    foreign_chunks_.added.emplace_back(hash, first_chunk + position);
  }
  for (const auto& [target, calls] : encoded.targets) {
    const int64_t id = NameHash(target);
    target_files_.added.emplace_back(id, file_id, calls);
    targets_.emplace_back(id, target);
  }
  return {};
}

Status NameRefresh::WritePending() {
  RETURN_IF_ERROR(WriteRows(db_, "DELETE FROM names WHERE hash = ? AND file_id = ?",
                            "INSERT INTO names VALUES(?, ?)", &names_));
  RETURN_IF_ERROR(WriteRows(db_, "DELETE FROM links WHERE link = ? AND file_id = ?",
                            "INSERT INTO links VALUES(?, ?)", &links_));
  RETURN_IF_ERROR(WriteRows(db_, "DELETE FROM foreign_chunks WHERE hash = ? AND chunk_id = ?",
                            "INSERT INTO foreign_chunks VALUES(?, ?)", &foreign_chunks_));
  target_files_.SortAndDrop();
  for (const auto& [target, file, calls] : target_files_.removed) {
    RETURN_IF_ERROR(
        db_.Run("DELETE FROM target_files WHERE target_id = ? AND file_id = ?", target, file));
    maybe_unused_.push_back(target);
  }
  for (const auto& [target, file, calls] : target_files_.added) {
    RETURN_IF_ERROR(db_.Run("INSERT INTO target_files VALUES(?, ?, ?)", target, file, calls));
  }
  RETURN_IF_ERROR(WriteTargets());
  target_files_ = {};
  return {};
}

// Those that a file calls only now.
Status NameRefresh::WriteTargets() {
  SortUnique(&targets_);
  auto call = target_files_.added.begin();
  for (const auto& [id, target] : targets_) {
    while (call != target_files_.added.end() && std::get<0>(*call) < id) ++call;
    if (call == target_files_.added.end() || std::get<0>(*call) != id) continue;
    ASSIGN_OR_RETURN(
        Query query,
        db_.Ask("INSERT OR IGNORE INTO targets VALUES(?, ?, NULL, 0) RETURNING id", id, target));
    ASSIGN_OR_RETURN(const bool is_new, query.Next());
    if (!is_new) continue;
    new_targets_.push_back(id);
    if (words_ != nullptr) words_->AddNew(id, target);
    ASSIGN_OR_RETURN(const bool more, query.Next());
    if (more) return Damaged(db_);
  }
  targets_.clear();
  return {};
}

Status NameRefresh::DropUnusedTargets() {
  SortUnique(&maybe_unused_);
  for (const int64_t id : maybe_unused_) {
    std::string resolved;
    {
      ASSIGN_OR_RETURN(Query query,
                       db_.Ask("SELECT target, resolved FROM targets WHERE id = ?1 AND "
                               "NOT reexported AND NOT EXISTS "
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
  NameFollower follower(db_, words_);
  bool done = false;
  if (!everything_) {
    ASSIGN_OR_RETURN(done, follower.Changed(changed_, new_targets_));
  }
  if (!done && words_ != nullptr) words_->Clear();
  if (!done) RETURN_IF_ERROR(follower.All());
  maybe_unused_.insert(maybe_unused_.end(), follower.maybe_unused().begin(),
                       follower.maybe_unused().end());
  new_targets_.clear();
  return DropUnusedTargets();
}

}  // namespace inhouse
