#include "indexer/python/namespaces.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

// Decorators that leave a class's names as they are, or add only dunders.
constexpr std::array<std::string_view, 14> kHarmless = {
    "dataclass",  "final",      "runtime_checkable", "total_ordering", "unique",
    "define",     "frozen",     "mutable",           "attrs",          "s",
    "deprecated", "add_schema", "unstable",          "slots"};

bool IsHarmless(std::string_view decorator) {
  const std::string_view name = decorator.substr(0, decorator.find('('));
  return std::find(kHarmless.begin(), kHarmless.end(), LastPart(name)) != kHarmless.end();
}

bool Contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

class NamespaceReader {
 public:
  NamespaceReader(const SyntaxTree& tree, const ScopeTree& scopes,
                  const std::vector<Symbol>& symbols)
      : tree_(tree), scopes_(scopes) {
    const std::string_view text = tree.text();
    for (const std::string_view way : {"globals()", "vars()", "locals()", "sys.modules"}) {
      module_is_open_ = module_is_open_ || Contains(text, way);
    }
    classes_are_open_ = Contains(text, "__dict__") || Contains(text, "vars(");
    for (const Symbol& symbol : symbols) {
      if (symbol.kind == SymbolKind::kClass) classes_.emplace(symbol.qualified_name, &symbol);
    }
  }

  std::vector<Namespace> Run() {
    for (size_t i = 0; i < scopes_.scopes.size(); ++i) {
      const Scope& scope = scopes_.scopes[i];
      const bool wanted = scope.kind == ScopeKind::kModule ||
                          (scope.kind == ScopeKind::kClass && !Contains(scope.name, "<locals>"));
      number_.push_back(wanted ? static_cast<int>(out_.size()) : -1);
      if (wanted) out_.push_back({scope.name, {}, IsOpen(scope)});
    }
    TakeNames(scopes_.bindings);
    TakeNames(scopes_.attributes);
    Namespace patched;
    for (const Patch& patch : scopes_.patched) patched.names.emplace_back(patch.name);
    out_.push_back(std::move(patched));
    for (const CallNode& call : scopes_.calls) TakeCall(call);
    for (Namespace& space : out_) Tidy(&space.names);
    return std::move(out_);
  }

 private:
  bool IsOpen(const Scope& scope) const {
    if (scope.kind == ScopeKind::kModule) return module_is_open_;
    const auto found = classes_.find(scope.name);
    if (classes_are_open_ || found == classes_.end()) return true;
    const Symbol& symbol = *found->second;
    const bool decorated = !std::all_of(symbol.decorators.begin(), symbol.decorators.end(),
                                        [](const std::string& d) { return IsHarmless(d); });
    const uint32_t begin = symbol.range.start_byte;
    const std::string_view header = tree_.text().substr(begin, scope.begin - begin);
    const size_t meta = header.find("metaclass");
    return decorated || (meta != std::string_view::npos && !Contains(header, "ABCMeta"));
  }

  void TakeNames(const std::vector<Binding>& bindings) {
    for (const Binding& binding : bindings) {
      const int number = number_[static_cast<size_t>(binding.scope)];
      if (number < 0) continue;
      Namespace& space = out_[static_cast<size_t>(number)];
      if (space.names.empty() || space.names.back() != binding.name) {
        space.names.emplace_back(binding.name);
      }
      const bool asks = binding.name == "__getattr__" || binding.name == "__getattribute__";
      space.is_open = space.is_open || asks;
    }
  }

  // setattr(owner, "name", value), object.__setattr__(self, …), exec(…).
  void TakeCall(const CallNode& call) {
    const std::string_view callee =
        LastPart(tree_.TextOf(ChildByField(call.node, PythonGrammar().f_function)));
    if (callee == "exec") out_.front().is_open = true;
    if (callee != "setattr" && callee != "__setattr__") return;
    const TSNode arguments = ChildByField(call.node, PythonGrammar().f_arguments);
    std::string name;
    if (ts_node_named_child_count(arguments) >= 2 &&
        StringValue(tree_, ts_node_named_child(arguments, 1), &name)) {
      out_.back().names.push_back(std::move(name));
      return;
    }
    OpenAround(call.scope);
  }

  // A name made at run time is set from here: on the module or a class around.
  void OpenAround(int scope) {
    for (; scope >= 0; scope = scopes_.scopes[static_cast<size_t>(scope)].parent) {
      const int number = number_[static_cast<size_t>(scope)];
      if (number >= 0) out_[static_cast<size_t>(number)].is_open = true;
    }
  }

  static void Tidy(std::vector<std::string>* names) {
    std::sort(names->begin(), names->end());
    names->erase(std::unique(names->begin(), names->end()), names->end());
  }

  const SyntaxTree& tree_;
  const ScopeTree& scopes_;
  std::unordered_map<std::string_view, const Symbol*> classes_;
  std::vector<int> number_;  // of each scope in out_, or -1
  std::vector<Namespace> out_;
  bool module_is_open_ = false;
  bool classes_are_open_ = false;
};

}  // namespace

std::vector<Namespace> ReadNamespaces(const SyntaxTree& tree, const ScopeTree& scopes,
                                      const std::vector<Symbol>& symbols) {
  return NamespaceReader(tree, scopes, symbols).Run();
}

}  // namespace inhouse
