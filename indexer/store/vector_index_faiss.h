// A FAISS index over the catalog's 8-bit rows, behind a header without FAISS;
// its exceptions end here.
//
// Rows are kept as they are: the scalar quantizer's range is set so that its
// 256 steps are the values -128/127 … 127/127. FAISS holds, adds and removes them
// and says which cells are near a query; their scores come from our own scan
// (vector_scan.h), three times as fast as FAISS 1.7.3 without AVX2. An inverted
// file with cells by k-means, searched in part: approximate, and made with a fixed seed on one
// thread, so that the same rows give the same index. Values own everything; one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/store/vector_scan.h"

namespace inhouse {

class FaissIndex {
 public:
  // `values`: ids.size() rows of `dimensions`, at least one.
  // Errors: kLimit (memory), kIndex (FAISS refuses).
  static Result<FaissIndex> Build(std::span<const int64_t> ids, std::span<const int8_t> values,
                                  size_t dimensions);
  // What Save gave. The bytes must be known to be intact: FAISS trusts them.
  static Result<FaissIndex> Load(std::string_view bytes);

  FaissIndex(FaissIndex&&) noexcept;
  FaissIndex& operator=(FaissIndex&&) noexcept;
  ~FaissIndex();

  Result<std::string> Save() const;
  Status Add(std::span<const int64_t> ids, std::span<const int8_t> values);
  Status Remove(std::span<const int64_t> ids);
  // At most k rows with a score above 0, best first. Looks at about `max_rows` rows,
  // but at no less than an eighth of the cells.
  Result<std::vector<VectorMatch>> Search(std::span<const float> query, size_t k,
                                          size_t max_rows) const;

  std::vector<int64_t> Ids() const;  // ascending
  size_t size() const;
  size_t dimensions() const;

 private:
  struct State;
  explicit FaissIndex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace inhouse
