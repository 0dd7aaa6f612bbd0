#include "indexer/python/deprecation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "indexer/python/doc_text.h"
#include "indexer/python/docstring.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/string_literal.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr int kMaxStatements = 20;
constexpr size_t kMaxMessageBytes = 1000;

// The literal text in an expression: of plain strings their value; of f-strings,
// "…" % x, "…".format(x) and sums what is literal in them.
std::string LiteralText(const SyntaxTree& tree, SyntaxNode expression) {
  const Grammar& g = PythonGrammar();
  std::string text;
  if (StringValue(tree, expression, &text)) return text;
  text.clear();
  for (TreeWalk walk(expression); !walk.done() && text.size() < kMaxMessageBytes; walk.Next()) {
    const SyntaxNode part = walk.node();
    if (Is(part, g.string_content) || Is(part, g.interpolation)) {
      if (Is(part, g.interpolation)) text += tree.TextOf(part);
      if (Is(part, g.interpolation)) walk.SkipChildren();
      if (Is(part, g.string_content)) text += tree.TextOf(part);
    }
  }
  return text;
}

bool IsVersion(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.vx ") == std::string_view::npos;
}

bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsNameByte);
}

// ":func:`~a.b`" and "``a``" → "a.b", "a".
std::string WithoutMarkup(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':' && (i == 0 || text[i - 1] == ' ')) {
      const size_t end = text.find(":`", i + 1);
      if (end != std::string_view::npos && text.substr(i, end - i).find(' ') == std::string::npos) {
        i = end;
        continue;
      }
    }
    if (text[i] == '`' || (text[i] == '~' && i > 0 && text[i - 1] == '`')) continue;
    plain.push_back(text[i]);
  }
  return plain;
}

// The name that begins at `begin`, or "". An ordinary English word is none: names
// have a dot or a "_", or "(" or " instead" behind them.
std::string NameAt(std::string_view text, size_t begin) {
  size_t end = begin;
  while (end < text.size() && IsNameByte(text[end])) ++end;
  while (end > begin && text[end - 1] == '.') --end;
  const std::string_view name = text.substr(begin, end - begin);
  const std::string_view rest = text.substr(end);
  const bool is_name = name.find_first_of("._") != std::string_view::npos ||
                       rest.starts_with('(') || rest.starts_with(" instead");
  return is_name ? std::string(name) : "";
}

// "Deprecated since 2.0", "DEPRECATED: …", "Deprecated:".
bool SaysDeprecated(std::string_view line) {
  if (!line.starts_with("Deprecated") && !line.starts_with("DEPRECATED")) return false;
  return line.size() == 10 || !IsNameByte(line[10]) || line[10] == '.';
}

// "The a parameter is deprecated", "Calling it without arguments was …": said of a
// parameter or a way to call, not of the function itself. Judged by what stands before
// the verb of the first sentence.
bool SpeaksOfUsage(std::string_view message) {
  const std::string lower = Lower(std::string(message));
  size_t end = lower.find(". ");
  for (const std::string_view verb :
       {"deprecated", " has been ", " have been ", " was ", " were ", " will be "}) {
    end = std::min(end, lower.find(verb));
  }
  if (end == std::string::npos) return false;
  const std::string_view subject = std::string_view(lower).substr(0, end);
  constexpr std::string_view kUsage[] = {"parameter", "argument", "keyword",   "passing ",
                                         "calling ",  "option",   "using ",    " with ",
                                         "without ",  "default",  "attribute", "value"};
  return std::any_of(std::begin(kUsage), std::end(kUsage), [&](std::string_view word) {
    return subject.find(word) != std::string_view::npos;
  });
}

struct Stated {
  std::string message;
  std::string replacement;
};

void TakeArgument(std::string_view keyword, const std::string& text, Stated* stated) {
  if (text.empty()) return;
  const bool names_other = keyword == "alternative" || keyword == "replacement" ||
                           keyword == "instead" || keyword == "alias" || keyword == "new_name";
  const bool is_message = keyword.empty() || keyword == "reason" || keyword == "message" ||
                          keyword == "msg" || keyword == "details" || keyword == "extra" ||
                          keyword == "addendum";
  if (names_other && stated->replacement.empty()) {
    stated->replacement = text;
  } else if (is_message && stated->message.empty() && !IsVersion(text)) {
    stated->message = text;
  }
}

Deprecation Parsed(const Stated& stated) {
  if (stated.replacement.empty()) {
    return ParseDeprecation(stated.message.empty() ? kNoMessage : std::string_view(stated.message));
  }
  const std::string message = stated.message.empty() ? "use " + stated.replacement : stated.message;
  Deprecation found = ParseDeprecation(message);
  std::string_view name = stated.replacement;
  if (name.ends_with("()")) name.remove_suffix(2);
  if (IsName(name)) found.replacement = name;
  return found;
}

Stated ReadArguments(const SyntaxTree& tree, SyntaxNode arguments) {
  const Grammar& g = PythonGrammar();
  Stated stated;
  if (arguments.is_null()) return stated;
  ForEachChild(arguments, [&](SyntaxNode child, FieldId) {
    if (!child.is_named() || Is(child, g.comment)) return;
    if (Is(child, g.keyword_argument)) {
      TakeArgument(tree.TextOf(ChildByField(child, g.f_name)),
                   LiteralText(tree, ChildByField(child, g.f_value)), &stated);
    } else {
      TakeArgument("", LiteralText(tree, child), &stated);
    }
  });
  return stated;
}

