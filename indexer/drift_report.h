// Where the documentation in an index disagrees with the code: for
// `inhouse index --report` and `inhouse show`.
#pragma once

#include <string>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/python/doc_drift.h"
#include "indexer/store/catalog.h"

namespace inhouse {

struct DriftEntry {
  std::string symbol;  // import name
  std::string root, path;
  int line = 0;
  DocDrift drift;
};

// One symbol's; a class may describe its attributes too.
Result<DocDrift> DriftOfSymbol(Catalog& catalog, const Symbol& symbol);

// Of all definitions outside of tests, in the order of root, path and line.
Result<std::vector<DriftEntry>> ListDrift(Catalog& catalog);

}  // namespace inhouse
