#include "agent/kernel/copy_out.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <iterator>
#include <string_view>

#include "agent/kernel/output_collector.h"
#include "indexer/base/file_io.h"
#include "indexer/base/unique_fd.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxName = 240;       // bytes of one name in the destination
constexpr size_t kMaxPath = 3500;      // bytes of a whole path there
constexpr size_t kVisitsPerFile = 50;  // entries looked at for each file that may be taken
constexpr size_t kMaxSkipped = 200;    // reasons listed

// Opens without following any link and without leaving the folder.
UniqueFd OpenBeneath(int folder, const char* name, int flags) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder, name, &how, sizeof(how))));
}

std::string WhyNotOpened(int error_number) {
  if (error_number == ELOOP) return "it is a link";
  return error_number == ENXIO ? "it is not a regular file" : ErrnoText(error_number);
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

Error NotWritten(const fs::path& target, int error_number) {
  return StorageError("cannot write " + target.string() + ": " + ErrnoText(error_number) +
                      "; free space or permission is needed there");
}

// What programs read, or run, of their own accord in a folder that a person only looks into: git
// (also a bare repository, which is none without its HEAD), Python, pytest, linters and editors,
// builders, package managers, file managers, assistants that write code, and this program's own
// settings. Lower case: some disks know no other.
constexpr std::string_view kActsByItself[] = {
    "agents.md",    "autorun.inf", "bsconfig.json", "build.rs",       "build.sbt",
    "build.xml",    "cargo.toml",  "claude.md",     "cmakelists.txt", "conftest.py",
    "default.nix",  "desktop.ini", "flake.nix",     "gemfile",        "gemini.md",
    "gnumakefile",  "head",        "inhouse.toml",  "justfile",       "makefile",
    "meson.build",  "mise.toml",   "mypy.ini",      "node_modules",   "noxfile.py",
    "package.json", "pom.xml",     "pylintrc",      "pylintrc.toml",  "pyproject.toml",
    "pytest.ini",   "pyvenv.cfg",  "rakefile",      "rust-toolchain", "rust-toolchain.toml",
    "setup.cfg",    "setup.py",    "shell.nix",     "tasks.py",       "tox.ini"};
// Modules that every Python imports when it starts: as a file, a folder or a library.
constexpr std::string_view kActsByStem[] = {"sitecustomize", "usercustomize"};
constexpr std::string_view kActsByEnding[] = {
    ".pth",        ".gradle",     ".gradle.kts",        ".config.js", ".config.cjs",
    ".config.mjs", ".config.ts",  ".desktop",           ".lnk",       ".url",
    ".scf",        ".library-ms", ".searchconnector-ms"};

// Why a name is not taken whatever it holds, "" if it may be.
std::string WhyNotNamedSo(std::string name) {
  if (name.starts_with('.')) return "names that begin with a dot are not taken";
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto any = [](const auto& list, const auto& fits) {
    return std::any_of(std::begin(list), std::end(list), fits);
  };
  const bool acts =
      any(kActsByItself, [&](std::string_view own) { return name == own; }) ||
      any(kActsByStem,
          [&](std::string_view own) { return name.substr(0, name.find('.')) == own; }) ||
      any(kActsByEnding, [&](std::string_view end) { return name.ends_with(end); });
  return acts ? "programs act on a file of this name by themselves" : "";
}

struct Folder {
  std::string path;   // as it is called, below the root; "" for the root
  fs::path relative;  // as it is called in the destination
  int depth = 0;
};

class Copier {
 public:
  Copier(int root, const fs::path& destination, const CopyLimits& limits)
      : root_(root), destination_(destination), limits_(limits), bytes_left_(limits.total_bytes) {}

  // Folders are opened one at a time, from the root: no tree can use up descriptors.
  Status CopyTree() {
    std::vector<Folder> pending(1);
    while (!pending.empty() && visited_ <= kVisitsPerFile * limits_.files) {
      const Folder current = std::move(pending.back());
      pending.pop_back();
      const UniqueFd fd =
          OpenBeneath(root_, current.path.empty() ? "." : current.path.c_str(), O_DIRECTORY);
      if (!fd.valid()) Skip(current.relative, WhyNotOpened(errno));
      for (const std::string& name : Entries(fd.get())) {
        RETURN_IF_ERROR(CopyEntry(fd.get(), current, name, &pending));
      }
    }
    std::sort(report_.files.begin(), report_.files.end());
    std::sort(report_.skipped.begin(), report_.skipped.end());
    return {};
  }

  CopyReport TakeReport() { return std::move(report_); }

 private:
  // In order; no more than are needed to reach every limit.
  std::vector<std::string> Entries(int folder) const {
    std::vector<std::string> names;
    DIR* entries = ::fdopendir(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
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
    if (report_.skipped.size() < kMaxSkipped)
      report_.skipped.push_back(path.string() + ": " + reason);
  }

  Status CopyEntry(int folder_fd, const Folder& folder, const std::string& name,
                   std::vector<Folder>* pending) {
    if (++visited_ > kVisitsPerFile * limits_.files) return {};
    const fs::path relative = folder.relative / SafeName(name);
    if (const std::string reason = WhyNotNamedSo(name); !reason.empty()) {
      Skip(relative, reason);
      return {};
    }
    const UniqueFd fd = OpenBeneath(folder_fd, name.c_str(), 0);
    struct stat info {};
    if (!fd.valid() && errno == EXDEV) return {};  // an interpreter that is shown in there
    if (!fd.valid() || ::fstat(fd.get(), &info) != 0) {
      Skip(relative, WhyNotOpened(errno));
    } else if (relative.filename().string().size() > kMaxName ||
               (destination_ / relative).string().size() > kMaxPath) {
      Skip(relative, "its name is too long");
    } else if (S_ISDIR(info.st_mode)) {
      AddFolder(folder, name, relative, pending);
    } else if (!S_ISREG(info.st_mode)) {
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

  void AddFolder(const Folder& parent, const std::string& name, const fs::path& relative,
                 std::vector<Folder>* pending) {
    if (parent.depth + 1 > limits_.depth || pending->size() >= limits_.files) {
      Skip(relative, "folders are nested too deep or too many");
    } else if (name != "__pycache__") {
      const std::string path = parent.path.empty() ? name : parent.path + "/" + name;
      pending->push_back({path, relative, parent.depth + 1});
    }
  }

  Status CopyFile(int from, int64_t size, const fs::path& relative) {
    const fs::path target = destination_ / relative;
    RETURN_IF_ERROR(MakeFolder(target.parent_path()));
    UniqueFd to(
        ::open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!to.valid()) return NotWritten(target, errno);
    char buffer[65536];
    // The file may still be growing: never more than its size at the start.
    for (int64_t left = size; left > 0;) {
      const ssize_t n =
          ::read(from, buffer, std::min<size_t>(sizeof(buffer), static_cast<size_t>(left)));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      const int failed = WriteAll(to.get(), {buffer, static_cast<size_t>(n)});
      if (failed != 0) return NotWritten(target, failed);
      left -= n;
      bytes_left_ -= n;
    }
    report_.files.push_back(relative.string());
    return {};
  }

  const int root_;
  const fs::path destination_;
  const CopyLimits limits_;
  int64_t bytes_left_;
  size_t visited_ = 0;
  CopyReport report_;
};

}  // namespace

Result<CopyReport> CopyOut(int folder_fd, const fs::path& destination, const CopyLimits& limits) {
  RETURN_IF_ERROR(MakeFolder(destination));
  Copier copier(folder_fd, destination, limits);
  RETURN_IF_ERROR(copier.CopyTree());
  return copier.TakeReport();
}

}  // namespace inhouse
