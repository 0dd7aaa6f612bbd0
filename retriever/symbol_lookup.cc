#include "retriever/symbol_lookup.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace inhouse {
namespace {

// A part that more names have than this says nothing by itself.
constexpr size_t kMaxPostings = 20'000;
constexpr size_t kMaxSuffixMatches = 20;
constexpr double kRelatedShare = 0.5;

// Collects the best strength of each entry.
class Strengths {
 public:
  void Add(uint32_t entry, double strength) {
    double& known = by_entry_[entry];
    known = std::max(known, strength);
  }
  template <typename Entries>
  void AddAll(const Entries& entries, double strength) {
    for (const uint32_t entry : entries) Add(entry, strength);
  }
  const std::unordered_map<uint32_t, double>& by_entry() const { return by_entry_; }

 private:
  std::unordered_map<uint32_t, double> by_entry_;
};

void AddNamed(const std::string& name, const ParsedQuery& query, const NameIndex& names,
              const NameResolver& resolve, Strengths* strengths) {
  const auto exact = names.Exact(name);
  strengths->AddAll(exact, kExactName);
  if (!exact.empty()) return;
  const bool dotted = name.find('.') != std::string::npos;
  const std::optional<std::string> defined = dotted && resolve ? resolve(name) : std::nullopt;
  if (defined.has_value()) {
    strengths->AddAll(names.Exact(*defined), kExactName);
    return;
  }
  std::vector<uint32_t> suffix = names.WithSuffix(name);
  if (!suffix.empty()) {
    if (suffix.size() > kMaxSuffixMatches) suffix = PreferredOf(std::move(suffix), names);
    if (suffix.size() > kMaxSuffixMatches) suffix.resize(kMaxSuffixMatches);
    strengths->AddAll(suffix, dotted || query.is_name ? kSuffixName : kLastName);
    return;
  }
  if (!query.is_name) return;
  for (const NameIndex::Near& near : names.Nearest(name, kMaxSuffixMatches)) {
    strengths->Add(near.entry, kNearName * near.closeness);
  }
}

// The weight of the query's terms in each entry's last name.
std::unordered_map<uint32_t, double> PartWeights(const ParsedQuery& query, const NameIndex& names) {
  std::unordered_map<uint32_t, double> weights;
  for (const QueryTerm& term : query.terms) {
    std::unordered_map<uint32_t, double> best;
    const auto add = [&](const std::string& part, double share) {
      const auto entries = names.WithPart(part);
      if (entries.size() > kMaxPostings) return;
      for (const uint32_t entry : entries) best[entry] = std::max(best[entry], share);
    };
    add(term.term, 1);
    for (const std::string& same : term.same) add(same, 1);
    for (const std::string& related : term.related) add(related, kRelatedShare);
    for (const std::string& form : term.short_forms) add(form, kRelatedShare);
    for (const auto& [entry, share] : best) weights[entry] += share * term.weight;
  }
  return weights;
}

bool IsBetter(const SymbolMatch& a, const SymbolMatch& b) {
  if (a.strength != b.strength) return a.strength > b.strength;
  if (a.part_score != b.part_score) return a.part_score > b.part_score;
  return a.entry < b.entry;
}

int RoleRank(FileRole role) {
  return role == FileRole::kLibrary ? 0 : role == FileRole::kTest ? 2 : 1;
}

// Smaller is preferred.
int Preference(const Catalog::NameEntry& entry) {
  return (IsPublicName(entry) ? 0 : 8) + RoleRank(entry.role) * 2 + (entry.is_deprecated ? 1 : 0);
}

}  // namespace

std::vector<SymbolMatch> FindSymbols(const ParsedQuery& query, const NameIndex& names,
                                     const NameResolver& resolve, size_t limit) {
  Strengths strengths;
  for (const std::string& name : query.names) {
    AddNamed(name, query, names, resolve, &strengths);
  }
  const double total = std::max(query.total_weight(), 1e-9);
  std::unordered_map<uint32_t, SymbolMatch> matches;
  for (const auto& [entry, weight] : PartWeights(query, names)) {
    const double parts = static_cast<double>(std::max<size_t>(names.PartsOf(entry).size(), 1));
    matches[entry] = {entry, 0, weight / total / (1 + 0.25 * (parts - 1))};
  }
  for (const auto& [entry, strength] : strengths.by_entry()) {
    matches[entry].entry = entry;
    matches[entry].strength = strength;
  }
  std::vector<SymbolMatch> found;
  found.reserve(matches.size());
  for (const auto& [entry, match] : matches) found.push_back(match);
  const size_t keep = std::min(limit, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(keep), found.end(),
                    IsBetter);
  found.resize(keep);
  return found;
}

std::vector<uint32_t> PreferredOf(std::vector<uint32_t> entries, const NameIndex& names) {
  int best = 1 << 10;
  for (const uint32_t entry : entries) best = std::min(best, Preference(names.entries()[entry]));
  std::set<std::string_view> seen;
  std::erase_if(entries, [&](uint32_t entry) {
    const Catalog::NameEntry& names_of = names.entries()[entry];
    return Preference(names_of) != best || !seen.insert(names_of.qualified_name).second;
  });
  return entries;
}

}  // namespace inhouse
