#include "retriever/retriever.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "retriever/api_card.h"
#include "retriever/api_summary.h"
#include "retriever/context_packer.h"
#include "retriever/evidence.h"
#include "retriever/house_names.h"
#include "retriever/index_view.h"
#include "retriever/likeness.h"
#include "retriever/name_choice.h"
#include "retriever/search.h"
#include "retriever/stale_files.h"

namespace inhouse {
namespace {

using Clock = std::chrono::steady_clock;

// Cards that a prompt could hold.
constexpr size_t kMaxPacked = 48;
constexpr size_t kMaxCallers = 20;

class IndexRetriever : public Retriever {
 public:
  explicit IndexRetriever(std::unique_ptr<IndexView> view) : view_(std::move(view)) {}

  Result<SearchAnswer> Search(std::string_view text, const SearchOptions& options) override;
  Result<ApiCard> Show(std::string_view name) override;
  Result<ContextPack> Pack(const Evidence& evidence, size_t token_budget) override;
  Result<ContextPack> Summary(size_t token_budget) override;
  Result<ContractReport> Check(std::string_view code, const ContractOptions& options) override {
    RETURN_IF_ERROR(view_->Refresh());
    const std::string& update = view_->meta().update_id;
    if (house_ == nullptr || house_update_ != update || !house_->status().ok()) {
      house_ = std::make_unique<HouseNames>(*view_);
      house_update_ = update;
    }
    return CheckContract(*view_, *house_, code, options);
  }
  Result<std::vector<double>> Likeness(std::string_view text,
                                       const std::vector<std::string>& texts) override {
    RETURN_IF_ERROR(view_->Refresh());
    return LikenessOf(*view_, text, texts);
  }

 private:
  Result<Hit> MakeHit(const RankedSymbol& ranked, bool explain);
  Result<int64_t> DefinitionChunk(const RankedSymbol& ranked);

  std::unique_ptr<IndexView> view_;
  std::unique_ptr<HouseNames> house_;  // what checks looked up, at house_update_
  std::string house_update_;
  StaleFiles stale_;
};

// The chunk that stands for a symbol found by its name.
Result<int64_t> IndexRetriever::DefinitionChunk(const RankedSymbol& ranked) {
  if (ranked.chunk_id != 0) return ranked.chunk_id;
  ASSIGN_OR_RETURN(const auto chunks,
                   view_->catalog().ChunksOf(ranked.symbol->symbol.qualified_name));
  for (const ChunkRow& chunk : chunks) {
    if (chunk.chunk.kind != ChunkKind::kUsage) return chunk.id;
  }
  return int64_t{0};
}

Result<Hit> IndexRetriever::MakeHit(const RankedSymbol& ranked, bool explain) {
  const Symbol& symbol = ranked.symbol->symbol;
  Hit hit;
  ASSIGN_OR_RETURN(hit.chunk_id, DefinitionChunk(ranked));
  hit.symbol = ranked.symbol->import_name;
  hit.defined_as = symbol.qualified_name;
  hit.kind = symbol.kind;
  hit.chunk_kind = ranked.chunk_kind;
  hit.root = ranked.file->root;
  hit.path = ranked.file->path;
  hit.start_line = symbol.range.start_line;
  hit.end_line = symbol.range.end_line;
  hit.score = ranked.score;
  hit.signature = SignatureLine(symbol, symbol.name);
  hit.summary = symbol.doc.summary;
  ASSIGN_OR_RETURN(hit.deprecated, DeprecationNote(*view_, symbol));
  if (explain) hit.signals = ranked.signals.Printable();
  return hit;
}

Result<SearchAnswer> IndexRetriever::Search(std::string_view text, const SearchOptions& options) {
  const Clock::time_point start = Clock::now();
  RETURN_IF_ERROR(view_->Refresh());
  RankOptions rank;
  rank.limit = options.limit;
  rank.include_private = options.include_private;
  rank.include_tests = options.include_tests;
  rank.without = options.without;
  const ParsedQuery query = ParseQuery(text, view_->vocabulary());
  ASSIGN_OR_RETURN(const std::vector<RankedSymbol> ranked, RankSymbols(*view_, query, rank));
  SearchAnswer answer;
  answer.query = text;
  answer.commit = view_->meta().commit;
  answer.source_revision = view_->meta().source_revision;
  std::set<std::string> stale;
  for (const RankedSymbol& symbol : ranked) {
    ASSIGN_OR_RETURN(Hit hit, MakeHit(symbol, options.explain));
    answer.hits.push_back(std::move(hit));
    const FileRow& file = *symbol.file;
    if (stale_.IsStale(file)) stale.insert((std::filesystem::path(file.root) / file.path).string());
  }
  answer.stale_files.assign(stale.begin(), stale.end());
  answer.latency_us =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
  return answer;
}

Result<ApiCard> IndexRetriever::Show(std::string_view name) {
  RETURN_IF_ERROR(view_->Refresh());
  ASSIGN_OR_RETURN(const SymbolRow* row, ChooseSymbol(*view_, name));
  ASSIGN_OR_RETURN(ApiCard card,
                   BuildCard(*view_, *row, {.callers = kMaxCallers, .with_drift = true}));
  ASSIGN_OR_RETURN(const FileRow* const file, view_->File(row->file_id));
  card.is_stale = file != nullptr && stale_.IsStale(*file);
  return card;
}

Result<ContextPack> IndexRetriever::Pack(const Evidence& evidence, size_t token_budget) {
  RETURN_IF_ERROR(view_->Refresh());
  const auto was_shown = [&](const std::string& name) {
    return std::find(evidence.already_shown.begin(), evidence.already_shown.end(), name) !=
           evidence.already_shown.end();
  };
  const size_t limit = kMaxPacked + evidence.already_shown.size();
  ASSIGN_OR_RETURN(const auto wanted_apis, ReadEvidence(*view_, evidence, limit));
  CardOptions options;
  options.usages = 3;
  options.with_source = false;
  options.with_companions = false;
  std::vector<PackItem> items;
  for (const WantedApi& wanted : wanted_apis) {
    const bool shown = was_shown(wanted.symbol->symbol.qualified_name);
    if (items.size() >= kMaxPacked || (shown && !wanted.in_error)) continue;
    ASSIGN_OR_RETURN(ApiCard card, BuildCard(*view_, *wanted.symbol, options));
    items.push_back({std::move(card), wanted.score, wanted.reason, shown});
  }
  return PackCards(items, token_budget);
}

Result<ContextPack> IndexRetriever::Summary(size_t token_budget) {
  RETURN_IF_ERROR(view_->Refresh());
  return SummarizeApis(*view_, token_budget);
}

}  // namespace

Result<std::unique_ptr<Retriever>> Retriever::Open(const std::filesystem::path& index_dir,
                                                   const RemoteEmbedderOptions& remote) {
  ASSIGN_OR_RETURN(std::unique_ptr<IndexView> view, IndexView::Open(index_dir, remote));
  return std::unique_ptr<Retriever>(std::make_unique<IndexRetriever>(std::move(view)));
}

}  // namespace inhouse
