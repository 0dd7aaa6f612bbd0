#include "indexer/python/call_sites.h"

#include <utility>

#include "indexer/python/call_arguments.h"
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

void TakeArguments(const CallArguments& arguments, CallSite* call) {
  call->positional_count = arguments.positional_count;
  call->has_star_args = arguments.has_star || arguments.has_double_star;
  for (const KeywordUse& keyword : arguments.keywords) {
    if (call->keywords.size() < kMaxKeywords) call->keywords.push_back(keyword.name);
  }
}

}  // namespace

std::vector<CallSite> ReadCallSites(const SyntaxTree& tree, const ScopeTree& scopes,
                                    const NameFlow& flow) {
  const Grammar& g = PythonGrammar();
  std::vector<CallSite> calls;
  calls.reserve(scopes.calls.size());
  for (const CallNode& node : scopes.calls) {
    const SyntaxNode callee = ChildByField(node.node, g.f_function);
    if (callee.is_null()) continue;
    CallSite call;
    call.target = flow.TargetOf(callee, node.scope);
    call.written = OneLine(tree, callee, kMaxWrittenBytes);
    TakeArguments(ReadCallArguments(tree, ChildByField(node.node, g.f_arguments)), &call);
    call.caller = CallerOf(scopes, node.scope);
    call.range = RangeOf(node.node);
    call.statement = node.statement;
    calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace inhouse
