#include "indexer/python/symbol_extractor.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "indexer/python/constructors.h"
#include "indexer/python/docstring.h"
#include "indexer/python/signature_reader.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr size_t kMaxScopes = 100;

struct Scope {
  std::string name;  // qualified
  bool is_class = false;
  bool is_module = false;
  bool is_record = false;  // a class whose annotated names are constructor fields
  uint32_t end = 0;
  uint32_t conditional_until = 0;  // byte up to which definitions are inside if/try
};

bool IsPrivate(std::string_view name) { return name.starts_with('_') || name.starts_with('<'); }

bool HasPrivatePart(std::string_view dotted) {
  for (size_t at = 0; at < dotted.size();) {
    const size_t dot = std::min(dotted.find('.', at), dotted.size());
    if (IsPrivate(dotted.substr(at, dot - at))) return true;
    at = dot + 1;
  }
  return false;
}

class Extractor {
 public:
  Extractor(const SyntaxTree& tree, std::string_view module)
      : tree_(tree), g_(PythonGrammar()), module_(module) {}

  std::vector<Symbol> Run() {
    AddModule();
    for (TreeWalk walk(tree_.root()); !walk.done() && symbols_.size() < kMaxSymbols; walk.Next()) {
      if (!Visit(walk.node())) walk.SkipChildren();
    }
    DropRedefined();
    DeriveConstructors(&symbols_);
    return std::move(symbols_);
  }

 private:
  void AddModule() {
    Symbol symbol = Make(module_, LastPart(module_), SymbolKind::kModule, tree_.root());
    symbol.body_range = symbol.range;
    symbol.name_range = {1, 1, 0, 0};
    symbol.parent.clear();
    TakeDocstring(tree_.root(), &symbol);
    symbols_.push_back(std::move(symbol));
    conditional_.push_back(false);
    scopes_.push_back({module_, false, true, false, UINT32_MAX, 0});
  }

  // True if the children are worth a visit.
  bool Visit(TSNode node) {
    const uint32_t begin = ts_node_start_byte(node);
    while (scopes_.size() > 1 && begin >= scopes_.back().end) scopes_.pop_back();
    const TSSymbol kind = ts_node_symbol(node);
    if (kind == g_.decorated_definition) {
      decorated_ = node;
      return true;
    }
    if (kind == g_.function_definition) return EnterFunction(node);
    if (kind == g_.class_definition) return EnterClass(node);
    if (kind == g_.expression_statement) {
      TakeStatement(node);
      return false;
    }
    if (kind == g_.type_alias_statement) {
      TakeTypeAlias(node);
      return false;
    }
    if (kind == g_.if_statement || kind == g_.try_statement) {
      scopes_.back().conditional_until =
          std::max(scopes_.back().conditional_until, ts_node_end_byte(node));
      return true;
    }
    return !IsLeafStatement(kind);
  }

  bool IsLeafStatement(TSSymbol kind) const {
    return kind == g_.import_statement || kind == g_.import_from_statement ||
           kind == g_.return_statement || kind == g_.raise_statement || kind == g_.parameters ||
           kind == g_.decorator || kind == g_.argument_list || kind == g_.call ||
           kind == g_.comment || kind == g_.string || kind == g_.type ||
           kind == g_.delete_statement || kind == g_.with_clause;
  }

  Symbol Make(std::string qualified, std::string_view name, SymbolKind kind, TSNode node) const {
    Symbol symbol;
    symbol.qualified_name = std::move(qualified);
    symbol.name = name;
    symbol.module = module_;
    symbol.kind = kind;
    symbol.range = RangeOf(node);
    symbol.is_public = !HasPrivatePart(symbol.qualified_name);
    if (!scopes_.empty()) symbol.parent = scopes_.back().name;
    return symbol;
  }

  std::string Qualify(std::string_view name) const {
    const Scope& scope = scopes_.back();
    std::string qualified = scope.name;
    if (!scope.is_module && !scope.is_class) qualified += ".<locals>";
    qualified += '.';
    qualified += name;
    return qualified;
  }

