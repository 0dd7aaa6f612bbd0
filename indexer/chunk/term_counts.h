// How often each term (terms.h) stands in the fields of a chunk, by numbers:
// words repeat, so each is taken apart once. What full text and vectors are
// made of.
//
// A TermReader belongs to one thread and numbers terms as it meets them; a
// TermNumbers joins the numbers of several readers. Numbers begin at 0.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/chunk/chunk.h"
#include "indexer/chunk/terms.h"

namespace inhouse {

struct TermCount {
  uint32_t term = 0;
  // Occurrences; 65,535 stands for more.
  uint16_t name = 0, signature = 0, doc = 0, body = 0;
  uint16_t body_begin = 0;  // in the first bytes of the body
};

struct ChunkTerms {
  std::vector<TermCount> counts;  // each term once, in the order of its first occurrence
  uint32_t length = 0;            // terms of the four fields, each time they occur
};

class TermReader {
 public:
  // `body_begin_bytes`: how much of a body counts as its begin.
  explicit TermReader(size_t body_begin_bytes) : body_begin_bytes_(body_begin_bytes) {}

  ChunkTerms Read(const Chunk& chunk);
  // The terms numbered since the last call, in the order of their numbers.
  std::vector<std::string> TakeNewTerms();

 private:
  struct Word {
    uint64_t hash = 0;  // 0: a free slot
    uint32_t text = 0;  // where it begins in texts_
    uint32_t size = 0;
    uint32_t first = 0;  // of its terms, in terms_of_words_
    uint32_t count = 0;
  };

  template <typename Count>
  void ForEachTerm(std::string_view text, Count count);
  template <typename Count>
  void CountWord(std::string_view word, Count count);
  const Word& Look(std::string_view word);
  uint32_t NumberOf(std::string term);
  void CountField(std::string_view text, uint16_t TermCount::*field, ChunkTerms* out);

  const size_t body_begin_bytes_;
  Word& SlotOf(std::string_view word, uint64_t hash);
  void Grow();
  void Forget();

  std::vector<Word> words_;  // open addressing; a power of two, at most half full
  size_t word_count_ = 0;
  std::string texts_;
  std::vector<uint32_t> terms_of_words_;
  Stemmer stemmer_;
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<std::string> new_terms_;
  // Where a term stands in the chunk being read: chunk number and place.
  struct Place {
    uint32_t chunk = 0;
    uint32_t place = 0;
  };
  std::vector<Place> places_;
  uint32_t chunk_ = 0;
};

class TermNumbers {
 public:
  uint32_t NumberOf(std::string_view term);
  // `new_terms` are those that reader `reader` has numbered since its last call;
  // afterwards the chunk's terms are this vocabulary's.
  void Extend(size_t reader, const std::vector<std::string>& new_terms);
  void Translate(size_t reader, ChunkTerms* terms) const;
  // By number. Valid until the next term is added.
  const std::vector<std::string_view>& terms() const { return terms_; }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const;
  };
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> numbers_;
  std::vector<std::string_view> terms_;         // keys of numbers_
  std::vector<std::vector<uint32_t>> readers_;  // number of a reader → ours
};

}  // namespace inhouse
