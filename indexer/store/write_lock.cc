#include "indexer/store/write_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <thread>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPause{20};

Error CannotLock(const fs::path& file, int error_number) {
  return StorageError("cannot lock " + file.string() + ": " + ErrnoText(error_number) +
                      "; the index folder must be writable, and not on a disk without locks");
}

// What the holder wrote into the file, if it looks like a process id.
std::string Holder(int fd) {
  char text[16] = {};
  const ssize_t size = ::pread(fd, text, sizeof(text) - 1, 0);
  std::string pid(text, static_cast<size_t>(std::max<ssize_t>(size, 0)));
  if (!pid.empty() && pid.back() == '\n') pid.pop_back();
  const bool digits = pid.find_first_not_of("0123456789") == std::string::npos;
  return digits && !pid.empty() ? "process " + pid : "another process";
}

Error Held(const fs::path& index_dir, int fd) {
  return StorageError("the index " + index_dir.string() + " is being updated by " + Holder(fd) +
                      "; try again when it has finished");
}

// The lock is what counts; a missing id only makes the message poorer.
void WriteHolder(int fd) {
  const std::string pid = std::to_string(::getpid()) + "\n";
  const bool written =
      ::ftruncate(fd, 0) == 0 && ::pwrite(fd, pid.data(), pid.size(), 0) == ssize_t(pid.size());
  static_cast<void>(written);
}

}  // namespace

Result<WriteLock> WriteLock::Take(const fs::path& index_dir, milliseconds wait) {
  const fs::path file = index_dir / "write.lock";
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd.valid()) return CannotLock(file, errno);
  const auto deadline = steady_clock::now() + wait;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return CannotLock(file, errno);
    if (steady_clock::now() >= deadline) return Held(index_dir, fd.get());
    std::this_thread::sleep_for(kPause);
  }
  WriteHolder(fd.get());
  return WriteLock(std::move(fd));
}

}  // namespace inhouse
