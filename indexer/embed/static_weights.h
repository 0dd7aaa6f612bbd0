// The table of the trained embedder: a vector of 8-bit numbers for each known
// term. A view of bytes that live longer (a read-only section of the program,
// or a test's buffer); nothing is copied or unpacked, so that a process which
// asks one question touches a few pages of it.
//
// Format, little-endian (written by tools/train/weights.py):
//   0  8 bytes "IHWORDS1"
//   8  u32 dimensions, u32 terms, u32 slots (a power of two), u32 bytes of text
//  24  u64 XXH3-64 of everything from byte 64 on
//  32  f32 length of a term's vector in the mean
//  36  28 bytes name, filled up with zeros
//  64  u32 slot[slots]: 1 + number of a term, 0 free; a term is looked for from
//      XXH3-64(term) mod slots on
//      u32 begin[terms + 1] of each term in the text
//      f32 scale[terms]
//      text, filled up with zeros to a multiple of 64 from the file's begin
//      i8 row[terms][dimensions]; a term's vector is scale · row
// Immutable; safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "indexer/base/result.h"

namespace inhouse {

class StaticWeights {
 public:
  static constexpr int64_t kNone = -1;

  // Looks at the header and at sizes alone. kBadInput if they do not fit.
  static Result<StaticWeights> Open(std::string_view bytes);
  // Reads everything: kBadInput if a byte is not as it was written.
  Status VerifyChecksum() const;

  size_t dimensions() const { return dimensions_; }
  size_t size() const { return terms_; }
  // "NAME-CHECKSUM": another table has another one.
  const std::string& id() const { return id_; }

  // What a word of the corpus's own weighs.
  float mean_length() const { return mean_length_; }

  // The number of a term, or kNone.
  int64_t Find(std::string_view term) const;
  std::string_view term(size_t number) const;
  float scale(size_t number) const;
  std::span<const int8_t> row(size_t number) const;

 private:
  uint32_t NumberAt(size_t place) const;

  std::string_view bytes_;
  size_t dimensions_ = 0, terms_ = 0, slots_ = 0;
  size_t begins_ = 0, scales_ = 0, text_ = 0, rows_ = 0;  // places in bytes_
  uint64_t checksum_ = 0;
  float mean_length_ = 0;
  std::string id_;
};

// The table that is part of this program. CHECKed to be well-formed.
StaticWeights BuiltInWeights();

}  // namespace inhouse
