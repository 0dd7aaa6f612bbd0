// A symbol as text: how it is declared, what its docstring says. Pure.
#pragma once

#include <string>
#include <string_view>

#include "indexer/python/symbol.h"

namespace inhouse {

// "async def query(sql: str) -> DataFrame", "class Session(Base)",
// "RATE: float = 0.2", "type Row = dict[str, str]".
std::string DeclarationOf(const Symbol& symbol);

// The docstring's prose, parameters, results and errors, with the deprecation.
std::string DocTextOf(const Symbol& symbol);

// `body` without the string that stands first in it.
std::string_view WithoutDocstring(std::string_view body);

}  // namespace inhouse
