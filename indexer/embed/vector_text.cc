#include "indexer/embed/vector_text.h"

#include <algorithm>
#include <cmath>

#include "indexer/base/check.h"

namespace inhouse {
namespace {

constexpr int kLargest = 127;
// Vectors of at most so many dimensions keep even numbers only.
constexpr size_t kEvenUpTo = 256;

}  // namespace

std::string EmbeddingText(const Chunk& chunk) {
  std::string text;
  for (const std::string* part :
       {&chunk.name, &chunk.name, &chunk.signature, &chunk.doc, &chunk.doc}) {
    text.append(*part).append(1, '\n');
  }
  return text.append(chunk.body, 0, kMaxEmbeddedBodyBytes);
}

std::string PlainEmbeddingText(const Chunk& chunk) {
  std::string text;
  for (const std::string* part : {&chunk.name, &chunk.signature, &chunk.doc}) {
    if (!part->empty()) text.append(*part).append(1, '\n');
  }
  return text.append(chunk.body, 0, kMaxEmbeddedBodyBytes);
}

void QuantizeVectors(std::span<const float> values, size_t dimensions, std::span<int8_t> out) {
  CHECK(values.size() == out.size());
  const int step = dimensions <= kEvenUpTo ? 2 : 1;
  const int most_steps = kLargest / step;
  const auto largest = static_cast<float>(most_steps);
  const float scale = static_cast<float>(kLargest) / static_cast<float>(step);
  for (size_t i = 0; i < values.size(); ++i) {
    const float scaled = std::clamp(values[i] * scale, -largest, largest);
    // Cutting after adding a half rounds; std::lround is a call for each number.
    out[i] = static_cast<int8_t>(step * static_cast<int>(scaled + std::copysign(0.5f, scaled)));
  }
}

}  // namespace inhouse
