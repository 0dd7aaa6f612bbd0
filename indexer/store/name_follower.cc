#include "indexer/store/name_follower.h"

#include <algorithm>
#include <unordered_map>

#include "indexer/python/name_parts.h"
#include "indexer/store/schema.h"

namespace inhouse {
namespace {

using Names = std::set<std::string, std::less<>>;

// Beyond these, reading everything is quicker than looking for what matters.
constexpr size_t kMaxWords = 1000;
constexpr size_t kMaxLinkedFiles = 400;
constexpr size_t kMaxTargets = 5000;
// Finding a row takes as long as reading so many in a row.
constexpr size_t kLookUpCost = 16;
constexpr size_t kFewTargets = 200;

constexpr size_t kMaxFilesKept = 100;

Error Damaged(const Database& db) { return BrokenRow(db.path().parent_path(), "file_facts"); }

// "": the name itself.
std::string_view Shown(std::string_view import_name, std::string_view definition) {
  return import_name == definition ? std::string_view() : import_name;
}

Result<std::vector<int64_t>> LinkedFiles(Database& db, int64_t link) {
  std::vector<int64_t> files;
  ASSIGN_OR_RETURN(Query query, db.Ask("SELECT file_id FROM links WHERE link = ?", link));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return files;
    files.push_back(query.Int(0));
  }
}

}  // namespace

NameFollower::Target NameFollower::TakeTarget(const Query& query) {
  Target target;
  target.id = query.Int(0);
  target.name = query.Text(1);
  if (!query.IsNull(2)) target.resolved = query.Text(query.Text(2).empty() ? 1 : 2);
  target.reexported = query.Int(3) != 0;
  return target;
}

Result<std::vector<NameFollower::Target>> NameFollower::ReadTargets(std::string_view condition) {
  std::vector<Target> targets;
  const std::string sql = "SELECT id, target, resolved, reexported FROM targets ";
  ASSIGN_OR_RETURN(Query query, db_.Ask(sql + std::string(condition)));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return targets;
    targets.push_back(TakeTarget(query));
  }
}

Status NameFollower::All() {
  ASSIGN_OR_RETURN(const NameTable names, LoadNames(db_));
  Names wanted, stored;
  for (const auto& [module, facts] : names.modules()) {
    for (std::string& name : ReexportedNames(names, module)) wanted.insert(std::move(name));
  }
  ASSIGN_OR_RETURN(const std::vector<Target> known, ReadTargets("WHERE reexported"));
  for (const Target& target : known) stored.insert(target.name);
  RETURN_IF_ERROR(SetReexports(wanted, stored));
  ASSIGN_OR_RETURN(std::vector<Target> targets, ReadTargets(""));
  RETURN_IF_ERROR(Follow(names, std::move(targets)));
  return RenameAll(names);
}

Result<bool> NameFollower::Changed(const ChangedFiles& files,
                                   std::span<const int64_t> new_targets) {
  NameChanges changes;
  for (const auto& [id, before] : files) {
    ASSIGN_OR_RETURN(const std::optional<NamedFile> after, ReadNamedFile(db_, id, unpacker_));
    changes.Compare(before ? &*before : nullptr, after ? &*after : nullptr);
    if (before && after) RETURN_IF_ERROR(CarryOn(*before, *after));
  }
  ASSIGN_OR_RETURN(const bool few, FollowLinks(&changes));
  if (!few) return false;
  const CatalogNames names(db_);
  ASSIGN_OR_RETURN(const Names packages, Stars(changes.scopes));
  ASSIGN_OR_RETURN(Found found, LookAtTargets(changes.words, packages));
  if (found.to_follow.size() > kMaxTargets) return false;
  Names wanted;
  for (const std::string& package : packages) {
    for (std::string& name : ReexportedNames(names, package)) wanted.insert(std::move(name));
  }
  RETURN_IF_ERROR(SetReexports(wanted, found.reexported));
  std::set<int64_t> ids(found.to_follow.begin(), found.to_follow.end());
  ids.insert(new_targets.begin(), new_targets.end());
  ids.insert(added_.begin(), added_.end());
  std::vector<Target> targets;
  for (const int64_t id : ids) {
    ASSIGN_OR_RETURN(
        Query query,
        db_.Ask("SELECT id, target, resolved, reexported FROM targets WHERE id = ?", id));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (row) targets.push_back(TakeTarget(query));
  }
  RETURN_IF_ERROR(Follow(names, std::move(targets)));
  RETURN_IF_ERROR(RenameFrom(names, changes.definitions));
  if (!names.status().ok()) return names.status().error();
  return true;
}