  void Add(Symbol symbol) {
    conditional_.push_back(symbol.range.start_byte < scopes_.back().conditional_until);
    symbols_.push_back(std::move(symbol));
  }

  // The decorated definition around `node`, or `node` itself.
  TSNode Outer(TSNode node) const {
    const bool decorated = !ts_node_is_null(decorated_) &&
                           ts_node_end_byte(decorated_) == ts_node_end_byte(node) &&
                           ts_node_start_byte(decorated_) <= ts_node_start_byte(node);
    return decorated ? decorated_ : node;
  }

  std::vector<std::string> Decorators(TSNode outer) const {
    std::vector<std::string> decorators;
    if (!Is(outer, g_.decorated_definition)) return decorators;
    ForEachChild(outer, [&](TSNode child, TSFieldId) {
      if (!Is(child, g_.decorator) || decorators.size() >= 64) return;
      const TSNode expression = ts_node_named_child(child, 0);
      if (!ts_node_is_null(expression)) decorators.push_back(OneLine(tree_, expression));
    });
    return decorators;
  }

  void TakeDocstring(TSNode body, Symbol* symbol) const {
    std::string raw;
    if (!DocstringOf(tree_, body, &raw)) return;
    symbol->doc = ParseDocstring(raw);
    symbol->deprecated = DeprecationInDocstring(raw);
  }

  bool EnterFunction(TSNode node) {
    const TSNode name_node = ChildByField(node, g_.f_name);
    const TSNode body = ChildByField(node, g_.f_body);
    if (ts_node_is_null(name_node) || ts_node_is_null(body)) return true;
    const std::string name(tree_.TextOf(name_node));
    const TSNode outer = Outer(node);
    const bool in_class = scopes_.back().is_class;
    Symbol symbol =
        Make(Qualify(name), name, in_class ? SymbolKind::kMethod : SymbolKind::kFunction, outer);
    symbol.name_range = RangeOf(name_node);
    symbol.body_range = RangeOf(body);
    symbol.decorators = Decorators(outer);
    symbol.signature = ReadSignature(tree_, node);
    TakeDocstring(body, &symbol);
    const bool accessor = ApplyDecorators(&symbol);
    if (in_class) BindReceiver(&symbol);
    if (!symbol.deprecated) symbol.deprecated = DeprecationInBody(body);
    const std::string scope_name = symbol.qualified_name;
    if (!accessor) Add(std::move(symbol));
    Push({scope_name, false, false, false, ts_node_end_byte(node), 0});
    return true;
  }

  // True for a property's setter or deleter: no symbol of its own.
  static bool ApplyDecorators(Symbol* symbol) {
    bool accessor = false;
    for (const std::string& decorator : symbol->decorators) {
      const std::string_view last = LastPart(Callee(decorator));
      if (last == "staticmethod") symbol->is_static = true;
      if (last == "classmethod") symbol->is_class_method = true;
      if (last == "abstractmethod" || last == "abstractproperty") symbol->is_abstract = true;
      if (last == "overload") symbol->is_overload = true;
      if (last == "property" || last == "cached_property" || last == "abstractproperty") {
        if (symbol->kind == SymbolKind::kMethod) symbol->kind = SymbolKind::kProperty;
      }
      if (last == "deprecated") TakeDeprecatedDecorator(decorator, symbol);
      if (last == "setter" || last == "deleter") accessor = true;
      if (!KeepsSignature(decorator)) symbol->signature.is_exact = false;
    }
    if (symbol->kind == SymbolKind::kProperty) symbol->annotation = symbol->signature.returns;
    return accessor;
  }

  // "deprecated("use x.y instead")": the first quoted text is the message.
  static void TakeDeprecatedDecorator(std::string_view decorator, Symbol* symbol) {
    const size_t open = decorator.find_first_of("\"'");
    if (open == std::string_view::npos) {
      symbol->deprecated = Deprecation{"deprecated", ""};
      return;
    }
    const size_t close = decorator.find(decorator[open], open + 1);
    symbol->deprecated = ParseDeprecation(decorator.substr(open + 1, close - open - 1));
  }

