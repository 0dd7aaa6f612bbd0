#include "indexer/embed/embedder_factory.h"

#include <string>
#include <utility>

#include "indexer/embed/hashed_embedder.h"

namespace inhouse {

Result<std::unique_ptr<Embedder>> MakeEmbedder(std::string_view name, WeightTable weights) {
  auto hashed = std::make_unique<HashedEmbedder>(std::move(weights));
  if (name == "default" || name == "hashed" || name == hashed->id()) {
    return std::unique_ptr<Embedder>(std::move(hashed));
  }
  return BadInput("there is no embedder \"" + std::string(name) + "\"; known: default, hashed (" +
                  hashed->id() + ")");
}

}  // namespace inhouse
