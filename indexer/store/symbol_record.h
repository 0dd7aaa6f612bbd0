// Symbol ⇄ the bytes of the catalog's `symbols.facts` column: everything that
// no query looks for (signature, docstring, decorators, ranges, …). The fields
// that queries do look for have columns of their own (schema.h) and are filled
// in by the reader. Pure. A change of the layout is a new kCatalogFormat.
#pragma once

#include <string>
#include <string_view>

#include "indexer/python/symbol.h"

namespace inhouse {

std::string EncodeSymbol(const Symbol& symbol);

// Fills everything but qualified_name, module, parent, kind and is_public.
// False if the bytes are no such record.
bool DecodeSymbol(std::string_view bytes, Symbol* symbol);

}  // namespace inhouse
