// An empty folder of a test's own, removed when it goes out of scope.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace inhouse::testing {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Writes a file below the folder, making parents; returns its full path.
  std::filesystem::path Write(std::string_view relative, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

// The whole file; aborts the test program if it cannot be read.
std::string ReadAll(const std::filesystem::path& path);

}  // namespace inhouse::testing
