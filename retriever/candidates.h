// The three ways to candidates, each as a ranking of chunks: by name
// (symbol_lookup), by words (the catalog's full text), by vectors. Another
// engine for a shared index would replace this file.
#pragma once

#include <unordered_map>
#include <vector>

#include "indexer/base/result.h"
#include "retriever/fusion.h"
#include "retriever/index_view.h"
#include "retriever/query.h"
#include "retriever/stages.h"

namespace inhouse {

struct CandidateLists {
  std::vector<CandidateList> lists;                    // symbol, lexical, dense
  std::unordered_map<int64_t, double> name_strengths;  // by symbol id
};

// Errors: those of the catalog and of the embedder.
Result<CandidateLists> FindCandidates(IndexView& view, const ParsedQuery& query, Stages without);

}  // namespace inhouse
