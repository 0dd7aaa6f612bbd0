#include "indexer/python/symbol_extractor.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "indexer/python/constructors.h"
#include "indexer/python/deprecation.h"
#include "indexer/python/docstring.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/redefinitions.h"
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
      : tree_(tree),
        g_(PythonGrammar()),
        module_(module),
        has_type_checking_(tree.text().find("TYPE_CHECKING") != std::string_view::npos) {}

  std::vector<Symbol> Run() {
    AddModule();
    for (TreeWalk walk(tree_.root()); !walk.done() && symbols_.size() < kMaxSymbols; walk.Next()) {
      if (!Visit(walk.node())) walk.SkipChildren();
    }
    DropRedefined(conditional_, &symbols_);
    DeriveConstructors(&symbols_);
    PassDeprecationToClasses();
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
  bool Visit(SyntaxNode node) {
    const uint32_t begin = node.start_byte();
    while (scopes_.size() > 1 && begin >= scopes_.back().end) scopes_.pop_back();
    const NodeKind kind = node.kind();
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
          std::max(scopes_.back().conditional_until, node.end_byte());
      return true;
    }
    return !IsLeafStatement(kind);
  }

  bool IsLeafStatement(NodeKind kind) const {
    return kind == g_.import_statement || kind == g_.import_from_statement ||
           kind == g_.return_statement || kind == g_.raise_statement || kind == g_.parameters ||
           kind == g_.decorator || kind == g_.argument_list || kind == g_.call ||
           kind == g_.comment || kind == g_.string || kind == g_.type ||
           kind == g_.delete_statement || kind == g_.with_clause;
  }

  Symbol Make(std::string qualified, std::string_view name, SymbolKind kind,
              SyntaxNode node) const {
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
  SyntaxNode Outer(SyntaxNode node) const {
    if (decorated_.is_null()) return node;
    return ChildByField(decorated_, g_.f_definition) == node ? decorated_ : node;
  }

  std::vector<std::string> Decorators(SyntaxNode outer) const {
    std::vector<std::string> decorators;
    if (!Is(outer, g_.decorated_definition)) return decorators;
    ForEachChild(outer, [&](SyntaxNode child, FieldId) {
      if (!Is(child, g_.decorator) || decorators.size() >= 64) return;
      const SyntaxNode expression = child.named_child(0);
      if (!expression.is_null()) decorators.push_back(OneLine(tree_, expression));
    });
    return decorators;
  }

  void TakeDocstring(SyntaxNode body, Symbol* symbol) const {
    std::string raw;
    if (!DocstringOf(tree_, body, &raw)) return;
    symbol->doc = ParseDocstring(raw);
    symbol->deprecated = DeprecationInDocstring(raw);
  }

  bool EnterFunction(SyntaxNode node) {
    const SyntaxNode name_node = ChildByField(node, g_.f_name);
    const SyntaxNode body = ChildByField(node, g_.f_body);
    if (name_node.is_null() || body.is_null()) return true;
    const std::string name(tree_.TextOf(name_node));
    const SyntaxNode outer = Outer(node);
    const bool in_class = scopes_.back().is_class;
    Symbol symbol =
        Make(Qualify(name), name, in_class ? SymbolKind::kMethod : SymbolKind::kFunction, outer);
    symbol.name_range = RangeOf(name_node);
    symbol.body_range = RangeOf(body);
    symbol.decorators = Decorators(outer);
    symbol.signature = ReadSignature(tree_, node);
    TakeTypeParameters(node, &symbol);
    if (IsForTypeCheckers(outer)) symbol.signature.is_exact = false;
    TakeDocstring(body, &symbol);
    ApplyDecorators(&symbol);
    if (in_class) BindReceiver(&symbol);
    TakeDeprecation(outer, body, &symbol);
    const std::string scope_name = symbol.qualified_name;
    Add(std::move(symbol));
    Push({scope_name, false, false, false, node.end_byte(), 0});
    return true;
  }

  void TakeTypeParameters(SyntaxNode definition, Symbol* symbol) const {
    const SyntaxNode list = ChildByField(definition, g_.f_type_parameters);
    if (!list.is_null()) symbol->type_parameters = OneLine(tree_, list);
  }

  // Below `if TYPE_CHECKING:`, where other code runs than stands there.
  bool IsForTypeCheckers(SyntaxNode definition) const {
    if (!has_type_checking_) return false;
    for (SyntaxNode at = definition.parent(); !at.is_null(); at = at.parent()) {
      if (Is(at, g_.class_definition) || Is(at, g_.function_definition)) return false;
      if (!Is(at, g_.if_statement)) continue;
      const std::string_view text = tree_.TextOf(at);
      if (text.substr(0, text.find('\n')).find("TYPE_CHECKING") != text.npos) return true;
    }
    return false;
  }

  static void MarkDecorated(Signature* signature) {
    signature->is_decorated |= signature->is_exact;
    signature->is_exact = false;
  }

  static void ApplyDecorators(Symbol* symbol) {
    for (const std::string& decorator : symbol->decorators) {
      const std::string_view last = LastPart(Callee(decorator));
      if (last == "staticmethod" || last == "abstractstaticmethod") symbol->is_static = true;
      if (last == "classmethod" || last == "abstractclassmethod") symbol->is_class_method = true;
      if (last.starts_with("abstract")) symbol->is_abstract = true;
      if (last == "overload") symbol->is_overload = true;
      const bool is_property = last == "property" || last == "cached_property" ||
                               last == "abstractproperty" || IsAccessor(decorator);
      if (is_property && symbol->kind == SymbolKind::kMethod) symbol->kind = SymbolKind::kProperty;
      if (!KeepsSignature(decorator)) MarkDecorated(&symbol->signature);
    }
    if (symbol->kind == SymbolKind::kProperty) symbol->annotation = symbol->signature.returns;
  }

  // A decorator says it best, then a warning that the body begins with, then
  // the docstring; what the first leaves out comes from the next.
  void TakeDeprecation(SyntaxNode outer, SyntaxNode body, Symbol* symbol) const {
    std::optional<Deprecation> stated = DeprecationInDecorators(tree_, outer);
    if (!stated && symbol->kind != SymbolKind::kClass) stated = DeprecationInBody(tree_, body);
    if (!stated) return;
    if (symbol->deprecated) {
      if (stated->message == kNoMessage) stated->message = symbol->deprecated->message;
      if (stated->replacement.empty()) stated->replacement = symbol->deprecated->replacement;
    }
    symbol->deprecated = std::move(stated);
  }

  // A class whose constructor warns is deprecated itself.
  void PassDeprecationToClasses() {
    std::unordered_map<std::string_view, const Symbol*> makers;
    for (const Symbol& symbol : symbols_) {
      const bool maker =
          symbol.name == "__init__" || symbol.name == "__post_init__" || symbol.name == "__new__";
      if (maker && symbol.deprecated && !symbol.is_overload) makers[symbol.parent] = &symbol;
    }
    for (Symbol& symbol : symbols_) {
      const auto maker = makers.find(symbol.qualified_name);
      if (symbol.kind != SymbolKind::kClass || symbol.deprecated || maker == makers.end()) continue;
      symbol.deprecated = maker->second->deprecated;
    }
  }

  // Python binds the receiver itself, except that of static methods; __new__
  // is one without saying so.
  static void BindReceiver(Symbol* symbol) {
    if (symbol->name == "__new__") symbol->is_static = true;
    if (symbol->name == "__init_subclass__" || symbol->name == "__class_getitem__") {
      symbol->is_class_method = true;
    }
    if (symbol->is_static) return;
    auto& parameters = symbol->signature.parameters;
    if (!parameters.empty() && parameters[0].kind != ParameterKind::kVarPositional) {
      parameters.erase(parameters.begin());
    }
  }

  bool EnterClass(SyntaxNode node) {
    const SyntaxNode name_node = ChildByField(node, g_.f_name);
    const SyntaxNode body = ChildByField(node, g_.f_body);
    if (name_node.is_null() || body.is_null()) return true;
    const std::string name(tree_.TextOf(name_node));
    const SyntaxNode outer = Outer(node);
    Symbol symbol = Make(Qualify(name), name, SymbolKind::kClass, outer);
    symbol.name_range = RangeOf(name_node);
    symbol.body_range = RangeOf(body);
    symbol.decorators = Decorators(outer);
    if (HasBrokenHeader(tree_, node)) symbol.signature.is_exact = false;
    TakeTypeParameters(node, &symbol);
    TakeBases(ChildByField(node, g_.f_superclasses), &symbol);
    TakeDocstring(body, &symbol);
    TakeDeprecation(outer, body, &symbol);
    const std::string scope_name = symbol.qualified_name;
    const bool record = IsRecord(symbol);
    Add(std::move(symbol));
    Push({scope_name, true, false, record, node.end_byte(), 0});
    return true;
  }

  void TakeBases(SyntaxNode arguments, Symbol* symbol) const {
    if (arguments.is_null()) return;
    ForEachChild(arguments, [&](SyntaxNode child, FieldId) {
      if (!child.is_named() || symbol->bases.size() >= 64) return;
      if (Is(child, g_.keyword_argument)) {
        TakeClassKeyword(child, symbol);
      } else if (!Is(child, g_.comment)) {
        symbol->bases.push_back(OneLine(tree_, child));
      }
    });
  }

  // What DeriveConstructors wants to know of `metaclass=` and `total=`.
  void TakeClassKeyword(SyntaxNode keyword, Symbol* symbol) const {
    const std::string_view name = tree_.TextOf(ChildByField(keyword, g_.f_name));
    const std::string_view value = tree_.TextOf(ChildByField(keyword, g_.f_value));
    if (name == "metaclass" && LastPart(value) != "ABCMeta") symbol->signature.is_exact = false;
    if (name == "total" && value == "False") symbol->value = "total=False";
  }

  // True if annotated names in the class are what its constructor takes.
  bool IsRecord(const Symbol& symbol) {
    bool record = RecordKindOf(symbol) != RecordKind::kNone;
    bool passed_on = IsInheritedKind(RecordKindOf(symbol));
    for (const std::string& base : symbol.bases) {
      const std::string name(Callee(base));
      const bool found =
          models_.contains(symbol.parent + "." + name) || models_.contains(module_ + "." + name);
      passed_on = passed_on || found;
    }
    if (passed_on) models_.insert(symbol.qualified_name);
    return record || passed_on;
  }

  void Push(Scope scope) {
    if (scopes_.size() < kMaxScopes) scopes_.push_back(std::move(scope));
  }

  void TakeStatement(SyntaxNode statement) {
    const Scope& scope = scopes_.back();
    if (!scope.is_module && !scope.is_class) return;
    SyntaxNode assignment = statement.named_child(0);
    // a = b = value
    for (int i = 0; Is(assignment, g_.assignment) && i < 16; ++i) {
      TakeTarget(ChildByField(assignment, g_.f_left), assignment, statement);
      assignment = ChildByField(assignment, g_.f_right);
    }
  }

  void TakeTarget(SyntaxNode target, SyntaxNode assignment, SyntaxNode statement) {
    if (Is(target, g_.identifier)) return AddVariable(target, assignment, statement, true);
    if (!IsTuple(target)) return;
    for (TreeWalk walk(target); !walk.done(); walk.Next()) {
      const SyntaxNode part = walk.node();
      if (Is(part, g_.identifier)) {
        AddVariable(part, assignment, statement, false);
      } else if (!IsTuple(part) && !Is(part, g_.list_splat_pattern)) {
        walk.SkipChildren();
      }
    }
  }

  bool IsTuple(SyntaxNode target) const {
    return Is(target, g_.pattern_list) || Is(target, g_.tuple_pattern) ||
           Is(target, g_.list_pattern);
  }

  void AddVariable(SyntaxNode name_node, SyntaxNode assignment, SyntaxNode statement, bool whole) {
    const std::string name(tree_.TextOf(name_node));
    // "_: KW_ONLY" among a dataclass's fields means something.
    if (name == "__all__" || name == "__slots__") return;
    if (name == "_" && !scopes_.back().is_record) return;
    const SyntaxNode type = ChildByField(assignment, g_.f_type);
    SyntaxNode right = ChildByField(assignment, g_.f_right);
    while (Is(right, g_.assignment)) right = ChildByField(right, g_.f_right);
    Symbol symbol = Make(Qualify(name), name, SymbolKind::kConstant, statement);
    symbol.name_range = RangeOf(name_node);
    if (!type.is_null()) symbol.annotation = OneLine(tree_, type);
    if (whole && !right.is_null()) symbol.value = OneLine(tree_, right, 200);
    symbol.kind = KindOfVariable(symbol, !right.is_null());
    if (symbol.kind == SymbolKind::kConstant && right.is_null() && scopes_.back().is_module) {
      return;  // a mere declaration
    }
    if (symbol.kind == SymbolKind::kClass) {
      symbol.bases.push_back(OneLine(tree_, right));
      symbol.value.clear();
    }
    Add(std::move(symbol));
  }

  SymbolKind KindOfVariable(const Symbol& symbol, bool has_value) const {
    const Scope& scope = scopes_.back();
    std::string_view annotation = symbol.annotation;
    if (annotation.starts_with('"') || annotation.starts_with('\'')) annotation.remove_prefix(1);
    const std::string_view type = LastPart(Callee(annotation));
    const std::string_view callee = LastPart(Callee(symbol.value));
    if (type.starts_with("TypeAlias")) return SymbolKind::kTypeAlias;
    if (callee == "TypeAliasType") return SymbolKind::kTypeAlias;
    if (symbol.annotation.empty() && NamedTupleSignature(symbol.value)) return SymbolKind::kClass;
    if (scope.is_class && callee == "property" && callee.size() < symbol.value.size()) {
      return SymbolKind::kProperty;
    }
    const bool annotated = !annotation.empty() && !type.starts_with("ClassVar");
    if (scope.is_class && annotated && (scope.is_record || !has_value)) return SymbolKind::kField;
    if (scope.is_class && scope.is_record && IsAttrsField(symbol.value)) return SymbolKind::kField;
    return SymbolKind::kConstant;
  }

  void TakeTypeAlias(SyntaxNode node) {
    const Scope& scope = scopes_.back();
    if (!scope.is_module && !scope.is_class) return;
    const SyntaxNode left = ChildByField(node, g_.f_left);
    const SyntaxNode right = ChildByField(node, g_.f_right);
    if (left.is_null() || right.is_null()) return;
    const std::string text = OneLine(tree_, left);
    const std::string name(Callee(text));
    Symbol symbol = Make(Qualify(name), name, SymbolKind::kTypeAlias, node);
    symbol.name_range = RangeOf(left);
    symbol.value = OneLine(tree_, right, 200);
    symbol.type_parameters = text.substr(name.size());
    Add(std::move(symbol));
  }

  const SyntaxTree& tree_;
  const Grammar& g_;
  const std::string module_;
  const bool has_type_checking_;  // the word stands somewhere
  std::vector<Symbol> symbols_;
  std::vector<bool> conditional_;  // beside symbols_
  std::vector<Scope> scopes_;
  SyntaxNode decorated_{};
  std::unordered_set<std::string> models_;  // classes whose kind of record passes to subclasses
};

}  // namespace

std::vector<Symbol> ExtractSymbols(const SyntaxTree& tree, std::string_view module) {
  return Extractor(tree, module).Run();
}

}  // namespace inhouse
