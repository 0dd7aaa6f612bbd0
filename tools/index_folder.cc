#include "tools/index_folder.h"

#include <optional>
#include <system_error>

#include "tools/find_upward.h"

namespace inhouse {
namespace fs = std::filesystem;

fs::path FindIndexFolder(const fs::path& named, const fs::path& working_folder) {
  if (!named.empty()) return (working_folder / named).lexically_normal();
  const auto is_folder = [](const fs::path& path) {
    std::error_code unreadable;
    return fs::is_directory(path, unreadable);
  };
  const std::optional<fs::path> found = FindUpward(working_folder, kIndexFolderName, is_folder);
  return found ? *found : working_folder / kIndexFolderName;
}

}  // namespace inhouse
