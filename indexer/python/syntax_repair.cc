#include "indexer/python/syntax_repair.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace inhouse {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr size_t kMaxLooks = 32;  // at each byte, on average

// Words that begin a statement and never a continuation line.
constexpr std::array<std::string_view, 16> kStatementWords = {
    "def",  "class", "import", "return", "raise",  "try",     "while", "with",
    "pass", "del",   "assert", "global", "except", "finally", "break", "continue"};

bool IsWordByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string_view FirstWord(std::string_view line) {
  size_t end = 0;
  while (end < line.size() && IsWordByte(line[end])) ++end;
  return line.substr(0, end);
}

bool IsMergeMarker(std::string_view line) {
  return line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") ||
         line.starts_with("||||||| ") || line == "=======" || line == "=======\r";
}

// "def name(" or "class Name:" / "class Name(", also with "async": what is
// hardly ever a line of prose.
bool IsDefinition(std::string_view line) {
  if (line.starts_with("async ")) line.remove_prefix(6);
  const std::string_view word = FirstWord(line);
  if (word != "def" && word != "class") return false;
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  const std::string_view name = FirstWord(line);
  line.remove_prefix(name.size());
  return !name.empty() && !line.empty() && (line[0] == '(' || line[0] == ':' || line[0] == '[');
}

bool StartsStatement(std::string_view line) {
  const std::string_view word = FirstWord(line);
  if (word == "from") return line.find(" import ") != kNone;
  if (word == "async") return line.starts_with("async def ");
  if (std::find(kStatementWords.begin(), kStatementWords.end(), word) == kStatementWords.end()) {
    return false;
  }
  const std::string_view rest = line.substr(word.size());
  return rest.empty() || rest[0] == ' ' || rest[0] == ':' || rest[0] == '\r';
}

bool EndsWithColon(std::string_view line) {
  const size_t last = line.find_last_not_of(" \t\r");
  return last != kNone && line[last] == ':';
}

class Repair {
 public:
  explicit Repair(std::string_view text) : text_(text), out_(text) {}

  std::string Run() {
    // What is never closed is sought up to the end, again and again: after so
    // much work the rest stays as it is.
    const size_t most = kMaxLooks * text_.size();
    for (size_t at = 0; at < text_.size() && looked_at_ <= most;) at = Statement(at);
    return std::move(out_);
  }

  std::string RunOnTypeDefaults() {
    for (size_t line = 0; line < text_.size(); line = NextLine(line)) BlankTypeDefaults(line);
    return std::move(out_);
  }

  std::string RunOnLineAt(size_t at) {
    const size_t before = at == 0 ? kNone : text_.rfind('\n', at - 1);
    BlankLine(before == kNone ? 0 : before + 1);
    return std::move(out_);
  }

 private:
  size_t LineEnd(size_t at) const { return std::min(text_.find('\n', at), text_.size()); }
  size_t NextLine(size_t at) const { return std::min(LineEnd(at) + 1, text_.size()); }
  size_t Indent(size_t line) const {
    size_t at = line;
    while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\f')) ++at;
    return at - line;
  }
  std::string_view Line(size_t at) const { return text_.substr(at, LineEnd(at) - at); }
  std::string_view Words(size_t line) const {
    const std::string_view whole = Line(line);
    return whole.substr(std::min(Indent(line), whole.size()));
  }

