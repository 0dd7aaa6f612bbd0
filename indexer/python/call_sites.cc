#include "indexer/python/call_sites.h"

#include <utility>

#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr size_t kMaxWrittenBytes = 120;
constexpr size_t kMaxKeywords = 200;

// The enclosing function, or the module.
const std::string& CallerOf(const ScopeTree& scopes, int scope) {
  while (scope > 0 && scopes.scopes[static_cast<size_t>(scope)].kind != ScopeKind::kFunction) {
    scope = scopes.scopes[static_cast<size_t>(scope)].parent;
  }
  return scopes.scopes[static_cast<size_t>(scope < 0 ? 0 : scope)].name;
}

void ReadArguments(const SyntaxTree& tree, TSNode arguments, CallSite* call) {
  const Grammar& g = PythonGrammar();
  if (ts_node_is_null(arguments)) return;
  if (Is(arguments, g.generator_expression)) {  // f(x for x in y)
    call->positional_count = 1;
    return;
  }
  ForEachChild(arguments, [&](TSNode child, TSFieldId) {
    if (!ts_node_is_named(child) || Is(child, g.comment)) return;
    if (Is(child, g.keyword_argument)) {
      const TSNode name = ChildByField(child, g.f_name);
      if (!ts_node_is_null(name) && call->keywords.size() < kMaxKeywords) {
        call->keywords.emplace_back(tree.TextOf(name));
      }
    } else if (Is(child, g.list_splat) || Is(child, g.dictionary_splat)) {
      call->has_star_args = true;
    } else {
      ++call->positional_count;
    }
  });
}

}  // namespace

std::vector<CallSite> ReadCallSites(const SyntaxTree& tree, const ScopeTree& scopes,
                                    const NameFlow& flow) {
  const Grammar& g = PythonGrammar();
  std::vector<CallSite> calls;
  calls.reserve(scopes.calls.size());
  for (const CallNode& node : scopes.calls) {
    const TSNode callee = ChildByField(node.node, g.f_function);
    if (ts_node_is_null(callee)) continue;
    CallSite call;
    call.target = flow.TargetOf(callee, node.scope);
    call.written = OneLine(tree, callee, kMaxWrittenBytes);
    ReadArguments(tree, ChildByField(node.node, g.f_arguments), &call);
    call.caller = CallerOf(scopes, node.scope);
    call.range = RangeOf(node.node);
    call.statement = node.statement;
    calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace inhouse
