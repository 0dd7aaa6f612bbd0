// A symbol's row → the card that tells how to call it. Reads the catalog and,
// for call sites, the sources. Borrows the view.
#pragma once

#include <string>

#include "indexer/base/result.h"
#include "retriever/index_view.h"
#include "retriever/retriever.h"

namespace inhouse {

struct CardOptions {
  size_t usages = 5;
  bool with_members = true;
  bool with_source = true;
  bool with_companions = true;  // used_together
  size_t callers = 0;           // listed at most
  bool with_drift = false;
};

Result<ApiCard> BuildCard(IndexView& view, const SymbolRow& row, const CardOptions& options);

// "query(sql: str, ...) -> DataFrame", "async def"s with "async " in front,
// "GROUPS: tuple = (…)". `name` stands for the symbol.
std::string SignatureLine(const Symbol& symbol, std::string_view name);

// The replacement by import name, else the message, else "deprecated"; "" if it
// is not deprecated.
Result<std::string> DeprecationNote(IndexView& view, const Symbol& symbol);

// "import audience_io", or "" for scripts.
std::string ImportLine(const SymbolRow& row, FileRole role);

}  // namespace inhouse
