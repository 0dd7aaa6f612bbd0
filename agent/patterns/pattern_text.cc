#include "agent/patterns/pattern_text.h"

#include <algorithm>
#include <vector>

#include "agent/identifiers.h"
#include "agent/patterns/line_changes.h"
#include "agent/python_text.h"
#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

constexpr size_t kMaxRequestBytes = 1500;
constexpr size_t kMaxEditLines = 24;

struct Line {
  std::string_view text;
  std::string_view masked;  // literals and comments as blanks
  size_t begin = 0;
};

std::vector<Line> LinesOf(std::string_view script, std::string_view masked) {
  std::vector<Line> lines;
  for (size_t at = 0; at < script.size();) {
    const size_t end = std::min(script.find('\n', at), script.size());
    lines.push_back({script.substr(at, end - at), masked.substr(at, end - at), at});
    at = end + 1;
  }
  return lines;
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

// A triple-quoted literal that stands alone is documentation.
bool StandsAlone(const StringLiteral& literal, std::string_view masked) {
  const size_t begin = masked.rfind('\n', literal.begin) + 1;  // npos + 1: the first line
  const size_t end = std::min(masked.find('\n', literal.end), masked.size());
  return literal.triple && IsBlank(masked.substr(begin, literal.begin - begin)) &&
         IsBlank(masked.substr(literal.end, end - literal.end));
}

// Without comments, documentation and empty lines.
std::string Bare(std::string_view script) {
  PythonText text = ScanPython(script);
  std::string kept(script);
  for (const StringLiteral& literal : text.strings) {
    const bool documents = StandsAlone(literal, text.masked);
    for (size_t i = literal.begin; i < literal.end; ++i) {
      if (documents && kept[i] != '\n') kept[i] = ' ';
      if (!documents) text.masked[i] = 'x';
    }
    if (documents)
      std::fill(text.masked.begin() + static_cast<std::ptrdiff_t>(literal.begin),
                text.masked.begin() + static_cast<std::ptrdiff_t>(literal.end), ' ');
  }
  std::string bare;
  for (const Line& line : LinesOf(kept, text.masked)) {
    if (IsBlank(line.masked)) continue;
    // A comment behind code is blank in the mask.
    const size_t last = line.masked.find_last_not_of(" \t\r");
    bare.append(line.text.substr(0, last + 1)).append("\n");
  }
  return bare;
}

bool BeginsBlock(const Line& line) {
  return !line.masked.empty() && line.masked[0] != ' ' && line.masked[0] != '\t' &&
         line.masked[0] != ')' && line.masked[0] != ']' && line.masked[0] != '}';
}

bool IsFunction(std::string_view text) {
  return text.starts_with("def ") || text.starts_with("async def ");
}

// True if one of the calls in the bytes leads to an API of the pattern.
bool CallsHouse(const Pattern& pattern, const std::vector<NameUse>& uses, size_t begin,
                size_t end) {
  return std::any_of(uses.begin(), uses.end(), [&](const NameUse& use) {
    if (use.offset < begin || use.offset >= end || !use.imported) return false;
    return std::any_of(pattern.apis.begin(), pattern.apis.end(),
                       [&](const PatternApi& api) { return api.symbol == use.name; });
  });
}

// Functions without a house call shrink to their first line.
std::string Outline(const Pattern& pattern, const std::string& script) {
  const PythonText text = ScanPython(script);
  const std::vector<Line> lines = LinesOf(script, text.masked);
  const std::vector<NameUse> uses = UsedNames(script);
  std::string outline;
  for (size_t i = 0; i < lines.size();) {
    size_t next = i + 1;
    while (next < lines.size() && !BeginsBlock(lines[next])) ++next;
    const size_t end = next < lines.size() ? lines[next].begin : script.size();
    if (IsFunction(lines[i].text) && !CallsHouse(pattern, uses, lines[i].begin, end)) {
      outline.append(lines[i].text).append("  ...\n");
    } else {
      outline += script.substr(lines[i].begin, end - lines[i].begin);
    }
    i = next;
  }
  return outline;
}

}  // namespace

PatternParts PartsWithin(const Pattern& pattern, size_t token_budget) {
  PatternParts parts;
  parts.request = pattern.request.substr(0, kMaxRequestBytes);
  if (!pattern.before.empty()) {
    parts.edits = ChangedLines(pattern.before, pattern.script, kMaxEditLines);
  }
  const size_t beside = EstimateTokens(parts.request) + EstimateTokens(parts.edits);
  const auto fits = [&](const std::string& script) {
    return beside + EstimateTokens(script) <= token_budget;
  };
  if (fits(pattern.script)) {
    parts.script = pattern.script;
    return parts;
  }
  const std::string bare = Bare(pattern.script);
  if (fits(bare)) {
    parts.script = bare;
    return parts;
  }
  std::string outline = Outline(pattern, bare);
  if (fits(outline)) parts.script = std::move(outline);
  return parts;
}

}  // namespace inhouse
