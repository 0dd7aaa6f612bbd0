#include "indexer/embed/vector_text.h"

#include <algorithm>
#include <cmath>

#include "indexer/base/check.h"

namespace inhouse {

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
  const int step = dimensions <= 256 ? 2 : 1;
  const auto largest = static_cast<float>(127 / step);
  const float scale = 127.0f / static_cast<float>(step);
  for (size_t i = 0; i < values.size(); ++i) {
    const float scaled = std::clamp(values[i] * scale, -largest, largest);
    // Cutting after adding a half rounds; std::lround is a call for each number.
    out[i] = static_cast<int8_t>(step * static_cast<int>(scaled + std::copysign(0.5f, scaled)));
  }
}

}  // namespace inhouse
