// The catalog's file as a reader has it open. In a folder that cannot be
// written, where SQLite has no place for its side files, the file is opened
// immutable; should somebody with more rights replace its content meanwhile,
// Current() opens it again before the next read. So it does, wherever it is, with
// a file that was deleted and made anew.
//
// Errors: kIndex (missing, damaged, other format), kStorage (may not be read).
// One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <tuple>

#include "indexer/base/result.h"
#include "indexer/base/sqlite.h"

namespace inhouse {

class CatalogFileReader {
 public:
  static Result<std::unique_ptr<CatalogFileReader>> Open(const std::filesystem::path& index_dir);

  // The open file, renewed if need be. Valid until the next call.
  Result<Database*> Current();
  // Of what Current() gave: changes whenever the content may have changed. Does not renew it,
  // so that a transaction which has begun keeps its file.
  Result<int64_t> VersionOf(Database& db) const;

 private:
  // What tells that the file is another one: its inode; of an immutable file also its size,
  // its time of change, and whether there is a log.
  using Stamp = std::tuple<uint64_t, int64_t, int64_t, int64_t>;

  explicit CatalogFileReader(std::filesystem::path index_dir) : index_dir_(std::move(index_dir)) {}
  Status Reopen();
  Stamp StampOf() const;

  const std::filesystem::path index_dir_;
  std::unique_ptr<Database> db_;
  bool immutable_ = false;
  Stamp stamp_;
  int64_t openings_ = 0;
};

}  // namespace inhouse
