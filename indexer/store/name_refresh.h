// What one update changes about names: the tables that find files by names,
// calls by targets, and what depends on the whole index: import names and what
// call targets resolve to (name_follower.h). Rows are gathered and written in
// order, because a table filled in order is filled several times faster; of a file
// that is replaced only the rows that differ.
//
// An update that leaves all names as they were (edited bodies) costs as much as
// its files. One that adds or removes names looks at what can see these; one of
// more than kMaxChangedFiles such files, or a first build, follows every name anew.
// Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "indexer/base/compress.h"
#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"
#include "indexer/store/file_record.h"
#include "indexer/store/name_follower.h"

namespace inhouse {

class NameRefresh {
 public:
  static constexpr size_t kMaxChangedFiles = 64;

  explicit NameRefresh(Database& db) : db_(db) {}

  // Of this catalog as it is now; borrowed until Finish. See target_words.h.
  void UseWords(TargetWords* words) { words_ = words; }
  // The catalog is empty now.
  void AllIsNew();
  // Before the file's rows go. `keep_names`: an AddFile with the same names follows.
  Status RemoveFile(int64_t file_id, bool keep_names);
  Status AddFile(int64_t file_id, int64_t first_chunk, const EncodedFile& encoded, bool same_names);
  // Once, when all files are in place.
  Status Finish();

 private:
  using Pair = std::pair<int64_t, int64_t>;
  using Calls = std::tuple<int64_t, int64_t, int64_t>;  // target, file, number

  // Rows that go and rows that come, until they are written.
  template <typename Row>
  struct Rows {
    std::vector<Row> removed, added;
    void SortAndDrop();  // and what is in both
  };

  Status RemoveNames(int64_t file_id, std::string_view packed);
  Status RemoveRenamed(const NamedFile& file);
  Status RemoveForeignChunks(int64_t file_id, std::string_view packed);
  Status RemoveCalls(int64_t file_id);
  void NoteChange(int64_t file_id, std::optional<NamedFile> before);
  Status WritePending();
  Status WriteTargets();
  Status DropUnusedTargets();

  Database& db_;
  Decompressor unpacker_;
  TargetWords* words_ = nullptr;  // may be null
  bool everything_ = false;       // too much changed to look at what did
  ChangedFiles changed_;
  // To be written.
  Rows<Pair> names_, links_, foreign_chunks_;
  Rows<Calls> target_files_;
  std::vector<std::pair<int64_t, std::string>> targets_;
  std::vector<int64_t> maybe_unused_;  // targets
  std::vector<int64_t> new_targets_;   // not followed yet
};

}  // namespace inhouse
