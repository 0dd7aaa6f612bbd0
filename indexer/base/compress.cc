#include "indexer/base/compress.h"

#include <zstd.h>

#include "indexer/base/check.h"
#include "indexer/base/huge_pages.h"

namespace inhouse {

void Compressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }
void Decompressor::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

Compressor::Compressor(Effort effort)
    : context_(ZSTD_createCCtx()), level_(static_cast<int>(effort)) {
  CHECK(context_ != nullptr);
}
Decompressor::Decompressor() : context_(ZSTD_createDCtx()) { CHECK(context_ != nullptr); }

std::string Compressor::Pack(std::string_view bytes) {
  if (bytes.empty()) return {};
  const size_t bound = ZSTD_compressBound(bytes.size());
  if (buffer_.size() < bound) buffer_.resize(bound);
  const size_t size = ZSTD_compressCCtx(context_.get(), buffer_.data(), buffer_.size(),
                                        bytes.data(), bytes.size(), level_);
  CHECK(!ZSTD_isError(size));  // only memory can lack
  return {buffer_.data(), size};
}

std::optional<std::string> Decompressor::Unpack(std::string_view packed) {
  if (packed.empty()) return std::string();
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  const bool known = size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR;
  if (!known || size > kMaxUnpackedBytes) return std::nullopt;
  std::string bytes;
  bytes.reserve(static_cast<size_t>(size));
  AskForHugePages(bytes.data(), bytes.capacity());
  bytes.resize(static_cast<size_t>(size));
  const size_t done =
      ZSTD_decompressDCtx(context_.get(), bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(done) || done != bytes.size()) return std::nullopt;
  return bytes;
}

}  // namespace inhouse
