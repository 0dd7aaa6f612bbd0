// Every name of an index as flat arrays, laid out for look-ups: built once a
// commit, then used where it lies, in memory or in a mapped file (search_image.h).
//
//   const std::string bytes = BuildNameImage(names);   // Catalog::Names()
//   std::optional<NameImage> image = NameImage::Over(bytes);
//   for (uint32_t entry : image->by_name.Of(image->names.Find("a.b"))) image->Entry(entry);
//
// Three sets of distinct texts, each numbered in the order of its coming: full
// names, their last parts as written, and the stemmed parts of those. Entries are
// in the order of Catalog::Names(), without names inside functions; lists of
// entries ascend. A NameImage borrows its bytes; immutable, safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "indexer/store/catalog.h"
#include "indexer/store/flat_bytes.h"

namespace inhouse {

// Catalog::NameEntry whose texts lie elsewhere.
struct NameView {
  int64_t symbol_id = 0;
  std::string_view import_name, qualified_name;
  SymbolKind kind = SymbolKind::kFunction;
  bool is_public = true, is_deprecated = false;
  FileRole role = FileRole::kLibrary;
  uint32_t place = 0;  // among the entries: by root, path and line, whatever the ids are
};

// Defined inside a function: nobody can import it.
bool IsLocalName(std::string_view qualified_name);
// The part after the last dot.
std::string_view LastNameOf(std::string_view dotted);

// Distinct texts by number, and their numbers by text.
class FlatTexts {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  size_t size() const { return begins_.empty() ? 0 : begins_.size() - 1; }
  // "" for kNone.
  std::string_view operator[](uint32_t number) const;
  uint32_t Find(std::string_view text) const;
  // False if the bytes are no such thing.
  bool Read(FlatReader* in);

 private:
  std::string_view texts_;
  std::span<const uint32_t> begins_;  // of each text, and the end of the last
  std::span<const uint32_t> first_;   // by hash, a power of two of them
  std::span<const uint32_t> next_;    // of the same hash, by number: always a smaller one
};

// Lists of numbers by a number, one behind the other.
class FlatLists {
 public:
  // Empty for a number that has none.
  std::span<const uint32_t> Of(uint32_t list) const;
  // `lists` of them, of values below `limit`.
  bool Read(FlatReader* in, size_t lists, size_t limit);

 private:
  std::span<const uint32_t> begins_;  // and the end of the last
  std::span<const uint32_t> values_;
};

struct NameImage {
  // As it is stored.
  struct Record {
    int64_t symbol_id;
    uint32_t import_name, qualified_name;  // numbers of `names`
    uint32_t last;                         // of the import name
    uint8_t kind, role, is_public, is_deprecated;
  };

  std::span<const Record> records;
  FlatTexts names, lasts, terms;
  FlatLists by_name, by_last, by_term;  // → entries
  FlatLists terms_of_last;              // the last of several is all of them joined

  NameView Entry(uint32_t entry) const;

  // Nothing if the bytes were not made by BuildNameImage. Looks at each number
  // once, so that no look-up can leave the bytes.
  static std::optional<NameImage> Over(std::string_view bytes);
};

std::string BuildNameImage(std::span<const Catalog::NameEntry> names);

// The same bytes with distances in place of numbers that mostly ascend: much smaller
// once compressed. `bytes` are an image, and afterwards such ones.
void PutDistances(std::string* bytes);
// And back. False if they are no such thing.
bool TakeDistances(std::string* bytes);

}  // namespace inhouse
