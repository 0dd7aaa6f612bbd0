#include "agent/patterns/pattern.h"

#include <algorithm>

#include "agent/python_text.h"
#include "indexer/base/digest.h"
#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

constexpr size_t kNameWords = 5;
constexpr size_t kNameBytes = 60;
constexpr size_t kDigestDigits = 8;

bool IsWordByte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// The next run of letters and digits, lower-cased; moves `at` behind it.
std::string NextWord(std::string_view text, size_t* at) {
  std::string word;
  for (; *at < text.size(); ++*at) {
    char c = text[*at];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (IsWordByte(c)) {
      word.push_back(c);
    } else if (!word.empty()) {
      break;
    }
  }
  return word;
}

// Without blanks at its end.
std::string_view Stripped(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) {
    line.remove_suffix(1);
  }
  return line;
}

}  // namespace

std::string ScriptDigest(std::string_view script) {
  // Comments are blanks in the masked text; literals keep their own bytes.
  const PythonText text = ScanPython(script);
  std::string bare(text.masked);
  for (const StringLiteral& literal : text.strings) {
    for (size_t i = literal.body_begin; i < literal.body_end; ++i) bare[i] = script[i];
  }
  std::string normal;
  for (size_t at = 0; at < bare.size();) {
    const size_t end = std::min(bare.find('\n', at), bare.size());
    const std::string_view line = Stripped(std::string_view(bare).substr(at, end - at));
    if (!line.empty()) normal.append(line).append("\n");
    at = end + 1;
  }
  return Sha256Hex(normal);
}

std::string PatternName(std::string_view request, std::string_view script) {
  std::string name;
  size_t words = 0;
  for (size_t at = 0; at < request.size() && words < kNameWords && name.size() < kNameBytes;) {
    const std::string word = NextWord(request, &at);
    if (word.size() < 2 || IsStopWord(word)) continue;
    name.append(word.substr(0, kNameBytes / kNameWords)).append("-");
    ++words;
  }
  return name + ScriptDigest(script).substr(0, kDigestDigits);
}

}  // namespace inhouse