  // warnings.warn("…", DeprecationWarning) among the body's own statements.
  std::optional<Deprecation> DeprecationInBody(TSNode body) const {
    std::optional<Deprecation> found;
    int statements = 0;
    ForEachChild(body, [&](TSNode statement, TSFieldId) {
      if (found || ++statements > 20 || !Is(statement, g_.expression_statement)) return;
      const TSNode call = ts_node_named_child(statement, 0);
      if (!Is(call, g_.call)) return;
      const std::string_view text = tree_.TextOf(call);
      if (text.find("DeprecationWarning") == std::string_view::npos) return;
      if (LastPart(DottedName(tree_, ChildByField(call, g_.f_function))) != "warn") return;
      std::string message;
      const TSNode first = ts_node_named_child(ChildByField(call, g_.f_arguments), 0);
      if (ts_node_is_null(first) || !StringValue(tree_, first, &message)) message = "deprecated";
      found = ParseDeprecation(message);
    });
    return found;
  }

  static void BindReceiver(Symbol* symbol) {
    if (symbol->is_static || symbol->name == "__init_subclass__") return;
    auto& parameters = symbol->signature.parameters;
    if (!parameters.empty() && parameters[0].kind != ParameterKind::kVarPositional) {
      parameters.erase(parameters.begin());
    }
  }

  bool EnterClass(TSNode node) {
    const TSNode name_node = ChildByField(node, g_.f_name);
    const TSNode body = ChildByField(node, g_.f_body);
    if (ts_node_is_null(name_node) || ts_node_is_null(body)) return true;
    const std::string name(tree_.TextOf(name_node));
    const TSNode outer = Outer(node);
    Symbol symbol = Make(Qualify(name), name, SymbolKind::kClass, outer);
    symbol.name_range = RangeOf(name_node);
    symbol.body_range = RangeOf(body);
    symbol.decorators = Decorators(outer);
    TakeBases(ChildByField(node, g_.f_superclasses), &symbol);
    TakeDocstring(body, &symbol);
    for (const std::string& decorator : symbol.decorators) {
      if (LastPart(Callee(decorator)) == "deprecated") TakeDeprecatedDecorator(decorator, &symbol);
    }
    const std::string scope_name = symbol.qualified_name;
    const bool record = RecordKindOf(symbol) != RecordKind::kNone;
    Add(std::move(symbol));
    Push({scope_name, true, false, record, ts_node_end_byte(node), 0});
    return true;
  }

  void TakeBases(TSNode arguments, Symbol* symbol) const {
    if (ts_node_is_null(arguments)) return;
    ForEachChild(arguments, [&](TSNode child, TSFieldId) {
      if (!ts_node_is_named(child) || symbol->bases.size() >= 64) return;
      if (Is(child, g_.keyword_argument)) {
        // Keywords decide the constructor (metaclass=, total=); kept apart.
        symbol->signature.is_exact = false;
        if (tree_.TextOf(child).starts_with("total")) symbol->value = OneLine(tree_, child);
      } else if (!Is(child, g_.comment)) {
        symbol->bases.push_back(OneLine(tree_, child));
      }
    });
  }

  void Push(Scope scope) {
    if (scopes_.size() < kMaxScopes) scopes_.push_back(std::move(scope));
  }

  void TakeStatement(TSNode statement) {
    const Scope& scope = scopes_.back();
    if (!scope.is_module && !scope.is_class) return;
    TSNode assignment = ts_node_named_child(statement, 0);
    // a = b = value
    for (int i = 0; Is(assignment, g_.assignment) && i < 16; ++i) {
      TakeTarget(ChildByField(assignment, g_.f_left), assignment, statement);
      assignment = ChildByField(assignment, g_.f_right);
    }
  }

