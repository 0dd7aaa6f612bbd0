// The nearest chunks to a query vector. The catalog's rows are the truth; FAISS
// is loaded only where there are many of them.
//
//   ASSIGN_OR_RETURN(auto vectors, VectorIndex::Open(*catalog, index_dir, image));
//   RETURN_IF_ERROR(vectors->Refresh(*catalog, image));   // in long-lived programs
//   ASSIGN_OR_RETURN(auto matches, vectors->Search(query, 50));
//
// Flow: fewer than memory_limit rows → those of the search image (search_image.h), or
// read from the catalog. Otherwise
// vectors.faiss, brought up to the catalog's commit in memory (rows that went are
// removed, rows with newer ids added); a missing, damaged or foreign snapshot is
// made anew from the catalog, and stored if the folder can be written. Up to
// exact_limit rows the answer is exact; beyond, the rows nearest by cell are
// looked at, so that a search takes the same time however many there are.
// WriteSnapshot does the same at the end of an index update, so that readers
// seldom have to. A VectorIndex belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/store/catalog.h"
#include "indexer/store/vector_scan.h"

namespace inhouse {

class FaissIndex;
class SearchImage;

class VectorIndex {
 public:
  struct Options {
    size_t memory_limit = 20'000;  // from so many rows on vectors.faiss is loaded;
                                   // SearchImage::kMaxVectors
    size_t exact_limit = 200'000;  // more rows than this are not all looked at
  };

  // Errors: those of the catalog; kLimit (memory).
  static Result<std::unique_ptr<VectorIndex>> Open(Catalog& catalog,
                                                   const std::filesystem::path& index_dir,
                                                   Options options);
  // `image`, if it has vectors, is used in place of the catalog's rows. Shared: names
  // and vectors lie in one mapping, and each is renewed on its own.
  static Result<std::unique_ptr<VectorIndex>> Open(
      Catalog& catalog, const std::filesystem::path& index_dir,
      std::shared_ptr<const SearchImage> image = nullptr);
  // Brings the snapshot files up to the catalog's commit. With many rows and few
  // changes it leaves the old snapshot: readers add the rest. Call it after
  // Commit, while no other update runs. Errors: also kStorage (the old index
  // still answers).
  static Status WriteSnapshot(Catalog& catalog, const std::filesystem::path& index_dir,
                              Options options);
  static Status WriteSnapshot(Catalog& catalog, const std::filesystem::path& index_dir);
  ~VectorIndex();

  // Follows the catalog to its newest commit; cheap if there is none.
  Status Refresh(Catalog& catalog, std::shared_ptr<const SearchImage> image = nullptr);

  // At most k chunks with a score above 0, best first; ties in the catalog's order,
  // with FAISS by id. The query has dimensions() numbers and unit length; any other size is
  // kBadInput, a zero vector finds nothing.
  Result<std::vector<VectorMatch>> Search(std::span<const float> query, size_t k) const;

  size_t size() const;
  size_t dimensions() const;  // 0 if there are no vectors
  int64_t commit() const { return commit_; }
  bool is_exact() const { return size() <= options_.exact_limit; }
  bool uses_faiss() const { return faiss_ != nullptr; }

 private:
  VectorIndex(std::filesystem::path index_dir, Options options);
  Status Load(Catalog& catalog);
  Status LoadRows(Catalog& catalog);
  void UseImage();
  void DropRows();
  Status LoadFaiss(Catalog& catalog, const Catalog::VectorRuns& runs);

  const std::filesystem::path index_dir_;
  const Options options_;
  // Without FAISS, in the catalog's order: rows_ or those of image_.
  std::span<const int64_t> ids_;
  std::span<const int8_t> values_;
  size_t dimensions_ = 0;
  Catalog::VectorRows rows_;
  std::shared_ptr<const SearchImage> image_;
  std::unique_ptr<FaissIndex> faiss_;  // null: the above
  int64_t commit_ = -1;
};

}  // namespace inhouse
