// All names of a whole index, laid out to be looked up without being parsed:
// `search.image` in the index folder, compressed, so that a search from process start
// need not gather them from the catalog.
//
//   ASSIGN_OR_RETURN(auto image, SearchImage::Current(*catalog, index_dir, true));
//   NameIndex names(image->names());
//
// Derived from the catalog, which is the truth: the file names the update that it
// was made from (CatalogMeta::update_id) and carries a checksum of all its bytes. If it is
// missing, damaged or of another update, the same is made in memory from the
// catalog, tens of milliseconds for 10,000 chunks, and stored if the folder can be written.
// A file is published by rename. Immutable; safe from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "indexer/base/result.h"
#include "indexer/store/catalog.h"
#include "indexer/store/name_image.h"

namespace inhouse {

class SearchImage {
 public:
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

  int64_t commit() const { return commit_; }
  const NameImage& names() const { return names_; }
  bool is_stored() const { return is_stored_; }  // as opposed to made

 private:
  SearchImage() = default;
  static std::shared_ptr<const SearchImage> Load(const std::filesystem::path& file,
                                                 const CatalogMeta& meta);
  // Null for `stored`: do not.
  static Result<std::shared_ptr<const SearchImage>> Make(Catalog& catalog,
                                                         const std::filesystem::path& file,
                                                         Status* stored);
  // False if the bytes were not made by BuildNameImage.
  bool Use(std::string bytes);

  std::string bytes_;
  bool is_stored_ = false;
  int64_t commit_ = 0;
  NameImage names_;  // of bytes_
};

}  // namespace inhouse
