// Patterns of .gitignore and .inhouseignore files, with git's own semantics
// (gitignore(5)): the last matching pattern decides, "!" brings back, a slash
// in the beginning or middle anchors, a slash at the end means folders only,
// "**" crosses folders.
//
// One IgnoreFile is the content of one such file and judges paths relative to
// the folder that the file lies in. Pure values; safe from any thread. Matching
// takes time linear in path length times stars of the pattern.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

enum class Verdict : uint8_t { kNone, kIgnore, kKeep };

class IgnoreFile {
 public:
  IgnoreFile() = default;
  // `text`: the file's content. More than 10,000 patterns are cut.
  explicit IgnoreFile(std::string_view text);

  struct Match {
    Verdict verdict = Verdict::kNone;
    int line = 0;  // 1-based, of the pattern that decided
  };
  // `path`: relative to the ignore file's folder, '/' between parts, no slash
  // at either end. Says nothing about the path's parents: ask for those first.
  Match Judge(std::string_view path, bool is_folder) const;

  bool empty() const { return patterns_.empty(); }

 private:
  struct Pattern {
    std::string glob;
    int line = 0;
    bool keep = false;          // "!pattern"
    bool folders_only = false;  // "pattern/"
    bool anchored = false;      // matches the whole path, not the last part alone
    size_t plain = 0;           // length of what stands before the first wildcard
  };
  void Add(std::string_view line, int number);
  static bool Matches(const Pattern& pattern, std::string_view path, std::string_view name);

  std::vector<Pattern> patterns_;
};

// wildmatch with WM_PATHNAME: "*", "?" and "[…]" do not match '/', "**/",
// "/**" and "/**/" cross folders. Backslash escapes.
bool GlobMatches(std::string_view glob, std::string_view path);

}  // namespace inhouse
