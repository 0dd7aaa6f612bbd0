// Lines and words of a docstring: what its readers share. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

// Without blanks and line ends around it.
std::string_view Strip(std::string_view text);

// Lines without their ends; tabs become blanks up to the next multiple of eight.
std::vector<std::string> SplitLines(std::string_view text);

// Number of blanks that a line begins with; its length if it is blank.
size_t Indent(std::string_view line);
bool IsBlank(std::string_view line);

// ASCII letters in lower case.
std::string Lower(std::string_view text);

// ASCII letters, digits, "_" and ".".
bool IsNameByte(char c);

// Adds `more`, if it is not empty, after `between`.
void Append(std::string* text, std::string_view more, char between);

// The first `limit` bytes at most, cut between characters.
std::string_view CutText(std::string_view text, size_t limit);

}  // namespace inhouse
