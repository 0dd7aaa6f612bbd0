// Bytes ↔ fewer bytes: the only door to zstd. Frames carry their size, so that
// what is read is bounded before it is unpacked. A Compressor keeps its working
// memory between calls and belongs to one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace inhouse {

inline constexpr size_t kMaxUnpackedBytes = size_t{256} << 20;

class Compressor {
 public:
  // zstd's levels: the fastest that finds repetitions, and one that finds more of
  // them in text for a tenth more time.
  enum class Effort { kFast = 1, kText = 3 };
  explicit Compressor(Effort effort = Effort::kText);
  // "" stays "".
  std::string Pack(std::string_view bytes);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  const int level_;
  std::string buffer_;
};

class Decompressor {
 public:
  Decompressor();
  // nullopt if the bytes are no whole frame of ours, or unpack to more than
  // kMaxUnpackedBytes.
  std::optional<std::string> Unpack(std::string_view packed);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace inhouse
