// An open index at one commit: the catalog, the vectors, and what is worth
// keeping in memory between queries (names, weights, call counts, rows that
// were read). Refresh follows the index to its newest commit.
//
// Rows are handed out as pointers that live until the next Refresh. The catalog
// may be updated between two calls: rows that are gone come back as null.
// One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/embed/embedder.h"
#include "indexer/embed/remote_embedder.h"
#include "indexer/embed/weight_table.h"
#include "indexer/store/catalog.h"
#include "indexer/store/search_image.h"
#include "indexer/store/vector_index.h"
#include "retriever/name_index.h"
#include "retriever/query.h"
#include "retriever/word_families.h"

namespace inhouse {

class IndexView {
 public:
  // Errors: kIndex, also for an index whose vectors this program cannot make.
  // A remote embedder is looked at with the first question.
  static Result<std::unique_ptr<IndexView>> Open(const std::filesystem::path& index_dir,
                                                 RemoteEmbedderOptions remote);

  // Cheap if nothing changed. Errors: those of the catalog.
  Status Refresh();

  Catalog& catalog() { return *catalog_; }
  const CatalogMeta& meta() const { return meta_; }
  const NameIndex& names() const { return *names_; }
  const WeightTable& weights() const { return weights_; }
  Vocabulary vocabulary() const;

  Result<const ChunkRow*> Chunk(int64_t id);
  Result<const SymbolRow*> Symbol(int64_t id);
  Result<const FileRow*> File(int64_t id);
  // The defined name that a name stands for; nullopt if the index does not know it.
  Result<std::optional<std::string>> Resolve(std::string_view dotted);
  // The symbol that a chunk defines or shows.
  struct Owner {
    int64_t symbol_id = 0;  // 0: there is none
    uint32_t place = 0;     // NameView::place
  };
  Result<Owner> OwnerOf(int64_t chunk_id);
  // The implementation among the definitions of a name, in that file if it is there.
  Result<const SymbolRow*> DefinitionOf(std::string_view qualified_name, int64_t file_id);
  // Of a defined name; zeros if nobody calls it.
  Result<Catalog::CallCount> CallsOf(std::string_view qualified_name);
  // Which symbol of a file calls which other one, by ids, in the order of the first call.
  struct Call {
    int64_t caller = 0, called = 0;
    uint32_t called_place = 0;  // NameView::place
  };
  Result<const std::vector<Call>*> CallsIn(int64_t file_id);

  // Chunks near the text, best first. Empty without vectors.
  Result<std::vector<VectorMatch>> Nearest(std::string_view text, size_t limit);
  // For comparing texts word by word: the index's own embedder, or beside a remote one the built-in
  // one, as a server is asked once a question. Null: the index has no vectors.
  const Embedder* word_embedder() const { return words_ ? words_.get() : embedder_.get(); }

 private:
  IndexView(std::filesystem::path index_dir, RemoteEmbedderOptions remote)
      : index_dir_(std::move(index_dir)), remote_(std::move(remote)) {}
  Status Load();
  Status LoadEmbedder(const std::string& name);  // with the corpus's own words
  void Forget();
  Result<Owner> FindOwner(const ChunkRow& chunk);
  // What DefinitionOf gives, by its names.
  Result<std::optional<NameView>> NamesOfDefinition(std::string_view qualified_name,
                                                    int64_t file_id);

  const std::filesystem::path index_dir_;
  const RemoteEmbedderOptions remote_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<VectorIndex> vectors_;
  std::unique_ptr<Embedder> embedder_;  // null: no vectors, or a remote one that was not asked yet
  std::unique_ptr<Embedder> words_;     // null: embedder_ goes word by word
  CatalogMeta meta_;
  WeightTable weights_;
  WordFamilies families_;
  std::shared_ptr<const SearchImage> image_;  // what names_ lies over
  std::unique_ptr<NameIndex> names_;

  std::unordered_map<std::string, Catalog::CallCount> call_counts_;
  std::unordered_map<int64_t, std::unique_ptr<ChunkRow>> chunks_;
  std::unordered_map<int64_t, std::unique_ptr<SymbolRow>> symbols_;
  std::unordered_map<int64_t, Owner> owners_;  // of chunks
  std::unordered_map<int64_t, std::unique_ptr<FileRow>> files_;
  std::unordered_map<int64_t, std::vector<Call>> calls_in_;  // by file
};

}  // namespace inhouse
