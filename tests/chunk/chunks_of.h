// Python text → facts → chunks, as the indexer makes them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "indexer/chunk/chunker.h"
#include "indexer/python/extract_facts.h"

namespace inhouse::testing {

inline ExtractedFile FactsOf(std::string_view text, const std::string& module = "house.core",
                             FileRole role = FileRole::kLibrary) {
  SourceFile file;
  file.path = module.empty() ? "jobs/daily.py" : "house/core.py";
  file.module = module;
  file.role = role;
  FactExtractor extractor;
  Result<ExtractedFile> facts = extractor.Extract(file, std::string(text));
  EXPECT_TRUE(facts.ok());
  return facts.ok() ? std::move(*facts) : ExtractedFile();
}

inline std::vector<Chunk> ChunksOf(std::string_view text, const std::string& module = "house.core",
                                   FileRole role = FileRole::kLibrary) {
  const ExtractedFile file = FactsOf(text, module, role);
  ChunkOptions options;
  options.packages = {"house", "other"};
  return MakeChunks(file.facts, file.text, options);
}

// The first one for that symbol; an empty one, and a failure, if there is none.
inline Chunk Get(const std::vector<Chunk>& chunks, std::string_view symbol) {
  for (const Chunk& chunk : chunks) {
    if (chunk.symbol == symbol) return chunk;
  }
  ADD_FAILURE() << "no chunk " << symbol;
  return {};
}

inline bool Has(const std::vector<Chunk>& chunks, std::string_view symbol) {
  for (const Chunk& chunk : chunks) {
    if (chunk.symbol == symbol) return true;
  }
  return false;
}

}  // namespace inhouse::testing
