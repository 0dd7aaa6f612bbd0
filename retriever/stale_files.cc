#include "retriever/stale_files.h"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>

#include "indexer/base/digest.h"
#include "indexer/base/file_io.h"
#include "indexer/base/result.h"
#include "indexer/python/source_tree.h"

namespace inhouse {
namespace {

constexpr size_t kMaxSeen = 10'000;
// A file written twice within this time may keep its time stamp.
constexpr int64_t kRacyNanoseconds = 2'000'000'000;

int64_t NowNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

bool StaleFiles::IsStale(const FileRow& file) {
  struct stat found {};
  const std::string path = (std::filesystem::path(file.root) / RawPath(file.path)).string();
  if (stat(path.c_str(), &found) != 0) return true;
  const int64_t mtime_ns =
      int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + int64_t{found.st_mtim.tv_nsec};
  if (int64_t{found.st_size} != file.size) return true;
  if (mtime_ns == file.mtime_ns) return false;
  const auto known = seen_.find(file.id);
  const bool is_known = known != seen_.end() && known->second.mtime_ns == mtime_ns &&
                        known->second.digest == file.digest;
  if (is_known) return false;
  const int64_t before = NowNanoseconds();
  const Result<std::string> bytes = ReadFile(path);
  if (!bytes.ok() || Xxh3Hex(bytes.value()) != file.digest) return true;
  if (mtime_ns > before - kRacyNanoseconds) return false;
  if (seen_.size() >= kMaxSeen) seen_.clear();
  seen_[file.id] = {mtime_ns, file.digest};
  return false;
}

}  // namespace inhouse
