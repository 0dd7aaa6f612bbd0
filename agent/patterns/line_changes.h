// What a person changed in a script, as lines: "- before" and "+ after". Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inhouse {

// The changed lines in order, runs of them parted by a line "…"; "" for equal texts.
// By the longest common subsequence of lines; texts whose differing part is above
// `kMaxComparedLines` lines are all before, then all after. Cut behind `max_lines`, and
// that is said.
inline constexpr size_t kMaxComparedLines = 2000;
std::string ChangedLines(std::string_view before, std::string_view after, size_t max_lines);

}  // namespace inhouse
