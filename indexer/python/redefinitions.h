// Names that a file defines more than once → the one definition that counts.
// Pure; linear in the symbols.
#pragma once

#include <string_view>
#include <vector>

#include "indexer/python/symbol.h"

namespace inhouse {

// Keeps one symbol a name, and all overloads: of two definitions the first if
// the second is conditional, else the last; a definition rather than an
// assignment; a property's getter rather than its setter. Where what is dropped
// may be called too and takes other parameters, the kept one is inexact.
// `conditional`: beside `symbols`, whether a definition stands inside if or try.
void DropRedefined(const std::vector<bool>& conditional, std::vector<Symbol>* symbols);

// "x.setter", "Base.x.deleter", "x.getter".
bool IsAccessor(std::string_view decorator);

}  // namespace inhouse
