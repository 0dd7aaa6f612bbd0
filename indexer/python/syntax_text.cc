#include "indexer/python/syntax_text.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "indexer/python/string_literal.h"

namespace inhouse {
namespace {

constexpr int kMaxParts = 32;

void CutUtf8(std::string* text, size_t limit) {
  if (text->size() <= limit) return;
  while (limit > 0 && (static_cast<unsigned char>((*text)[limit]) & 0xC0) == 0x80) --limit;
  text->resize(limit);
  *text += "…";
}

bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\\'; }

// Code without its line ends: "f(\n    a,\n    b,\n)" becomes "f(a, b)".
class LineWriter {
 public:
  void Literal(std::string_view text) { line_ += text; }

  void Plain(std::string_view code) {
    for (const char c : code) {
      if (IsBlank(c)) {
        AddBlank();
      } else {
        Add(c);
      }
    }
  }

  size_t size() const { return line_.size(); }
  std::string Take() { return std::move(line_); }

 private:
  struct Bracket {
    bool keeps_comma = false;  // of a single element: "(a,)" and "x[a,]" are tuples
    int commas = 0;
  };

  void AddBlank() {
    constexpr std::string_view kNoBlankAfter = " ([{";
    if (!line_.empty() && kNoBlankAfter.find(line_.back()) == kNone) line_.push_back(' ');
  }

  void Add(char c) {
    if (c == '(' || c == '[' || c == '{') {
      open_.push_back({c != '{' && AfterOperand() == (c == '['), 0});
    } else if (c == ',' && !open_.empty()) {
      ++open_.back().commas;
    } else if ((c == ')' || c == ']' || c == '}') && !open_.empty()) {
      Close();
    }
    line_.push_back(c);
  }

  // A bracket here is a call's or a subscript's.
  bool AfterOperand() const {
    if (line_.empty()) return false;
    const auto c = static_cast<unsigned char>(line_.back());
    return std::isalnum(c) != 0 || c == '_' || c >= 0x80 || c == ')' || c == ']' || c == '}' ||
           c == '"' || c == '\'';
  }

  void Close() {
    const Bracket bracket = open_.back();
    open_.pop_back();
    if (!line_.empty() && line_.back() == ' ') line_.pop_back();
    const bool needed = bracket.keeps_comma && bracket.commas == 1;
    if (!needed && bracket.commas > 0 && line_.back() == ',') line_.pop_back();
  }

  static constexpr size_t kNone = std::string_view::npos;
  std::string line_;
  std::vector<Bracket> open_;
};

}  // namespace

std::string DottedName(const SyntaxTree& tree, SyntaxNode node) {
  const Grammar& g = PythonGrammar();
  std::vector<std::string_view> parts;
  while (Is(node, g.attribute)) {
    if (parts.size() > kMaxParts) return "";
    const SyntaxNode name = ChildByField(node, g.f_attribute);
    if (name.is_null()) return "";
    parts.push_back(tree.TextOf(name));
    node = ChildByField(node, g.f_object);
  }
  if (node.is_null()) return "";
  if (!Is(node, g.identifier) && !Is(node, g.dotted_name)) return "";
  std::string dotted(tree.TextOf(node));
  // A dotted_name may hold blanks around its dots.
  dotted.erase(std::remove_if(dotted.begin(), dotted.end(),
                              [](char c) {
                                return c == ' ' || c == '\t' || c == '\\' || c == '\n' || c == '\r';
                              }),
               dotted.end());
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    dotted += '.';
    dotted += *part;
  }
  return dotted;
}

std::string OneLine(const SyntaxTree& tree, SyntaxNode node, size_t limit) {
  const Grammar& g = PythonGrammar();
  LineWriter writer;
  uint32_t at = node.start_byte();
  const auto plain_until = [&](uint32_t end) {
    if (end > at) writer.Plain(tree.text().substr(at, end - at));
    at = std::max(at, end);
  };
  for (TreeWalk walk(node); !walk.done() && writer.size() <= limit; walk.Next()) {
    const SyntaxNode part = walk.node();
    if (Is(part, g.comment)) {
      plain_until(part.start_byte());
      at = part.end_byte();
    } else if (Is(part, g.string)) {
      plain_until(part.start_byte());
      writer.Literal(tree.TextOf(part));
      at = part.end_byte();
      walk.SkipChildren();
    }
  }
  if (writer.size() <= limit) plain_until(node.end_byte());
  std::string line = writer.Take();
  CutUtf8(&line, limit);
  return line;
}

namespace {

// Past comments: a block's first statement, the expression in parentheses.
SyntaxNode FirstPart(SyntaxNode body) {
  const Grammar& g = PythonGrammar();
  for (SyntaxNode child = body.first_child(); child != body.end(); child = child.next()) {
    if (child.is_named() && !Is(child, g.comment)) return child;
  }
  return {};
}

}  // namespace

bool DocstringOf(const SyntaxTree& tree, SyntaxNode body, std::string* value) {
  const Grammar& g = PythonGrammar();
  if (body.is_null()) return false;
  const SyntaxNode first = FirstPart(body);
  if (!Is(first, g.expression_statement)) return false;
  SyntaxNode expression = first.named_child(0);
  for (int i = 0; Is(expression, g.parenthesized_expression) && i < kMaxParts; ++i) {
    expression = FirstPart(expression);
  }
  return StringValue(tree, expression, value);
}

bool HasYield(const SyntaxTree& tree, SyntaxNode body) {
  const Grammar& g = PythonGrammar();
  if (tree.TextOf(body).find("yield") == std::string_view::npos) return false;
  for (TreeWalk walk(body); !walk.done(); walk.Next()) {
    const NodeKind symbol = walk.node().kind();
    if (symbol == g.yield) return true;
    if (symbol == g.function_definition || symbol == g.class_definition || symbol == g.lambda) {
      walk.SkipChildren();
    }
  }
  return false;
}

bool HasBrokenHeader(const SyntaxTree& tree, SyntaxNode definition) {
  const Grammar& g = PythonGrammar();
  bool broken = false;
  ForEachChild(definition, [&](SyntaxNode child, FieldId) {
    if (Is(child, g.block)) return;
    broken = broken || child.has_error() || child.is_missing();
  });
  const SyntaxNode name = ChildByField(definition, g.f_name);
  const SyntaxNode body = ChildByField(definition, g.f_body);
  if (name.is_null() || body.is_null()) return true;
  return broken || tree.IsRepaired(name.start_byte(), body.start_byte());
}

std::string_view Callee(std::string_view text) { return text.substr(0, text.find_first_of("([ ")); }

}  // namespace inhouse
