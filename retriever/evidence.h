// What a moment of the agent's work says about APIs: Evidence → symbols worth
// showing, with scores and reasons. Names in an error come first, then names
// that do not exist (the nearest real ones), what the text asks for, APIs whose
// documentation names the columns of live frames, the last cell's calls, types of live
// values, and what is used together with the best.
//
// Only public names of libraries; a deprecated one only if it is named, with
// its replacement before it. Borrows the view.
#pragma once

#include <string>
#include <vector>

#include "indexer/base/result.h"
#include "retriever/index_view.h"
#include "retriever/retriever.h"

namespace inhouse {

struct WantedApi {
  const SymbolRow* symbol = nullptr;
  double score = 0;
  std::string reason;
  bool in_error = false;  // named by the error: worth a reminder if it was shown
};

// Best first, ties by defined name; each symbol once, at most `limit`.
Result<std::vector<WantedApi>> ReadEvidence(IndexView& view, const Evidence& evidence,
                                            size_t limit);

}  // namespace inhouse
