#include "indexer/python/redefinitions.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "indexer/python/name_parts.h"
#include "indexer/python/signature_reader.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr size_t kMaxAlternatives = 16;

bool IsVariable(SymbolKind kind) {
  return kind == SymbolKind::kConstant || kind == SymbolKind::kField;
}

bool SameParameters(const Signature& a, const Signature& b) {
  return std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(),
                    b.parameters.end(), [](const Parameter& x, const Parameter& y) {
                      return x.name == y.name && x.kind == y.kind &&
                             x.default_value.has_value() == y.default_value.has_value();
                    });
}

// The kept definition is not certain to be the one that is called: `other` is
// an alternative to it, or something assigned to its name.
void NoteAlternative(const Symbol& other, bool conditional, Symbol* kept) {
  if (IsVariable(kept->kind) || kept->kind == SymbolKind::kProperty) return;
  const bool differs = other.kind != kept->kind || IsVariable(other.kind) ||
                       !SameParameters(other.signature, kept->signature);
  const bool may_be_called = conditional || IsVariable(other.kind);
  if (!differs || !may_be_called) return;
  kept->signature.is_exact = kept->signature.is_decorated = false;
}

// What is dropped can still be shown: a function or class in another branch.
void KeepAlternative(const Symbol& dropped, bool conditional, Symbol* kept) {
  const bool is_class = dropped.kind == SymbolKind::kClass;
  const bool is_callable =
      is_class || dropped.kind == SymbolKind::kFunction || dropped.kind == SymbolKind::kMethod;
  if (!conditional || !is_callable || kept->alternatives.size() >= kMaxAlternatives) return;
  std::string declaration =
      is_class ? "class " + dropped.name + dropped.type_parameters
               : FormatSignature(dropped.name + dropped.type_parameters, dropped.signature);
  kept->alternatives.push_back({std::move(declaration), dropped.name_range.start_line});
}

// A definition beats an assignment, whichever comes first; a property's
// getter beats its setter; re-assignments of a constant define nothing.
bool FirstWins(const Symbol& a, const Symbol& b, bool b_is_conditional) {
  const bool is_variable = IsVariable(b.kind);
  if (IsVariable(a.kind) != is_variable) return is_variable;
  const auto accessor = [](const Symbol& symbol) {
    return symbol.kind == SymbolKind::kProperty && !symbol.decorators.empty() &&
           IsAccessor(symbol.decorators.back());
  };
  if (accessor(b)) return a.kind == SymbolKind::kProperty;
  return b_is_conditional || is_variable;
}

}  // namespace

void DropRedefined(const std::vector<bool>& conditional, std::vector<Symbol>* symbols) {
  std::unordered_map<std::string_view, size_t> seen;
  std::vector<bool> drop(symbols->size(), false);
  for (size_t i = 0; i < symbols->size(); ++i) {
    if ((*symbols)[i].is_overload) continue;
    const auto [at, is_new] = seen.emplace((*symbols)[i].qualified_name, i);
    if (is_new) continue;
    size_t& kept_index = at->second;
    const bool first_wins = FirstWins((*symbols)[kept_index], (*symbols)[i], conditional[i]);
    const size_t loser = first_wins ? i : kept_index;
    if (!first_wins) kept_index = i;
    drop[loser] = true;
    NoteAlternative((*symbols)[loser], conditional[i], &(*symbols)[kept_index]);
    KeepAlternative((*symbols)[loser], conditional[i], &(*symbols)[kept_index]);
  }
  std::vector<Symbol> kept;
  kept.reserve(symbols->size());
  for (size_t i = 0; i < symbols->size(); ++i) {
    if (!drop[i]) kept.push_back(std::move((*symbols)[i]));
  }
  *symbols = std::move(kept);
}

bool IsAccessor(std::string_view decorator) {
  const std::string_view last = LastPart(decorator);
  return last.size() < decorator.size() &&
         (last == "setter" || last == "deleter" || last == "getter");
}

}  // namespace inhouse
