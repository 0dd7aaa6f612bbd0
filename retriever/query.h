// Free text, a name, or a traceback → what is searched for.
//
//   ParsedQuery query = ParseQuery("write an audience file", vocabulary);
//   query.terms  → write, audienc, file (stemmed, with weights); query.names → none
//
// Pure; the vocabulary is borrowed for the call.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/embed/weight_table.h"
#include "retriever/word_families.h"

namespace inhouse {

// Terms beyond say nothing that the weightiest ones do not. Fits a 64-bit mask.
inline constexpr size_t kMaxQueryTerms = 48;
// Longer texts are cut: tracebacks keep their end, everything else its beginning.
inline constexpr size_t kMaxQueryText = 8192;

struct QueryTerm {
  std::string term;                       // stemmed, as Terms() gives it
  double weight = 1;                      // how much it says; the largest for unknown words
  bool is_known = true;                   // the corpus has it
  std::vector<std::string> alternatives;  // stemmed words that count half
};

struct ParsedQuery {
  std::string text;                // what is embedded
  std::vector<QueryTerm> terms;    // distinct, in the order of the text, no stop words
  std::vector<std::string> names;  // what looks like a Python name, as written
  bool is_name = false;            // the text is one name and nothing else

  double total_weight() const;
};

// What the index knows about words.
struct Vocabulary {
  const WeightTable& weights;
  const WordFamilies& families;
  // The closest part of an indexed name to a mistyped term, or "". May be empty.
  std::function<std::string(std::string_view)> corrected;
};

ParsedQuery ParseQuery(std::string_view text, const Vocabulary& vocabulary);

}  // namespace inhouse
