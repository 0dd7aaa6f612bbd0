#include "indexer/embed/static_weights.h"

#include <bit>
#include <cstring>

#include "indexer/base/check.h"
#include "indexer/base/digest.h"

static_assert(std::endian::native == std::endian::little, "the table is little-endian");

// The section of weights.S.
extern "C" const char inhouse_weights_begin[];
extern "C" const char inhouse_weights_end[];

namespace inhouse {
namespace {

constexpr std::string_view kMagic = "IHWORDS1";
constexpr size_t kHeader = 64;
constexpr size_t kNameAt = 36;
constexpr size_t kAlign = 64;
constexpr uint64_t kMaxTerms = 1 << 20;
constexpr uint64_t kMaxDimensions = 4096;

template <typename Number>
Number Read(std::string_view bytes, size_t place) {
  Number number{};
  std::memcpy(&number, bytes.data() + place, sizeof(number));
  return number;
}

Error Broken(std::string_view what) {
  return Error{ErrorKind::kBadInput, "the embedder's table is damaged (" + std::string(what) +
                                         "); install inhouse again"};
}

}  // namespace

Result<StaticWeights> StaticWeights::Open(std::string_view bytes) {
  if (bytes.size() < kHeader || !bytes.starts_with(kMagic)) return Broken("its header");
  StaticWeights weights;
  weights.bytes_ = bytes;
  weights.dimensions_ = Read<uint32_t>(bytes, 8);
  weights.terms_ = Read<uint32_t>(bytes, 12);
  weights.slots_ = Read<uint32_t>(bytes, 16);
  const uint64_t text_size = Read<uint32_t>(bytes, 20);
  weights.checksum_ = Read<uint64_t>(bytes, 24);
  weights.mean_length_ = Read<float>(bytes, 32);
  if (weights.dimensions_ == 0 || weights.dimensions_ > kMaxDimensions || weights.terms_ == 0 ||
      weights.terms_ > kMaxTerms || !std::has_single_bit(weights.slots_) ||
      weights.slots_ <= weights.terms_) {
    return Broken("its sizes");
  }
  weights.begins_ = kHeader + weights.slots_ * sizeof(uint32_t);
  weights.scales_ = weights.begins_ + (weights.terms_ + 1) * sizeof(uint32_t);
  weights.text_ = weights.scales_ + weights.terms_ * sizeof(float);
  weights.rows_ = (weights.text_ + text_size + kAlign - 1) / kAlign * kAlign;
  if (weights.rows_ + weights.terms_ * weights.dimensions_ != bytes.size()) {
    return Broken("its length");
  }
  std::string_view name = bytes.substr(kNameAt, kHeader - kNameAt);
  name = name.substr(0, name.find('\0'));
  weights.id_ = std::string(name) + "-" + Xxh3Hex(bytes.substr(0, kHeader)).substr(0, 8);
  return weights;
}

Status StaticWeights::VerifyChecksum() const {
  if (Xxh3(bytes_.substr(kHeader)) == checksum_) return {};
  return Broken("its checksum");
}

uint32_t StaticWeights::NumberAt(size_t place) const { return Read<uint32_t>(bytes_, place); }

int64_t StaticWeights::Find(std::string_view term) const {
  // At least one slot is free, so the walk ends.
  for (size_t slot = Xxh3(term) & (slots_ - 1), steps = 0; steps < slots_;
       slot = (slot + 1) & (slots_ - 1), ++steps) {
    const uint32_t number = NumberAt(kHeader + slot * sizeof(uint32_t));
    if (number == 0 || number > terms_) return kNone;
    if (this->term(number - 1) == term) return static_cast<int64_t>(number) - 1;
  }
  return kNone;
}

std::string_view StaticWeights::term(size_t number) const {
  const size_t begin = NumberAt(begins_ + number * sizeof(uint32_t));
  const size_t end = NumberAt(begins_ + (number + 1) * sizeof(uint32_t));
  if (begin > end || end > rows_ - text_) return {};
  return bytes_.substr(text_ + begin, end - begin);
}

float StaticWeights::scale(size_t number) const {
  return Read<float>(bytes_, scales_ + number * sizeof(float));
}

std::span<const int8_t> StaticWeights::row(size_t number) const {
  const char* row = bytes_.data() + rows_ + number * dimensions_;
  return {reinterpret_cast<const int8_t*>(row), dimensions_};
}

StaticWeights BuiltInWeights() {
  const auto size = static_cast<size_t>(inhouse_weights_end - inhouse_weights_begin);
  Result<StaticWeights> weights = StaticWeights::Open({inhouse_weights_begin, size});
  CHECK(weights.ok());
  return std::move(weights).value();
}

}  // namespace inhouse
