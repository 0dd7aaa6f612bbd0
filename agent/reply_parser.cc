#include "agent/reply_parser.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/python_text.h"

namespace inhouse {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr int kMaxEmptyBlocks = 8;  // keeps the work linear

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

// One kind of line end, no byte order mark.
std::string Normalise(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string normal;
  normal.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      normal.push_back(text[i]);
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      normal.push_back('\n');
    }
  }
  return normal;
}

size_t LineEnd(std::string_view text, size_t at) {
  return std::min(text.find('\n', at), text.size());
}
size_t NextLine(std::string_view text, size_t at) {
  return std::min(LineEnd(text, at) + 1, text.size());
}

// Where the reply proper begins: after thoughts that a server left in the text.
// npos: the thoughts never end.
size_t SkipThoughts(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\n");
  const bool opened =
      first != std::string_view::npos &&
      (text.substr(first).starts_with("<think>") || text.substr(first).starts_with("<thinking>"));
  for (const std::string_view close : {"</think>", "</thinking>"}) {
    const size_t end = text.find(close);
    if (end == std::string_view::npos) continue;
    // Without its opening (some templates put it into the prompt) it must come before any fence.
    if (opened || text.substr(0, end).find("```") == std::string_view::npos) {
      return end + close.size();
    }
  }
  return opened ? std::string_view::npos : 0;
}

struct Fence {
  size_t begin = 0;    // of the opening line, or of the marks in mid-line
  size_t content = 0;  // after the opening line
  size_t indent = 0;
  char mark = '`';
  size_t count = 0;
  std::string info;  // lower case, trimmed
};

size_t CountMarks(std::string_view text, size_t at, char mark) {
  size_t end = at;
  while (end < text.size() && text[end] == mark) ++end;
  return end - at;
}

// The fence that the line at `line` opens.
std::optional<Fence> OpeningFence(std::string_view text, size_t line) {
  const size_t end = LineEnd(text, line);
  size_t at = std::min(text.find_first_not_of(kBlanks, line), end);
  Fence fence;
  fence.begin = line;
  fence.indent = at - line;
  if (at == end || (text[at] != '`' && text[at] != '~') || CountMarks(text, at, text[at]) < 3) {
    // "Run this: ```python" with nothing after it.
    const size_t marks = text.substr(line, end - line).rfind("```py");
    if (marks == std::string_view::npos) return std::nullopt;
    at = line + marks;
    while (at > line && text[at - 1] == '`') --at;
    fence.begin = at;
    fence.indent = 0;
  }
  fence.mark = text[at];
  fence.count = CountMarks(text, at, fence.mark);
  const std::string_view info = Trim(text.substr(at + fence.count, end - at - fence.count));
  if (info.find('`') != std::string_view::npos) return std::nullopt;  // inline code
  fence.info = LowerCase(info);
  fence.content = std::min(end + 1, text.size());
  return fence;
}

// "{.python title=x}" → "python"
std::string Language(const std::string& info) {
  const size_t begin = info.find_first_not_of("{. \t");
  if (begin == std::string::npos) return "";
  return info.substr(begin, info.find_first_of(" \t,:;{}=", begin) - begin);
}

bool IsPython(const std::string& language) {
  static constexpr std::string_view kNames[] = {"python",  "py",       "python3", "python3.11",
                                                "ipython", "ipython3", "py3"};
  return std::find(std::begin(kNames), std::end(kNames), language) != std::end(kNames);
}

bool HasWord(std::string_view text, std::string_view word) {
  const auto is_letter = [&](size_t i) {
    return i < text.size() && ((text[i] >= 'a' && text[i] <= 'z') || text[i] == '_');
  };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) return true;
  }
  return false;
}

struct Block {
  size_t content_end = 0;  // of the code
  size_t end = 0;          // of the closing fence
  bool closed = false;
};

// True if the line at `line` is a closing fence and nothing else.
bool IsClosingLine(std::string_view text, size_t line, const Fence& fence) {
  const size_t end = LineEnd(text, line);
  const size_t at = text.find_first_not_of(kBlanks, line);
  if (at == std::string_view::npos || at >= end) return false;
  const size_t marks = CountMarks(text, at, fence.mark);
  return marks >= fence.count && Trim(text.substr(at + marks, end - at - marks)).empty();
}

// Closing by lines alone, as Markdown does it. `implicit`: a new Python fence closes, too.
Block CloseByLines(std::string_view text, const Fence& fence, bool implicit) {
  for (size_t line = fence.content; line < text.size(); line = NextLine(text, line)) {
    if (IsClosingLine(text, line, fence)) return {line, LineEnd(text, line), true};
    if (!implicit) continue;
    const std::optional<Fence> other = OpeningFence(text, line);
    if (other && IsPython(Language(other->info))) return {line, line, true};
  }
  return {text.size(), text.size(), false};
}

