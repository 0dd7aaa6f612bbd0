#include "retriever/search.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "retriever/candidates.h"
#include "retriever/fusion.h"

namespace inhouse {
namespace {

// Symbols whose text is looked at.
constexpr size_t kMaxRanked = 60;
// Usage chunks of a symbol that are looked at.
constexpr size_t kMaxUsages = 3;
// Hits far below the best are noise.
constexpr double kMinShareOfBest = 0.2;

bool IsWanted(const NameView& entry, const RankOptions& options) {
  if (!options.include_private && !IsPublicName(entry)) return false;
  if (!options.include_tests && entry.role == FileRole::kTest) return false;
  if (options.libraries_only && entry.role != FileRole::kLibrary) return false;
  return options.include_deprecated || !entry.is_deprecated;
}

NameView EntryOf(const SymbolRow& row, FileRole role) {
  return {row.id,
          row.import_name,
          row.symbol.qualified_name,
          row.symbol.kind,
          row.symbol.is_public,
          row.symbol.deprecated.has_value(),
          role};
}

// Puts the texts of the candidate's chunks into its facts.
Status ReadChunks(IndexView& view, const FusedCandidate& fused, CandidateFacts* facts,
                  RankedSymbol* ranked) {
  for (const int64_t id : fused.chunk_ids) {
    ASSIGN_OR_RETURN(const ChunkRow* chunk, view.Chunk(id));
    if (chunk == nullptr) continue;
    const bool usage = chunk->chunk.kind == ChunkKind::kUsage;
    const bool has_definition = !facts->body.empty();
    if (usage && facts->usages.size() < kMaxUsages) facts->usages.push_back(chunk->chunk.body);
    if (usage && !chunk->chunk.doc.empty()) facts->usages.push_back(chunk->chunk.doc);
    if (!usage && !has_definition) facts->body = chunk->chunk.body;
    // The definition's chunk stands for the symbol if it is a candidate.
    if (ranked->chunk_id == 0 || (!usage && !has_definition)) {
      ranked->chunk_id = id;
      ranked->chunk_kind = chunk->chunk.kind;
    }
  }
  return {};
}

class Ranking {
 public:
  Ranking(IndexView& view, const ParsedQuery& query, const RankOptions& options)
      : view_(view),
        options_(options),
        ranker_(query, view.weights(),
                Has(options.without, Stage::kVectors) ? nullptr : view.word_embedder()) {}

  // Before Add: what the candidates say about each other.
  Status ReadNeighbours(const std::vector<FusedCandidate>& fused);
  Status Add(const FusedCandidate& fused, double name_strength);
  Status PlaceDeprecated();
  std::vector<RankedSymbol> Take();

 private:
  Result<double> DeprecatedScore(const RankedSymbol& ranked);
  void Sort();

