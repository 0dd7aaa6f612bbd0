// The patterns folder: scripts that people approved, as files that a team can read,
// review and share like any other code.
//
//   README.md           what this folder is
//   scripts/NAME.py     a script, indexed as usage of the APIs it calls
//   scripts/NAME.json   {v, request, digest, apis: [{symbol, signature}], before?}
//   removed/DIGEST      a script that a person removed: it never comes back by itself
//
// Files are published by rename, and every pattern has its own, so that two
// programs or two branches of a repository do not lose each other's. A .json whose
// script was deleted by hand counts as removed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/patterns/pattern.h"
#include "indexer/base/result.h"

namespace inhouse {

struct StoredPattern {
  Pattern pattern;
  std::string digest;   // ScriptDigest of the script that passed its checks
  std::string problem;  // why it is not used: "changed since it passed its checks"; "" if it is
};

enum class PatternAdded { kAdded, kKnown, kRemovedBefore };

class PatternStore {
 public:
  // More are not read: nearness to a request is looked at for each of them.
  static constexpr size_t kMaxPatterns = 2000;

  // The folder need not exist.
  explicit PatternStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  const std::filesystem::path& folder() const { return folder_; }

  // By name. What cannot be read is listed with its problem. Errors: kBadInput (the folder
  // cannot be listed), kLimit.
  Result<std::vector<StoredPattern>> List() const;

  // kKnown: the same script is there already and stays as it is. Errors: kStorage, those of List.
  Result<PatternAdded> Add(const Pattern& pattern) const;

  // Forgets the pattern and remembers that it was removed. Errors: kNegative (no
  // pattern of that name), kStorage.
  Status Remove(std::string_view name) const;

  bool WasRemoved(std::string_view digest) const;

  // Where a pattern's script lies, relative to the folder.
  static std::string ScriptPath(std::string_view name);

 private:
  std::filesystem::path PathOf(std::string_view name, std::string_view suffix) const;
  StoredPattern Load(const std::string& name) const;
  Status Bury(std::string_view digest, std::string_view name) const;

  std::filesystem::path folder_;
};

}  // namespace inhouse
