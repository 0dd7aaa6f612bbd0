// Which terms of a query a text holds: as Terms() of the text would find them,
// without stemming words that cannot match. Remembers words for as long as it
// lives: one query. About 10 µs for a chunk.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "retriever/query.h"

namespace inhouse {

// Bit i stands for term i of the query.
struct TermMask {
  uint64_t exact = 0;
  uint64_t related = 0;  // by a related word, or a longer one that begins with it
  TermMask operator|(const TermMask& other) const {
    return {exact | other.exact, related | other.related};
  }
};

class TermMatcher {
 public:
  // Copies what it needs of the query.
  explicit TermMatcher(const ParsedQuery& query);

  TermMask Match(std::string_view text);
  // Of one stemmed term.
  TermMask OfTerm(const std::string& term) const;
  // The same of a part of a name, where short forms count as related.
  TermMask OfNamePart(const std::string& part) const;

 private:
  void AllowStart(std::string_view term);
  bool MayMatch(std::string_view word) const;
  TermMask OfWord(std::string_view word);

  std::unordered_map<std::string, TermMask> terms_;
  std::unordered_map<std::string, uint64_t> short_forms_;
  std::vector<std::pair<std::string, uint64_t>> long_terms_;  // that may begin other words
  std::bitset<size_t{1} << 16> starts_;                       // first two bytes of the terms
  std::unordered_map<std::string, TermMask> words_;
};

}  // namespace inhouse
