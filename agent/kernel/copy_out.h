// Takes results out of a work folder that hostile code wrote: regular files
// only, never through a link, names made harmless, bounded in size, number
// and depth. Names on which programs act by themselves (.git, conftest.py,
// inhouse.toml, …) and all that begin with a dot stay behind. What is left behind is listed with
// its reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse {

struct CopyLimits {
  int64_t total_bytes = int64_t{1} << 30;
  size_t files = 2000;
  int depth = 16;
};

struct CopyReport {
  std::vector<std::string> files;    // relative to the destination, in order
  std::vector<std::string> skipped;  // "name: reason"
};

// Copies below `folder_fd` into `destination` (made if missing). File and
// folder names keep letters, digits, '.', '_', '-', ' ' and other printable
// UTF-8; the rest is written as %XX. Errors: kStorage when `destination`
// cannot be written.
Result<CopyReport> CopyOut(int folder_fd, const std::filesystem::path& destination,
                           const CopyLimits& limits);

}  // namespace inhouse
