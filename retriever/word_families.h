// Words that stand for nearly the same in names of data and marketing code:
// people say "save", the library says "write". General English of the trade, no
// names of anybody's library. Immutable; safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace inhouse {

class WordFamilies {
 public:
  WordFamilies();
  // Stemmed relatives of a stemmed term, itself left out.
  std::vector<std::string> RelativesOf(const std::string& term) const;

 private:
  std::vector<std::vector<std::string>> families_;
  std::unordered_map<std::string, std::vector<size_t>> by_term_;
};

}  // namespace inhouse
