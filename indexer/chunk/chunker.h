// A file's facts → its chunks: what retrieval finds and the model reads.
//
// One chunk for each function, method, property, constant and type alias; a
// summary of each class and module; and, where a file calls into an indexed
// package that is not its own, one usage chunk for each target: the statements
// around its first call. Local definitions (`<locals>`) get none, neither do
// the constants of tests. Deterministic, in source order, usage last. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/chunk/chunk.h"
#include "indexer/python/symbol.h"

namespace inhouse {

struct ChunkOptions {
  // First components of the import paths that the index holds ("cdp_client").
  std::set<std::string, std::less<>> packages;
};

// `text`: what the ranges in `facts` refer to.
std::vector<Chunk> MakeChunks(const FileFacts& facts, std::string_view text,
                              const ChunkOptions& options);

}  // namespace inhouse
