// One name, as a person or a model writes it → the one symbol that it means, or
// why there is none. Borrows the view.
#pragma once

#include <string_view>
#include <vector>

#include "indexer/base/result.h"
#include "retriever/index_view.h"

namespace inhouse {

// By import name, defined name or re-export, else by unique suffix; public,
// current library names are preferred. "()" at the end does not matter.
// Errors: kNegative on one line, with the equal matches or the nearest names.
Result<const SymbolRow*> ChooseSymbol(IndexView& view, std::string_view name);

// The same without an explanation: null if there is no such symbol, or several.
Result<const SymbolRow*> FindOnly(IndexView& view, std::string_view name);

// Import names that `name` may have meant, best first, public ones only.
std::vector<NameView> NearestNames(const NameIndex& names, std::string_view name, size_t limit);

}  // namespace inhouse
