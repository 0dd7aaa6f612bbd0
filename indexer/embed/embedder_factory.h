// Names of embedders (`--embedder`, [index] embedder, the catalog's meta) → the
// embedder. The caller owns it.
#pragma once

#include <memory>
#include <string_view>

#include "indexer/base/result.h"
#include "indexer/embed/embedder.h"
#include "indexer/embed/weight_table.h"

namespace inhouse {

// "default" and "hashed" are the built-in one; so is its id(), which the catalog
// remembers. `weights`: learned from the corpus, or empty.
// Errors: kBadInput, naming the known ones.
Result<std::unique_ptr<Embedder>> MakeEmbedder(std::string_view name, WeightTable weights);

}  // namespace inhouse
