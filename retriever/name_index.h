// Every name of the index, for look-ups by exact name, suffix, part and
// spelling. Built once a commit from Catalog::Names(); about 2 µs a name.
// Immutable; safe from any thread. Entries are named by their place in entries().
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
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
  // Stemmed parts of the last name of an entry.
  std::span<const std::string> PartsOf(uint32_t entry) const;

  struct Near {
    uint32_t entry;
    double closeness;  // 0..1
  };
  // Last names within a few typing errors of that of `dotted`, or with most of
  // its parts. Best first, at most `limit`, a last name once a closeness.
  std::vector<Near> Nearest(std::string_view dotted, size_t limit) const;

 private:
  using Postings = std::unordered_map<std::string_view, std::vector<uint32_t>>;

  void AddEntry(uint32_t entry);
  void AddLastName(std::string_view last, uint32_t entry);

  std::vector<Catalog::NameEntry> entries_;
  Postings by_name_;                                                    // both full names
  Postings by_last_;                                                    // last part as written
  std::map<std::string, std::vector<std::string>, std::less<>> parts_;  // of last names
  std::map<std::string, std::vector<uint32_t>, std::less<>> by_part_;
};

}  // namespace inhouse
