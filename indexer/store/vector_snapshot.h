// vectors.faiss and vectors.json: a FAISS index made from one catalog commit.
// Derived: whatever is wrong with it, the answer is to make it anew, so reading
// says no more than "there is a usable one" or not.
//
//   vectors.json  {"v": 2, "commit": 7, "xxh3": "…", "bytes": 9800000, "dimensions": 384,
//                  "embedder": "hashed-terms-1/384", "rows": 25000, "trained_rows": 24000,
//                  "last_id": 31000}
//
// The JSON is published after the FAISS file and names its digest, so that a
// pair from two different writers is recognised and not used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "indexer/base/result.h"
#include "indexer/store/vector_index_faiss.h"

namespace inhouse {

struct SnapshotInfo {
  int64_t commit = 0;
  size_t dimensions = 0;
  std::string embedder;
  size_t rows = 0;
  size_t trained_rows = 0;  // when the cells were made
  int64_t last_id = 0;      // the highest among the rows
};

struct Snapshot {
  SnapshotInfo info;
  FaissIndex index;
};

// Nothing if there is none, or one that is damaged, incomplete or of an unknown version.
std::optional<Snapshot> ReadSnapshot(const std::filesystem::path& index_dir);

// What there is, without reading the rows; nothing if the file with the rows has
// another size than was written.
std::optional<SnapshotInfo> ReadSnapshotInfo(const std::filesystem::path& index_dir);

// Sets info.last_id by the rows. Errors: kStorage.
Status WriteSnapshotFiles(const std::filesystem::path& index_dir, const SnapshotInfo& info,
                          const FaissIndex& index);
void RemoveSnapshotFiles(const std::filesystem::path& index_dir);

}  // namespace inhouse
