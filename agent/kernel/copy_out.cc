#include "agent/kernel/copy_out.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "agent/kernel/output_collector.h"
#include "indexer/base/file_io.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

// Opens without following any link and without leaving the folder.
UniqueFd OpenBeneath(int folder, const char* name, int flags) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder, name, &how, sizeof(how))));
}

std::string SafeName(const std::string& name) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  const std::string clean = CleanText(name);
  const bool printable = clean == name && name.find_first_of("\n\t") == std::string::npos;
  std::string safe;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    const bool bad = byte < 0x20 || byte == 0x7F || byte == '%' || byte == '\\' ||
                     (byte >= 0x80 && !printable) || (i == 0 && (byte == '-' || byte == '~'));
    if (!bad) {
      safe.push_back(name[i]);
    } else {
      safe += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return safe;
}

struct Folder {
  UniqueFd fd;
  fs::path relative;
  int depth;
};

class Copier {
 public:
  Copier(const fs::path& destination, const CopyLimits& limits)
      : destination_(destination), limits_(limits), bytes_left_(limits.total_bytes) {}

  Status CopyFolder(Folder folder) {
    std::vector<Folder> pending;
    pending.push_back(std::move(folder));
    while (!pending.empty()) {
      const Folder current = std::move(pending.back());
      pending.pop_back();
      for (const std::string& name : Entries(current))
        RETURN_IF_ERROR(CopyEntry(current, name, &pending));
    }
    std::sort(report_.files.begin(), report_.files.end());
    std::sort(report_.skipped.begin(), report_.skipped.end());
    return {};
  }

  CopyReport TakeReport() { return std::move(report_); }

 private:
  std::vector<std::string> Entries(const Folder& folder) const {
    std::vector<std::string> names;
    DIR* entries = ::fdopendir(::openat(folder.fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (entries == nullptr) return names;
    while (const dirent* entry = ::readdir(entries)) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (names.size() >= 4 * limits_.files) break;
      names.push_back(name);
    }
    ::closedir(entries);
    std::sort(names.begin(), names.end());
    return names;
  }

  void Skip(const fs::path& path, const std::string& reason) {
    if (report_.skipped.size() < 200) report_.skipped.push_back(path.string() + ": " + reason);
  }

  Status CopyEntry(const Folder& folder, const std::string& name, std::vector<Folder>* pending) {
    const fs::path relative = folder.relative / SafeName(name);
    UniqueFd fd = OpenBeneath(folder.fd.get(), name.c_str(), 0);
    struct stat info {};
    if (!fd.valid() || ::fstat(fd.get(), &info) != 0) {
      Skip(relative, errno == ELOOP ? "it is a link" : ErrnoText(errno));
      return {};
    }
    if (S_ISDIR(info.st_mode)) {
      if (folder.depth + 1 > limits_.depth || pending->size() > 256) {
        Skip(relative, "folders are nested too deep or too many");
      } else if (name != "__pycache__") {
        pending->push_back({std::move(fd), relative, folder.depth + 1});
      }
      return {};
    }
    if (!S_ISREG(info.st_mode)) {
      Skip(relative, "it is not a regular file");
    } else if (report_.files.size() >= limits_.files) {
      Skip(relative, "more than " + std::to_string(limits_.files) + " files");
    } else if (info.st_size > bytes_left_) {
      Skip(relative, "over the size limit");
    } else {
      return CopyFile(fd.get(), info.st_size, relative);
    }
    return {};
  }

  Status CopyFile(int from, int64_t size, const fs::path& relative) {
    const fs::path target = destination_ / relative;
    RETURN_IF_ERROR(MakeFolder(target.parent_path()));
    UniqueFd to(
        ::open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!to.valid())
      return StorageError("cannot write " + target.string() + ": " + ErrnoText(errno));
    char buffer[65536];
    // The file may still be growing: never more than its size at the start.
    for (int64_t left = size; left > 0;) {
      const ssize_t n =
          ::read(from, buffer, std::min<size_t>(sizeof(buffer), static_cast<size_t>(left)));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      if (::write(to.get(), buffer, static_cast<size_t>(n)) != n) {
        return StorageError("cannot write " + target.string() + ": " + ErrnoText(errno));
      }
      left -= n;
      bytes_left_ -= n;
    }
    report_.files.push_back(relative.string());
    return {};
  }

  const fs::path destination_;
  const CopyLimits limits_;
  int64_t bytes_left_;
  CopyReport report_;
};

}  // namespace

Result<CopyReport> CopyOut(int folder_fd, const fs::path& destination, const CopyLimits& limits) {
  RETURN_IF_ERROR(MakeFolder(destination));
  Copier copier(destination, limits);
  RETURN_IF_ERROR(copier.CopyFolder(
      {UniqueFd(::openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), "", 0}));
  return copier.TakeReport();
}

}  // namespace inhouse