// Backticks are no Python outside of strings and comments: the first run of
// them there ends the code, wherever it stands. A run inside a docstring is
// the docstring's own.
Block ClosePython(std::string_view text, const Fence& fence) {
  const std::string masked = ScanPython(text.substr(fence.content)).masked;
  if (fence.mark == '`') {
    const size_t at = masked.find(std::string(fence.count, '`'));
    if (at != std::string::npos) {
      const size_t begin = fence.content + at;
      return {begin, begin + CountMarks(text, begin, '`'), true};
    }
  } else {
    Fence inner = fence;
    inner.content = 0;
    Block block = CloseByLines(masked, inner, false);
    if (block.closed) {
      return {fence.content + block.content_end, fence.content + block.end, true};
    }
  }
  return CloseByLines(text, fence, false);  // a string that never ends hid the fence
}

// The lines without the blanks that all of them share.
std::string Dedent(std::string_view code) {
  size_t common = std::string_view::npos;
  for (size_t line = 0; line < code.size(); line = NextLine(code, line)) {
    const size_t end = LineEnd(code, line);
    const size_t first = code.find_first_not_of(kBlanks, line);
    if (first != std::string_view::npos && first < end) common = std::min(common, first - line);
  }
  std::string dedented;
  if (common == std::string_view::npos) return dedented;
  for (size_t line = 0; line < code.size(); line = NextLine(code, line)) {
    const size_t end = LineEnd(code, line);
    dedented += code.substr(std::min(line + common, end), end - std::min(line + common, end));
    if (end < code.size()) dedented.push_back('\n');
  }
  return dedented;
}

// True if the first line that says something could be Python, and not a table or a sentence.
bool LooksLikePython(std::string_view code) {
  static constexpr std::string_view kBegins[] = {"import ", "from ", "def ",    "class ", "print(",
                                                 "for ",    "with ", "if ",     "try:",   "async ",
                                                 "while ",  "@",     "assert ", "\"\"\"", "#"};
  const std::string_view first = Trim(code).substr(0, Trim(code).find('\n'));
  for (const std::string_view begin : kBegins) {
    if (first.starts_with(begin)) return true;
  }
  const size_t name =
      first.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
  if (name == 0 || name == std::string_view::npos) return false;
  const std::string_view rest = first.substr(name);
  return rest.starts_with("(") || rest.starts_with("[") || rest.starts_with(" = ") ||
         rest.starts_with("=") || rest.starts_with(" += ") || rest.starts_with(", ");
}

bool IsFinalMarker(std::string_view line) {
  const std::string lower = LowerCase(Trim(line));
  if (!lower.starts_with("#")) return false;
  const std::string_view words = Trim(std::string_view(lower).substr(1));
  return words.starts_with("final script") || words.starts_with("final_script");
}

// Takes the marker line off a final script; false if there is none.
bool TakeFinalMarker(std::string* code) {
  const size_t first = code->find_first_not_of(" \t\n");
  if (first == std::string::npos) return false;
  const size_t line = code->rfind('\n', first) + 1;  // npos + 1 is 0
  if (!IsFinalMarker(std::string_view(*code).substr(line, LineEnd(*code, line) - line))) {
    return false;
  }
  code->erase(0, NextLine(*code, line));
  code->erase(0, std::min(code->find_first_not_of('\n'), code->size()));
  return true;
}

bool NestsWithin(std::string_view text, int limit) {
  int depth = 0;
  for (const char c : text) {
    if ((c == '{' || c == '[') && ++depth > limit) return false;
    if (c == '}' || c == ']') --depth;
  }
  return true;
}

std::optional<Action> ToolAction(std::string_view body) {
  if (!NestsWithin(body, 32)) return std::nullopt;
  const auto call = nlohmann::json::parse(body.begin(), body.end(), nullptr, false);
  if (!call.is_object()) return std::nullopt;
  const auto tool = call.find("tool");
  if (tool == call.end() || !tool->is_string()) return std::nullopt;
  const auto arguments = call.find("arguments");
  const bool given = arguments != call.end() && arguments->is_object();
  return Action{
      ActionKind::kTool, tool->get<std::string>(),
      given ? arguments->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : "{}",
      false};
}

struct Keyword {
  ActionKind kind;
  size_t text = 0;  // where what it says begins
};

