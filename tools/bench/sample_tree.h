// A code base of a wished size, made of real files: the first ones of a folder,
// in the order of their paths, copied into a folder of its own. When the folder
// holds less, it is copied again under another name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "indexer/base/result.h"

namespace inhouse::bench {

struct SampleTree {
  std::filesystem::path root;
  std::vector<std::filesystem::path> files;
  size_t lines = 0;
  uintmax_t bytes = 0;
};

struct SampleSize {
  size_t lines = SIZE_MAX;  // whichever is reached first
  size_t files = SIZE_MAX;
};

// `to` must not exist yet. Errors: kBadInput (no Python there), kStorage.
Result<SampleTree> MakeSample(const std::filesystem::path& from, const std::filesystem::path& to,
                              const SampleSize& size);

}  // namespace inhouse::bench
