// Names of embedders (`--embedder`, [index] embedder, the catalog's meta) → the
// embedder. The caller owns it.
#pragma once

#include <memory>
#include <string_view>

#include "indexer/base/result.h"
#include "indexer/embed/embedder.h"
#include "indexer/embed/remote_embedder.h"
#include "indexer/embed/term_vectors.h"
#include "indexer/embed/weight_table.h"

namespace inhouse {

// What a full build learned of its terms, and keeps until the next one.
struct CorpusTerms {
  WeightTable weights;
  TermVectors jargon;
};

// "default" and "static" are the trained one, "hashed" the one that knows words
// alone, "remote" the server of `remote`; so are their id()s, which the catalog
// remembers. For the id of a remote one `remote` must name the same model.
// Errors: kBadInput, naming the known ones; for "remote" those of RemoteEmbedder.
Result<std::unique_ptr<Embedder>> MakeEmbedder(std::string_view name, CorpusTerms corpus,
                                               const RemoteEmbedderOptions& remote = {});

}  // namespace inhouse