  void Blank(size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      if (out_[i] != '\n' && out_[i] != '\r') out_[i] = ' ';
    }
  }

  // Blanks the physical line at `line`, leaving something that keeps the
  // suite or the header around it whole.
  void BlankLine(size_t line) {
    const size_t begin = line + Indent(line);
    const size_t end = LineEnd(line);
    const std::string header = HeaderInstead(text_.substr(begin, end - begin));
    Blank(begin, end);
    if (header.size() <= end - begin) out_.replace(begin, header.size(), header);
  }

  static std::string HeaderInstead(std::string_view line) {
    const std::string_view word = FirstWord(line);
    if (word != "def" && word != "class") return EndsWithColon(line) ? "if 1:" : "pass";
    const std::string_view name = FirstWord(line.substr(std::min(word.size() + 1, line.size())));
    std::string header = std::string(word) + " " + std::string(name) + "():";
    return header.size() <= line.size() && !name.empty() ? header : "if 1:";
  }

  // The statement that begins on the line at `start` did not end before
  // `resume`, which begins another: blank it, but keep lines in between that
  // stand at its own level.
  size_t GiveUp(size_t start, size_t resume) {
    BlankLine(start);
    for (size_t line = NextLine(start); line < resume; line = NextLine(line)) {
      if (Indent(line) > Indent(start) || FirstWord(Words(line)).empty()) {
        Blank(line, std::min(LineEnd(line), resume));
      }
    }
    return resume;
  }

  // "class Box[T = int]:" is sound since Python 3.13 (PEP 696), but not to the
  // grammar: the defaults of type parameters go.
  void BlankTypeDefaults(size_t line) {
    const std::string_view words = Line(line).substr(std::min(Indent(line), Line(line).size()));
    const std::string_view word = FirstWord(words);
    if (word != "class" && word != "def" && word != "type") return;
    const std::string_view name = FirstWord(words.substr(std::min(word.size() + 1, words.size())));
    size_t at = line + Indent(line) + word.size() + 1 + name.size();
    if (name.empty() || at >= text_.size() || text_[at] != '[') return;
    size_t blank_from = kNone;
    int depth = 0;
    for (const size_t end = LineEnd(line); at < end; ++at) {
      const char c = text_[at];
      const bool closes = c == ']' || c == ')';
      if (depth == 1 && (c == ',' || closes) && blank_from != kNone) {
        Blank(blank_from, at);
        blank_from = kNone;
      }
      if (c == '[' || c == '(') ++depth;
      if (closes && --depth == 0) return;
      if (c == '=' && depth == 1) blank_from = at;
    }
  }

  // Reads one logical line; returns where the next one begins.
  size_t Statement(size_t start) {
    size_t end = start;
    const size_t next = LogicalLine(start, &end);
    looked_at_ += std::max(end, next) - start;
    return next;
  }

  // `end`: how far it looked.
  size_t LogicalLine(size_t start, size_t* end) {
    if (IsMergeMarker(Line(start))) {
      Blank(start, LineEnd(start));
      return NextLine(start);
    }
    BlankTypeDefaults(start);
    size_t depth = 0;
    for (size_t at = start; at < text_.size(); *end = at) {
      const char c = text_[at];
      if (c == '#') {
        at = LineEnd(at);
      } else if (c == '\\') {
        at += text_.substr(at).starts_with("\\\r\n") ? 3 : 2;
      } else if (c == '"' || c == '\'') {
        const size_t close = StringEnd(start, at);
        if (close == kNone) return GiveUp(start, AfterOpenString(start));
        at = close;
      } else if (c == '(' || c == '[' || c == '{') {
        ++depth;
        ++at;
      } else if (c == ')' || c == ']' || c == '}') {
        if (depth == 0) return GiveUp(start, NextLine(at));
        --depth;
        ++at;
      } else if (c == '\n') {
        ++at;
        if (depth == 0) return at;
        if (StartsStatement(Words(at))) return GiveUp(start, at);
      } else {
        ++at;
      }
    }
    return depth == 0 ? text_.size() : GiveUp(start, NextLine(start));
  }

  // The end of the string literal that opens at `at`; kNone if it has none.
  size_t StringEnd(size_t start, size_t at) {
    const std::string_view quote = text_.substr(at, 1);
    const bool triple = text_.substr(at, 3) == std::string(3, quote[0]);
    size_t i = at + (triple ? 3 : 1);
    for (; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote[0] && (!triple || text_.substr(i, 3) == text_.substr(at, 3))) {
        break;
      } else if (text_[i] == '\n' && (!triple || EndsDocstring(start, at, i + 1))) {
        looked_at_ += i - at;
        return kNone;
      }
    }
    looked_at_ += i - at;
    return i < text_.size() ? i + (triple ? 3 : 1) : kNone;
  }

  // A definition to the left of a docstring, inside it: its end is missing.
  bool EndsDocstring(size_t start, size_t quote, size_t line) const {
    const size_t indent = Indent(start);
    return quote == start + indent && Indent(line) < std::max<size_t>(indent, 1) &&
           IsDefinition(Words(line));
  }

  size_t AfterOpenString(size_t start) const {
    const std::string_view first = Line(start);
    const bool triple = first.find("\"\"\"") != kNone || first.find("'''") != kNone;
    size_t line = NextLine(start);
    if (!triple) return line;
    while (line < text_.size() && (Indent(line) > Indent(start) || !IsDefinition(Words(line)))) {
      line = NextLine(line);
    }
    return line;
  }

  std::string_view text_;
  std::string out_;
  size_t looked_at_ = 0;  // bytes, each time that they were
};

}  // namespace

std::string BlankBrokenStatements(std::string_view text) { return Repair(text).Run(); }

std::string BlankTypeDefaults(std::string_view text) { return Repair(text).RunOnTypeDefaults(); }

std::string BlankLineAt(std::string_view text, size_t at) {
  return at < text.size() ? Repair(text).RunOnLineAt(at) : std::string(text);
}

}  // namespace inhouse
