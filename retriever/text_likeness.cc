#include "retriever/text_likeness.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

// Of longer summaries the beginning.
constexpr size_t kMaxText = 300;

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

float Dot(const std::vector<float>& a, const std::vector<float>& b) {
  constexpr size_t kSums = 8;  // the compiler may keep them side by side
  std::array<float, kSums> sums = {};
  for (size_t i = 0; i + kSums <= a.size(); i += kSums) {
    for (size_t k = 0; k < kSums; ++k) sums[k] += a[i + k] * b[i + k];
  }
  float sum = 0;
  for (const float part : sums) sum += part;
  return sum;
}

void Add(const std::vector<float>& part, std::vector<float>* sum) {
  for (size_t i = 0; i < part.size(); ++i) (*sum)[i] += part[i];
}

}  // namespace

TextLikeness::TextLikeness(std::string_view question, const Embedder* embedder)
    : embedder_(embedder) {
  if (embedder_ == nullptr) return;
  Vector sum(embedder_->dimensions());
  AddText(question, &sum);
  const float length = std::sqrt(Dot(sum, sum));
  if (length <= 0) return;
  for (float& value : sum) value /= length;
  question_ = std::move(sum);
}

const TextLikeness::Vector& TextLikeness::OfWord(std::string_view word) {
  const auto [at, added] = words_.try_emplace(std::string(word));
  if (!added) return at->second;
  Vector sum;
  Vector part(embedder_->dimensions());
  for (const std::string& term : Terms(word)) {
    if (!embedder_->TermVector(term, part)) continue;
    if (sum.empty()) sum.resize(part.size());
    Add(part, &sum);
  }
  return at->second = std::move(sum);
}

void TextLikeness::AddText(std::string_view text, Vector* sum) {
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    while (i < text.size() && IsWordByte(text[i])) ++i;
    if (i - begin >= 2) Add(OfWord(text.substr(begin, i - begin)), sum);
    i += i == begin ? 1 : 0;
  }
}

double TextLikeness::Of(std::initializer_list<std::string_view> texts) {
  if (question_.empty()) return 0;
  Vector sum(question_.size());
  for (const std::string_view text : texts) AddText(text.substr(0, kMaxText), &sum);
  const float length = std::sqrt(Dot(sum, sum));
  return length > 0 ? std::max(0.0f, Dot(question_, sum) / length) : 0;
}

}  // namespace inhouse
