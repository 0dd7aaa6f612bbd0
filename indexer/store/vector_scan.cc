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

QueryBytes BytesOf(std::span<const int16_t> query) {
  QueryBytes bytes;
  for (const int16_t value : query) {
    const int high = (value + 128) >> 8;
    if (high > 127) return {};
    bytes.high.push_back(static_cast<int8_t>(high));
    bytes.low.push_back(static_cast<int8_t>(value - 256 * high));
    bytes.sum += static_cast<uint32_t>(int32_t{value});
  }
  return bytes;
}

#if defined(__x86_64__)
// The instruction takes the rows without a sign: each number is 128 too large, and
// 128 times the query's sum is taken off. The same sums modulo 2^32 as above.
__attribute__((target("avx512vl,avx512vnni"))) void ScoreVnni(const QueryBytes& query,
                                                              const int8_t* rows, uint8_t flip,
                                                              std::span<int32_t> scores) {
  const size_t size = query.high.size();
  const __m256i flips = _mm256_set1_epi8(static_cast<char>(flip ^ 0x80));
  for (int32_t& score : scores) {
    __m256i high = _mm256_setzero_si256();
    __m256i low = _mm256_setzero_si256();
    for (size_t i = 0; i < size; i += 32) {
      const auto* h = reinterpret_cast<const __m256i*>(query.high.data() + i);
      const auto* l = reinterpret_cast<const __m256i*>(query.low.data() + i);
      const auto* r = reinterpret_cast<const __m256i*>(rows + i);
      const __m256i row = _mm256_xor_si256(_mm256_loadu_si256(r), flips);
      high = _mm256_dpbusd_epi32(high, row, _mm256_loadu_si256(h));
      low = _mm256_dpbusd_epi32(low, row, _mm256_loadu_si256(l));
    }
    const __m256i both = _mm256_add_epi32(_mm256_slli_epi32(high, 8), low);
    score = static_cast<int32_t>(static_cast<uint32_t>(SumOf(both)) - 128 * query.sum);
    rows += size;
  }
}

bool CanVnni(const QueryBytes& query) {
  return !query.high.empty() && query.high.size() % 32 == 0 && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}
#endif

void Score(std::span<const int16_t> query, [[maybe_unused]] const QueryBytes& bytes,
           const int8_t* rows, uint8_t flip, std::span<int32_t> scores) {
#if defined(__x86_64__)
  if (CanVnni(bytes)) return ScoreVnni(bytes, rows, flip, scores);
  if (__builtin_cpu_supports("avx2")) return ScoreAvx2(query, rows, flip, scores);
#endif
  ScorePlain(query, rows, flip, scores);
}

}  // namespace

VectorScan::VectorScan(std::span<const float> query, size_t k)
    : query_(Widen(query)), bytes_(BytesOf(query_)), k_(query.empty() ? 0 : k), scores_(kBlock) {}

void VectorScan::Offer(VectorMatch match) {
  if (best_.size() == k_ && !IsBetter(match, best_.front())) return;
  if (best_.size() == k_) {
    std::pop_heap(best_.begin(), best_.end(), IsBetter);
    best_.pop_back();
  }
  best_.push_back(match);
  std::push_heap(best_.begin(), best_.end(), IsBetter);
}

// A little less than the worst of the best: Offer decides.
void VectorScan::OfferScore(int64_t id, int32_t score) {
  Offer({id, static_cast<float>(score) / (kQueryScale * kRowScale)});
  if (best_.size() < k_) return;
  const double worst = double{best_.front().score} * double{kQueryScale} * double{kRowScale};
  least_ = static_cast<int32_t>(std::clamp(worst * (1 - 1e-6), 1.0, 2e9));
}

template <typename IdOf>
void VectorScan::AddRows(size_t count, const int8_t* rows, uint8_t flip, IdOf id_of) {
  if (k_ == 0) return;
  for (size_t begin = 0; begin < count; begin += kBlock) {
    const size_t size = std::min(kBlock, count - begin);
    Score(query_, bytes_, rows + begin * query_.size(), flip, std::span(scores_).first(size));
    for (size_t i = 0; i < size; ++i) {
      if (scores_[i] >= least_) OfferScore(id_of(begin + i), scores_[i]);
    }
  }
}

void VectorScan::Add(std::span<const int64_t> ids, const int8_t* rows, uint8_t flip) {
  AddRows(ids.size(), rows, flip, [&](size_t i) { return ids[i]; });
}

void VectorScan::Add(int64_t first_id, size_t count, const int8_t* rows, uint8_t flip) {
  AddRows(count, rows, flip, [&](size_t i) { return first_id + static_cast<int64_t>(i); });
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
