// Usage chunks: how other code calls an API. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "indexer/chunk/chunker.h"

namespace inhouse {

// One for each target, at its first call. `symbol` is the target as the file
// writes it ("audience_io.write_audience").
std::vector<Chunk> MakeUsageChunks(const FileFacts& facts, std::string_view text,
                                   const ChunkOptions& options);

}  // namespace inhouse
