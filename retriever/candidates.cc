#include "retriever/candidates.h"

#include <optional>
#include <string>
#include <utility>

#include "retriever/symbol_lookup.h"

namespace inhouse {
namespace {

constexpr size_t kMaxByName = 60;
constexpr size_t kMaxByText = 80;
constexpr size_t kMaxByVector = 60;

// Alike: the ranking has signals of its own for what each list says.
constexpr double kNameWeight = 1.0;
constexpr double kTextWeight = 1.0;
constexpr double kVectorWeight = 1.0;

// Adds what the chunk defines or shows, if the index still has both.
Status AddChunk(IndexView& view, int64_t chunk_id, double score, CandidateList* list) {
  ASSIGN_OR_RETURN(const IndexView::Owner owner, view.OwnerOf(chunk_id));
  if (owner.symbol_id != 0) {
    list->candidates.push_back({owner.symbol_id, owner.place, chunk_id, score});
  }
  return {};
}

Result<CandidateList> ByName(IndexView& view, const ParsedQuery& query,
                             std::unordered_map<int64_t, double>* strengths) {
  CandidateList list{Source::kNames, kNameWeight, {}};
  Status failed;
  const auto resolve = [&](std::string_view name) -> std::optional<std::string> {
    auto resolved = view.Resolve(name);
    if (!resolved.ok()) failed = resolved.error();
    return resolved.ok() ? std::move(resolved).value() : std::nullopt;
  };
  const NameIndex& names = view.names();
  for (const SymbolMatch& match : FindSymbols(query, names, resolve, kMaxByName)) {
    const NameView entry = names.entries()[match.entry];
    list.candidates.push_back({entry.symbol_id, entry.place, 0, match.part_score});
    if (match.strength > 0) strengths->emplace(entry.symbol_id, match.strength);
  }
  RETURN_IF_ERROR(std::move(failed));
  return list;
}

Result<CandidateList> ByText(IndexView& view, const ParsedQuery& query) {
  CandidateList list{Source::kWords, kTextWeight, {}};
  std::vector<std::string> terms;
  for (const QueryTerm& term : query.terms) {
    terms.push_back(term.term);
    terms.insert(terms.end(), term.same.begin(), term.same.end());
    // A word that the corpus does not have cannot match; its relatives can.
    if (!term.is_known) terms.insert(terms.end(), term.related.begin(), term.related.end());
  }
  ASSIGN_OR_RETURN(const auto matches, view.catalog().SearchText(terms, kMaxByText));
  for (const LexicalMatch& match : matches) {
    RETURN_IF_ERROR(AddChunk(view, match.chunk_id, match.score, &list));
  }
  return list;
}

Result<CandidateList> ByVector(IndexView& view, const ParsedQuery& query) {
  CandidateList list{Source::kVectors, kVectorWeight, {}};
  ASSIGN_OR_RETURN(const auto matches, view.Nearest(query.text, kMaxByVector));
  for (const VectorMatch& match : matches) {
    RETURN_IF_ERROR(AddChunk(view, match.chunk_id, match.score, &list));
  }
  return list;
}

}  // namespace

Result<CandidateLists> FindCandidates(IndexView& view, const ParsedQuery& query, Stages without) {
  CandidateLists found;
  if (!Has(without, Stage::kNames)) {
    ASSIGN_OR_RETURN(auto by_name, ByName(view, query, &found.name_strengths));
    found.lists.push_back(std::move(by_name));
  }
  if (!Has(without, Stage::kWords)) {
    ASSIGN_OR_RETURN(auto by_text, ByText(view, query));
    found.lists.push_back(std::move(by_text));
  }
  if (!Has(without, Stage::kVectors)) {
    ASSIGN_OR_RETURN(auto by_vector, ByVector(view, query));
    found.lists.push_back(std::move(by_vector));
  }
  return found;
}

}  // namespace inhouse
