// What of a chunk is embedded, and how floats become the catalog's 8-bit rows.
// Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "indexer/chunk/chunk.h"
#include "indexer/chunk/term_counts.h"

namespace inhouse {

// More of a body dilutes what the chunk is about.
inline constexpr size_t kMaxEmbeddedBodyBytes = 2000;

// Name and documentation twice (they say what it does), signature, the body's beginning.
std::string EmbeddingText(const Chunk& chunk);

// Each of them once, as models that read sentences want it.
std::string PlainEmbeddingText(const Chunk& chunk);

// How often a term stands in the embedding text, by its counts in the chunk;
// `body_begin` of kMaxEmbeddedBodyBytes.
inline uint32_t EmbeddedCount(const TermCount& count) {
  return 2u * count.name + count.signature + 2u * count.doc + count.body_begin;
}

// Vectors of so many numbers in [-1, 1] → the nearest of the 127ths; what lies outside is
// cut. Equal sizes. Up to 256 dimensions only even ones are used: the angle stays within
// about 4 degrees, and a number takes 4 bits once it is compressed, not 5. Longer vectors
// have smaller numbers.
void QuantizeVectors(std::span<const float> values, size_t dimensions, std::span<int8_t> out);

}  // namespace inhouse
