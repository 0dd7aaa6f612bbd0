#include "indexer/chunk/terms.h"

#include <libstemmer.h>

#include <algorithm>
#include <array>

#include "indexer/base/check.h"

namespace inhouse {
namespace {

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWide(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool IsWordByte(char c) { return IsLower(c) || IsUpper(c) || IsDigit(c) || IsWide(c) || c == '_'; }

char Lower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// True if a new part of a camel-case word begins at i: "writeAudience",
// "HTTPServer" (before the S).
bool PartBegins(std::string_view word, size_t i) {
  if (!IsUpper(word[i])) return false;
  const char before = word[i - 1];
  if (IsLower(before) || IsDigit(before)) return true;
  return IsUpper(before) && i + 1 < word.size() && IsLower(word[i + 1]);
}

void AddTerm(std::string term, std::vector<std::string>* terms) {
  if (term.size() < 2) return;
  if (term.size() > kMaxTermBytes) term.resize(kMaxTermBytes);
  terms->push_back(std::move(term));
}

}  // namespace

void Stemmer::Delete::operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }

Stemmer::Stemmer() : stemmer_(sb_stemmer_new("english", "UTF_8")) { CHECK(stemmer_ != nullptr); }

std::string Stemmer::Stem(const std::string& word) {
  const auto* bytes = reinterpret_cast<const sb_symbol*>(word.data());
  const sb_symbol* stem = sb_stemmer_stem(stemmer_.get(), bytes, static_cast<int>(word.size()));
  if (stem == nullptr) return word;  // out of memory
  return {reinterpret_cast<const char*>(stem),
          static_cast<size_t>(sb_stemmer_length(stemmer_.get()))};
}

std::vector<std::string> IdentifierParts(std::string_view identifier) {
  std::vector<std::string> parts;
  std::string part;
  for (size_t i = 0; i < identifier.size(); ++i) {
    const char c = identifier[i];
    const bool mark = !IsWordByte(c) || c == '_';
    if (!part.empty() && (mark || PartBegins(identifier, i))) {
      parts.push_back(std::move(part));
      part.clear();
    }
    if (!mark) part.push_back(Lower(c));
  }
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

std::vector<std::string> Terms(std::string_view text) {
  Stemmer stemmer;
  return Terms(text, stemmer);
}

std::vector<std::string> Terms(std::string_view text, Stemmer& stemmer) {
  std::vector<std::string> terms;
  for (size_t i = 0; i < text.size();) {
    if (!IsWordByte(text[i])) {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < text.size() && IsWordByte(text[i])) ++i;
    const std::vector<std::string> parts = IdentifierParts(text.substr(begin, i - begin));
    std::string joined;
    for (const std::string& part : parts) {
      joined += part;
      AddTerm(part.size() <= kMaxTermBytes ? stemmer.Stem(part) : part, &terms);
    }
    if (parts.size() > 1) AddTerm(std::move(joined), &terms);
  }
  return terms;
}

bool IsStopWord(std::string_view word) {
  static constexpr std::array<std::string_view, 88> kWords = {
      "a",    "about", "again", "all",   "also",  "an",   "and",    "any",    "are",   "as",
      "at",   "be",    "been",  "but",   "by",    "can",  "could",  "do",     "does",  "doing",
      "each", "every", "for",   "from",  "get",   "give", "had",    "has",    "have",  "how",
      "i",    "if",    "in",    "into",  "is",    "it",   "its",    "just",   "like",  "make",
      "me",   "more",  "my",    "need",  "no",    "not",  "of",     "off",    "on",    "one",
      "only", "or",    "our",   "out",   "over",  "own",  "please", "should", "so",    "some",
      "such", "than",  "that",  "the",   "their", "them", "then",   "there",  "these", "they",
      "this", "those", "to",    "too",   "up",    "us",   "use",    "using",  "want",  "was",
      "we",   "what",  "when",  "where", "which", "who",  "with",   "you"};
  static_assert(std::is_sorted(kWords.begin(), kWords.end()));
  return std::binary_search(kWords.begin(), kWords.end(), word);
}

size_t EstimateTokens(std::string_view text) {
  size_t tokens = 0;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const size_t begin = i;
    if (IsLower(c) || IsUpper(c) || IsDigit(c)) {
      while (i < text.size() && IsWordByte(text[i]) && text[i] != '_' && !IsWide(text[i])) ++i;
      tokens += (i - begin + 2) / 3;
    } else if (c == ' ') {
      while (i < text.size() && text[i] == ' ') ++i;
      // One blank belongs to the word after it.
      tokens += i - begin > 1 ? 1 + (i - begin) / 16 : 0;
    } else {
      ++i;
      ++tokens;
    }
  }
  return tokens;
}

}  // namespace inhouse
