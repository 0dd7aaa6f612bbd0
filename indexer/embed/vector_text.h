// What of a chunk is embedded, and how floats become the catalog's 8-bit rows.
// Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "indexer/chunk/chunk.h"

namespace inhouse {

// More of a body dilutes what the chunk is about.
inline constexpr size_t kMaxEmbeddedBodyBytes = 2000;

// Name and documentation twice (they say what it does), signature, the body's beginning.
std::string EmbeddingText(const Chunk& chunk);

// round(127 · x) of values in [-1, 1]; what lies outside is cut. Equal sizes.
void QuantizeVector(std::span<const float> values, std::span<int8_t> out);

}  // namespace inhouse
