#include "indexer/python/call_arguments.h"

namespace inhouse {

CallArguments ReadCallArguments(const SyntaxTree& tree, SyntaxNode arguments) {
  const Grammar& g = PythonGrammar();
  CallArguments out;
  if (arguments.is_null()) return out;
  if (Is(arguments, g.generator_expression)) {  // f(x for x in y)
    out.positional_count = 1;
    return out;
  }
  ForEachChild(arguments, [&](SyntaxNode child, FieldId) {
    // Extras are comments and line continuations.
    if (!child.is_named() || child.is_extra()) return;
    if (Is(child, g.keyword_argument)) {
      const SyntaxNode name = ChildByField(child, g.f_name);
      if (name.is_null()) return;
      out.keywords.push_back({std::string(tree.TextOf(name)), RangeOf(name)});
    } else if (Is(child, g.list_splat)) {
      out.has_star = true;
    } else if (Is(child, g.dictionary_splat)) {
      out.has_double_star = true;
    } else if (Is(child, g.error)) {
      out.has_star = out.has_double_star = true;
    } else {
      ++out.positional_count;
    }
  });
  return out;
}

}  // namespace inhouse
