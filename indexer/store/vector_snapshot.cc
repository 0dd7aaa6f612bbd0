#include "indexer/store/vector_snapshot.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kVersion = 2;
constexpr int64_t kMaxInfoBytes = 64 << 10;
constexpr int64_t kMaxIndexBytes = int64_t{8} << 30;

fs::path InfoFile(const fs::path& index_dir) { return index_dir / "vectors.json"; }
fs::path IndexFile(const fs::path& index_dir) { return index_dir / "vectors.faiss"; }

struct Description {
  SnapshotInfo info;
  std::string digest;
  uintmax_t bytes = 0;
};

bool IsCount(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_number_unsigned();
}

bool IsText(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string();
}

bool IsComplete(const json& object) {
  if (!object.is_object() || object.value("v", json()) != kVersion) return false;
  for (const char* key : {"commit", "dimensions", "rows", "trained_rows", "bytes", "last_id"}) {
    if (!IsCount(object, key)) return false;
  }
  return IsText(object, "xxh3") && IsText(object, "embedder");
}

std::optional<Description> ReadDescription(const fs::path& index_dir) {
  const Result<std::string> text = ReadFile(InfoFile(index_dir), kMaxInfoBytes);
  if (!text.ok()) return std::nullopt;
  const json object = json::parse(*text, nullptr, false);
  if (!IsComplete(object)) return std::nullopt;
  Description description;
  description.digest = object["xxh3"].get<std::string>();
  description.info.commit = object["commit"].get<int64_t>();
  description.info.dimensions = object["dimensions"].get<size_t>();
  description.info.embedder = object["embedder"].get<std::string>();
  description.info.rows = object["rows"].get<size_t>();
  description.info.trained_rows = object["trained_rows"].get<size_t>();
  description.info.last_id = object["last_id"].get<int64_t>();
  description.bytes = object["bytes"].get<uintmax_t>();
  return description;
}

}  // namespace

std::optional<SnapshotInfo> ReadSnapshotInfo(const fs::path& index_dir) {
  std::optional<Description> description = ReadDescription(index_dir);
  std::error_code error;
  const uintmax_t bytes = fs::file_size(IndexFile(index_dir), error);
  if (!description || error || bytes != description->bytes) return std::nullopt;
  return std::move(description->info);
}

std::optional<Snapshot> ReadSnapshot(const fs::path& index_dir) {
  std::optional<Description> description = ReadDescription(index_dir);
  if (!description) return std::nullopt;
  const Result<std::string> bytes = ReadFile(IndexFile(index_dir), kMaxIndexBytes);
  // FAISS crashes on damaged files, so the digest comes first.
  if (!bytes.ok() || Xxh3Hex(*bytes) != description->digest) return std::nullopt;
  Result<FaissIndex> index = FaissIndex::Load(*bytes);
  const bool fits = index.ok() && index->dimensions() == description->info.dimensions &&
                    index->size() == description->info.rows;
  if (!fits) return std::nullopt;
  return Snapshot{std::move(description->info), std::move(index).value()};
}

Status WriteSnapshotFiles(const fs::path& index_dir, const SnapshotInfo& info,
                          const FaissIndex& index) {
  ASSIGN_OR_RETURN(const std::string bytes, index.Save());
  const std::vector<int64_t> ids = index.Ids();
  const json object = {{"v", kVersion},
                       {"commit", info.commit},
                       {"xxh3", Xxh3Hex(bytes)},
                       {"dimensions", info.dimensions},
                       {"embedder", info.embedder},
                       {"rows", info.rows},
                       {"trained_rows", info.trained_rows},
                       {"bytes", bytes.size()},
                       {"last_id", ids.empty() ? int64_t{0} : ids.back()}};
  RETURN_IF_ERROR(WriteFileDurably(IndexFile(index_dir), bytes));
  const std::string text = object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  return WriteFileDurably(InfoFile(index_dir), text);
}

void RemoveSnapshotFiles(const fs::path& index_dir) {
  std::error_code ignored;  // a snapshot that stays is recognised as stale
  fs::remove(InfoFile(index_dir), ignored);
  fs::remove(IndexFile(index_dir), ignored);
}

}  // namespace inhouse