// The symbols of a file whose names changed have new ids. Those that stayed what
// they were keep their import names for the moment.
Status NameFollower::CarryOn(const NamedFile& before, const NamedFile& after) {
  std::unordered_map<std::string_view, std::string_view> renamed;
  for (size_t i = 0; i < before.symbols.size(); ++i) {
    if (!before.renamed[i].empty()) {
      renamed.emplace(before.symbols[i].qualified_name, before.renamed[i]);
    }
  }
  for (size_t i = 0; i < after.symbols.size() && !renamed.empty(); ++i) {
    const auto at = renamed.find(after.symbols[i].qualified_name);
    if (at == renamed.end()) continue;
    RETURN_IF_ERROR(SetImportName(after.first_symbol + static_cast<int64_t>(i), {}, at->second));
  }
  return {};
}

// False if it leads too far.
Result<bool> NameFollower::FollowLinks(NameChanges* changes) {
  size_t files = 0;
  for (;;) {
    const std::vector<std::string> words = changes->words.TakeNew();
    if (words.empty()) return true;
    if (changes->words.size() > kMaxWords) return false;
    for (const std::string& word : words) {
      ASSIGN_OR_RETURN(const std::vector<int64_t> linked, LinkedFiles(db_, LinkOfWord(word)));
      files += linked.size();
      if (files > kMaxLinkedFiles) return false;
      for (const int64_t id : linked) {
        ASSIGN_OR_RETURN(const std::optional<NamedFile> file, ReadNamedFile(db_, id, unpacker_));
        if (file) changes->words.Follow(*file, word);
      }
    }
  }
}

// These scopes, and all that star them, directly or not.
Result<Names> NameFollower::Stars(const std::set<std::string>& scopes) {
  Names all(scopes.begin(), scopes.end());
  std::vector<std::string> open(scopes.begin(), scopes.end());
  while (!open.empty()) {
    const std::string module = std::move(open.back());
    open.pop_back();
    ASSIGN_OR_RETURN(const std::vector<int64_t> linked, LinkedFiles(db_, LinkOfStar(module)));
    for (const int64_t id : linked) {
      ASSIGN_OR_RETURN(const std::optional<NamedFile> file, ReadNamedFile(db_, id, unpacker_));
      if (file && all.insert(file->scope).second) open.push_back(file->scope);
    }
  }
  return all;
}

// A row of id, target, reexported.
void NameFollower::LookAt(const Query& row, const AffectedWords& words, const Names& packages,
                          Found* found) {
  const std::string_view name = row.Text(1);
  if (words.Matches(name)) found->to_follow.push_back(row.Int(0));
  if (row.Int(2) == 0) return;
  const bool concerned = packages.contains(name.substr(0, name.rfind('.')));
  if (concerned) found->reexported.emplace(name);
}

Result<NameFollower::Found> NameFollower::LookAtTargets(const AffectedWords& words,
                                                        const Names& packages) {
  if (words_ == nullptr || !words_->is_filled()) return LookAtAllTargets(words, packages);
  std::vector<int64_t> ids;
  words.ForEach([&](std::string_view word) { words_->Find(word, &ids); });
  for (const std::string& package : packages) words_->Find(package, &ids);
  if (ids.size() > kFewTargets + words_->targets() / kLookUpCost)
    return LookAtAllTargets(words, packages);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  Found found;
  for (const int64_t id : ids) {
    ASSIGN_OR_RETURN(Query query,
                     db_.Ask("SELECT id, target, reexported FROM targets WHERE id = ?", id));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (row) LookAt(query, words, packages, &found);
  }
  return found;
}

Result<NameFollower::Found> NameFollower::LookAtAllTargets(const AffectedWords& words,
                                                           const Names& packages) {
  Found found;
  if (words_ != nullptr) words_->Clear();
  ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT id, target, reexported FROM targets"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) break;
    LookAt(query, words, packages, &found);
    if (words_ != nullptr) words_->Add(query.Int(0), query.Text(1));
  }
  if (words_ != nullptr) words_->SetFilled();
  return found;
}