  IndexView& view_;
  const RankOptions& options_;
  Ranker ranker_;
  std::vector<RankedSymbol> ranked_;
  double best_words_ = 0, best_vectors_ = 0, total_ = 0;
  std::unordered_map<int64_t, double> neighbours_;  // by symbol
  std::unordered_map<int64_t, double> in_file_;     // fused score by file
};

Status Ranking::ReadNeighbours(const std::vector<FusedCandidate>& fused) {
  std::unordered_map<int64_t, double> scores;  // by symbol
  std::vector<int64_t> files;  // in the candidates' order: sums do not depend on ids
  for (const FusedCandidate& candidate : fused) {
    best_words_ = std::max(best_words_, candidate.PlaceIn(Source::kWords).score);
    best_vectors_ = std::max(best_vectors_, candidate.PlaceIn(Source::kVectors).score);
    ASSIGN_OR_RETURN(const SymbolRow* row, view_.Symbol(candidate.symbol_id));
    if (row == nullptr) continue;
    total_ += candidate.score;
    const auto [in_file, is_new] = in_file_.try_emplace(row->file_id, 0);
    if (is_new) files.push_back(row->file_id);
    in_file->second += candidate.score;
    scores.emplace(candidate.symbol_id, candidate.score);
  }
  for (const int64_t file : files) {
    ASSIGN_OR_RETURN(const auto* calls, view_.CallsIn(file));
    for (const IndexView::Call& call : *calls) {
      const auto caller = scores.find(call.caller);
      const auto called = scores.find(call.called);
      if (caller == scores.end() || called == scores.end()) continue;
      neighbours_[call.caller] += called->second;
      neighbours_[call.called] += caller->second;
    }
  }
  return {};
}

Status Ranking::Add(const FusedCandidate& fused, double name_strength) {
  RankedSymbol ranked;
  ASSIGN_OR_RETURN(ranked.symbol, view_.Symbol(fused.symbol_id));
  if (ranked.symbol == nullptr) return {};
  ASSIGN_OR_RETURN(ranked.file, view_.File(ranked.symbol->file_id));
  if (ranked.file == nullptr) return {};
  const NameView entry = EntryOf(*ranked.symbol, ranked.file->role);
  if (!IsWanted(entry, options_)) return {};
  CandidateFacts facts;
  facts.symbol = ranked.symbol;
  facts.role = ranked.file->role;
  facts.is_public = IsPublicName(entry);
  facts.fused = fused.score;
  facts.name_strength = name_strength;
  facts.words = best_words_ > 0 ? fused.PlaceIn(Source::kWords).score / best_words_ : 0;
  facts.vectors = fused.PlaceIn(Source::kVectors).score;
  facts.vectors_share = best_vectors_ > 0 ? facts.vectors / best_vectors_ : 0;
  facts.neighbours = neighbours_[fused.symbol_id];
  facts.siblings = total_ > 0 ? (in_file_[ranked.symbol->file_id] - fused.score) / total_ : 0;
  if (!Has(options_.without, Stage::kCalls)) {
    ASSIGN_OR_RETURN(const auto calls, view_.CallsOf(entry.qualified_name));
    facts.calls = calls.count;
    facts.calls_from_scripts = calls.from_scripts;
  }
  RETURN_IF_ERROR(ReadChunks(view_, fused, &facts, &ranked));
  ranked.signals = ranker_.Rate(facts);
  ranked.score = Has(options_.without, Stage::kRanking) ? fused.score : ranked.signals.Score();
  ranked.matched_words = ranker_.MatchedWords(*ranked.symbol);
  ranked_.push_back(std::move(ranked));
  return {};
}

// Below its replacement, if that is there.
Result<double> Ranking::DeprecatedScore(const RankedSymbol& ranked) {
  ASSIGN_OR_RETURN(const std::string replacement, ReplacementOf(view_, ranked.symbol->symbol));
  for (const RankedSymbol& other : ranked_) {
    if (other.symbol->symbol.qualified_name != replacement) continue;
    return std::min(ranked.score, other.score * 0.999);
  }
  return ranked.score;
}

Status Ranking::PlaceDeprecated() {
  for (RankedSymbol& ranked : ranked_) {
    if (!ranked.symbol->symbol.deprecated.has_value()) continue;
    ASSIGN_OR_RETURN(ranked.score, DeprecatedScore(ranked));
  }
  return {};
}

// Equals by place; within one file ids are in the order of lines.
void Ranking::Sort() {
  std::sort(ranked_.begin(), ranked_.end(), [](const RankedSymbol& a, const RankedSymbol& b) {
    if (a.score != b.score) return a.score > b.score;
    return std::tie(a.file->root, a.file->path, a.symbol->id) <
           std::tie(b.file->root, b.file->path, b.symbol->id);
  });
}

std::vector<RankedSymbol> Ranking::Take() {
  Sort();
  // The best one decides whether there is an answer at all; what the fusion alone says has no
  // threshold.
  const bool can_be_silent =
      !Has(options_.without, Stage::kSilence) && !Has(options_.without, Stage::kRanking);
  if (can_be_silent && !ranked_.empty() && !ranked_.front().signals.IsGoodEnough()) return {};
  const double least_share = can_be_silent ? kMinShareOfBest : 0;
  std::set<std::pair<std::string, int64_t>> seen;  // overloads are one symbol
  std::vector<RankedSymbol> kept;
  for (RankedSymbol& ranked : ranked_) {
    if (kept.size() >= options_.limit) break;
    if (!kept.empty() && ranked.score < least_share * kept.front().score) break;
    const SymbolRow& row = *ranked.symbol;
    if (!seen.emplace(row.symbol.qualified_name, row.file_id).second) continue;
    kept.push_back(std::move(ranked));
  }
  return kept;
}

// Deprecated candidates bring their replacements.
Status AddReplacements(IndexView& view, std::vector<FusedCandidate>* fused) {
  std::set<int64_t> known;
  for (const FusedCandidate& candidate : *fused) known.insert(candidate.symbol_id);
  for (size_t i = 0, count = fused->size(); i < count; ++i) {
    ASSIGN_OR_RETURN(const SymbolRow* row, view.Symbol((*fused)[i].symbol_id));
    if (row == nullptr || !row->symbol.deprecated.has_value()) continue;
    ASSIGN_OR_RETURN(const std::string name, ReplacementOf(view, row->symbol));
    ASSIGN_OR_RETURN(const SymbolRow* replacement, view.DefinitionOf(name, 0));
    if (replacement == nullptr || !known.insert(replacement->id).second) continue;
    FusedCandidate added;
    added.symbol_id = replacement->id;
    added.score = (*fused)[i].score;
    fused->push_back(std::move(added));
  }
  return {};
}

bool HasRelatives(const ParsedQuery& query) {
  return std::any_of(query.terms.begin(), query.terms.end(),
                     [](const QueryTerm& term) { return !term.related.empty(); });
}

ParsedQuery WithoutRelatives(ParsedQuery query) {
  for (QueryTerm& term : query.terms) term.related.clear();
  return query;
}

// What is named is looked at, however low it stands elsewhere.
void AddNamed(const CandidateLists& found, std::vector<FusedCandidate>* fused) {
  std::set<int64_t> known;
  for (const FusedCandidate& candidate : *fused) known.insert(candidate.symbol_id);
  for (const CandidateList& list : found.lists) {
    for (const Candidate& candidate : list.candidates) {
      if (!found.name_strengths.contains(candidate.symbol_id)) continue;
      if (!known.insert(candidate.symbol_id).second) continue;
      FusedCandidate added;
      added.symbol_id = candidate.symbol_id;
      added.place = candidate.place;
      fused->push_back(std::move(added));
    }
  }
}

}  // namespace

Result<std::vector<RankedSymbol>> RankSymbols(IndexView& view, const ParsedQuery& query,
                                              const RankOptions& options) {
  if (options.limit == 0 || (query.terms.empty() && query.names.empty())) {
    return std::vector<RankedSymbol>();
  }
  if (Has(options.without, Stage::kRelatives) && HasRelatives(query)) {
    return RankSymbols(view, WithoutRelatives(query), options);
  }
  ASSIGN_OR_RETURN(const CandidateLists found, FindCandidates(view, query, options.without));
  std::vector<FusedCandidate> fused = Fuse(found.lists, kMaxRanked);
  AddNamed(found, &fused);
  RETURN_IF_ERROR(AddReplacements(view, &fused));
  Ranking ranking(view, query, options);
  RETURN_IF_ERROR(ranking.ReadNeighbours(fused));
  for (const FusedCandidate& candidate : fused) {
    const auto strength = found.name_strengths.find(candidate.symbol_id);
    RETURN_IF_ERROR(
        ranking.Add(candidate, strength == found.name_strengths.end() ? 0 : strength->second));
  }
  RETURN_IF_ERROR(ranking.PlaceDeprecated());
  return ranking.Take();
}

Result<std::string> ReplacementOf(IndexView& view, const Symbol& symbol) {
  if (!symbol.deprecated.has_value() || symbol.deprecated->replacement.empty()) {
    return std::string();
  }
  std::string name = symbol.deprecated->replacement;
  if (name.ends_with("()")) name.resize(name.size() - 2);
  const std::string scopes[] = {"", symbol.parent, symbol.module,
                                std::string(ParentNameOf(symbol.module))};
  for (const std::string& scope : scopes) {
    const std::string dotted = scope.empty() ? name : scope + "." + name;
    ASSIGN_OR_RETURN(const auto resolved, view.Resolve(dotted));
    if (resolved.has_value() && view.names().Defined(*resolved)) return *resolved;
  }
  return std::string();
}

}  // namespace inhouse
