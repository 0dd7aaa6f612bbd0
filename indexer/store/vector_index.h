// The nearest chunks to a query vector. The catalog's rows are the truth; FAISS
// is loaded only where there are many of them.
//
//   ASSIGN_OR_RETURN(auto vectors, VectorIndex::Open(*catalog, index_dir));
//   RETURN_IF_ERROR(vectors->Refresh(*catalog));   // in long-lived programs
//   ASSIGN_OR_RETURN(auto matches, vectors->Search(query, 50));
//
// Flow: up to exact_limit rows → read from the catalog, and all looked at. Beyond,
// vectors.faiss, brought up to the catalog's commit in memory (rows that went are
// removed, rows with newer ids added); a missing, damaged or foreign snapshot is
// made anew from the catalog, and stored if the folder can be written. Then only
// the rows nearest by cell are looked at, so that a search takes the same time
// however many there are.
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

class VectorIndex {
 public:
  struct Options {
    size_t exact_limit = 200'000;  // more rows than this are not all looked at
  };

  // Errors: those of the catalog; kLimit (memory).
  static Result<std::unique_ptr<VectorIndex>> Open(Catalog& catalog,
                                                   const std::filesystem::path& index_dir,
                                                   Options options);
  static Result<std::unique_ptr<VectorIndex>> Open(Catalog& catalog,
                                                   const std::filesystem::path& index_dir);
  // Brings the snapshot files up to the catalog's commit. With many rows and few
  // changes it leaves the old snapshot: readers add the rest. Call it after
  // Commit, while no other update runs. Errors: also kStorage (the old index
  // still answers).
  static Status WriteSnapshot(Catalog& catalog, const std::filesystem::path& index_dir,
                              Options options);
  static Status WriteSnapshot(Catalog& catalog, const std::filesystem::path& index_dir);
  ~VectorIndex();

  // Follows the catalog to its newest commit; cheap if there is none.
  Status Refresh(Catalog& catalog);

  // At most k chunks with a score above 0, best first; ties in the catalog's order,
  // with FAISS by id. The query has dimensions() numbers and unit length; any other size is
  // kBadInput, a zero vector finds nothing.
  Result<std::vector<VectorMatch>> Search(std::span<const float> query, size_t k) const;

  size_t size() const;
  size_t dimensions() const;  // 0 if there are no vectors
  int64_t commit() const { return commit_; }
  bool is_exact() const { return faiss_ == nullptr; }

 private:
  VectorIndex(std::filesystem::path index_dir, Options options);
  Status Load(Catalog& catalog);
  Status LoadRows(Catalog& catalog);
  // Leaves all as it is if a commit came between.
  Status LoadFaiss(Catalog& catalog, const Catalog::VectorRuns& runs);

  const std::filesystem::path index_dir_;
  const Options options_;
  Catalog::VectorRows rows_;           // in the catalog's order
  std::unique_ptr<FaissIndex> faiss_;  // in place of rows_
  int64_t commit_ = -1;
};

}  // namespace inhouse
