#include "retriever/index_view.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "indexer/chunk/terms.h"
#include "indexer/embed/embedder_factory.h"

namespace inhouse {
namespace {

// Rows kept between queries (a chunk is 1 KB in the mean, 10 KB at most); beyond, all go.
constexpr size_t kMaxChunks = 20'000;
constexpr size_t kMaxRows = 50'000;
constexpr size_t kMaxOwners = 1'000'000;
// Below it a vector's score is chance.
constexpr float kMinCosine = 0.1f;

// The remembered row of that id, else what `read` gives.
template <typename Row, typename Read>
Result<const Row*> Remembered(std::unordered_map<int64_t, std::unique_ptr<Row>>* rows, int64_t id,
                              Read read) {
  const auto known = rows->find(id);
  if (known != rows->end()) return static_cast<const Row*>(known->second.get());
  ASSIGN_OR_RETURN(std::optional<Row> row, read());
  auto kept = row.has_value() ? std::make_unique<Row>(std::move(*row)) : nullptr;
  return static_cast<const Row*>(rows->emplace(id, std::move(kept)).first->second.get());
}

}  // namespace

Result<std::unique_ptr<IndexView>> IndexView::Open(const std::filesystem::path& index_dir,
                                                   RemoteEmbedderOptions remote) {
  std::unique_ptr<IndexView> view(new IndexView(index_dir, std::move(remote)));
  ASSIGN_OR_RETURN(view->catalog_, Catalog::Open(index_dir));
  RETURN_IF_ERROR(view->Load());
  return view;
}

Status IndexView::Refresh() {
  if (chunks_.size() > kMaxChunks) chunks_.clear();
  if (symbols_.size() > kMaxRows) symbols_.clear();
  if (owners_.size() > kMaxOwners) owners_.clear();
  ASSIGN_OR_RETURN(const CatalogMeta meta, catalog_->Meta());
  if (meta.update_id == meta_.update_id && meta.commit == meta_.commit) return {};
  return Load();
}

void IndexView::Forget() {
  chunks_.clear();
  symbols_.clear();
  owners_.clear();
  files_.clear();
  call_counts_.clear();
  calls_in_.clear();
}

Status IndexView::Load() {
  Forget();
  ASSIGN_OR_RETURN(CatalogMeta meta, catalog_->Meta());
  // After a failure the next Refresh tries again.
  const CatalogMeta old = std::exchange(meta_, CatalogMeta());
  meta_.commit = -1;
  const bool same_weights = old.commit >= 0 && vectors_ != nullptr &&
                            meta.weights_id == old.weights_id && meta.embedder == old.embedder;
  // A long-lived reader of a busy index does not store an image for each commit.
  const bool is_start = image_ == nullptr;
  ASSIGN_OR_RETURN(auto image, SearchImage::Current(*catalog_, index_dir_, is_start));
  names_ = std::make_unique<NameIndex>(image->names());
  image_ = std::move(image);
  if (!same_weights) {
    ASSIGN_OR_RETURN(auto rows, catalog_->CorpusWeights());
    weights_ = WeightTable(std::move(rows));
    embedder_.reset();
    words_.reset();
    if (meta.embedder.starts_with(RemoteEmbedder::kIdPrefix)) {
      ASSIGN_OR_RETURN(words_, MakeEmbedder("default", {weights_, {}}, {}));
    } else {
      RETURN_IF_ERROR(LoadEmbedder(meta.embedder));
    }
  }
  // Another index in the place of the old one: its commits are others.
  if (meta.commit <= old.commit) vectors_.reset();
  if (vectors_ == nullptr) {
    ASSIGN_OR_RETURN(vectors_, VectorIndex::Open(*catalog_, index_dir_));
  } else {
    RETURN_IF_ERROR(vectors_->Refresh(*catalog_));
  }
  if (embedder_ != nullptr && vectors_->dimensions() != 0 &&
      vectors_->dimensions() != embedder_->dimensions()) {
    return IndexError("the index in " + index_dir_.string() + " has vectors of another size than " +
                      meta.embedder + " makes; " + IndexRemedy(index_dir_, true));
  }
  meta_ = std::move(meta);
  return {};
}

Status IndexView::LoadEmbedder(const std::string& name) {
  if (name.empty()) return {};
  ASSIGN_OR_RETURN(TermVectors jargon, catalog_->OwnTerms());
  auto embedder = MakeEmbedder(name, {weights_, std::move(jargon)}, remote_);
  if (!embedder.ok()) {
    return IndexError("the index in " + index_dir_.string() + " cannot be searched (" +
                      embedder.error().message + "); " + IndexRemedy(index_dir_, true));
  }
  embedder_ = std::move(embedder).value();
  return {};
}

Vocabulary IndexView::vocabulary() const { return {weights_, families_}; }

Result<const ChunkRow*> IndexView::Chunk(int64_t id) {
  return Remembered(&chunks_, id, [&] { return catalog_->ChunkById(id); });
}

Result<const SymbolRow*> IndexView::Symbol(int64_t id) {
  return Remembered(&symbols_, id, [&] { return catalog_->SymbolById(id); });
}

Result<const FileRow*> IndexView::File(int64_t id) {
  return Remembered(&files_, id, [&] { return catalog_->File(id); });
}

Result<std::optional<std::string>> IndexView::Resolve(std::string_view dotted) {
  return catalog_->ResolveName(dotted);
}

Result<IndexView::Owner> IndexView::FindOwner(const ChunkRow& chunk) {
  std::string name = chunk.chunk.symbol;
  int64_t file_id = chunk.file_id;
  if (IsLocalName(name)) return Owner();
  if (chunk.chunk.kind == ChunkKind::kUsage) {
    ASSIGN_OR_RETURN(std::optional<std::string> defined, catalog_->ResolveName(name));
    if (defined.has_value()) name = std::move(*defined);
    file_id = 0;
  }
  ASSIGN_OR_RETURN(const std::optional<NameView> names, NamesOfDefinition(name, file_id));
  return names.has_value() ? Owner{names->symbol_id, names->place} : Owner();
}

Result<IndexView::Owner> IndexView::OwnerOf(int64_t chunk_id) {
  const auto known = owners_.find(chunk_id);
  if (known != owners_.end()) return Owner(known->second);
  ASSIGN_OR_RETURN(const ChunkRow* chunk, Chunk(chunk_id));
  Owner owner;
  if (chunk != nullptr) {
    ASSIGN_OR_RETURN(owner, FindOwner(*chunk));
  }
  return owners_.emplace(chunk_id, owner).first->second;
}

Result<const SymbolRow*> IndexView::DefinitionOf(std::string_view qualified_name, int64_t file_id) {
  ASSIGN_OR_RETURN(const std::optional<NameView> names, NamesOfDefinition(qualified_name, file_id));
  if (!names.has_value()) return static_cast<const SymbolRow*>(nullptr);
  return Symbol(names->symbol_id);
}

Result<std::optional<NameView>> IndexView::NamesOfDefinition(std::string_view qualified_name,
                                                             int64_t file_id) {
  std::optional<NameView> best;
  int best_rank = 16;
  for (const uint32_t entry : names_->Exact(qualified_name)) {
    const NameView names = names_->entries()[entry];
    if (names.qualified_name != qualified_name) continue;
    ASSIGN_OR_RETURN(const SymbolRow* row, Symbol(names.symbol_id));
    if (row == nullptr) continue;
    const SymbolKind kind = row->symbol.kind;
    // A function may have its module's name.
    const int rank = (file_id != 0 && row->file_id != file_id ? 8 : 0) +
                     (row->symbol.is_overload ? 4 : 0) + (kind == SymbolKind::kModule ? 2 : 0) +
                     (kind == SymbolKind::kClass ? 0 : 1);
    if (rank < best_rank) best = names;
    best_rank = std::min(best_rank, rank);
  }
  return best;
}

Result<Catalog::CallCount> IndexView::CallsOf(std::string_view qualified_name) {
  std::string name(qualified_name);
  const auto known = call_counts_.find(name);
  if (known != call_counts_.end()) return known->second;
  ASSIGN_OR_RETURN(Catalog::CallCount count, catalog_->CallCountOf(name));
  return call_counts_.emplace(std::move(name), std::move(count)).first->second;
}

Result<const std::vector<IndexView::Call>*> IndexView::CallsIn(int64_t file_id) {
  const auto known = calls_in_.find(file_id);
  if (known != calls_in_.end()) return static_cast<const std::vector<Call>*>(&known->second);
  ASSIGN_OR_RETURN(const auto edges, catalog_->CallsIn(file_id));
  std::vector<Call> calls;
  calls.reserve(edges.size());
  for (const Catalog::CallEdge& edge : edges) {
    const std::optional<NameView> caller = names_->Defined(edge.caller);
    const std::optional<NameView> called = names_->Defined(edge.resolved);
    if (!caller || !called || caller->symbol_id == called->symbol_id) continue;
    calls.push_back({caller->symbol_id, called->symbol_id, called->place});
  }
  const auto kept = calls_in_.emplace(file_id, std::move(calls)).first;
  return static_cast<const std::vector<Call>*>(&kept->second);
}

Result<std::vector<VectorMatch>> IndexView::Nearest(std::string_view text, size_t limit) {
  if (embedder_ == nullptr && meta_.embedder.starts_with(RemoteEmbedder::kIdPrefix)) {
    RETURN_IF_ERROR(LoadEmbedder(meta_.embedder));
  }
  if (embedder_ == nullptr || vectors_->size() == 0) return std::vector<VectorMatch>();
  std::vector<float> vector(embedder_->dimensions());
  RETURN_IF_ERROR(embedder_->Embed(std::span(&text, 1), EmbedRole::kQuery, vector));
  ASSIGN_OR_RETURN(std::vector<VectorMatch> matches, vectors_->Search(vector, limit));
  std::erase_if(matches, [](const VectorMatch& match) { return match.score < kMinCosine; });
  return matches;
}

}  // namespace inhouse
