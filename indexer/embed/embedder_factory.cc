#include "indexer/embed/embedder_factory.h"

#include <charconv>
#include <string>
#include <utility>

#include "indexer/embed/hashed_embedder.h"
#include "indexer/embed/static_embedder.h"

namespace inhouse {

namespace {

// The number at the end of "remote/MODEL/384+0a1b2c3d"; 0 if there is none.
size_t DimensionsOf(std::string_view id) {
  id.remove_prefix(id.rfind('/') + 1);
  size_t dimensions = 0;
  const char* last = id.data() + id.size();
  const auto [end, error] = std::from_chars(id.data(), last, dimensions);
  return error == std::errc() && (end == last || *end == '+') ? dimensions : 0;
}

// What an index was made with.
Result<std::unique_ptr<Embedder>> RememberedRemote(std::string_view id,
                                                   const RemoteEmbedderOptions& options) {
  const size_t dimensions = DimensionsOf(id);
  if (dimensions > 0 && !options.model.empty()) {
    ASSIGN_OR_RETURN(auto remote, RemoteEmbedder::Make(options, dimensions));
    if (remote->id() == id) return std::unique_ptr<Embedder>(std::move(remote));
  }
  const std::string found =
      options.model.empty() ? "names no server" : "names " + options.model + " or other prefixes";
  return BadInput("the index was made with the embedder " + std::string(id) +
                  ", and [embedder] of inhouse.toml " + found);
}

}  // namespace

Result<std::unique_ptr<Embedder>> MakeEmbedder(std::string_view name, CorpusTerms corpus,
                                               const RemoteEmbedderOptions& remote) {
  if (name == "remote") {
    ASSIGN_OR_RETURN(auto made, RemoteEmbedder::Make(remote, 0));
    return std::unique_ptr<Embedder>(std::move(made));
  }
  if (name.starts_with(RemoteEmbedder::kIdPrefix)) return RememberedRemote(name, remote);
  const StaticWeights table = BuiltInWeights();
  const std::string trained = StaticEmbedder(table, {}, {}).id();
  if (name == "default" || name == "static" || name == trained) {
    return std::unique_ptr<Embedder>(std::make_unique<StaticEmbedder>(
        table, std::move(corpus.weights), std::move(corpus.jargon)));
  }
  const std::string hashed = HashedEmbedder(WeightTable()).id();
  if (name == "hashed" || name == hashed) {
    return std::unique_ptr<Embedder>(std::make_unique<HashedEmbedder>(std::move(corpus.weights)));
  }
  return BadInput("there is no embedder \"" + std::string(name) + "\"; known: default, static (" +
                  trained + "), hashed (" + hashed + "), remote");
}

}  // namespace inhouse
