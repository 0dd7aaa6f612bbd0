// Where a docstring and a signature disagree about parameters: documentation
// that lies misleads people and models alike. Pure; safe from any thread.
#pragma once

#include <string>
#include <vector>

#include "indexer/python/symbol.h"

namespace inhouse {

struct DocDrift {
  std::vector<std::string> documented_only;  // described, but cannot be passed
  std::vector<std::string> undocumented;     // can be passed, others are described
  bool empty() const { return documented_only.empty() && undocumented.empty(); }
};

// Of a function, method or class with an exact signature whose docstring
// describes parameters; nothing of others. With **kwargs any described name is
// passed on. `members` are names of the class that it may describe as attributes;
// one that describes nothing else need not describe its parameters.
// Parameters that begin with "_", *args and **kwargs need no description.
DocDrift DriftOf(const Symbol& symbol, const std::vector<std::string>& members = {});

// "documents 'size', which it does not take; does not document 'limit'"; "" if
// nothing drifts.
std::string DriftText(const DocDrift& drift);

}  // namespace inhouse
