#include "tools/find_upward.h"

#include <system_error>

namespace inhouse {
namespace fs = std::filesystem;

std::optional<fs::path> FindUpward(const fs::path& start, std::string_view relative,
                                   const std::function<bool(const fs::path&)>& fits) {
  // A path has finitely many parents: the loop ends at the root.
  for (fs::path folder = start.lexically_normal();; folder = folder.parent_path()) {
    const fs::path candidate = folder / relative;
    std::error_code unreadable;
    if (fs::exists(candidate, unreadable) && (!fits || fits(candidate))) return candidate;
    if (folder == folder.parent_path()) return {};
  }
}

}  // namespace inhouse