Status NameFollower::SetReexports(const Names& wanted, const Names& stored) {
  for (const std::string& name : stored) {
    if (wanted.contains(name)) continue;
    const int64_t id = NameHash(name);
    ASSIGN_OR_RETURN(Query query, db_.Ask("UPDATE targets SET reexported = 0 WHERE id = ? "
                                          "RETURNING id, target, resolved, reexported",
                                          id));
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return Damaged(db_);
    Target target = TakeTarget(query);
    if (!target.resolved.empty()) definitions_.insert(std::move(target.resolved));
    maybe_unused_.push_back(id);
    ASSIGN_OR_RETURN(const bool more, query.Next());
    if (more) return Damaged(db_);
  }
  std::vector<std::pair<int64_t, std::string_view>> added;
  for (const std::string& name : wanted) {
    if (!stored.contains(name)) added.emplace_back(NameHash(name), name);
  }
  std::sort(added.begin(), added.end());
  for (const auto& [id, name] : added) {
    RETURN_IF_ERROR(
        db_.Run("INSERT INTO targets VALUES(?, ?, NULL, 1) "
                "ON CONFLICT(id) DO UPDATE SET reexported = 1",
                id, name));
    added_.push_back(id);
    if (words_ != nullptr) words_->AddNew(id, name);
  }
  std::sort(added_.begin(), added_.end());
  return {};
}

Status NameFollower::Follow(const NameFacts& facts, std::vector<Target> targets) {
  std::vector<std::pair<Target, std::string>> changes;
  for (Target& target : targets) {
    std::string resolved = ResolveName(facts, target.name).value_or("");
    const bool changed = resolved != target.resolved;
    const bool is_new = std::binary_search(added_.begin(), added_.end(), target.id);
    if (target.reexported && (changed || is_new)) {
      definitions_.insert(target.resolved);
      definitions_.insert(resolved);
    }
    if (changed) changes.emplace_back(std::move(target), std::move(resolved));
  }
  definitions_.erase("");
  return WriteTargets(changes);
}

Status NameFollower::WriteTargets(const std::vector<std::pair<Target, std::string>>& changes) {
  std::vector<std::pair<int64_t, int64_t>> hashes;
  for (const auto& [target, resolved] : changes) {
    if (!target.resolved.empty()) {
      RETURN_IF_ERROR(db_.Run("DELETE FROM resolved_targets WHERE hash = ? AND target_id = ?",
                              NameHash(target.resolved), target.id));
    }
    if (resolved.empty()) {
      RETURN_IF_ERROR(db_.Run("UPDATE targets SET resolved = NULL WHERE id = ?", target.id));
      continue;
    }
    RETURN_IF_ERROR(db_.Run("UPDATE targets SET resolved = ? WHERE id = ?",
                            Shown(resolved, target.name), target.id));
    hashes.emplace_back(NameHash(resolved), target.id);
  }
  std::sort(hashes.begin(), hashes.end());
  for (const auto& [hash, id] : hashes) {
    RETURN_IF_ERROR(db_.Run("INSERT INTO resolved_targets VALUES(?, ?)", hash, id));
  }
  return {};
}

Result<std::vector<std::string>> NameFollower::ReexportsOf(std::string_view definition) {
  std::vector<std::string> names;
  ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT t.id, t.target, t.resolved, t.reexported "
                                        "FROM resolved_targets r JOIN targets t "
                                        "ON t.id = r.target_id WHERE r.hash = ? AND t.reexported",
                                        NameHash(definition)));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return names;
    Target target = TakeTarget(query);
    if (target.resolved == definition) names.push_back(std::move(target.name));
  }
}

Status NameFollower::RenameAll(const NameTable& names) {
  NameTable::Map<std::vector<std::string>> reexports;
  ASSIGN_OR_RETURN(std::vector<Target> targets,
                   ReadTargets("WHERE reexported AND resolved IS NOT NULL"));
  for (Target& target : targets) {
    reexports[std::move(target.resolved)].push_back(std::move(target.name));
  }
  ImportNamer namer(names, [&](std::string_view definition) {
    const auto at = reexports.find(definition);
    return at == reexports.end() ? std::vector<std::string>() : at->second;
  });
  std::unordered_map<int64_t, std::string> renamed;
  {
    ASSIGN_OR_RETURN(Query query, db_.Ask("SELECT symbol_id, import_name FROM renamed"));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      renamed.emplace(query.Int(0), query.Text(1));
    }
  }
  struct Change {
    int64_t symbol;
    std::string before, now;
  };
  std::vector<Change> changes;
  RETURN_IF_ERROR(ForEachSymbol(db_, [&](int64_t id, const NameRecord& symbol) {
    const std::string_view now = Shown(namer.Of(symbol.qualified_name), symbol.qualified_name);
    const auto known = renamed.find(id);
    const std::string_view before = known == renamed.end() ? "" : std::string_view(known->second);
    if (before != now) changes.push_back({id, std::string(before), std::string(now)});
  }));
  // In the order of each table: several times faster.
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.symbol < b.symbol; });
  std::vector<std::pair<int64_t, int64_t>> hashes;
  for (const Change& change : changes) {
    RETURN_IF_ERROR(SetImportName(change.symbol, change.before, {}));
    if (change.now.empty()) continue;
    RETURN_IF_ERROR(db_.Run("INSERT INTO renamed VALUES(?, ?)", change.symbol, change.now));
    hashes.emplace_back(NameHash(change.now), change.symbol);
  }
  std::sort(hashes.begin(), hashes.end());
  for (const auto& [hash, id] : hashes) {
    RETURN_IF_ERROR(db_.Run("INSERT INTO import_names VALUES(?, ?)", hash, id));
  }
  return {};
}

