// Free text, a name, or a traceback → what is searched for.
//
//   ParsedQuery query = ParseQuery("write an audience file", vocabulary);
//   query.terms  → write, audienc, file (stemmed, with weights); query.names → none
//
// Pure; the vocabulary is borrowed for the call.
#pragma once

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
  std::string written;                   // the word it comes from, lower-cased
  std::string term;                      // stemmed, as Terms() gives it
  double weight = 1;                     // how much it says; the largest for unknown words
  bool is_known = true;                  // the corpus has it
  std::vector<std::string> same;         // spellings of the corpus: "hold out" → "holdout"
  std::vector<std::string> related;      // stemmed words that count half
  std::vector<std::string> short_forms;  // beginnings that stand in names: "max" for "maximum"
};

struct ParsedQuery {
  std::string text;                     // what is embedded
  std::vector<QueryTerm> terms;         // distinct, in the order of the text, no stop words
  std::vector<std::string> names;       // what looks like a Python name, as written
  std::string missing;                  // what an error says there is not: "metrics.rfm"
  std::vector<std::string> stop_words;  // distinct; they can stand in names ("get_all_users")
  bool is_name = false;                 // the text is one name and nothing else

  double total_weight() const;
};

// What the index knows about words.
struct Vocabulary {
  const WeightTable& weights;
  const WordFamilies& families;
};

// How much a term says, for coverage: 1 + its corpus weight, so that words which
// every team uses often ("user") still count beside rare ones.
double TermWeight(const WeightTable& weights, std::string_view term);

// The corpus's spelling of a mistyped term, or "" if nothing is close.
std::string CorrectedTerm(const WeightTable& weights, std::string_view term);

ParsedQuery ParseQuery(std::string_view text, const Vocabulary& vocabulary);

}  // namespace inhouse
