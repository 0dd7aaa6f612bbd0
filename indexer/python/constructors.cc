#include "indexer/python/constructors.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "indexer/python/call_text.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/signature_reader.h"
#include "indexer/python/syntax_text.h"
#include "indexer/python/word_list.h"

namespace inhouse {
namespace {

constexpr size_t kMaxAncestors = 128;

// Bases that add nothing to what the constructor takes.
constexpr std::array<std::string_view, 30> kPlainBases = {
    "ABC",         "AsyncGenerator", "AsyncIterable",   "AsyncIterator", "Awaitable",
    "BaseModel",   "Callable",       "Collection",      "Container",     "Coroutine",
    "Generator",   "Generic",        "Hashable",        "Iterable",      "Iterator",
    "Mapping",     "MutableMapping", "MutableSequence", "MutableSet",    "NamedTuple",
    "Protocol",    "Reversible",     "Sequence",        "Sized",         "SupportsFloat",
    "SupportsInt", "TypedDict",      "object",          "AbstractSet",   "Buffer"};

// Built-in classes that have constructors of their own, and no fields.
constexpr std::array<std::string_view, 22> kBuiltinBases = {"ArithmeticError",
                                                            "AttributeError",
                                                            "BaseException",
                                                            "Exception",
                                                            "IndexError",
                                                            "KeyError",
                                                            "LookupError",
                                                            "OSError",
                                                            "RuntimeError",
                                                            "TypeError",
                                                            "UserWarning",
                                                            "ValueError",
                                                            "Warning",
                                                            "bytes",
                                                            "dict",
                                                            "float",
                                                            "frozenset",
                                                            "int",
                                                            "list",
                                                            "set",
                                                            "str",
                                                            "tuple"};

// A class above another one: of this file, or only known as it is written.
struct Ancestor {
  const Symbol* local = nullptr;
  std::string_view written;
};

struct ClassParts {
  std::vector<size_t> fields;
  size_t init = SIZE_MAX;                    // __init__
  size_t make = SIZE_MAX;                    // __new__
  size_t overload = SIZE_MAX;                // the first overload of either
  bool has_members = false;                  // constants
  std::unordered_set<std::string> defaults;  // attrs: fields with an `@x.default` method
};

class Deriver {
 public:
  explicit Deriver(std::vector<Symbol>* symbols) : symbols_(*symbols) {
    for (size_t i = 0; i < symbols_.size(); ++i) Note(i);
  }

  void Run() {
    std::vector<std::pair<Symbol*, Signature>> derived;
    for (Symbol& symbol : symbols_) {
      if (symbol.kind == SymbolKind::kClass) derived.emplace_back(&symbol, Derive(symbol));
    }
    for (auto& [symbol, signature] : derived) symbol->signature = std::move(signature);
  }

 private:
  void Note(size_t index) {
    const Symbol& symbol = symbols_[index];
    if (symbol.kind == SymbolKind::kClass) classes_.emplace(symbol.qualified_name, index);
    ClassParts& parts = parts_[symbol.parent];
    if (symbol.kind == SymbolKind::kField) parts.fields.push_back(index);
    if (symbol.kind == SymbolKind::kConstant) parts.has_members = true;
    if (symbol.kind != SymbolKind::kMethod) return;
    for (const std::string& decorator : symbol.decorators) {
      if (decorator.ends_with(".default")) {
        parts.defaults.insert(decorator.substr(0, decorator.size() - 8));
      }
    }
    if (symbol.name != "__init__" && symbol.name != "__new__") return;
    if (symbol.is_overload) {
      parts.overload = std::min(parts.overload, index);
    } else {
      (symbol.name == "__init__" ? parts.init : parts.make) = index;
    }
  }

  const ClassParts& PartsOf(const Symbol& symbol) const {
    const auto found = parts_.find(symbol.qualified_name);
    return found == parts_.end() ? no_parts_ : found->second;
  }

