// A folder of our own in the place for temporary files (TMPDIR, else /tmp), closed to
// others, gone with everything in it when the object is. What a program left there that was
// killed is removed by the next one that makes a folder of the same name.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "indexer/base/result.h"
#include "indexer/base/unique_fd.h"

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
  ScratchFolder(std::filesystem::path path, UniqueFd lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}
  const std::filesystem::path path_;
  const UniqueFd lock_;  // as long as it is held, the folder is in use
};

}  // namespace inhouse
