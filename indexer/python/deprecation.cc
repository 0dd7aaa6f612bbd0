#include "indexer/python/deprecation.h"

#include <algorithm>
#include <string>

#include "indexer/python/docstring.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr int kMaxStatements = 20;
constexpr size_t kMaxMessageBytes = 1000;

// The literal text in an expression: of plain strings their value; of f-strings,
// "…" % x, "…".format(x) and sums what is literal in them.
std::string LiteralText(const SyntaxTree& tree, TSNode expression) {
  const Grammar& g = PythonGrammar();
  std::string text;
  if (StringValue(tree, expression, &text)) return text;
  text.clear();
  for (TreeWalk walk(expression); !walk.done() && text.size() < kMaxMessageBytes; walk.Next()) {
    const TSNode part = walk.node();
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
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
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

Stated ReadArguments(const SyntaxTree& tree, TSNode arguments) {
  const Grammar& g = PythonGrammar();
  Stated stated;
  if (ts_node_is_null(arguments)) return stated;
  ForEachChild(arguments, [&](TSNode child, TSFieldId) {
    if (!ts_node_is_named(child) || Is(child, g.comment)) return;
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
std::optional<Deprecation> DeprecationInCall(const SyntaxTree& tree, TSNode call) {
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

}  // namespace

std::optional<Deprecation> DeprecationInDecorators(const SyntaxTree& tree, TSNode decorated) {
  const Grammar& g = PythonGrammar();
  std::optional<Deprecation> found;
  if (!Is(decorated, g.decorated_definition)) return found;
  ForEachChild(decorated, [&](TSNode child, TSFieldId) {
    if (found || !Is(child, g.decorator)) return;
    const TSNode expression = ts_node_named_child(child, 0);
    const bool call = Is(expression, g.call);
    const TSNode callee = call ? ChildByField(expression, g.f_function) : expression;
    const std::string name = DottedName(tree, callee);
    if (LastPart(name) != "deprecated" && LastPart(name) != "deprecate") return;
    found = Parsed(call ? ReadArguments(tree, ChildByField(expression, g.f_arguments)) : Stated{});
  });
  return found;
}

std::optional<Deprecation> DeprecationInBody(const SyntaxTree& tree, TSNode body) {
  const Grammar& g = PythonGrammar();
  std::optional<Deprecation> found;
  int statements = 0;
  ForEachChild(body, [&](TSNode statement, TSFieldId) {
    if (found || ++statements > kMaxStatements || !Is(statement, g.expression_statement)) return;
    found = DeprecationInCall(tree, ts_node_named_child(statement, 0));
  });
  return found;
}

}  // namespace inhouse
