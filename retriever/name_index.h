// Every name of the index, for look-ups by exact name, suffix, part and
// spelling. Built once a commit from Catalog::Names(), under 1 µs a name: a search
// from process start waits for it, so it is a few flat arrays and no maps.
// Immutable; safe from any thread. Entries are named by their place in entries().
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/store/catalog.h"

namespace inhouse {

// Neither it nor what it stands in begins with an underscore, in one of its two names.
bool IsPublicName(const Catalog::NameEntry& entry);
// Defined inside a function: nobody can import it.
bool IsLocalName(std::string_view qualified_name);
// The part after the last dot.
std::string_view LastNameOf(std::string_view dotted);
// What stands before the last dot, or "".
std::string_view ParentNameOf(std::string_view dotted);

// Distinct texts and their numbers, from 0 in the order of their coming. Borrows
// the texts.
class TextNumbers {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  // How many are expected; more make it slower, not wrong.
  explicit TextNumbers(size_t expected);
  // The text's number, which may be new.
  uint32_t Add(std::string_view text);
  // kNone if it was never added.
  uint32_t Find(std::string_view text) const;
  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  std::vector<std::string_view> texts_;
  std::vector<uint32_t> first_;  // by hash
  std::vector<uint32_t> next_;   // of the same hash, by number
};

// Lists of numbers by a number, one behind the other.
class NumberLists {
 public:
  // Pairs of (list, value); each list keeps their order, repetitions once.
  NumberLists(size_t lists, std::span<const std::pair<uint32_t, uint32_t>> pairs);
  NumberLists() = default;
  std::span<const uint32_t> Of(uint32_t list) const;

 private:
  std::vector<uint32_t> begins_, ends_;
  std::vector<uint32_t> values_;
};

class NameIndex {
 public:
  explicit NameIndex(std::vector<Catalog::NameEntry> names);
  NameIndex(const NameIndex&) = delete;
  NameIndex& operator=(const NameIndex&) = delete;

  const std::vector<Catalog::NameEntry>& entries() const { return entries_; }

  // Under its import name or its defined name. In entry order.
  std::span<const uint32_t> Exact(std::string_view dotted) const;
  // The first one defined under that name, or null.
  const Catalog::NameEntry* Defined(std::string_view qualified_name) const;
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
  void NumberNames();
  void NumberParts();
  std::vector<std::string> PartsOfLast(uint32_t last) const;

  std::vector<Catalog::NameEntry> entries_;
  TextNumbers names_;                        // both full names
  TextNumbers lasts_;                        // their last parts as written
  TextNumbers terms_;                        // stemmed parts of those, and these joined
  NumberLists by_name_, by_last_, by_term_;  // entries
  NumberLists terms_of_last_;
  std::vector<uint32_t> last_of_import_name_;  // by entry
  std::deque<std::string> term_texts_;
};

}  // namespace inhouse
