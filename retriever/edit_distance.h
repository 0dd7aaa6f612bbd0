// How many single-byte edits (insert, delete, replace, swap of neighbours: the
// optimal string alignment distance) lie between two names. Pure.
#pragma once

#include <string_view>

namespace inhouse {

// The distance, or limit + 1 if it is larger. Names of up to 64 bytes; longer
// ones count as far apart.
int EditDistance(std::string_view a, std::string_view b, int limit);

// Whether one is the other mistyped beyond doubt: two neighbouring letters swapped, or a letter
// left out or put in behind the first. A letter in place of another is not among them ("min" and
// "max", "rate" and "date"), nor is anything in names of fewer than four bytes.
bool IsTypingSlip(std::string_view a, std::string_view b);

// Edits that a typing error in a name of this many bytes may have.
int AllowedEdits(size_t size);

}  // namespace inhouse
