#include "agent/kernel/scratch_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxTries = 100;
constexpr std::string_view kRandomPart = "XXXXXX";

Error NotMade(const fs::path& place) {
  return StorageError("cannot make a folder for temporary files in " + place.string() + " (" +
                      ErrnoText(errno) + "); set TMPDIR to a folder that can be written");
}

// The lock of a folder of ours; none while somebody else holds it, or where it is gone. The system
// gives it back when its holder ends, however that comes.
UniqueFd Lock(const fs::path& folder) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat held {
  }, named{};
  const bool locked = fd.valid() && ::fstat(fd.get(), &held) == 0 && held.st_uid == ::geteuid() &&
                      ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0 &&
                      ::lstat(folder.c_str(), &named) == 0 && named.st_ino == held.st_ino;
  return locked ? std::move(fd) : UniqueFd();
}

void RemoveLeftovers(const fs::path& place, const std::string& beginning) {
  std::error_code code, ignored;
  for (fs::directory_iterator it(place, code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(beginning) || name.size() != beginning.size() + kRandomPart.size())
      continue;
    const UniqueFd lock = Lock(it->path());
    if (lock.valid()) fs::remove_all(it->path(), ignored);
  }
}

}  // namespace

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::Make(const std::string& name) {
  const char* given = std::getenv("TMPDIR");
  std::error_code code;
  const fs::path place = fs::absolute(given != nullptr && *given != '\0' ? given : "/tmp", code);
  const std::string beginning = "inhouse-" + name + ".";
  RemoveLeftovers(place, beginning);
  for (int tries = 0; tries < kMaxTries; ++tries) {
    std::string path = (place / (beginning + std::string(kRandomPart))).string();
    if (::mkdtemp(path.data()) == nullptr) return NotMade(place);
    // Another program may take it for a leftover until it is locked, and remove it.
    UniqueFd lock = Lock(path);
    if (lock.valid())
      return std::unique_ptr<ScratchFolder>(new ScratchFolder(path, std::move(lock)));
  }
  return NotMade(place);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace inhouse
