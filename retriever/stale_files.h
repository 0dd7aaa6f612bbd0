// Whether a file on disk is still the one that was indexed. Its time stamp settles
// that unless the file had just been written when it was indexed, or was copied
// since: then its content decides, which is read once for each time stamp.
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "indexer/store/catalog.h"

namespace inhouse {

class StaleFiles {
 public:
  bool IsStale(const FileRow& file);

 private:
  struct Seen {
    int64_t mtime_ns = 0;
    std::string digest;
  };
  std::unordered_map<int64_t, Seen> seen_;  // by file id: what was found to be as indexed
};

}  // namespace inhouse
