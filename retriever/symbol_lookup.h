// Candidates by name: symbols that a query names (exactly, by suffix, nearly),
// then those whose last name shares parts with its words. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retriever/name_index.h"
#include "retriever/query.h"

namespace inhouse {

// How sure a match by name is.
inline constexpr double kExactName = 1.0;
inline constexpr double kSuffixName = 0.9;
inline constexpr double kLastName = 0.8;   // a bare last name in a longer text
inline constexpr double kNearName = 0.75;  // times its closeness
// From here on a match stands without any other evidence.
inline constexpr double kStrongName = 0.55;

struct SymbolMatch {
  uint32_t entry = 0;     // in NameIndex::entries()
  double strength = 0;    // of a named symbol, 0 if only parts match
  double part_score = 0;  // share of the query's weight in its last name
};

// A dotted name → the name where it is defined, through re-exports.
using NameResolver = std::function<std::optional<std::string>(std::string_view)>;

// Best first, at most `limit`; ties in entry order.
std::vector<SymbolMatch> FindSymbols(const ParsedQuery& query, const NameIndex& names,
                                     const NameResolver& resolve, size_t limit);

// Which of several matches of one name is meant: public before private, current
// before deprecated, libraries before scripts before tests, by its own name
// before a re-export. Leaves only the best ones, each defined name once.
std::vector<uint32_t> PreferredOf(std::vector<uint32_t> entries, const NameIndex& names);

}  // namespace inhouse
