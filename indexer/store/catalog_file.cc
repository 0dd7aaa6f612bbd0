#include "indexer/store/catalog_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "indexer/store/schema.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// A log beside the file holds commits that are not in it yet: an immutable
// opening would not see them.
bool HasLog(const fs::path& file) {
  struct stat info {};
  const std::string log = file.string() + "-wal";
  return ::stat(log.c_str(), &info) == 0 && info.st_size > 0;
}

// SQLite needs a shared file beside the log, and there is no place for a new one.
bool LacksSharedFile(const fs::path& index_dir, const fs::path& file) {
  std::error_code ignored;
  return ::access(index_dir.c_str(), W_OK) != 0 && HasLog(file) &&
         !fs::exists(file.string() + "-shm", ignored);
}

bool NeedsImmutable(const fs::path& index_dir, const fs::path& file) {
  return ::access(index_dir.c_str(), W_OK) != 0 && !HasLog(file);
}

}  // namespace

Result<std::unique_ptr<CatalogFileReader>> CatalogFileReader::Open(const fs::path& index_dir) {
  std::unique_ptr<CatalogFileReader> reader(new CatalogFileReader(index_dir));
  RETURN_IF_ERROR(reader->Reopen());
  return reader;
}

Status CatalogFileReader::Reopen() {
  const fs::path file = CatalogFile(index_dir_);
  std::error_code code;
  if (!fs::exists(file, code)) {
    if (!code) return NoIndex(index_dir_);
    return StorageError("cannot open " + file.string() + ": " + code.message());
  }
  if (LacksSharedFile(index_dir_, file)) {
    return StorageError("the newest updates of " + file.string() +
                        " are in its log, and reading that needs " + file.filename().string() +
                        "-shm, which is missing; make the folder writable, or, as someone who may "
                        "write there, " +
                        IndexRemedy(index_dir_, false));
  }
  db_.reset();
  immutable_ = NeedsImmutable(index_dir_, file);
  stamp_ = StampOf();
  ++openings_;
  const Database::Mode mode = immutable_ ? Database::Mode::kImmutable : Database::Mode::kReadOnly;
  ASSIGN_OR_RETURN(Database db, Database::Open(file, mode));
  ASSIGN_OR_RETURN(const bool has_schema, HasSchema(db));
  if (!has_schema) return NoIndex(index_dir_);
  RETURN_IF_ERROR(CheckFormat(db, index_dir_));
  db_ = std::make_unique<Database>(std::move(db));
  return {};
}

CatalogFileReader::Stamp CatalogFileReader::StampOf() const {
  struct stat info {};
  const fs::path file = CatalogFile(index_dir_);
  if (::stat(file.c_str(), &info) != 0) return {};
  if (!immutable_) return {info.st_ino, 0, 0, 0};
  const int64_t changed = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  return {info.st_ino, info.st_size, changed, HasLog(file) ? 1 : 0};
}

// Whoever deletes an index and makes another leaves the old file open here.
Result<Database*> CatalogFileReader::Current() {
  if (db_ == nullptr || StampOf() != stamp_) RETURN_IF_ERROR(Reopen());
  return db_.get();
}

Result<int64_t> CatalogFileReader::VersionOf(Database& db) const {
  ASSIGN_OR_RETURN(Query query, db.Ask("PRAGMA data_version"));
  ASSIGN_OR_RETURN(const bool row, query.Next());
  // The pragma counts per connection.
  return (openings_ << 32) + (row ? query.Int(0) : 0);
}

}  // namespace inhouse