// warn("…", DeprecationWarning) as a call node → what it says.
std::optional<Deprecation> DeprecationInCall(const SyntaxTree& tree, SyntaxNode call) {
  const Grammar& g = PythonGrammar();
  if (!Is(call, g.call)) return std::nullopt;
  const std::string callee = DottedName(tree, ChildByField(call, g.f_function));
  if (LastPart(callee) != "warn" && LastPart(callee) != "warn_deprecated") return std::nullopt;
  const std::string_view text = tree.TextOf(call);
  const bool certain = text.find("DeprecationWarning") != std::string_view::npos ||
                       LastPart(callee) == "warn_deprecated";
  const Stated stated = ReadArguments(tree, ChildByField(call, g.f_arguments));
  const bool likely = text.find("FutureWarning") != std::string_view::npos &&
                      stated.message.find("deprecated") != std::string::npos;
  if (!certain && !likely) return std::nullopt;
  return Parsed(stated);
}

// ":func:`save` instead" → "save": what markup says is a name need not look like one.
std::string MarkedName(std::string_view text) {
  const size_t tick = text.find('`');
  if (tick > 12 || text.substr(0, tick).find(' ') != std::string_view::npos) return "";
  const size_t begin = text.find_first_not_of("`~", tick);
  if (begin == std::string_view::npos) return "";
  const std::string_view name = text.substr(begin, text.find_first_of("`(", begin) - begin);
  return IsName(name) ? std::string(name) : "";
}

}  // namespace

std::optional<Deprecation> DeprecationInDecorators(const SyntaxTree& tree, SyntaxNode decorated) {
  const Grammar& g = PythonGrammar();
  std::optional<Deprecation> found;
  if (!Is(decorated, g.decorated_definition)) return found;
  ForEachChild(decorated, [&](SyntaxNode child, FieldId) {
    if (found || !Is(child, g.decorator)) return;
    const SyntaxNode expression = child.named_child(0);
    const bool call = Is(expression, g.call);
    const SyntaxNode callee = call ? ChildByField(expression, g.f_function) : expression;
    const std::string name = DottedName(tree, callee);
    if (LastPart(name) != "deprecated" && LastPart(name) != "deprecate") return;
    found = Parsed(call ? ReadArguments(tree, ChildByField(expression, g.f_arguments)) : Stated{});
  });
  return found;
}

std::optional<Deprecation> DeprecationInBody(const SyntaxTree& tree, SyntaxNode body) {
  const Grammar& g = PythonGrammar();
  std::optional<Deprecation> found;
  int statements = 0;
  ForEachChild(body, [&](SyntaxNode statement, FieldId) {
    if (found || ++statements > kMaxStatements || !Is(statement, g.expression_statement)) return;
    found = DeprecationInCall(tree, statement.named_child(0));
  });
  return found;
}

Deprecation ParseDeprecation(std::string_view message) {
  Deprecation found;
  for (const std::string& line : SplitLines(WithoutMarkup(CutText(message, kMaxMessageBytes)))) {
    Append(&found.message, Strip(line), ' ');
  }
  const std::string lower = Lower(found.message);
  const std::string raw_lower = Lower(std::string(message.substr(0, kMaxMessageBytes)));
  for (const std::string_view word :
       {"use ", "replaced by ", "in favor of ", "in favour of ", "see "}) {
    const size_t at = lower.find(word);
    if (at == std::string::npos) continue;
    found.replacement = NameAt(found.message, at + word.size());
    const size_t raw = raw_lower.find(word);
    if (found.replacement.empty() && raw != std::string::npos) {
      found.replacement = MarkedName(message.substr(raw + word.size()));
    }
    if (!found.replacement.empty()) break;
  }
  return found;
}

std::optional<Deprecation> DeprecationInDocstring(std::string_view raw) {
  constexpr std::string_view kDirective = ".. deprecated::";
  const std::vector<std::string> lines = SplitLines(CleanDocstring(raw));
  for (size_t i = 0; i < lines.size(); ++i) {
    // What is indented belongs to a parameter.
    const std::string_view line = lines[i];
    const bool directive = line.starts_with(kDirective);
    if (!directive && !SaysDeprecated(line)) continue;
    std::string message(directive ? Strip(line.substr(kDirective.size())) : line);
    // A version alone is no message.
    if (directive && message.find(' ') == std::string::npos) message.clear();
    for (size_t j = i + 1; j < lines.size(); ++j) {
      const bool blank = IsBlank(lines[j]);
      if (blank ? !directive || !message.empty() : directive && Indent(lines[j]) == 0) break;
      Append(&message, Strip(lines[j]), ' ');
    }
    Deprecation found = ParseDeprecation(message.empty() ? line : std::string_view(message));
    if (directive && SpeaksOfUsage(found.message)) continue;
    return found;
  }
  return std::nullopt;
}

}  // namespace inhouse
