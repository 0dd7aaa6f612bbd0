// A folder of our own in the place for temporary files (TMPDIR, else /tmp), closed to
// others, gone with everything in it when the object is.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "indexer/base/result.h"

namespace inhouse {

class ScratchFolder {
 public:
  // Errors: kStorage.
  static Result<std::unique_ptr<ScratchFolder>> Make(const std::string& name);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  const std::filesystem::path path_;
};

}  // namespace inhouse