  void TakeTarget(TSNode target, TSNode assignment, TSNode statement) {
    if (Is(target, g_.identifier)) return AddVariable(target, assignment, statement, true);
    if (!Is(target, g_.pattern_list) && !Is(target, g_.tuple_pattern)) return;
    ForEachChild(target, [&](TSNode child, TSFieldId) {
      if (Is(child, g_.identifier)) AddVariable(child, assignment, statement, false);
    });
  }

  void AddVariable(TSNode name_node, TSNode assignment, TSNode statement, bool whole) {
    const std::string name(tree_.TextOf(name_node));
    if (name == "__all__" || name == "__slots__" || name == "_") return;
    const TSNode type = ChildByField(assignment, g_.f_type);
    TSNode right = ChildByField(assignment, g_.f_right);
    while (Is(right, g_.assignment)) right = ChildByField(right, g_.f_right);
    Symbol symbol = Make(Qualify(name), name, SymbolKind::kConstant, statement);
    symbol.name_range = RangeOf(name_node);
    if (!ts_node_is_null(type)) symbol.annotation = OneLine(tree_, type);
    if (whole && !ts_node_is_null(right)) symbol.value = OneLine(tree_, right, 200);
    symbol.kind = KindOfVariable(symbol, !ts_node_is_null(right));
    if (symbol.kind == SymbolKind::kConstant && ts_node_is_null(right) &&
        scopes_.back().is_module) {
      return;  // a mere declaration
    }
    Add(std::move(symbol));
  }

  SymbolKind KindOfVariable(const Symbol& symbol, bool has_value) const {
    const Scope& scope = scopes_.back();
    const std::string_view annotation = symbol.annotation;
    if (LastPart(annotation) == "TypeAlias") return SymbolKind::kTypeAlias;
    const bool class_var = LastPart(Callee(annotation)).starts_with("ClassVar");
    if (scope.is_class && !annotation.empty() && !class_var && (scope.is_record || !has_value)) {
      return SymbolKind::kField;
    }
    if (scope.is_class && scope.is_record && IsAttrsField(symbol.value)) return SymbolKind::kField;
    return SymbolKind::kConstant;
  }

  void TakeTypeAlias(TSNode node) {
    const Scope& scope = scopes_.back();
    if (!scope.is_module && !scope.is_class) return;
    const TSNode left = ChildByField(node, g_.f_left);
    const TSNode right = ChildByField(node, g_.f_right);
    if (ts_node_is_null(left) || ts_node_is_null(right)) return;
    const std::string text = OneLine(tree_, left);
    const std::string name(Callee(text));
    Symbol symbol = Make(Qualify(name), name, SymbolKind::kTypeAlias, node);
    symbol.name_range = RangeOf(left);
    symbol.value = OneLine(tree_, right, 200);
    Add(std::move(symbol));
  }

  void DropRedefined() {
    std::unordered_map<std::string, size_t> seen;
    std::vector<bool> drop(symbols_.size(), false);
    for (size_t i = 0; i < symbols_.size(); ++i) {
      if (symbols_[i].is_overload) continue;
      const auto [at, is_new] = seen.emplace(symbols_[i].qualified_name, i);
      if (is_new) continue;
      // Re-assignments of a constant are no new definition.
      const bool first_wins = conditional_[i] || symbols_[i].kind == SymbolKind::kConstant;
      drop[first_wins ? i : at->second] = true;
      if (!first_wins) at->second = i;
    }
    std::vector<Symbol> kept;
    kept.reserve(symbols_.size());
    for (size_t i = 0; i < symbols_.size(); ++i) {
      if (!drop[i]) kept.push_back(std::move(symbols_[i]));
    }
    symbols_ = std::move(kept);
  }

  const SyntaxTree& tree_;
  const Grammar& g_;
  const std::string module_;
  std::vector<Symbol> symbols_;
  std::vector<bool> conditional_;  // beside symbols_
  std::vector<Scope> scopes_;
  TSNode decorated_{};
};

}  // namespace

std::vector<Symbol> ExtractSymbols(const SyntaxTree& tree, std::string_view module) {
  return Extractor(tree, module).Run();
}

}  // namespace inhouse
