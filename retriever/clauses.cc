#include "retriever/clauses.h"

namespace inhouse {
namespace {

constexpr size_t kMaxClauses = 20;
constexpr size_t kMinClauseWords = 3;

// Length of what ends a clause at `at`: a mark, or a word between two wishes.
size_t SeparatorAt(std::string_view text, size_t at) {
  const char c = text[at];
  if (c == ';' || c == '\n') return 1;
  const bool ends = at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\n';
  if (ends && (c == '.' || c == '!' || c == '?' || c == ',')) return 1;
  if (c != ' ') return 0;
  for (const std::string_view word : {" and ", " with ", " as ", " then ", " but "}) {
    if (text.substr(at).starts_with(word)) return word.size() - 1;
  }
  return 0;
}

size_t CountWords(std::string_view text) {
  size_t words = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    words += text[i] != ' ' && (i == 0 || text[i - 1] == ' ') ? 1 : 0;
  }
  return words;
}

}  // namespace

std::vector<std::string> Clauses(std::string_view text) {
  std::vector<std::string> clauses;
  size_t begin = 0;
  const auto take = [&](size_t end, size_t next) {
    const std::string_view clause = text.substr(begin, end - begin);
    if (clauses.size() < kMaxClauses && CountWords(clause) >= kMinClauseWords) {
      clauses.emplace_back(clause);
    }
    begin = next;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t mark = SeparatorAt(text, i);
    if (mark > 0) take(i, i + mark);
  }
  take(text.size(), text.size());
  return clauses;
}

}  // namespace inhouse
