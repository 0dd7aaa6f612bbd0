#include "agent/identifiers.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "agent/python_text.h"

namespace inhouse {
namespace {

constexpr size_t kMaxUses = 2000;

bool IsStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsPart(char c) { return IsStart(c) || (c >= '0' && c <= '9'); }

using Aliases = std::map<std::string, std::string, std::less<>>;

std::vector<std::string> Words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// "a.b as c, d": each item's dotted name and the local name that it binds.
void BindItems(std::string_view items, const std::string& from, Aliases* aliases) {
  std::istringstream stream{std::string(items)};
  for (std::string item; std::getline(stream, item, ',');) {
    std::erase_if(item, [](char c) { return c == '(' || c == ')'; });
    const std::vector<std::string> words = Words(item);
    if (words.empty() || words[0] == "*") continue;
    const bool renamed = words.size() == 3 && words[1] == "as";
    if (!from.empty()) {
      (*aliases)[renamed ? words[2] : words[0]] = from + "." + words[0];
    } else if (renamed) {
      (*aliases)[words[2]] = words[0];
    } else {
      const std::string root = words[0].substr(0, words[0].find('.'));
      (*aliases)[root] = root;
    }
  }
}

// The statement at `begin`: to the end of its line, or of its brackets.
std::string_view Statement(std::string_view text, size_t begin) {
  int depth = 0;
  size_t end = begin;
  for (; end < text.size(); ++end) {
    if (text[end] == '(') ++depth;
    if (text[end] == ')') --depth;
    if ((text[end] == '\n' || text[end] == ';') && depth <= 0) break;
  }
  return text.substr(begin, end - begin);
}

void BindStatement(std::string_view statement, Aliases* aliases) {
  if (statement.starts_with("import ")) {
    BindItems(statement.substr(7), "", aliases);
  } else if (const size_t import = statement.find(" import "); import != std::string_view::npos) {
    const std::vector<std::string> words = Words(statement.substr(0, import));
    if (words.size() == 2 && words[0] == "from") {
      BindItems(statement.substr(import + 8), words[1], aliases);
    }
  }
}

struct ImportsFound {
  Aliases aliases;
  std::string rest;  // the text without the import statements
};

ImportsFound TakeImports(std::string masked) {
  ImportsFound found;
  for (size_t line = 0; line < masked.size();) {
    const size_t begin = masked.find_first_not_of(" \t", line);
    if (begin == std::string::npos) break;
    const std::string_view rest = std::string_view(masked).substr(begin);
    size_t end = std::min(masked.find('\n', begin), masked.size());
    if (rest.starts_with("import ") || rest.starts_with("from ")) {
      const std::string_view statement = Statement(masked, begin);
      BindStatement(statement, &found.aliases);
      end = begin + statement.size();
      std::replace_if(
          masked.begin() + static_cast<std::ptrdiff_t>(begin),
          masked.begin() + static_cast<std::ptrdiff_t>(end), [](char c) { return c != '\n'; }, ' ');
    }
    line = end + 1;
  }
  found.rest = std::move(masked);
  return found;
}

class UseReader {
 public:
  UseReader(std::string_view text, const Aliases& aliases) : text_(text), aliases_(aliases) {}

  std::vector<NameUse> Read() {
    for (size_t at = 0; at < text_.size() && uses_.size() < kMaxUses;) at = Next(at);
    return std::move(uses_);
  }

 private:
  size_t Next(size_t at) {
    if (IsStart(text_[at])) return Take(at, at);
    if (text_[at] == '.' && at > 0 && at + 1 < text_.size() && IsStart(text_[at + 1]) &&
        AfterValue(at)) {
      return Take(at, at + 1);
    }
    if (!IsPart(text_[at])) return at + 1;
    while (at < text_.size() && (IsPart(text_[at]) || text_[at] == '.')) ++at;  // a number
    return at;
  }

  // True if what stands before the dot is a value without a name: `f(x).y`, `a[0].y`, `"".y`.
  // The dot may stand on a line of its own.
  bool AfterValue(size_t dot) const {
    const size_t last = text_.substr(0, dot).find_last_not_of(" \t\n\\");
    return last != std::string_view::npos &&
           std::string_view(")]}\"'").find(text_[last]) != std::string_view::npos;
  }

  size_t Take(size_t begin, size_t at) {
    while (at < text_.size() && (IsPart(text_[at]) || (text_[at] == '.' && at + 1 < text_.size() &&
                                                       IsStart(text_[at + 1])))) {
      ++at;
    }
    NameUse use;
    use.offset = begin;
    Resolve(text_.substr(begin, at - begin), &use);
    size_t next = at;
    while (next < text_.size() && text_[next] == ' ') ++next;
    use.is_call = next < text_.size() && text_[next] == '(';
    use.arguments = use.is_call ? next : 0;
    uses_.push_back(std::move(use));
    return at;
  }

  void Resolve(std::string_view written, NameUse* use) const {
    const size_t dot = written.find('.');
    const auto alias = aliases_.find(written.substr(0, dot));
    use->imported = alias != aliases_.end();
    use->name = use->imported ? alias->second : std::string(written.substr(0, dot));
    if (dot != std::string_view::npos) use->name += written.substr(dot);
  }

  std::string_view text_;
  const Aliases& aliases_;
  std::vector<NameUse> uses_;
};

}  // namespace

std::vector<NameUse> UsedNames(std::string_view code) {
  const ImportsFound found = TakeImports(ScanPython(code).masked);
  return UseReader(found.rest, found.aliases).Read();
}

std::vector<std::string> EvidenceNames(std::string_view code, size_t limit) {
  const std::vector<NameUse> uses = UsedNames(code);
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const bool imported : {true, false}) {
    for (const NameUse& use : uses) {
      const bool dotted = use.name.find('.') != std::string::npos && use.name[0] != '.';
      if (use.imported != imported || !dotted || (!imported && !use.is_call)) continue;
      if (names.size() < limit && seen.insert(use.name).second) names.push_back(use.name);
    }
  }
  return names;
}

}  // namespace inhouse
