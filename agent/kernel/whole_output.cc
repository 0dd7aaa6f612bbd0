#include "agent/kernel/whole_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

constexpr int kMaxFiles = 10'000;  // of a folder

}  // namespace

bool WholeOutput::Begin() {
  begun_ = true;
  if (folder_.empty() || !MakeFolder(folder_).ok()) return false;
  for (int i = 1; i < kMaxFiles && !fd_.valid(); ++i) {
    std::array<char, 16> name;
    std::snprintf(name.data(), name.size(), "%04d.txt", i);
    name_ = name.data();
    fd_ =
        UniqueFd(::open((folder_ / name_).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!fd_.valid() && errno != EEXIST) return false;
  }
  return fd_.valid();
}

void WholeOutput::Add(std::string_view bytes) {
  if (!begun_ && !Begin()) return;
  bytes = bytes.substr(0, static_cast<size_t>(left_));
  if (!fd_.valid()) return;
  if (WriteAll(fd_.get(), bytes) != 0) {  // half of it would pass for the whole
    fd_.reset();
    ::unlink((folder_ / name_).c_str());
  }
  left_ -= static_cast<int64_t>(bytes.size());
}

std::string WholeOutput::Finish() {
  if (!fd_.valid()) return "";
  const bool kept = ::fdatasync(fd_.get()) == 0;
  fd_.reset();
  return kept ? name_ : "";
}

}  // namespace inhouse
