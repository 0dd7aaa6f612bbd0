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
  bool Has(uint32_t entry) const { return by_entry_.contains(entry); }
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

// What an error says does not exist: the nearest names, those of the same owner first.
void AddMissing(const std::string& name, const NameIndex& names, Strengths* strengths) {
  if (name.empty()) return;
  for (const NameIndex::Near& near : names.Nearest(name, kMaxSuffixMatches)) {
    strengths->Add(near.entry, kSuffixName * near.closeness);
  }
}

// The weight of the query's terms in each entry's last name.
class PartWeights {
 public:
  PartWeights(const ParsedQuery& query, const NameIndex& names)
      : weights_(names.entries().size(), 0), last_term_(names.entries().size(), 0) {
    for (size_t i = 0; i < query.terms.size(); ++i) {
      const QueryTerm& term = query.terms[i];
      term_ = static_cast<uint32_t>(i + 1);
      Add(names.WithPart(term.term), term.weight);
      for (const std::string& same : term.same) Add(names.WithPart(same), term.weight);
      const double related = kRelatedShare * term.weight;
      for (const auto* list : {&term.related, &term.short_forms}) {
        for (const std::string& word : *list) Add(names.WithPart(word), related);
      }
    }
  }
  // Entries with any, each once.
  const std::vector<uint32_t>& entries() const { return entries_; }
  double Of(uint32_t entry) const { return weights_[entry]; }

 private:
  // The first that a term adds to an entry is its best.
  void Add(std::span<const uint32_t> entries, double weight) {
    if (entries.size() > kMaxPostings) return;
    for (const uint32_t entry : entries) {
      if (last_term_[entry] == term_) continue;
      if (weights_[entry] == 0) entries_.push_back(entry);
      last_term_[entry] = term_;
      weights_[entry] += weight;
    }
  }

  std::vector<double> weights_;
  std::vector<uint32_t> last_term_;
  std::vector<uint32_t> entries_;
  uint32_t term_ = 0;
};

bool IsBetter(const SymbolMatch& a, const SymbolMatch& b) {
  if (a.strength != b.strength) return a.strength > b.strength;
  if (a.part_score != b.part_score) return a.part_score > b.part_score;
  return a.entry < b.entry;
}

int RoleRank(FileRole role) {
  return role == FileRole::kLibrary ? 0 : role == FileRole::kTest ? 2 : 1;
}

// Smaller is preferred.
int Preference(const NameView& entry) {
  return (IsPublicName(entry) ? 0 : 8) + RoleRank(entry.role) * 2 + (entry.is_deprecated ? 1 : 0);
}

}  // namespace

std::vector<SymbolMatch> FindSymbols(const ParsedQuery& query, const NameIndex& names,
                                     const NameResolver& resolve, size_t limit) {
  Strengths strengths;
  for (const std::string& name : query.names) {
    AddNamed(name, query, names, resolve, &strengths);
  }
  AddMissing(query.missing, names, &strengths);
  const double total = std::max(query.total_weight(), 1e-9);
  const PartWeights weights(query, names);
  std::vector<SymbolMatch> found;
  found.reserve(weights.entries().size() + strengths.by_entry().size());
  const auto part_score = [&](uint32_t entry) {
    const double parts = static_cast<double>(std::max<size_t>(names.PartCountOf(entry), 1));
    return weights.Of(entry) / total / (1 + 0.25 * (parts - 1));
  };
  for (const uint32_t entry : weights.entries()) {
    if (!strengths.Has(entry)) found.push_back({entry, 0, part_score(entry)});
  }
  for (const auto& [entry, strength] : strengths.by_entry()) {
    found.push_back({entry, strength, part_score(entry)});
  }
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
    const NameView names_of = names.entries()[entry];
    return Preference(names_of) != best || !seen.insert(names_of.qualified_name).second;
  });
  return entries;
}

}  // namespace inhouse
