// What every search needs of a whole index (all names, and the vectors of an
// index of up to kMaxVectors chunks), laid out to be used without being unpacked:
// `search.image` in the index folder, mapped read-only, so that a search from
// process start neither reads nor parses what it does not look at.
//
//   ASSIGN_OR_RETURN(auto image, SearchImage::Current(*catalog, index_dir));
//   NameIndex names(image->names());
//
// Derived from the catalog, which is the truth: the file names the update that it
// was made from (CatalogMeta::update_id) and carries a checksum of all its bytes. If it is
// missing, damaged or of another update, the same is made in memory from the
// catalog, tens of milliseconds for 10,000 chunks, and stored if the folder can be written.
// A file is published by rename and never changed in place, so that a mapping stays
// what it was. Immutable; safe from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "indexer/base/result.h"
#include "indexer/store/catalog.h"
#include "indexer/store/name_image.h"

namespace inhouse {

class SearchImage {
 public:
  // An index of so many vectors or more has them in vectors.faiss.
  static constexpr size_t kMaxVectors = 20'000;

  // Of the catalog's newest commit. `store`: what has to be made is also stored, if
  // the folder can be written. Errors: those of the catalog.
  static Result<std::shared_ptr<const SearchImage>> Current(Catalog& catalog,
                                                            const std::filesystem::path& index_dir,
                                                            bool store);
  // For the end of an update: the file is there afterwards unless it would cost much
  // more than the update did, then the first reader makes it. Errors: also kStorage
  // (readers do without).
  struct Updated {
    size_t chunks = 0;   // of the whole index
    double changed = 0;  // the share of its files that was written, 0..1
  };
  static Status Store(Catalog& catalog, const std::filesystem::path& index_dir,
                      const Updated& updated);
  static std::filesystem::path File(const std::filesystem::path& index_dir);

  SearchImage(const SearchImage&) = delete;
  SearchImage& operator=(const SearchImage&) = delete;
  ~SearchImage();

  int64_t commit() const { return commit_; }
  const NameImage& names() const { return names_; }
  // False: too many; see vector_index.h.
  bool has_vectors() const { return has_vectors_; }
  // In the catalog's order (Catalog::Vectors).
  size_t dimensions() const { return dimensions_; }
  std::span<const int64_t> chunk_ids() const { return chunk_ids_; }
  std::span<const int8_t> vectors() const { return vectors_; }
  bool is_mapped() const { return mapped_ != nullptr; }

 private:
  SearchImage() = default;
  static std::shared_ptr<const SearchImage> Map(const std::filesystem::path& file,
                                                const CatalogMeta& meta);
  // Null for `stored`: do not.
  static Result<std::shared_ptr<const SearchImage>> Make(Catalog& catalog,
                                                         const std::filesystem::path& file,
                                                         Status* stored);
  bool Read(std::string_view bytes);

  // One of these holds the bytes.
  std::string own_;
  void* mapped_ = nullptr;
  size_t mapped_size_ = 0;

  int64_t commit_ = 0;
  std::string_view update_id_;
  NameImage names_;
  bool has_vectors_ = false;
  size_t dimensions_ = 0;
  std::span<const int64_t> chunk_ids_;
  std::span<const int8_t> vectors_;
};

}  // namespace inhouse
