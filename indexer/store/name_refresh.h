// What one update changes about names: the tables that find files by names,
// calls by targets, and what depends on the whole index: import names and what
// call targets resolve to. Rows are gathered and written in order, because a
// table filled in order is filled several times faster.
//
// An update that leaves all names as they were (edited bodies) costs as much as
// its files. One that adds or removes plain names looks at what can see these;
// any other resolves everything anew. Private to this room.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "indexer/base/compress.h"
#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/file_record.h"
#include "indexer/store/resolve.h"

namespace inhouse {

class NameRefresh {
 public:
  explicit NameRefresh(Database& db) : db_(db) {}

  // The catalog is empty now.
  void AllIsNew();
  // Before the file's rows go. `keep_names`: an AddFile with the same names follows.
  Status RemoveFile(int64_t file_id, bool keep_names);
  Status AddFile(int64_t file_id, int64_t first_chunk, const EncodedFile& encoded, bool same_names);
  // Once, when all files are in place.
  Status Finish();

 private:
  using Pair = std::pair<int64_t, int64_t>;

  Status RemoveNames(int64_t file_id, const std::vector<int64_t>& hashes);
  Status RemoveRenamed(int64_t file_id);
  Status RemoveForeignChunks(int64_t file_id, std::string_view packed);
  Status RemoveCalls(int64_t file_id, std::string_view packed);
  Status WritePending();
  Status WriteTargets();
  Status DropUnusedTargets();
  Status RefreshEverything();
  Status RefreshImportNames(const NameTable& names);
  Status RefreshTargets(const NameFacts& names, bool all);
  Status SetResolved(int64_t id, const std::string& target, std::string_view old_resolved,
                     const std::string& resolved);

  Database& db_;
  Decompressor unpacker_;
  bool names_changed_ = false;
  // To be written.
  std::vector<Pair> names_, foreign_chunks_;
  std::vector<std::tuple<int64_t, int64_t, int64_t>> target_files_;  // target, file, calls
  std::vector<std::pair<int64_t, std::string>> targets_;
  std::vector<int64_t> maybe_unused_;  // targets
  std::vector<int64_t> new_targets_;   // not resolved yet
};

}  // namespace inhouse
