#include "tools/bench/sample_tree.h"

#include <algorithm>
#include <string>
#include <system_error>

#include "indexer/base/file_io.h"

namespace inhouse::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxCopies = 20;

std::vector<fs::path> PythonFiles(const fs::path& from) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(from, error), end; at != end; at.increment(error)) {
    if (error) break;
    if (at->is_regular_file(error) && at->path().extension() == ".py") files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Status CopyFile(const fs::path& from, const fs::path& to, SampleTree* tree) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(from));
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  fs::copy_file(from, to, error);
  if (error) return StorageError("cannot write " + to.string() + ": " + error.message());
  // Old enough for its time stamp to be trusted.
  fs::last_write_time(to, fs::file_time_type::clock::now() - std::chrono::hours(1), error);
  tree->files.push_back(to);
  tree->lines += static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
  tree->bytes += bytes.size();
  return {};
}

}  // namespace

Result<SampleTree> MakeSample(const fs::path& from, const fs::path& to, const SampleSize& size) {
  const std::vector<fs::path> files = PythonFiles(from);
  if (files.empty()) return Error{ErrorKind::kBadInput, from.string() + ": no Python files there"};
  SampleTree tree;
  tree.root = to;
  for (int copy = 0; copy < kMaxCopies; ++copy) {
    const fs::path base = copy == 0 ? to : to / ("copy" + std::to_string(copy));
    for (const fs::path& file : files) {
      if (tree.lines >= size.lines || tree.files.size() >= size.files) return tree;
      RETURN_IF_ERROR(CopyFile(file, base / file.lexically_relative(from), &tree));
    }
  }
  return tree;
}

}  // namespace inhouse::bench
