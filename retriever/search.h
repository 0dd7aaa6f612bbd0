// A parsed query → symbols with their signals, best first: candidates by name,
// by text and by vector → fusion → ranking. What Search and Pack both stand on.
// Borrows the view; rows in the answer live as long as the view's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "indexer/base/result.h"
#include "retriever/index_view.h"
#include "retriever/query.h"
#include "retriever/ranking.h"
#include "retriever/stages.h"

namespace inhouse {

struct RankOptions {
  size_t limit = 10;
  bool include_private = false;
  bool include_tests = true;
  bool libraries_only = false;  // neither scripts nor tests nor documents
  bool include_deprecated = true;
  Stages without = 0;
};

struct RankedSymbol {
  const SymbolRow* symbol = nullptr;
  const FileRow* file = nullptr;
  int64_t chunk_id = 0;  // the best chunk; 0 if it was found by its name alone
  ChunkKind chunk_kind = ChunkKind::kSymbol;
  Signals signals;
  double score = 0;
  std::vector<std::string> matched_words;  // of the query, lower-cased
};

// Never a guess: nothing good enough is an empty list. Ties by chunk id, then
// symbol id. A deprecated symbol comes after its replacement.
Result<std::vector<RankedSymbol>> RankSymbols(IndexView& view, const ParsedQuery& query,
                                              const RankOptions& options);

// The defined name of what replaces a deprecated symbol; "" if it names none
// that the index knows.
Result<std::string> ReplacementOf(IndexView& view, const Symbol& symbol);

}  // namespace inhouse
