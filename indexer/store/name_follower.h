// The end of an update: what call targets and re-exported names lead to, and the
// import names of symbols that follow from it. Private to this room.
//
//   NameFollower(db).All()              every name of the index
//   NameFollower(db).Changed(files, …)  those that a change of these files may concern
//
// Both leave the same rows: `targets.resolved`, `resolved_targets`, `renamed`,
// `import_names`, and a target for each name that a package re-exports. The second
// takes as long as what it concerns; besides, it looks at each target's text once,
// unless the words of targets are known (target_words.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "indexer/base/compress.h"
#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/catalog_names.h"
#include "indexer/store/import_names.h"
#include "indexer/store/name_changes.h"
#include "indexer/store/target_words.h"

namespace inhouse {

// Files whose names changed, and what they were before the update: nothing if
// the file was not there.
using ChangedFiles = std::map<int64_t, std::optional<NamedFile>>;

class NameFollower {
 public:
  // `words` may be null. Filled if it is empty, and told of new targets.
  NameFollower(Database& db, TargetWords* words) : db_(db), words_(words) {}

  Status All();
  // `new_targets`: ids of targets that nobody has followed yet. False if it concerns so
  // much that All() is cheaper: then that is to be called.
  Result<bool> Changed(const ChangedFiles& files, std::span<const int64_t> new_targets);
  // Targets that are no longer re-exported, and may have no calls either.
  const std::vector<int64_t>& maybe_unused() const { return maybe_unused_; }

 private:
  // A file whose symbols are being renamed, with their places in it by name and by parent.
  struct KeptFile {
    NamedFile file;
    std::unordered_map<std::string_view, std::vector<size_t>> by_name, by_parent;
  };

  struct Target {
    int64_t id = 0;
    std::string name;
    std::string resolved;  // "": leaves the index
    bool reexported = false;
  };
  // What a look at targets finds.
  struct Found {
    std::vector<int64_t> to_follow;
    std::set<std::string, std::less<>> reexported;  // by the packages in question
  };

  Status CarryOn(const NamedFile& before, const NamedFile& after);
  Result<bool> FollowLinks(NameChanges* changes);
  Result<std::set<std::string, std::less<>>> Stars(const std::set<std::string>& scopes);
  Result<Found> LookAtTargets(const AffectedWords& words,
                              const std::set<std::string, std::less<>>& packages);
  static void LookAt(const Query& row, const AffectedWords& words,
                     const std::set<std::string, std::less<>>& packages, Found* found);
  Result<Found> LookAtAllTargets(const AffectedWords& words,
                                 const std::set<std::string, std::less<>>& packages);
  Status SetReexports(const std::set<std::string, std::less<>>& wanted,
                      const std::set<std::string, std::less<>>& stored);
  static Target TakeTarget(const Query& query);
  Result<std::vector<Target>> ReadTargets(std::string_view condition);
  Status Follow(const NameFacts& facts, std::vector<Target> targets);
  Status WriteTargets(const std::vector<std::pair<Target, std::string>>& changes);
  Result<std::vector<std::string>> ReexportsOf(std::string_view definition);
  Status RenameAll(const NameTable& names);
  Status RenameFrom(const CatalogNames& names, const std::set<std::string>& changed);
  Result<bool> Rename(std::string_view definition, const std::string& import_name,
                      std::vector<std::string>* members);
  Result<KeptFile*> Kept(int64_t file_id);
  Status SetImportName(int64_t symbol, std::string_view before, std::string_view now);

  Database& db_;
  TargetWords* const words_;
  Decompressor unpacker_;
  std::set<std::string> definitions_;  // that got or lost a re-exported name
  std::vector<int64_t> added_;         // targets that are re-exported only now
  std::vector<int64_t> maybe_unused_;
  std::map<int64_t, KeptFile> kept_;
};

}  // namespace inhouse
