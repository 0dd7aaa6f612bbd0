#include "retriever/name_index.h"

#include <algorithm>
#include <bit>
#include <functional>
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

TextNumbers::TextNumbers(size_t expected)
    : first_(std::bit_ceil(std::max<size_t>(2 * expected, 16)), kNone) {
  texts_.reserve(expected);
  next_.reserve(expected);
}

uint32_t TextNumbers::Add(std::string_view text) {
  uint32_t& first = first_[std::hash<std::string_view>()(text) & (first_.size() - 1)];
  for (uint32_t at = first; at != kNone; at = next_[at]) {
    if (texts_[at] == text) return at;
  }
  const auto number = static_cast<uint32_t>(texts_.size());
  texts_.push_back(text);
  next_.push_back(std::exchange(first, number));
  return number;
}

uint32_t TextNumbers::Find(std::string_view text) const {
  uint32_t at = first_[std::hash<std::string_view>()(text) & (first_.size() - 1)];
  while (at != kNone && texts_[at] != text) at = next_[at];
  return at;
}

NumberLists::NumberLists(size_t lists, std::span<const std::pair<uint32_t, uint32_t>> pairs)
    : begins_(lists, 0), ends_(lists, 0), values_(pairs.size()) {
  for (const auto& [list, value] : pairs) ++ends_[list];
  uint32_t begin = 0;
  for (size_t i = 0; i < lists; ++i) {
    begins_[i] = begin;
    begin += std::exchange(ends_[i], begin);
  }
  for (const auto& [list, value] : pairs) {
    uint32_t& end = ends_[list];
    if (end == begins_[list] || values_[end - 1] != value) values_[end++] = value;
  }
}

std::span<const uint32_t> NumberLists::Of(uint32_t list) const {
  if (list >= begins_.size()) return {};
  return std::span(values_).subspan(begins_[list], ends_[list] - begins_[list]);
}

NameIndex::NameIndex(std::vector<Catalog::NameEntry> names)
    : entries_(std::move(names)),
      names_(2 * entries_.size()),
      lasts_(entries_.size()),
      terms_(entries_.size()) {
  std::erase_if(entries_, [](const auto& entry) { return IsLocalName(entry.qualified_name); });
  NumberNames();
  NumberParts();
}

void NameIndex::NumberNames() {
  std::vector<std::pair<uint32_t, uint32_t>> by_name, by_last;
  by_name.reserve(2 * entries_.size());
  by_last.reserve(2 * entries_.size());
  last_of_import_name_.reserve(entries_.size());
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    uint32_t last = TextNumbers::kNone;
    for (const std::string* name : {&entries_[i].qualified_name, &entries_[i].import_name}) {
      last = TextNumbers::kNone;
      if (name->empty()) continue;
      last = lasts_.Add(LastNameOf(*name));
      by_name.emplace_back(names_.Add(*name), i);
      by_last.emplace_back(last, i);
    }
    last_of_import_name_.push_back(last);
  }
  by_name_ = NumberLists(names_.texts().size(), by_name);
  by_last_ = NumberLists(lasts_.texts().size(), by_last);
}

// Parts repeat: each is stemmed once.
void NameIndex::NumberParts() {
  TextNumbers parts(lasts_.texts().size());
  std::deque<std::string> part_texts;
  std::vector<uint32_t> term_of_part;
  const auto add_term = [&](std::string text) {
    uint32_t term = terms_.Find(text);
    if (term == TextNumbers::kNone) term = terms_.Add(term_texts_.emplace_back(std::move(text)));
    return term;
  };
  const auto term_of = [&](const std::string& text) {
    const uint32_t known = parts.Find(text);
    if (known != TextNumbers::kNone) return term_of_part[known];
    parts.Add(part_texts.emplace_back(text));
    std::vector<std::string> stem = Terms(text);
    term_of_part.push_back(stem.empty() ? TextNumbers::kNone : add_term(std::move(stem[0])));
    return term_of_part.back();
  };
  std::vector<std::pair<uint32_t, uint32_t>> of_last, by_term;
  of_last.reserve(4 * lasts_.texts().size());
  for (uint32_t last = 0; last < lasts_.texts().size(); ++last) {
    const std::vector<std::string> words = IdentifierParts(lasts_.texts()[last]);
    std::string joined;
    for (const std::string& word : words) {
      joined += word;
      const uint32_t term = term_of(word);
      if (term != TextNumbers::kNone) of_last.emplace_back(last, term);
    }
    if (words.size() < 2 || joined.size() < 2) continue;
    joined.resize(std::min(joined.size(), kMaxTermBytes));
    of_last.emplace_back(last, add_term(std::move(joined)));
  }
  terms_of_last_ = NumberLists(lasts_.texts().size(), of_last);
  by_term.reserve(2 * of_last.size());
  for (const auto& [last, term] : of_last) {
    for (const uint32_t entry : by_last_.Of(last)) by_term.emplace_back(term, entry);
  }
  std::sort(by_term.begin(), by_term.end());
  by_term_ = NumberLists(terms_.texts().size(), by_term);
}

std::span<const uint32_t> NameIndex::Exact(std::string_view dotted) const {
  return by_name_.Of(names_.Find(dotted));
}

const Catalog::NameEntry* NameIndex::Defined(std::string_view qualified_name) const {
  for (const uint32_t entry : Exact(qualified_name)) {
    if (entries_[entry].qualified_name == qualified_name) return &entries_[entry];
  }
  return nullptr;
}

std::vector<uint32_t> NameIndex::WithSuffix(std::string_view dotted) const {
  std::vector<uint32_t> found;
  if (dotted.empty()) return found;
  const std::string suffix = std::string(1, '.').append(dotted);
  for (const uint32_t entry : by_last_.Of(lasts_.Find(LastNameOf(dotted)))) {
    const Catalog::NameEntry& names = entries_[entry];
    if (names.import_name.ends_with(suffix) || names.qualified_name.ends_with(suffix)) {
      found.push_back(entry);
    }
  }
  return found;
}

std::span<const uint32_t> NameIndex::WithPart(std::string_view term) const {
  return by_term_.Of(terms_.Find(term));
}

size_t NameIndex::PartCountOf(uint32_t entry) const {
  const size_t count = terms_of_last_.Of(last_of_import_name_[entry]).size();
  return count > 1 ? count - 1 : count;  // the last of several is the joined one
}

std::vector<std::string> NameIndex::PartsOfLast(uint32_t last) const {
  std::vector<std::string> parts;
  for (const uint32_t term : terms_of_last_.Of(last)) parts.emplace_back(terms_.texts()[term]);
  return parts;
}

std::vector<NameIndex::Near> NameIndex::Nearest(std::string_view dotted, size_t limit) const {
  const std::string wanted = Lower(LastNameOf(dotted));
  const std::vector<std::string> parts = Terms(LastNameOf(dotted));
  const std::string_view parent = ParentNameOf(dotted);
  std::vector<Near> near;
  for (uint32_t last = 0; last < lasts_.texts().size(); ++last) {
    double closeness = Spelling(wanted, Lower(lasts_.texts()[last]));
    const double overlap = parts.size() > 1 ? 0.9 * Overlap(parts, PartsOfLast(last)) : 0;
    closeness = std::max(closeness, overlap > 0.45 ? overlap : 0);
    if (closeness <= 0) continue;
    for (const uint32_t entry : by_last_.Of(last)) {
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
