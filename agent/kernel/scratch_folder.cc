#include "agent/kernel/scratch_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <cstdlib>

#include "indexer/base/file_io.h"

namespace inhouse {

namespace fs = std::filesystem;

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::Make(const std::string& name) {
  const char* given = std::getenv("TMPDIR");
  const fs::path place = given != nullptr && *given != '\0' ? given : "/tmp";
  std::error_code code;
  std::string path = fs::absolute(place / ("inhouse-" + name + "-XXXXXX"), code).string();
  if (::mkdtemp(path.data()) == nullptr) {
    return StorageError("cannot make a folder for temporary files in " + place.string() + " (" +
                        ErrnoText(errno) + "); set TMPDIR to a folder that can be written");
  }
  return std::unique_ptr<ScratchFolder>(new ScratchFolder(path));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace inhouse
