// Text → terms: the one way in which documents and queries become words.
//
// Identifiers fall into their parts (write_audience, writeAudience, HTTPServer2),
// everything is lower-cased (ASCII) and stemmed (Porter 2, English); an
// identifier of several parts also stands as one joined term, so that the exact
// name outweighs its words. Terms consist of [a-z0-9] and bytes over 0x7F.
// Pure; safe from any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sb_stemmer;

namespace inhouse {

inline constexpr size_t kMaxTermBytes = 40;

// Porter 2, English. Keeps working memory, which takes longer to make than a word to
// stem: for many calls from one thread.
class Stemmer {
 public:
  Stemmer();
  std::string Stem(const std::string& lower_case_word);

 private:
  struct Delete {
    void operator()(sb_stemmer* stemmer) const;
  };
  std::unique_ptr<sb_stemmer, Delete> stemmer_;
};

// Terms in the order of the text, repetitions kept; single letters left out.
std::vector<std::string> Terms(std::string_view text);
std::vector<std::string> Terms(std::string_view text, Stemmer& stemmer);

// The parts of one identifier, lower-cased, not stemmed: "HTTPServer2" → http, server2.
std::vector<std::string> IdentifierParts(std::string_view identifier);

// True for English words that say nothing about which API is meant ("the", "which").
bool IsStopWord(std::string_view lower_case_word);

// An upper bound of the tokens that common tokenizers make of the text: no
// three-letter piece of a word, no mark and no line end costs more than one.
size_t EstimateTokens(std::string_view text);

}  // namespace inhouse
