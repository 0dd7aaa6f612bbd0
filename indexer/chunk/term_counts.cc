#include "indexer/chunk/term_counts.h"

#include <array>
#include <limits>
#include <utility>

#include "indexer/base/check.h"
#include "indexer/base/digest.h"
#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

// Words remembered; beyond, all are forgotten and the most frequent come again.
constexpr size_t kMaxWords = 1'000'000;
constexpr size_t kMaxRememberedWord = 64;
constexpr size_t kFirstSlots = 1 << 12;

constexpr std::array<bool, 256> MakeWordBytes() {
  std::array<bool, 256> bytes{};
  for (size_t c = 0; c < 256; ++c) {
    bytes[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c >= 0x80;
  }
  return bytes;
}
constexpr std::array<bool, 256> kIsWordByte = MakeWordBytes();

bool IsWordByte(char c) { return kIsWordByte[static_cast<unsigned char>(c)]; }

void Increase(uint16_t* count) {
  if (*count < std::numeric_limits<uint16_t>::max()) ++*count;
}

}  // namespace

size_t TermNumbers::Hash::operator()(std::string_view text) const { return Xxh3(text); }

uint32_t TermReader::NumberOf(std::string term) {
  const auto [at, is_new] = numbers_.try_emplace(term, static_cast<uint32_t>(numbers_.size()));
  if (is_new) {
    new_terms_.push_back(std::move(term));
    places_.emplace_back();
  }
  return at->second;
}

TermReader::Word& TermReader::SlotOf(std::string_view word, uint64_t hash) {
  for (size_t at = hash & (words_.size() - 1);; at = (at + 1) & (words_.size() - 1)) {
    Word& slot = words_[at];
    if (slot.hash == 0) return slot;
    if (slot.hash == hash && slot.size == word.size() &&
        texts_.compare(slot.text, slot.size, word) == 0) {
      return slot;
    }
  }
}

void TermReader::Forget() {
  words_.assign(kFirstSlots, {});
  word_count_ = 0;
  texts_.clear();
  terms_of_words_.clear();
}

void TermReader::Grow() {
  std::vector<Word> old = std::exchange(words_, std::vector<Word>(words_.size() * 2));
  for (const Word& word : old) {
    if (word.hash != 0)
      SlotOf(std::string_view(texts_).substr(word.text, word.size), word.hash) = word;
  }
}

const TermReader::Word& TermReader::Look(std::string_view word) {
  const uint64_t hash = Xxh3(word) | 1;
  if (!words_.empty()) {
    const Word& known = SlotOf(word, hash);
    if (known.hash != 0) return known;
  }
  if (words_.empty() || word_count_ >= kMaxWords) Forget();
  if (++word_count_ * 2 > words_.size()) Grow();
  Word entry{hash, static_cast<uint32_t>(texts_.size()), static_cast<uint32_t>(word.size()),
             static_cast<uint32_t>(terms_of_words_.size()), 0};
  texts_ += word;
  for (std::string& term : Terms(word, stemmer_))
    terms_of_words_.push_back(NumberOf(std::move(term)));
  entry.count = static_cast<uint32_t>(terms_of_words_.size()) - entry.first;
  return SlotOf(word, hash) = entry;
}

template <typename Count>
void TermReader::CountWord(std::string_view word, Count count) {
  if (word.size() > kMaxRememberedWord) {
    for (std::string& term : Terms(word, stemmer_)) count(NumberOf(std::move(term)));
    return;
  }
  const Word& entry = Look(word);
  for (uint32_t i = 0; i < entry.count; ++i) count(terms_of_words_[entry.first + i]);
}

template <typename Count>
void TermReader::ForEachTerm(std::string_view text, Count count) {
  for (size_t i = 0; i < text.size();) {
    if (!IsWordByte(text[i])) {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < text.size() && IsWordByte(text[i])) ++i;
    CountWord(text.substr(begin, i - begin), count);
  }
}

void TermReader::CountField(std::string_view text, uint16_t TermCount::*field, ChunkTerms* out) {
  ForEachTerm(text, [&](uint32_t term) {
    Place& place = places_[term];
    if (place.chunk != chunk_) {
      place = {chunk_, static_cast<uint32_t>(out->counts.size())};
      out->counts.push_back({term, 0, 0, 0, 0, 0});
    }
    Increase(&(out->counts[place.place].*field));
    if (field != &TermCount::body_begin) ++out->length;
  });
}

ChunkTerms TermReader::Read(const Chunk& chunk) {
  ++chunk_;
  CHECK(chunk_ != 0);
  ChunkTerms out;
  CountField(chunk.name, &TermCount::name, &out);
  CountField(chunk.signature, &TermCount::signature, &out);
  CountField(chunk.doc, &TermCount::doc, &out);
  CountField(chunk.body, &TermCount::body, &out);
  if (chunk.body.size() <= body_begin_bytes_) {
    for (TermCount& count : out.counts) count.body_begin = count.body;
  } else {
    // The last word may be cut: its pieces are terms of their own.
    CountField(std::string_view(chunk.body).substr(0, body_begin_bytes_), &TermCount::body_begin,
               &out);
  }
  return out;
}

std::vector<std::string> TermReader::TakeNewTerms() { return std::exchange(new_terms_, {}); }

uint32_t TermNumbers::NumberOf(std::string_view term) {
  const auto known = numbers_.find(term);
  if (known != numbers_.end()) return known->second;
  const auto number = static_cast<uint32_t>(terms_.size());
  terms_.push_back(numbers_.emplace(std::string(term), number).first->first);
  return number;
}

void TermNumbers::Extend(size_t reader, const std::vector<std::string>& new_terms) {
  if (readers_.size() <= reader) readers_.resize(reader + 1);
  for (const std::string& term : new_terms) readers_[reader].push_back(NumberOf(term));
}

void TermNumbers::Translate(size_t reader, ChunkTerms* terms) const {
  for (TermCount& count : terms->counts) count.term = readers_[reader][count.term];
}

}  // namespace inhouse
