// All public APIs of the libraries, a line each, grouped by package: for code
// bases small enough to stand in a system prompt whole. Borrows the view.
#pragma once

#include "indexer/base/result.h"
#include "retriever/index_view.h"
#include "retriever/retriever.h"

namespace inhouse {

// Signature and summary of each; without types, then without summaries, if that
// makes it fit; else an empty text.
Result<ContextPack> SummarizeApis(IndexView& view, size_t token_budget);

}  // namespace inhouse