// Members follow their parents.
Status NameFollower::RenameFrom(const CatalogNames& names, const std::set<std::string>& changed) {
  Status status;
  ImportNamer namer(names, [&](std::string_view definition) {
    Result<std::vector<std::string>> found = ReexportsOf(definition);
    if (found.ok()) return std::move(found).value();
    status = found.error();
    return std::vector<std::string>();
  });
  std::set<std::string> seen(changed.begin(), changed.end());
  seen.insert(definitions_.begin(), definitions_.end());
  std::vector<std::string> open(seen.begin(), seen.end());
  while (!open.empty()) {
    const std::string definition = std::move(open.back());
    open.pop_back();
    const bool is_there = names.Defined(definition) != nullptr;
    const std::string import_name = is_there ? namer.Of(definition) : definition;
    std::vector<std::string> members;
    ASSIGN_OR_RETURN(const bool moved, Rename(definition, import_name, &members));
    if (!moved && !changed.contains(definition)) continue;
    for (std::string& member : members) {
      if (seen.insert(member).second) open.push_back(std::move(member));
    }
  }
  return status;
}

Result<NameFollower::KeptFile*> NameFollower::Kept(int64_t file_id) {
  const auto at = kept_.find(file_id);
  if (at != kept_.end()) return &at->second;
  if (kept_.size() >= kMaxFilesKept) kept_.clear();
  ASSIGN_OR_RETURN(std::optional<NamedFile> file, ReadNamedFile(db_, file_id, unpacker_));
  if (!file) return Damaged(db_);
  KeptFile& kept = kept_[file_id];
  kept.file = std::move(*file);
  for (size_t i = 0; i < kept.file.symbols.size(); ++i) {
    kept.by_name[kept.file.symbols[i].qualified_name].push_back(i);
    kept.by_parent[kept.file.symbols[i].parent].push_back(i);
  }
  return &kept;
}

// All symbols of that name; whether one of them had another import name.
Result<bool> NameFollower::Rename(std::string_view definition, const std::string& import_name,
                                  std::vector<std::string>* members) {
  bool moved = false;
  ASSIGN_OR_RETURN(const std::vector<int64_t> files, FilesWithName(db_, definition));
  for (const int64_t id : files) {
    ASSIGN_OR_RETURN(KeptFile* const kept, Kept(id));
    NamedFile& file = kept->file;
    const auto below = kept->by_parent.find(definition);
    if (below != kept->by_parent.end()) {
      for (const size_t i : below->second) members->push_back(file.symbols[i].qualified_name);
    }
    const auto named = kept->by_name.find(definition);
    if (named == kept->by_name.end()) continue;
    for (const size_t i : named->second) {
      const std::string_view now = Shown(import_name, definition);
      if (file.renamed[i] == now) continue;
      moved = true;
      RETURN_IF_ERROR(
          SetImportName(file.first_symbol + static_cast<int64_t>(i), file.renamed[i], now));
      file.renamed[i] = now;
    }
  }
  return moved;
}

Status NameFollower::SetImportName(int64_t symbol, std::string_view before, std::string_view now) {
  if (!before.empty()) {
    RETURN_IF_ERROR(db_.Run("DELETE FROM import_names WHERE hash = ? AND symbol_id = ?",
                            NameHash(before), symbol));
    RETURN_IF_ERROR(db_.Run("DELETE FROM renamed WHERE symbol_id = ?", symbol));
  }
  if (now.empty()) return {};
  RETURN_IF_ERROR(db_.Run("INSERT INTO renamed VALUES(?, ?)", symbol, now));
  return db_.Run("INSERT INTO import_names VALUES(?, ?)", NameHash(now), symbol);
}

}  // namespace inhouse
