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

void QuantizeVector(std::span<const float> values, std::span<int8_t> out) {
  CHECK(values.size() == out.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const float scaled = std::clamp(values[i] * 127.0f, -127.0f, 127.0f);
    // Cutting after adding a half rounds; std::lround is a call for each number.
    out[i] = static_cast<int8_t>(static_cast<int>(scaled + std::copysign(0.5f, scaled)));
  }
}

}  // namespace inhouse
