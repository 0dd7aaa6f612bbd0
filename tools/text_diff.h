// Two texts, line by line, as people read a change: lines that went ("- "), that came
// ("+ "), and a few around them ("  "). Pure; at most kMaxDiffLines lines of each that differ.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inhouse {

inline constexpr size_t kMaxDiffLines = 2000;

// "" if there is no difference. Longer texts come as "all lines changed".
std::string LineDiff(std::string_view before, std::string_view after);

}  // namespace inhouse
