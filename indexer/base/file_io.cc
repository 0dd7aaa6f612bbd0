#include "indexer/base/file_io.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "indexer/base/unique_fd.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

Error ReadError(const fs::path& path, const std::string& why) {
  return BadInput("cannot read " + path.string() + ": " + why);
}

Error WriteError(const fs::path& path, int error_number) {
  return StorageError("cannot write " + path.string() + ": " + ErrnoText(error_number) +
                      "; free space or permission is needed there");
}

Status SyncFolder(const fs::path& folder) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return WriteError(folder, errno);
  return {};
}

// Nobody can have laid a file or a link there before.
fs::path TemporaryBeside(const fs::path& path) {
  uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number)
    number = static_cast<uint64_t>(::getpid());
  return path.string() + ".tmp" + std::to_string(number);
}

// Owner first: a change of owner may take permissions away.
Status MakeLike(int fd, const fs::path& path, const struct stat& like) {
  struct stat now {};
  if (::fstat(fd, &now) != 0) return WriteError(path, errno);
  const bool same_owner = now.st_uid == like.st_uid && now.st_gid == like.st_gid;
  if (!same_owner && ::fchown(fd, like.st_uid, like.st_gid) != 0) return WriteError(path, errno);
  if (::fchmod(fd, like.st_mode & 07777) != 0) return WriteError(path, errno);
  return {};
}

// A new file; with the owner and permissions of `like` unless that is null.
Status WriteAndSync(const fs::path& path, std::string_view bytes, const struct stat* like) {
  const mode_t mode = like == nullptr ? 0644 : 0600;
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd.valid()) return WriteError(path, errno);
  if (const int failed = WriteAll(fd.get(), bytes); failed != 0) return WriteError(path, failed);
  if (like != nullptr) RETURN_IF_ERROR(MakeLike(fd.get(), path, *like));
  if (::fsync(fd.get()) != 0) return WriteError(path, errno);
  if (::close(fd.release()) != 0) return WriteError(path, errno);
  return {};
}

Status Publish(const fs::path& path, std::string_view bytes, const struct stat* like) {
  const fs::path temporary = TemporaryBeside(path);
  Status written = WriteAndSync(temporary, bytes, like);
  if (!written.ok()) {
    ::unlink(temporary.c_str());
    return written;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error_number = errno;
    ::unlink(temporary.c_str());
    return WriteError(path, error_number);
  }
  return SyncFolder(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

}  // namespace

std::string ErrnoText(int error_number) { return std::generic_category().message(error_number); }

Result<std::string> ReadFile(const fs::path& path, int64_t max_bytes) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return ReadError(path, ErrnoText(errno));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return ReadError(path, ErrnoText(errno));
  if (!S_ISREG(info.st_mode)) return ReadError(path, "it is not a regular file");
  if (info.st_size > max_bytes) {
    return ReadError(path, "it has " + std::to_string(info.st_size) +
                               " bytes, more than the limit of " + std::to_string(max_bytes));
  }
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t have = 0;
  for (;;) {
    // One byte more than expected, to see whether the file grew meanwhile.
    if (have == bytes.size()) bytes.resize(bytes.size() + 1 + bytes.size() / 8);
    const ssize_t n = ::read(fd.get(), bytes.data() + have, bytes.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ReadError(path, ErrnoText(errno));
    if (n == 0) break;
    have += static_cast<size_t>(n);
    if (have > static_cast<size_t>(max_bytes))
      return ReadError(path, "it grew past the limit while being read");
  }
  bytes.resize(have);
  return bytes;
}

Status WriteFileDurably(const fs::path& path, std::string_view bytes) {
  return Publish(path, bytes, nullptr);
}

Status ReplaceFileDurably(const fs::path& path, std::string_view bytes) {
  std::error_code code;
  const fs::path real = fs::canonical(path, code);
  if (code) return ReadError(path, code.message());
  struct stat info {};
  if (::stat(real.c_str(), &info) != 0) return ReadError(path, ErrnoText(errno));
  if (!S_ISREG(info.st_mode)) return ReadError(path, "it is not a regular file");
  return Publish(real, bytes, &info);
}

int WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : EIO;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return 0;
}

Status MakeFolder(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) return StorageError("cannot make the folder " + path.string() + ": " + code.message());
  return {};
}

}  // namespace inhouse
