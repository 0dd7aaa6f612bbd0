#include "indexer/python/syntax_text.h"

#include <algorithm>

namespace inhouse {
namespace {

constexpr int kMaxParts = 32;

void CutUtf8(std::string* text, size_t limit) {
  if (text->size() <= limit) return;
  while (limit > 0 && (static_cast<unsigned char>((*text)[limit]) & 0xC0) == 0x80) --limit;
  text->resize(limit);
  *text += "…";
}

}  // namespace

std::string DottedName(const SyntaxTree& tree, TSNode node) {
  const Grammar& g = PythonGrammar();
  std::vector<std::string_view> parts;
  while (Is(node, g.attribute)) {
    if (parts.size() > kMaxParts) return "";
    const TSNode name = ChildByField(node, g.f_attribute);
    if (ts_node_is_null(name)) return "";
    parts.push_back(tree.TextOf(name));
    node = ChildByField(node, g.f_object);
  }
  if (ts_node_is_null(node)) return "";
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

std::string OneLine(const SyntaxTree& tree, TSNode node, size_t limit) {
  const Grammar& g = PythonGrammar();
  std::string line;
  uint32_t at = ts_node_start_byte(node);
  const uint32_t end = ts_node_end_byte(node);
  const auto plain = [&](uint32_t until) {
    for (; at < until; ++at) {
      const char c = tree.text()[at];
      const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\\';
      if (!blank) {
        line.push_back(c);
      } else if (!line.empty() && line.back() != ' ' && line.back() != '(' && line.back() != '[') {
        line.push_back(' ');
      }
    }
  };
  for (TreeWalk walk(node); !walk.done() && line.size() <= limit; walk.Next()) {
    const TSNode part = walk.node();
    if (Is(part, g.comment)) {
      plain(ts_node_start_byte(part));
      at = ts_node_end_byte(part);
    } else if (Is(part, g.string)) {
      plain(ts_node_start_byte(part));
      line += tree.TextOf(part);
      at = ts_node_end_byte(part);
      walk.SkipChildren();
    }
  }
  if (line.size() <= limit) plain(end);
  // "f(a, )" reads better as "f(a)".
  for (size_t i = line.find(", )"); i != std::string::npos; i = line.find(", )", i))
    line.erase(i, 2);
  CutUtf8(&line, limit);
  return line;
}

bool DocstringOf(const SyntaxTree& tree, TSNode body, std::string* value) {
  const Grammar& g = PythonGrammar();
  if (ts_node_is_null(body)) return false;
  TSNode first = ts_node_named_child(body, 0);
  for (uint32_t i = 1; Is(first, g.comment) && i < 64; ++i) first = ts_node_named_child(body, i);
  if (!Is(first, g.expression_statement)) return false;
  return StringValue(tree, ts_node_named_child(first, 0), value);
}

bool HasYield(TSNode body) {
  const Grammar& g = PythonGrammar();
  for (TreeWalk walk(body); !walk.done(); walk.Next()) {
    const TSSymbol symbol = ts_node_symbol(walk.node());
    if (symbol == g.yield) return true;
    if (symbol == g.function_definition || symbol == g.class_definition || symbol == g.lambda) {
      walk.SkipChildren();
    }
  }
  return false;
}

std::string_view LastPart(std::string_view dotted) {
  const size_t dot = dotted.rfind('.');
  return dot == std::string_view::npos ? dotted : dotted.substr(dot + 1);
}

std::string_view Callee(std::string_view text) { return text.substr(0, text.find_first_of("([ ")); }

}  // namespace inhouse
