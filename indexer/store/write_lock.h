// The one writer of an index folder: flock on write.lock, which also holds the
// process id of the holder for messages. The kernel lets go of it when the
// holder ends, however it ends.
#pragma once

#include <chrono>
#include <filesystem>

#include "indexer/base/result.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {

class WriteLock {
 public:
  // Tries for `wait`, then kStorage naming the holder. kStorage too if the
  // folder cannot be written.
  static Result<WriteLock> Take(const std::filesystem::path& index_dir,
                                std::chrono::milliseconds wait);

 private:
  explicit WriteLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;  // closing it unlocks
};

}  // namespace inhouse
