// Looks for a file or folder in a folder and in each of its parents, as git
// looks for `.git`. Pure but for looking at the file system.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

namespace inhouse {

// The first of start/relative, start/../relative, … that exists and, if `fits`
// is given, fits. `start` is absolute. A folder that may not be read counts as
// one that holds nothing.
std::optional<std::filesystem::path> FindUpward(
    const std::filesystem::path& start, std::string_view relative,
    const std::function<bool(const std::filesystem::path&)>& fits = {});

}  // namespace inhouse
