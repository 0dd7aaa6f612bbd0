// A pattern as a model reads it, within a budget of tokens. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "agent/patterns/pattern.h"

namespace inhouse {

struct PatternParts {
  std::string request;
  std::string script;  // whole; or without comments and empty lines; or with functions that call
                       // no house API left as "def name(…): ..."
  std::string edits;   // "- before", "+ after"; "" if nobody edited it
};

// What fits best: EstimateTokens of all parts together stays within the budget. Parts
// with an empty script: not even the shortest form fits.
PatternParts PartsWithin(const Pattern& pattern, size_t token_budget);

}  // namespace inhouse