  Signature Derive(const Symbol& symbol) const {
    std::vector<Ancestor> line = Ancestors(symbol);
    line.insert(line.begin(), Ancestor{&symbol, ""});
    size_t maker = 0;
    Signature signature = FirstConstructor(line, &maker);
    signature.returns.clear();
    signature.is_async = signature.is_generator = false;
    // Decorators of the class and of its own constructor can be looked up.
    if (maker > 0) signature.is_decorated = false;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i].local == nullptr) continue;
      if (!line[i].local->signature.is_exact) MakeInexact(&signature);
      if (i > maker || !IsChangedByDecorator(*line[i].local)) continue;
      const bool may_be_exact = i == 0 && (signature.is_exact || signature.is_decorated);
      MakeInexact(&signature);
      signature.is_decorated = may_be_exact;
    }
    return signature;
  }

  static void MakeInexact(Signature* signature) {
    signature->is_exact = signature->is_decorated = false;
  }

  static bool IsChangedByDecorator(const Symbol& symbol) {
    return std::any_of(symbol.decorators.begin(), symbol.decorators.end(),
                       [](const std::string& decorator) {
                         return !IsRecordDecorator(decorator) && !KeepsSignature(decorator);
                       });
  }

  // `maker`: the index of the class that has it.
  Signature FirstConstructor(const std::vector<Ancestor>& line, size_t* maker) const {
    for (*maker = 0; *maker < line.size(); ++*maker) {
      const Ancestor& ancestor = line[*maker];
      if (ancestor.local == nullptr) {
        const std::optional<Signature> tuple = NamedTupleSignature(ancestor.written);
        if (!tuple && Among(kPlainBases, LastPart(Callee(ancestor.written)))) continue;
        return tuple.value_or(UnknownSignature());
      }
      std::optional<Signature> own = OwnConstructor(*ancestor.local);
      if (own) return *std::move(own);
    }
    return {};
  }

  std::optional<Signature> OwnConstructor(const Symbol& symbol) const {
    const RecordKind kind = KindOf(symbol);
    const ClassParts& parts = PartsOf(symbol);
    if (kind == RecordKind::kEnum) return EnumLookup(parts.has_members);
    if (parts.init != SIZE_MAX || parts.make != SIZE_MAX) {
      Signature signature = Stated(parts);
      if (kind == RecordKind::kAttrs && IsClassicAttrs(symbol)) MakeInexact(&signature);
      return signature;
    }
    if (parts.overload != SIZE_MAX) {
      Signature signature = Bound(symbols_[parts.overload]);
      MakeInexact(&signature);
      return signature;
    }
    const bool made = KeywordArgument(RecordDecoratorOf(symbol), "init") != "False";
    if (kind == RecordKind::kNone || !made) return std::nullopt;
    return FromFields(symbol, kind);
  }

  // A call goes to __new__ and to __init__: the stricter one counts.
  Signature Stated(const ClassParts& parts) const {
    const bool init_counts =
        parts.make == SIZE_MAX ||
        (parts.init != SIZE_MAX && !TakesAnything(symbols_[parts.init].signature));
    return init_counts ? symbols_[parts.init].signature : Bound(symbols_[parts.make]);
  }

  static bool TakesAnything(const Signature& signature) {
    return signature.parameters.size() == 2 &&
           signature.parameters[0].kind == ParameterKind::kVarPositional &&
           signature.parameters[1].kind == ParameterKind::kVarKeyword;
  }

  // attr.s: replaces a stated __init__ unless it is told not to, and takes no
  // annotation for a field.
  static bool IsClassicAttrs(const Symbol& symbol) {
    const std::string_view last = LastPart(Callee(RecordDecoratorOf(symbol)));
    return last == "s" || last == "attrs" || last == "attributes";
  }

  // Color("red"): members are looked up by value.
  static Signature EnumLookup(bool has_members) {
    Signature signature;
    signature.parameters = {{"value", ParameterKind::kPositionalOrKeyword, std::nullopt, ""}};
    signature.is_exact = has_members;  // without, a call makes a new enumeration
    return signature;
  }

  static Signature Bound(const Symbol& method) {
    Signature signature = method.signature;
    auto& parameters = signature.parameters;
    const bool has_cls = method.is_static && !parameters.empty() &&
                         parameters[0].kind != ParameterKind::kVarPositional;
    if (has_cls) parameters.erase(parameters.begin());
    return signature;
  }

  RecordKind KindOf(const Symbol& symbol) const {
    const RecordKind own = RecordKindOf(symbol);
    if (own != RecordKind::kNone) return own;
    for (const Ancestor& ancestor : Ancestors(symbol)) {
      if (ancestor.local == nullptr) continue;
      const RecordKind kind = RecordKindOf(*ancestor.local);
      if (IsInheritedKind(kind)) return kind;
    }
    return RecordKind::kNone;
  }

  // Fields of the furthest ancestor first; a redefined one keeps its place.
  Signature FromFields(const Symbol& symbol, RecordKind kind) const {
    Signature signature;
    signature.is_exact = kind != RecordKind::kPydantic && kind != RecordKind::kTypedDict;
    const std::vector<Ancestor> line = Ancestors(symbol);
    for (auto ancestor = line.rbegin(); ancestor != line.rend(); ++ancestor) {
      if (ancestor->local != nullptr) {
        const RecordKind above = RecordKindOf(*ancestor->local);
        const bool counts = above == kind || IsInheritedKind(kind);
        if (counts) AddFields(*ancestor->local, kind, &signature);
      } else if (!HasNoFields(ancestor->written)) {
        signature.is_exact = false;
      }
    }
    AddFields(symbol, kind, &signature);
    std::stable_partition(signature.parameters.begin(), signature.parameters.end(),
                          [](const Parameter& p) { return p.kind != ParameterKind::kKeywordOnly; });
    return signature;
  }

  static bool HasNoFields(std::string_view base) {
    const std::string_view name = LastPart(Callee(base));
    return Among(kPlainBases, name) || Among(kBuiltinBases, name);
  }

  void AddFields(const Symbol& owner, RecordKind kind, Signature* signature) const {
    const std::string_view record = RecordDecoratorOf(owner);
    const ClassParts& parts = PartsOf(owner);
    const bool only_calls = kind == RecordKind::kAttrs && TakesFieldCallsAlone(owner, parts);
    bool keyword_only = KeywordArgument(record, "kw_only") == "True";
    for (const size_t index : parts.fields) {
      const Symbol& field = symbols_[index];
      keyword_only |= LastPart(field.annotation) == "KW_ONLY";
      if (only_calls && !IsAttrsField(field.value)) continue;
      if (!IsParameterField(field, kind)) continue;
      Parameter parameter = FieldParameter(field, kind, owner);
      if (keyword_only) parameter.kind = ParameterKind::kKeywordOnly;
      if (parts.defaults.contains(field.name)) parameter.default_value = "...";
      // A field call that was cut may hold a default.
      if (field.value.ends_with("…") && !parameter.default_value) signature->is_exact = false;
      Put(std::move(parameter), signature);
    }
  }

  // attr.s without auto_attribs; attrs.define when a field has no annotation.
  bool TakesFieldCallsAlone(const Symbol& owner, const ClassParts& parts) const {
    const std::string_view record = RecordDecoratorOf(owner);
    const std::string_view stated = KeywordArgument(record, "auto_attribs");
    if (!stated.empty()) return stated != "True";
    if (IsClassicAttrs(owner)) return true;
    return std::any_of(parts.fields.begin(), parts.fields.end(),
                       [this](size_t index) { return symbols_[index].annotation.empty(); });
  }

  static void Put(Parameter parameter, Signature* signature) {
    for (Parameter& old : signature->parameters) {
      if (old.name == parameter.name) {
        old = std::move(parameter);
        return;
      }
    }
    signature->parameters.push_back(std::move(parameter));
  }

  // All classes above `symbol`, nearest first: depth first, of one that is
  // reached twice the last time counts. This is Python's order (C3) for every
  // hierarchy in which bases stand in the same order everywhere.
  std::vector<Ancestor> Ancestors(const Symbol& symbol) const {
    std::vector<Ancestor> found, todo;
    const auto push_bases = [&](const Symbol& of) {
      for (auto base = of.bases.rbegin(); base != of.bases.rend(); ++base) {
        todo.push_back({FindClass(of, *base), *base});
      }
    };
    push_bases(symbol);
    while (!todo.empty() && found.size() < kMaxAncestors) {
      const Ancestor next = todo.back();
      todo.pop_back();
      found.push_back(next);
      if (next.local != nullptr) push_bases(*next.local);
    }
    std::unordered_set<const Symbol*> seen = {&symbol};
    std::vector<Ancestor> line;
    for (auto ancestor = found.rbegin(); ancestor != found.rend(); ++ancestor) {
      const bool is_new = ancestor->local == nullptr || seen.insert(ancestor->local).second;
      if (is_new) line.push_back(*ancestor);
    }
    std::reverse(line.begin(), line.end());
    return line;
  }

  // A class of this file by the name that `from` uses for it: sought in the
  // scopes around `from`, from the inside out.
  const Symbol* FindClass(const Symbol& from, std::string_view base) const {
    const std::string name(Callee(base));
    if (base.find('(') != std::string_view::npos) return nullptr;
    std::string_view scope = from.qualified_name;
    while (scope.size() > from.module.size()) {
      scope = scope.substr(0, scope.rfind('.'));
      const auto found = classes_.find(std::string(scope) + "." + name);
      if (found == classes_.end()) continue;
      const Symbol& symbol = symbols_[found->second];
      if (symbol.qualified_name != from.qualified_name) return &symbol;
    }
    return nullptr;
  }

  std::vector<Symbol>& symbols_;
  std::unordered_map<std::string, size_t> classes_;
  std::unordered_map<std::string, ClassParts> parts_;
  const ClassParts no_parts_;
};

}  // namespace

void DeriveConstructors(std::vector<Symbol>* symbols) { Deriver(symbols).Run(); }

}  // namespace inhouse
