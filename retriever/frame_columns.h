// Columns of live data frames as evidence: an API whose documentation names the very columns
// that a frame holds is about that frame. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/symbol.h"

namespace inhouse {

// Column names of a live name as Evidence has it: "df: DataFrame 3 x 2: user_id str, score
// float64" → user_id, score. Empty for other values. At most 40; names with blanks are cut there.
std::vector<std::string> ColumnsOf(std::string_view live_name);

// How many of the columns the documentation names as whole identifiers, each counted once.
size_t ColumnsNamed(const Docstring& doc, const std::vector<std::string>& columns);

}  // namespace inhouse
