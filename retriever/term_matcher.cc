#include "retriever/term_matcher.h"

#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

// A query's memory of words; beyond, they are looked at anew.
constexpr size_t kMaxRememberedWords = 20'000;
// "touch" is half of "touchpoint"; shorter words begin too many others.
constexpr size_t kMinStart = 4;

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || IsUpper(c) || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

size_t StartOf(char first, char second) {
  const auto lower = [](char c) {
    return static_cast<unsigned char>(IsUpper(c) ? c - 'A' + 'a' : c);
  };
  return size_t{lower(first)} << 8 | size_t{lower(second)};
}

}  // namespace

TermMatcher::TermMatcher(const ParsedQuery& query) {
  for (size_t i = 0; i < query.terms.size() && i < 64; ++i) {
    const uint64_t bit = uint64_t{1} << i;
    terms_[query.terms[i].term].exact |= bit;
    AllowStart(query.terms[i].term);
    for (const std::string& same : query.terms[i].same) {
      terms_[same].exact |= bit;
      AllowStart(same);
    }
    if (query.terms[i].term.size() >= kMinStart) long_terms_.emplace_back(query.terms[i].term, bit);
    for (const std::string& related : query.terms[i].related) {
      terms_[related].related |= bit;
      AllowStart(related);
    }
    for (const std::string& form : query.terms[i].short_forms) short_forms_[form] |= bit;
  }
}

void TermMatcher::AllowStart(std::string_view term) {
  if (term.size() >= 2) starts_.set(StartOf(term[0], term[1]));
}

// A part of an identifier begins at its start, after '_', at a capital.
bool TermMatcher::MayMatch(std::string_view word) const {
  for (size_t i = 0; i + 1 < word.size(); ++i) {
    const bool begins = i == 0 || word[i - 1] == '_' || IsUpper(word[i]);
    if (begins && starts_.test(StartOf(word[i], word[i + 1]))) return true;
  }
  return false;
}

TermMask TermMatcher::OfTerm(const std::string& term) const {
  const auto at = terms_.find(term);
  TermMask mask = at == terms_.end() ? TermMask{} : at->second;
  for (const auto& [start, bit] : long_terms_) {
    if (term.size() > start.size() + 1 && term.starts_with(start)) mask.related |= bit;
  }
  return mask;
}

TermMask TermMatcher::OfNamePart(const std::string& part) const {
  TermMask mask = OfTerm(part);
  const auto at = short_forms_.find(part);
  if (at != short_forms_.end()) mask.related |= at->second;
  return mask;
}

TermMask TermMatcher::OfWord(std::string_view word) {
  const auto [at, added] = words_.try_emplace(std::string(word));
  if (added) {
    for (const std::string& term : Terms(word)) at->second = at->second | OfTerm(term);
  }
  return at->second;
}

TermMask TermMatcher::Match(std::string_view text) {
  TermMask mask;
  if (words_.size() > kMaxRememberedWords) words_.clear();
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    while (i < text.size() && IsWordByte(text[i])) ++i;
    const std::string_view word = text.substr(begin, i - begin);
    if (word.size() >= 2 && MayMatch(word)) mask = mask | OfWord(word);
    i += i == begin ? 1 : 0;
  }
  return mask;
}

}  // namespace inhouse
