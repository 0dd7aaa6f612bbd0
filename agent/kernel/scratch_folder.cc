#include "agent/kernel/scratch_folder.h"

#include <stdlib.h>

namespace inhouse {

namespace fs = std::filesystem;

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::Make(const std::string& name) {
  std::error_code code;
  std::string path = (fs::temp_directory_path(code) / ("inhouse-" + name + "-XXXXXX")).string();
  if (code || ::mkdtemp(path.data()) == nullptr) {
    return StorageError("cannot make a folder like " + path + "; set TMPDIR");
  }
  return std::unique_ptr<ScratchFolder>(new ScratchFolder(path));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace inhouse
