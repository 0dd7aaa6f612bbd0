#include "retriever/nearest_api.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "indexer/chunk/terms.h"
#include "indexer/python/name_parts.h"
#include "retriever/edit_distance.h"
#include "retriever/name_choice.h"

namespace inhouse {
namespace {

constexpr size_t kMaxNameBytes = 200;

const SymbolRow* RowOf(const HouseNames& names, const std::string& dotted) {
  const NameAnswer answer = names.Look(dotted);
  if (answer.verdict != NameVerdict::kFound) return nullptr;
  const std::vector<const SymbolRow*> rows = names.Definitions(answer.defined);
  return rows.empty() ? nullptr : rows.front();
}

const SymbolRow* NearestMember(const HouseNames& names, const SymbolRow& owner,
                               std::string_view part) {
  const std::string& defined = owner.symbol.qualified_name;
  const SymbolRow* best = nullptr;
  int best_distance = AllowedEdits(part.size()) + 1;
  for (const std::string& name : names.NamesIn(defined)) {
    if (name.starts_with('_')) continue;
    const int distance = EditDistance(part, name, best_distance);
    if (distance >= best_distance) continue;
    const SymbolRow* row = RowOf(names, JoinNames(defined, name));
    if (row == nullptr) continue;
    best = row;
    best_distance = distance;
  }
  return best;
}

// "fetch_all_rows" and "rows": how many words both names hold.
size_t SharedWords(std::string_view a, std::string_view b) {
  const std::vector<std::string> words = IdentifierParts(a), others = IdentifierParts(b);
  return static_cast<size_t>(std::count_if(words.begin(), words.end(), [&](const auto& word) {
    return std::find(others.begin(), others.end(), word) != others.end();
  }));
}

// The member that shares most words; of equals the one with fewest others.
const SymbolRow* LikeMember(const HouseNames& names, const SymbolRow& owner,
                            std::string_view part) {
  const std::string& defined = owner.symbol.qualified_name;
  const SymbolRow* best = nullptr;
  std::pair<size_t, size_t> most;
  for (const std::string& name : names.NamesIn(defined)) {
    const size_t shared = name.starts_with('_') ? 0 : SharedWords(name, part);
    const std::pair<size_t, size_t> rank(shared,
                                         kMaxNameBytes - std::min(name.size(), kMaxNameBytes));
    if (shared == 0 || rank <= most) continue;
    const SymbolRow* row = RowOf(names, JoinNames(defined, name));
    if (row == nullptr) continue;
    best = row;
    most = rank;
  }
  return best;
}

}  // namespace

std::string NearestOf(const std::vector<std::string>& names, std::string_view part) {
  std::string best;
  int best_distance = AllowedEdits(part.size()) + 1;
  for (const std::string& name : names) {
    const int distance = EditDistance(part, name, best_distance);
    if (distance >= best_distance) continue;
    best = name;
    best_distance = distance;
  }
  return best;
}

NearestApi FindNearestApi(IndexView& view, const HouseNames& names,
                          const std::vector<const SymbolRow*>& owners, std::string_view part) {
  const SymbolRow* like = nullptr;
  std::string like_in;
  for (const SymbolRow* owner : owners) {
    if (const SymbolRow* member = NearestMember(names, *owner, part)) {
      return {member, "nearest name in " + owner->import_name};
    }
    if (like != nullptr) continue;
    like = LikeMember(names, *owner, part);
    like_in = owner->import_name;
  }
  if (owners.empty()) return {};
  const std::string wanted = JoinNames(owners.front()->import_name, part);
  for (const NameView& entry : NearestNames(view.names(), wanted, 1)) {
    const Result<const SymbolRow*> row = view.Symbol(entry.symbol_id);
    if (!row.ok() || *row == nullptr) continue;
    const bool same = LastNameOf(entry.import_name) == part;
    if (!same && like != nullptr) break;
    return {*row, same ? "the same name, defined there" : "nearest name of all house APIs"};
  }
  if (like != nullptr) return {like, "shares words with it, in " + like_in};
  return {};
}

}  // namespace inhouse
