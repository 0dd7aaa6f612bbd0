#include "indexer/python/ignore_rules.h"

#include <algorithm>
#include <optional>

namespace inhouse {
namespace {

constexpr size_t kMaxPatterns = 10'000;
constexpr size_t kMaxPatternBytes = 1'000;
constexpr size_t kNone = std::string_view::npos;

// Whether `c` is in "[:name:]"; nothing for an unknown name.
std::optional<bool> InNamedClass(std::string_view name, unsigned char c) {
  const bool digit = c >= '0' && c <= '9';
  const bool lower = c >= 'a' && c <= 'z';
  const bool upper = c >= 'A' && c <= 'Z';
  const bool printed = c > 32 && c < 127;
  if (name == "digit") return digit;
  if (name == "lower") return lower;
  if (name == "upper") return upper;
  if (name == "alpha") return lower || upper;
  if (name == "alnum") return lower || upper || digit;
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return c < 32 || c == 127;
  if (name == "graph") return printed;
  if (name == "print") return printed || c == ' ';
  if (name == "space") return c == ' ' || (c >= 9 && c <= 13);
  if (name == "xdigit") return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  if (name == "punct") return printed && !lower && !upper && !digit;
  return std::nullopt;
}

// A bracket expression at glob[*i] == '['. Leaves *i after it; kNone in *i when
// it is never closed or names an unknown class (then nothing matches).
bool BracketMatches(std::string_view glob, size_t* i, unsigned char c) {
  size_t at = *i + 1;
  const bool negated = at < glob.size() && (glob[at] == '!' || glob[at] == '^');
  if (negated) ++at;
  bool found = false;
  for (bool first = true;; first = false) {
    if (at >= glob.size()) {
      *i = kNone;
      return false;
    }
    if (glob[at] == ']' && !first) break;
    if (glob.substr(at, 2) == "[:") {
      const size_t end = glob.find(":]", at + 2);
      if (end != kNone) {
        const std::optional<bool> in = InNamedClass(glob.substr(at + 2, end - at - 2), c);
        if (!in) {
          *i = kNone;
          return false;
        }
        found |= *in;
        at = end + 2;
        continue;
      }
    }
    if (glob[at] == '\\' && at + 1 < glob.size()) ++at;
    const auto low = static_cast<unsigned char>(glob[at++]);
    unsigned char high = low;
    if (at + 1 < glob.size() && glob[at] == '-' && glob[at + 1] != ']') {
      at += glob[at + 1] == '\\' && at + 2 < glob.size() ? 2 : 1;
      high = static_cast<unsigned char>(glob[at++]);
    }
    found |= c == low || (c >= low && c <= high);  // of "[z-a]" git takes the z
  }
  *i = at + 1;
  return found != negated && c != '/';
}

// One glob element other than '*' against one byte; moves *g on.
bool ElementMatches(std::string_view glob, size_t* g, char c) {
  switch (glob[*g]) {
    case '?': ++*g; return c != '/';
    case '[': return BracketMatches(glob, g, static_cast<unsigned char>(c)) && *g != kNone;
    case '\\':
      if (*g + 1 < glob.size()) ++*g;
      [[fallthrough]];
    default: return glob[(*g)++] == c;
  }
}

}  // namespace

// Two places to go back to: the last "*" (grows within one part) and the last
// "**/" (grows by whole parts). Growing the inner one first is enough, as for
// plain globs: a later star subsumes what an earlier one could still take.
bool GlobMatches(std::string_view glob, std::string_view path) {
  size_t g = 0, p = 0;
  size_t star_g = kNone, star_p = 0, deep_g = kNone, deep_p = 0;
  while (true) {
    if (g < glob.size() && glob[g] == '*') {
      const bool at_start = g == 0 || glob[g - 1] == '/';
      const size_t stars_end = std::min(glob.find_first_not_of('*', g), glob.size());
      const bool crosses = at_start && stars_end - g >= 2;
      g = stars_end;
      if (crosses && g == glob.size()) return true;
      if (crosses && glob[g] == '/') {
        deep_g = ++g;
        deep_p = p;
        star_g = kNone;
        continue;
      }
      star_g = g;
      star_p = p;
      continue;
    }
    if (p == path.size() && g == glob.size()) return true;
    if (p < path.size() && g < glob.size()) {
      size_t next = g;
      if (ElementMatches(glob, &next, path[p])) {
        g = next;
        ++p;
        continue;
      }
    }
    if (star_g != kNone && star_p < path.size() && path[star_p] != '/') {
      p = ++star_p;
      g = star_g;
      continue;
    }
    const size_t slash = deep_g == kNone ? kNone : path.find('/', deep_p);
    if (slash == kNone) return false;
    deep_p = p = slash + 1;
    g = deep_g;
    star_g = kNone;
  }
}

IgnoreFile::IgnoreFile(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (int number = 1; !text.empty() && patterns_.size() < kMaxPatterns; ++number) {
    const size_t end = text.find('\n');
    Add(text.substr(0, end), number);
    text.remove_prefix(end == kNone ? text.size() : end + 1);
  }
}

void IgnoreFile::Add(std::string_view line, int number) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  while (!line.empty() && line.back() == ' ' && !line.ends_with("\\ ")) line.remove_suffix(1);
  if (line.empty() || line[0] == '#' || line.size() > kMaxPatternBytes) return;
  Pattern pattern;
  pattern.line = number;
  pattern.keep = line[0] == '!';
  if (pattern.keep) line.remove_prefix(1);
  pattern.folders_only = line.ends_with('/');
  if (pattern.folders_only) line.remove_suffix(1);
  pattern.anchored = line.find('/') != kNone;
  if (line.starts_with('/')) line.remove_prefix(1);
  if (line.empty()) return;
  pattern.glob = line;
  pattern.plain = std::min(line.find_first_of("*?[\\"), line.size());
  patterns_.push_back(std::move(pattern));
}

bool IgnoreFile::Matches(const Pattern& pattern, std::string_view path, std::string_view name) {
  std::string_view subject = pattern.anchored ? path : name;
  std::string_view glob = pattern.glob;
  if (pattern.plain == glob.size()) return subject == glob;
  if (!pattern.anchored) return GlobMatches(glob, subject);
  // As git does: what stands before the first wildcard is compared, the rest is
  // a pattern of its own. So "a**/b" crosses folders although "x*a**/b" does not.
  if (!subject.starts_with(glob.substr(0, pattern.plain))) return false;
  return GlobMatches(glob.substr(pattern.plain), subject.substr(pattern.plain));
}

IgnoreFile::Match IgnoreFile::Judge(std::string_view path, bool is_folder) const {
  const size_t slash = path.rfind('/');
  const std::string_view name = slash == kNone ? path : path.substr(slash + 1);
  for (auto it = patterns_.rbegin(); it != patterns_.rend(); ++it) {
    if (it->folders_only && !is_folder) continue;
    if (Matches(*it, path, name)) {
      return {it->keep ? Verdict::kKeep : Verdict::kIgnore, it->line};
    }
  }
  return {};
}

}  // namespace inhouse
