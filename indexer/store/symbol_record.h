// Symbol ⇄ bytes: everything that no query looks for (signature, docstring,
// decorators, ranges, …). What queries do look for stands with the names of its
// file (file_record.h). Pure. A change of the layout is a new kCatalogFormat.
#pragma once

#include <string>
#include <string_view>

#include "indexer/python/symbol.h"

namespace inhouse {

std::string EncodeSymbol(const Symbol& symbol);

// Fills everything but qualified_name, module, parent, kind, bases and is_public, of
// which the first has to be there.
// False if the bytes are no such record.
bool DecodeSymbol(std::string_view bytes, Symbol* symbol);

}  // namespace inhouse
