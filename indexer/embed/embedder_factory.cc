#include "indexer/embed/embedder_factory.h"

#include <string>
#include <utility>

#include "indexer/embed/hashed_embedder.h"
#include "indexer/embed/static_embedder.h"

namespace inhouse {

Result<std::unique_ptr<Embedder>> MakeEmbedder(std::string_view name, CorpusTerms corpus) {
  const StaticWeights table = BuiltInWeights();
  auto trained = std::make_unique<StaticEmbedder>(table, corpus.weights, std::move(corpus.jargon));
  if (name == "default" || name == "static" || name == trained->id()) {
    return std::unique_ptr<Embedder>(std::move(trained));
  }
  auto hashed = std::make_unique<HashedEmbedder>(std::move(corpus.weights));
  if (name == "hashed" || name == hashed->id()) {
    return std::unique_ptr<Embedder>(std::move(hashed));
  }
  return BadInput("there is no embedder \"" + std::string(name) + "\"; known: default, static (" +
                  trained->id() + "), hashed (" + hashed->id() + ")");
}

}  // namespace inhouse
