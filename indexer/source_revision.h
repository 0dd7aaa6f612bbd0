// Which revision of the team's repositories an index was made from, asked of git.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace inhouse {

// "<commit>" or "<commit>-dirty" (tracked files were changed) for each
// repository that holds one of the folders, in order, without repetition,
// joined by ' '. "" where git is missing, or there is no repository. Waits at
// most some seconds for git.
std::string SourceRevision(const std::vector<std::filesystem::path>& folders);

}  // namespace inhouse
