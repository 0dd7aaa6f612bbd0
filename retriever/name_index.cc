#include "retriever/name_index.h"

#include <algorithm>
#include <utility>

#include "indexer/base/check.h"
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
double Overlap(std::span<const std::string> a, std::span<const std::string_view> b) {
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

bool IsPublicName(const NameView& entry) {
  return entry.is_public || !HasPrivatePart(entry.import_name);
}

NameIndex::NameIndex(std::span<const Catalog::NameEntry> names) : bytes_(BuildNameImage(names)) {
  const std::optional<NameImage> image = NameImage::Over(bytes_);
  CHECK(image.has_value());
  image_ = *image;
}

std::span<const uint32_t> NameIndex::Exact(std::string_view dotted) const {
  return image_.by_name.Of(image_.names.Find(dotted));
}

std::optional<NameView> NameIndex::Defined(std::string_view qualified_name) const {
  for (const uint32_t entry : Exact(qualified_name)) {
    const NameView names = image_.Entry(entry);
    if (names.qualified_name == qualified_name) return names;
  }
  return std::nullopt;
}

std::vector<uint32_t> NameIndex::WithSuffix(std::string_view dotted) const {
  std::vector<uint32_t> found;
  if (dotted.empty()) return found;
  const std::string suffix = std::string(1, '.').append(dotted);
  for (const uint32_t entry : image_.by_last.Of(image_.lasts.Find(LastNameOf(dotted)))) {
    const NameView names = image_.Entry(entry);
    if (names.import_name.ends_with(suffix) || names.qualified_name.ends_with(suffix)) {
      found.push_back(entry);
    }
  }
  return found;
}

std::span<const uint32_t> NameIndex::WithPart(std::string_view term) const {
  return image_.by_term.Of(image_.terms.Find(term));
}

size_t NameIndex::PartCountOf(uint32_t entry) const {
  const size_t count = image_.terms_of_last.Of(image_.records[entry].last).size();
  return count > 1 ? count - 1 : count;  // the last of several is the joined one
}

std::vector<std::string_view> NameIndex::PartsOfLast(uint32_t last) const {
  std::vector<std::string_view> parts;
  for (const uint32_t term : image_.terms_of_last.Of(last)) parts.push_back(image_.terms[term]);
  return parts;
}

std::vector<NameIndex::Near> NameIndex::Nearest(std::string_view dotted, size_t limit) const {
  const std::string wanted = Lower(LastNameOf(dotted));
  const std::vector<std::string> parts = Terms(LastNameOf(dotted));
  const std::string_view parent = ParentNameOf(dotted);
  std::vector<Near> near;
  for (uint32_t last = 0; last < image_.lasts.size(); ++last) {
    double closeness = Spelling(wanted, Lower(image_.lasts[last]));
    const double overlap = parts.size() > 1 ? 0.9 * Overlap(parts, PartsOfLast(last)) : 0;
    closeness = std::max(closeness, overlap > 0.45 ? overlap : 0);
    if (closeness <= 0) continue;
    for (const uint32_t entry : image_.by_last.Of(last)) {
      const NameView names = image_.Entry(entry);
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
