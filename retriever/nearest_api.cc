#include "retriever/nearest_api.h"

#include "indexer/python/name_parts.h"
#include "retriever/edit_distance.h"
#include "retriever/name_choice.h"

namespace inhouse {
namespace {

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

}  // namespace

NearestApi FindNearestApi(IndexView& view, const HouseNames& names, const SymbolRow& owner,
                          std::string_view part) {
  if (const SymbolRow* member = NearestMember(names, owner, part)) {
    return {member, "nearest name in " + owner.import_name};
  }
  for (const NameView& entry : NearestNames(view.names(), JoinNames(owner.import_name, part), 1)) {
    const Result<const SymbolRow*> row = view.Symbol(entry.symbol_id);
    if (!row.ok() || *row == nullptr) continue;
    const bool same = LastNameOf(entry.import_name) == part;
    return {*row, same ? "the same name, defined there" : "nearest name of all house APIs"};
  }
  return {};
}

}  // namespace inhouse
