#include "tests/support/temp_dir.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "indexer/base/check.h"

namespace inhouse::testing {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "inhouse-test-XXXXXX").string();
  CHECK(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TempDir::Write(std::string_view relative, std::string_view text) const {
  const std::filesystem::path full = path_ / relative;
  std::filesystem::create_directories(full.parent_path());
  std::ofstream out(full, std::ios::binary);
  out << text;
  CHECK(out.good());
  return full;
}

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  CHECK(in.good());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace inhouse::testing
