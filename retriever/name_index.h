// Every name of the index, for look-ups by exact name, suffix, part and
// spelling, over the flat arrays of indexer/store/name_image.h: those of the mapped
// search image, which a search from process start need not read, or its own, built
// from Catalog::Names(). Texts live as long as the NameIndex. Immutable; safe from
// any thread. Entries are named by their place in entries().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/name_parts.h"
#include "indexer/store/catalog.h"
#include "indexer/store/name_image.h"

namespace inhouse {

// Neither it nor what it stands in begins with an underscore, in one of its two names.
bool IsPublicName(const NameView& entry);

// Entries by their place, made as they are asked for.
class NameEntries {
 public:
  class Iterator {
   public:
    Iterator(const NameImage& image, uint32_t at) : image_(&image), at_(at) {}
    NameView operator*() const { return image_->Entry(at_); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const NameImage* image_;
    uint32_t at_;
  };

  explicit NameEntries(const NameImage& image) : image_(image) {}
  size_t size() const { return image_.records.size(); }
  NameView operator[](uint32_t entry) const { return image_.Entry(entry); }
  Iterator begin() const { return {image_, 0}; }
  Iterator end() const { return {image_, static_cast<uint32_t>(size())}; }

 private:
  const NameImage& image_;
};

class NameIndex {
 public:
  explicit NameIndex(std::span<const Catalog::NameEntry> names);
  // Over arrays that outlive it.
  explicit NameIndex(const NameImage& image) : image_(image) {}
  NameIndex(const NameIndex&) = delete;
  NameIndex& operator=(const NameIndex&) = delete;

  NameEntries entries() const { return NameEntries(image_); }

  // Under its import name or its defined name. In entry order.
  std::span<const uint32_t> Exact(std::string_view dotted) const;
  // The first one defined under that name.
  std::optional<NameView> Defined(std::string_view qualified_name) const;
  // Whose import name or defined name ends with ".dotted". In entry order.
  std::vector<uint32_t> WithSuffix(std::string_view dotted) const;
  // Whose last name has the stemmed part, or is it when joined: "audienc",
  // "writeaudience". In entry order.
  std::span<const uint32_t> WithPart(std::string_view term) const;
  // How many parts the last name of an entry has.
  size_t PartCountOf(uint32_t entry) const;

  struct Near {
    uint32_t entry;
    double closeness;  // 0..1
  };
  // Last names within a few typing errors of that of `dotted`, or with most of
  // its parts. Best first, at most `limit`, a last name once a closeness.
  std::vector<Near> Nearest(std::string_view dotted, size_t limit) const;

 private:
  std::vector<std::string_view> PartsOfLast(uint32_t last) const;

  std::string bytes_;  // what image_ lies over, if that is its own
  NameImage image_;
};

}  // namespace inhouse