// "ASK:", "**REFUSE:**", "DONE" at the begin of the line.
std::optional<Keyword> KeywordAt(std::string_view text, size_t line) {
  static constexpr std::pair<std::string_view, ActionKind> kKeywords[] = {
      {"ASK", ActionKind::kAsk}, {"REFUSE", ActionKind::kRefuse}, {"DONE", ActionKind::kDone}};
  const size_t end = LineEnd(text, line);
  const size_t at = text.find_first_not_of(" \t*_#>", line);
  if (at == std::string_view::npos || at >= end) return std::nullopt;
  for (const auto& [word, kind] : kKeywords) {
    if (!text.substr(at).starts_with(word)) continue;
    size_t after = at + word.size();
    while (after < end && text[after] == '*') ++after;
    const bool alone =
        Trim(text.substr(after, end - after)).find_first_not_of(".!") == std::string_view::npos;
    if (kind == ActionKind::kDone && alone) return Keyword{kind, end};
    if (after >= end || text[after] != ':') return std::nullopt;
    ++after;
    while (after < end && text[after] == '*') ++after;
    return Keyword{kind, after};
  }
  return std::nullopt;
}

// A question ends at the next fence, keyword or invented observation.
size_t EndOfStatement(std::string_view text, size_t line) {
  for (line = NextLine(text, line); line < text.size(); line = NextLine(text, line)) {
    const std::string_view rest = text.substr(line, LineEnd(text, line) - line);
    if (rest.starts_with("Observation") || rest.starts_with("User:") || OpeningFence(text, line) ||
        KeywordAt(text, line)) {
      return line;
    }
  }
  return text.size();
}

class Parser {
 public:
  Parser(std::string_view text, bool was_cut) : text_(text), was_cut_(was_cut) {}

  ParsedReply Parse() {
    const size_t begin = SkipThoughts(text_);
    if (begin == std::string_view::npos) {
      parsed_.problem = "the reply holds thoughts only";
      return Finish(text_.size());
    }
    begin_ = begin;
    for (size_t line = begin; line < text_.size() && !end_;) line = Step(line);
    if (!end_ && bare_) TakeBare();
    if (end_) return Finish(*end_);
    if (parsed_.problem.empty()) {
      parsed_.problem = WhatIsMissing();
      parsed_.goes_on = was_cut_;
    }
    return Finish(text_.size());
  }
  // After Parse: where the block of code begins inside which the text ends.
  std::optional<size_t> open_code() const { return code_begin_; }

 private:
  // Looks at one line; returns where to go on.
  size_t Step(size_t line) {
    if (const std::optional<Keyword> keyword = KeywordAt(text_, line)) {
      if (bare_ || TakeStatement(line, *keyword)) return text_.size();
      return NextLine(text_, line);
    }
    const std::optional<Fence> fence = OpeningFence(text_, line);
    if (!fence) return NextLine(text_, line);
    const std::string language = Language(fence->info);
    if (IsPython(language)) return TakeCode(*fence);
    return PassOver(*fence, language);
  }

  bool TakeStatement(size_t line, const Keyword& keyword) {
    const size_t end = EndOfStatement(text_, line);
    const std::string_view said = Trim(text_.substr(keyword.text, end - keyword.text));
    if (keyword.kind != ActionKind::kDone) {
      if (said.empty()) {
        parsed_.problem = "a question or a reason must follow ASK: or REFUSE: in the same reply";
        return false;
      }
      if (was_cut_ && end == text_.size()) {
        parsed_.problem = "the reply was cut before it was complete";
        parsed_.goes_on = true;
        return false;
      }
    }
    parsed_.action = {keyword.kind, std::string(said), "", false};
    End(line, end);
    return true;
  }

  size_t TakeCode(const Fence& fence) {
    const Block block = ClosePython(text_, fence);
    if (!block.closed && was_cut_) {
      parsed_.problem = "the reply was cut in the middle of its code";
      parsed_.goes_on = true;
      code_begin_ = fence.content;
      return text_.size();
    }
    std::string code = Dedent(text_.substr(fence.content, block.content_end - fence.content));
    while (!code.empty() && Trim(std::string_view(code).substr(code.size() - 1)).empty()) {
      code.pop_back();
    }
    const bool marked = TakeFinalMarker(&code) || HasWord(fence.info, "final");
    if (Trim(code).empty()) {
      parsed_.problem = "the Python block is empty";
      return ++empty_blocks_ < kMaxEmptyBlocks ? block.end : text_.size();
    }
    code.push_back('\n');
    if (!block.closed) parsed_.notes.push_back("the code had no closing fence");
    parsed_.action = {ActionKind::kCode, std::move(code), "", marked};
    End(fence.begin, block.end);
    return text_.size();
  }

