// A request → the wishes in it, each a question of its own for the search. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

// What stands between marks and words such as "and", with at least three words;
// at most 20.
std::vector<std::string> Clauses(std::string_view text);

}  // namespace inhouse
