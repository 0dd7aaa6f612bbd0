// Where the index is: `--index DIR`, else the nearest `.inhouse/` upward, else
// `./.inhouse/` (which indexing makes, and of which searching says that it is
// missing).
#pragma once

#include <filesystem>
#include <string_view>

namespace inhouse {

inline constexpr std::string_view kIndexFolderName = ".inhouse";

// `named` is the value of --index, "" if it was left out. The result is absolute.
std::filesystem::path FindIndexFolder(const std::filesystem::path& named,
                                      const std::filesystem::path& working_folder);

}  // namespace inhouse