  // A block in another language is a quotation, or a tool call.
  size_t PassOver(const Fence& fence, const std::string& language) {
    const bool holds_fences = language == "markdown" || language == "md";
    const Block block = CloseByLines(text_, fence, !holds_fences);
    const std::string_view body = text_.substr(fence.content, block.content_end - fence.content);
    if (language.empty() && !bare_ && LooksLikePython(body)) bare_ = fence;
    if (language == "json" && block.closed) {
      if (std::optional<Action> tool = ToolAction(body)) {
        parsed_.action = std::move(*tool);
        End(fence.begin, block.end);
        return text_.size();
      }
    }
    quoted_ = true;
    return block.content_end == block.end ? block.end : NextLine(text_, block.end);
  }

  void TakeBare() {
    parsed_.notes.push_back("the block had no language and was taken as Python");
    TakeCode(*bare_);
  }

  void End(size_t begin, size_t end) {
    parsed_.prose = Trim(text_.substr(begin_, begin - begin_));
    end_ = end;
  }

  std::string WhatIsMissing() const {
    if (was_cut_) return "the reply was cut before its action";
    if (Trim(text_).empty()) return "the reply is empty";
    if (quoted_) return "the reply has a block, but none marked ```python";
    return "the reply has no ```python block";
  }

  ParsedReply Finish(size_t end) {
    parsed_.kept = Trim(text_.substr(begin_, end - begin_));
    if (parsed_.action.kind == ActionKind::kNone) parsed_.prose = parsed_.kept;
    const std::string_view rest = Trim(text_.substr(end));
    if (!rest.empty()) {
      parsed_.dropped_bytes = rest.size();
      parsed_.notes.push_back("what followed the first action was dropped");
    }
    if (parsed_.action.kind != ActionKind::kNone) {
      parsed_.problem.clear();
      parsed_.goes_on = false;
    }
    return std::move(parsed_);
  }

  std::string_view text_;
  bool was_cut_;
  size_t begin_ = 0;
  std::optional<size_t> end_;  // of the first action
  std::optional<Fence> bare_;  // first block without a language that looks like Python
  bool quoted_ = false;
  std::optional<size_t> code_begin_;  // of a block that was cut
  int empty_blocks_ = 0;
  ParsedReply parsed_;
};

}  // namespace

const char* ActionKindName(ActionKind kind) {
  switch (kind) {
    case ActionKind::kCode: return "code";
    case ActionKind::kAsk: return "ask";
    case ActionKind::kRefuse: return "refuse";
    case ActionKind::kDone: return "done";
    case ActionKind::kTool: return "tool";
    case ActionKind::kPlan: return "plan";
    case ActionKind::kNone: return "none";
  }
  return "none";
}

ParsedReply ParseReply(std::string_view text, bool was_cut) {
  const std::string normal = Normalise(text);
  return Parser(normal, was_cut).Parse();
}

namespace {

constexpr size_t kMaxRepeated = 4000;
constexpr size_t kSurelyRepeated = 24;
constexpr int kLinesBeforeFence = 3;

// Without the fence that is opened again, and what is said before it.
std::string_view WithoutNewFence(std::string_view rest) {
  size_t line = 0;
  for (int i = 0; i < kLinesBeforeFence && line < rest.size(); ++i, line = NextLine(rest, line)) {
    const std::optional<Fence> fence = OpeningFence(rest, line);
    if (fence && IsPython(Language(fence->info))) return rest.substr(fence->content);
  }
  return rest;
}

// How much of the begin of `rest` repeats the end of `cut`: its last line, or enough
// to be no accident.
size_t Repeated(std::string_view cut, std::string_view rest) {
  const size_t last_line = cut.size() - (cut.rfind('\n') + 1);  // npos + 1 is 0
  for (size_t size = std::min({cut.size(), rest.size(), kMaxRepeated}); size > 0; --size) {
    if (size < kSurelyRepeated && size != last_line) continue;
    if (cut.ends_with(rest.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

std::string JoinReplies(std::string_view cut, std::string_view rest) {
  const std::string begin = Normalise(cut);
  const std::string more = Normalise(rest);
  Parser parser(begin, true);
  static_cast<void>(parser.Parse());
  std::string_view added = more;
  if (parser.open_code()) {
    added = WithoutNewFence(more);
    const std::string_view code = std::string_view(begin).substr(*parser.open_code());
    if (!code.empty() && added.starts_with(code))
      return begin + std::string(added.substr(code.size()));
  }
  added.remove_prefix(Repeated(begin, added));
  return begin + std::string(added);
}

}  // namespace inhouse
