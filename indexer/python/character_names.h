// Characters by their names, as "\\N{EM DASH}" has them in a Python string: letters of Latin
// and Greek, and the signs that documentation uses. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace inhouse {

// Upper or lower case, as in Python. Nothing for the many other names of Unicode.
std::optional<uint32_t> CharacterNamed(std::string_view name);

}  // namespace inhouse
