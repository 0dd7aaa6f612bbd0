// How well one symbol fits a query: signals (each 0..1 and printable) apart
// from the score that they make. Pure.
//
// A word that matches in the name counts most, then in the summary, the
// signature and the documentation, the module's name, calls, the body. Words
// weigh by how rare they are in the corpus; unknown words weigh like the rarest,
// so that a question about something else finds nothing.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/store/catalog.h"
#include "retriever/query.h"
#include "retriever/term_matcher.h"
#include "retriever/text_likeness.h"

namespace inhouse {

// What is known about a candidate. Borrowed for the call.
struct CandidateFacts {
  const SymbolRow* symbol = nullptr;
  FileRole role = FileRole::kLibrary;
  bool is_public = true;
  std::string_view body;                 // of its definition; "" if it is no candidate by text
  std::vector<std::string_view> usages;  // texts of usage chunks that are candidates
  double fused = 0;                      // FusedCandidate::score
  double words = 0;                      // BM25 of its best chunk; share of the best of all
  double vectors = 0;                    // cosine of its best chunk
  double vectors_share = 0;              // the same as a share of the best of all
  double neighbours = 0;                 // fused score of candidates that call it or are called
  double siblings = 0;                   // share of the candidates in its file
  double name_strength = 0;              // SymbolMatch::strength
  int64_t calls = 0, calls_from_scripts = 0;
};

struct Signals {
  double coverage = 0;    // share of the query's weight that matches, by field
  double matched = 0;     // the same without regard to the field
  int matched_terms = 0;  // not counting related words
  // Share of the query's weight that matches in one field.
  double in_name = 0, in_summary = 0, in_signature = 0, in_doc = 0;
  double in_path = 0, in_usage = 0, in_body = 0;
  double name = 0;   // share of the name's parts that the query holds
  double like = 0;   // cosine of name and summary alone (text_likeness.h)
  double asked = 0;  // 1: of the kind that the query asks for: an exception, an enum
  double words = 0, vectors = 0, vectors_share = 0, neighbours = 0, siblings = 0;
  double fused = 0;                                         // reciprocal rank fusion
  double symbol = 0;                                        // how surely the query names it
  bool is_name = false;                                     // the query is one name alone
  double calls = 0;                                         // how often the team calls it
  double kind = 1, role = 1, visibility = 1, currency = 1;  // factors

  // The score, 0..1.
  double Score() const;
  // False if this would be a guess.
  bool IsGoodEnough() const;
  std::map<std::string, double> Printable() const;

 private:
  double NamedScore(double base) const;
};

class Ranker {
 public:
  // All are borrowed; the embedder may be null.
  Ranker(const ParsedQuery& query, const WeightTable& weights, const Embedder* embedder);

  Signals Rate(const CandidateFacts& facts);
  // The query's words in the symbol's name, summary and signature, for people: "holdout, seed".
  std::vector<std::string> MatchedWords(const SymbolRow& symbol);

 private:
  void RateText(const CandidateFacts& facts, Signals* signals);
  bool IsAskedFor(const Symbol& symbol) const;
  TermMask MatchName(const std::string& name) const;
  double RateName(const Symbol& symbol) const;

  const ParsedQuery& query_;
  const WeightTable& weights_;
  TermMatcher matcher_;
  TextLikeness likeness_;
  double total_weight_ = 0;
};

}  // namespace inhouse
