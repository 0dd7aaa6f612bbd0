#include "retriever/name_index.h"

#include <algorithm>
#include <utility>

#include "indexer/chunk/terms.h"
#include "retriever/edit_distance.h"

namespace inhouse {
namespace {

bool HasPrivatePart(std::string_view dotted) {
  for (size_t at = 0; at < dotted.size();) {
    const size_t end = std::min(dotted.find('.', at), dotted.size());
    const std::string_view part = dotted.substr(at, end - at);
    const bool special = part.starts_with("__") && part.ends_with("__") && part.size() > 4;
    if (part.starts_with('_') && !special) return true;
    at = end + 1;
  }
  return false;
}

void AddOnce(uint32_t entry, std::vector<uint32_t>* list) {
  if (list->empty() || list->back() != entry) list->push_back(entry);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

// Of two sets of parts: twice the common ones over all.
double Overlap(std::span<const std::string> a, std::span<const std::string> b) {
  if (a.empty() || b.empty()) return 0;
  double common = 0;
  for (const std::string& part : a) common += std::find(b.begin(), b.end(), part) != b.end();
  return 2 * common / static_cast<double>(a.size() + b.size());
}

double Spelling(std::string_view a, std::string_view b) {
  const int limit = AllowedEdits(std::max(a.size(), b.size()));
  const int edits = EditDistance(a, b, limit);
  if (edits > limit) return 0;
  return 1.0 - static_cast<double>(edits) / static_cast<double>(std::max(a.size(), b.size()));
}

}  // namespace

bool IsPublicName(const Catalog::NameEntry& entry) {
  return entry.is_public || !HasPrivatePart(entry.import_name);
}

bool IsLocalName(std::string_view qualified_name) {
  return qualified_name.find("<locals>") != std::string_view::npos;
}

std::string_view LastNameOf(std::string_view dotted) {
  return dotted.substr(dotted.rfind('.') + 1);
}

std::string_view ParentNameOf(std::string_view dotted) {
  const size_t dot = dotted.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : dotted.substr(0, dot);
}

NameIndex::NameIndex(std::vector<Catalog::NameEntry> names) : entries_(std::move(names)) {
  std::erase_if(entries_, [](const auto& entry) { return IsLocalName(entry.qualified_name); });
  by_name_.reserve(entries_.size() * 2);
  by_last_.reserve(entries_.size());
  for (uint32_t i = 0; i < entries_.size(); ++i) AddEntry(i);
}

void NameIndex::AddEntry(uint32_t entry) {
  const Catalog::NameEntry& names = entries_[entry];
  for (const std::string* name : {&names.qualified_name, &names.import_name}) {
    if (name->empty()) continue;
    AddOnce(entry, &by_name_[*name]);
    AddLastName(LastNameOf(*name), entry);
  }
}

void NameIndex::AddLastName(std::string_view last, uint32_t entry) {
  AddOnce(entry, &by_last_[last]);
  auto at = parts_.find(last);
  if (at == parts_.end()) at = parts_.emplace(std::string(last), Terms(last)).first;
  for (const std::string& part : at->second) AddOnce(entry, &by_part_[part]);
}

std::span<const uint32_t> NameIndex::Exact(std::string_view dotted) const {
  const auto at = by_name_.find(dotted);
  if (at == by_name_.end()) return {};
  return at->second;
}

const Catalog::NameEntry* NameIndex::Defined(std::string_view qualified_name) const {
  for (const uint32_t entry : Exact(qualified_name)) {
    if (entries_[entry].qualified_name == qualified_name) return &entries_[entry];
  }
  return nullptr;
}

std::vector<uint32_t> NameIndex::WithSuffix(std::string_view dotted) const {
  std::vector<uint32_t> found;
  const auto at = by_last_.find(LastNameOf(dotted));
  if (dotted.empty() || at == by_last_.end()) return found;
  const std::string suffix = std::string(1, '.').append(dotted);
  for (const uint32_t entry : at->second) {
    const Catalog::NameEntry& names = entries_[entry];
    if (names.import_name.ends_with(suffix) || names.qualified_name.ends_with(suffix)) {
      found.push_back(entry);
    }
  }
  return found;
}

std::span<const uint32_t> NameIndex::WithPart(std::string_view term) const {
  const auto at = by_part_.find(term);
  if (at == by_part_.end()) return {};
  return at->second;
}

std::span<const std::string> NameIndex::PartsOf(uint32_t entry) const {
  const auto at = parts_.find(LastNameOf(entries_[entry].import_name));
  if (at == parts_.end()) return {};
  const std::vector<std::string>& parts = at->second;
  // The last of several is the joined one.
  return std::span(parts).first(parts.size() > 1 ? parts.size() - 1 : parts.size());
}

std::vector<NameIndex::Near> NameIndex::Nearest(std::string_view dotted, size_t limit) const {
  const std::string wanted = Lower(LastNameOf(dotted));
  const std::vector<std::string> parts = Terms(LastNameOf(dotted));
  const std::string_view parent = ParentNameOf(dotted);
  std::vector<Near> near;
  for (const auto& [last, last_parts] : parts_) {
    double closeness = Spelling(wanted, Lower(last));
    const double overlap = parts.size() > 1 ? 0.9 * Overlap(parts, last_parts) : 0;
    closeness = std::max(closeness, overlap > 0.45 ? overlap : 0);
    if (closeness <= 0) continue;
    for (const uint32_t entry : by_last_.at(last)) {
      const Catalog::NameEntry& names = entries_[entry];
      const bool same_parent = !parent.empty() && (ParentNameOf(names.import_name) == parent ||
                                                   ParentNameOf(names.qualified_name) == parent);
      near.push_back({entry, closeness * (same_parent ? 1.0 : 0.9)});
    }
  }
  std::sort(near.begin(), near.end(), [](const Near& a, const Near& b) {
    return a.closeness != b.closeness ? a.closeness > b.closeness : a.entry < b.entry;
  });
  if (near.size() > limit) near.resize(limit);
  return near;
}

}  // namespace inhouse
