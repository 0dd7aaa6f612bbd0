#include "indexer/store/vector_scan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "indexer/base/check.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace inhouse {
namespace {

constexpr float kQueryScale = 32767.0f;
constexpr float kRowScale = 127.0f;
// Rows scored at once: their scores stay in the first-level cache.
constexpr size_t kBlock = 1024;

std::vector<int16_t> Widen(std::span<const float> query) {
  std::vector<int16_t> wide(query.size());
  std::transform(query.begin(), query.end(), wide.begin(), [](float value) {
    const float scaled = std::clamp(value * kQueryScale, -kQueryScale, kQueryScale);
    return static_cast<int16_t>(std::isnan(scaled) ? 0 : std::lround(scaled));
  });
  return wide;
}

// Sums of unit vectors stay below 32767 · 127 · 1.5; others wrap around
// instead of overflowing.
uint32_t Product(int16_t query, int8_t value) {
  return static_cast<uint32_t>(int32_t{query} * int32_t{value});
}

int8_t Flip(int8_t value, uint8_t flip) {
  return static_cast<int8_t>(static_cast<uint8_t>(value) ^ flip);
}

void ScorePlain(std::span<const int16_t> query, const int8_t* rows, uint8_t flip,
                std::span<int32_t> scores) {
  for (int32_t& score : scores) {
    uint32_t sum = 0;
    for (const int16_t value : query) sum += Product(value, Flip(*rows++, flip));
    score = static_cast<int32_t>(sum);
  }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) int32_t SumOf(__m256i lanes) {
  const __m128i half =
      _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  const __m128i quarter = _mm_add_epi32(half, _mm_unpackhi_epi64(half, half));
  return _mm_cvtsi128_si32(_mm_add_epi32(quarter, _mm_shuffle_epi32(quarter, 1)));
}

__attribute__((target("avx2"))) void ScoreAvx2(std::span<const int16_t> query, const int8_t* rows,
                                               uint8_t flip, std::span<int32_t> scores) {
  const size_t size = query.size();
  const size_t whole = size - size % 16;
  const __m128i flips = _mm_set1_epi8(static_cast<char>(flip));
  for (int32_t& score : scores) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < whole; i += 16) {
      const auto* q = reinterpret_cast<const __m256i*>(query.data() + i);
      const auto* r = reinterpret_cast<const __m128i*>(rows + i);
      const __m256i row = _mm256_cvtepi8_epi16(_mm_xor_si128(_mm_loadu_si128(r), flips));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_loadu_si256(q), row));
    }
    auto total = static_cast<uint32_t>(SumOf(sum));
    for (size_t i = whole; i < size; ++i) total += Product(query[i], Flip(rows[i], flip));
    score = static_cast<int32_t>(total);
    rows += size;
  }
}
#endif

using ScoreFunction = void (*)(std::span<const int16_t>, const int8_t*, uint8_t,
                               std::span<int32_t>);

ScoreFunction BestScore() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return ScoreAvx2;
#endif
  return ScorePlain;
}

}  // namespace

VectorScan::VectorScan(std::span<const float> query, size_t k)
    : query_(Widen(query)), k_(query.empty() ? 0 : k), scores_(kBlock) {}

void VectorScan::Offer(VectorMatch match) {
  if (best_.size() == k_ && !IsBetter(match, best_.front())) return;
  if (best_.size() == k_) {
    std::pop_heap(best_.begin(), best_.end(), IsBetter);
    best_.pop_back();
  }
  best_.push_back(match);
  std::push_heap(best_.begin(), best_.end(), IsBetter);
}

void VectorScan::Add(std::span<const int64_t> ids, const int8_t* rows, uint8_t flip) {
  if (k_ == 0) return;
  const ScoreFunction score = BestScore();
  for (size_t begin = 0; begin < ids.size(); begin += kBlock) {
    const size_t count = std::min(kBlock, ids.size() - begin);
    score(query_, rows + begin * query_.size(), flip, std::span(scores_).first(count));
    for (size_t i = 0; i < count; ++i) {
      if (scores_[i] <= 0) continue;
      const float cosine = static_cast<float>(scores_[i]) / (kQueryScale * kRowScale);
      Offer({ids[begin + i], cosine});
    }
  }
}

std::vector<VectorMatch> VectorScan::Take() {
  std::sort(best_.begin(), best_.end(), IsBetter);
  return std::move(best_);
}

std::vector<VectorMatch> ScanVectors(std::span<const int64_t> ids, std::span<const int8_t> values,
                                     std::span<const float> query, size_t k) {
  CHECK(values.size() == ids.size() * query.size());
  VectorScan scan(query, k);
  scan.Add(ids, values.data());
  return scan.Take();
}

}  // namespace inhouse
