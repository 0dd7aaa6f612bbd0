#include "indexer/embed/vector_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace inhouse {
namespace {

TEST(VectorText, HoldsEveryFieldAndABodysBeginning) {
  Chunk chunk;
  chunk.name = "the name";
  chunk.signature = "def f()";
  chunk.doc = "the doc";
  chunk.body = std::string(kMaxEmbeddedBodyBytes, 'b') + "END";
  const std::string text = EmbeddingText(chunk);
  for (const char* part : {"the name\nthe name", "def f()", "the doc\nthe doc", "bbbb"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(text.find("END"), std::string::npos);
}

TEST(VectorText, QuantizesByRoundingAndCutting) {
  const std::vector<float> values = {0, 1, -1, 0.5f, -0.004f, 2, -3};
  std::vector<int8_t> out(values.size());
  QuantizeVectors(values, 384, out);
  EXPECT_EQ(out, (std::vector<int8_t>{0, 127, -127, 64, -1, 127, -127}));
}

TEST(VectorText, ShortVectorsTakeEvenNumbers) {
  const std::vector<float> values = {0, 1, -1, 0.5f, -0.004f, 0.012f, 2, -3};
  std::vector<int8_t> out(values.size());
  QuantizeVectors(values, 256, out);
  EXPECT_EQ(out, (std::vector<int8_t>{0, 126, -126, 64, 0, 2, 126, -126}));
}

}  // namespace
}  // namespace inhouse
