#include "indexer/python/constructors.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "indexer/python/signature_reader.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr int kMaxBases = 16;

bool OneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The argument `name=…` of a call as written, or "".
std::string_view KeywordOf(std::string_view call, std::string_view name) {
  int depth = 0;
  for (size_t i = 0; i + name.size() + 1 < call.size(); ++i) {
    const char c = call[i];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    const bool starts =
        depth == 1 && (i == 0 || call[i - 1] == '(' || call[i - 1] == ' ' || call[i - 1] == ',');
    if (!starts || !call.substr(i).starts_with(name) || call[i + name.size()] != '=') continue;
    const size_t begin = i + name.size() + 1;
    int inner = 0;
    size_t end = begin;
    for (; end < call.size(); ++end) {
      const char e = call[end];
      if (e == '(' || e == '[' || e == '{') ++inner;
      if (e == ')' || e == ']' || e == '}') {
        if (inner == 0) break;
        --inner;
      }
      if (e == ',' && inner == 0) break;
    }
    return call.substr(begin, end - begin);
  }
  return {};
}

bool IsFieldCall(std::string_view value) {
  return value.find('(') != std::string_view::npos &&
         OneOf(LastPart(Callee(value)), {"field", "Field", "ib", "attrib", "PrivateAttr"});
}

std::optional<std::string> DefaultOf(const Symbol& field) {
  if (field.value.empty()) return std::nullopt;
  if (!IsFieldCall(field.value)) return field.value;
  const std::string_view value = KeywordOf(field.value, "default");
  if (!value.empty()) return std::string(value);
  for (const std::string_view key : {"default_factory", "factory"}) {
    const std::string_view factory = KeywordOf(field.value, key);
    if (!factory.empty()) return std::string(factory) + "()";
  }
  // pydantic: Field(3) has its default first; Field(...) has none.
  const size_t open = field.value.find('(');
  const std::string_view first = std::string_view(field.value).substr(open + 1);
  const std::string_view word = first.substr(0, first.find_first_of(",)"));
  const bool positional = !word.empty() && word.find('=') == std::string_view::npos;
  if (positional && word != "..." && LastPart(Callee(field.value)) == "Field")
    return std::string(word);
  return std::nullopt;
}

struct ClassParts {
  std::vector<size_t> fields;
  size_t init = SIZE_MAX;  // __init__, else __new__
};

class Deriver {
 public:
  explicit Deriver(std::vector<Symbol>* symbols) : symbols_(*symbols) {
    for (size_t i = 0; i < symbols_.size(); ++i) {
      const Symbol& symbol = symbols_[i];
      if (symbol.kind == SymbolKind::kClass) classes_.emplace(symbol.qualified_name, i);
      if (symbol.kind == SymbolKind::kField) parts_[symbol.parent].fields.push_back(i);
      if (symbol.kind != SymbolKind::kMethod || symbol.is_overload) continue;
      size_t& init = parts_[symbol.parent].init;
      if (symbol.name == "__init__" || (symbol.name == "__new__" && init == SIZE_MAX)) init = i;
    }
  }

  void Run() {
    for (Symbol& symbol : symbols_) {
      if (symbol.kind == SymbolKind::kClass) symbol.signature = Derive(symbol, 0);
    }
  }

 private:
  Signature Derive(const Symbol& symbol, int depth) {
    Signature signature = DeriveUndecorated(symbol, depth);
    signature.returns.clear();
    for (const std::string& decorator : symbol.decorators) {
      const bool record = RecordKindOf(symbol) != RecordKind::kNone && IsRecordDecorator(decorator);
      if (!record && !KeepsSignature(decorator)) signature.is_exact = false;
    }
    return signature;
  }

  static bool IsRecordDecorator(std::string_view decorator) {
    return OneOf(LastPart(Callee(decorator)),
                 {"dataclass", "define", "frozen", "mutable", "attrs", "s", "attributes"});
  }

  Signature DeriveUndecorated(const Symbol& symbol, int depth) {
    const ClassParts& parts = parts_[symbol.qualified_name];
    if (parts.init != SIZE_MAX) return symbols_[parts.init].signature;
    switch (RecordKindOf(symbol)) {
      case RecordKind::kDataclass:
      case RecordKind::kAttrs:
      case RecordKind::kNamedTuple:
      case RecordKind::kTypedDict:
      case RecordKind::kPydantic: return FromFields(symbol, depth);
      case RecordKind::kEnum:
        return {{{"value", ParameterKind::kPositionalOrKeyword, std::nullopt, ""}},
                "",
                false,
                false,
                true};
      case RecordKind::kNone: break;
    }
    return Inherited(symbol, depth);
  }

  // Fields of base records first, a redefined one in its old place.
  Signature FromFields(const Symbol& symbol, int depth) {
    Signature signature;
    const RecordKind kind = RecordKindOf(symbol);
    for (const std::string& base : symbol.bases) {
      const Symbol* found = FindClass(symbol, base);
      if (found != nullptr && depth < kMaxBases && RecordKindOf(*found) != RecordKind::kNone) {
        Signature inherited = FromFields(*found, depth + 1);
        signature.is_exact = signature.is_exact && inherited.is_exact;
        for (Parameter& parameter : inherited.parameters) Put(std::move(parameter), &signature);
      } else if (found != nullptr || !IsNeutralBase(base)) {
        signature.is_exact = false;
      }
    }
    const std::string record = RecordDecoratorOf(symbol);
    bool keyword_only = kind == RecordKind::kTypedDict || kind == RecordKind::kPydantic ||
                        KeywordOf(record, "kw_only") == "True";
    if (kind == RecordKind::kPydantic) signature.is_exact = false;
    if (KeywordOf(record, "init") == "False") return Inherited(symbol, depth);
    for (const size_t index : parts_[symbol.qualified_name].fields) {
      const Symbol& field = symbols_[index];
      if (LastPart(field.annotation) == "KW_ONLY") {
        keyword_only = true;
      } else if (KeywordOf(field.value, "init") != "False") {
        Put(FieldParameter(field, kind, keyword_only, symbol), &signature);
      }
    }
    std::stable_partition(signature.parameters.begin(), signature.parameters.end(),
                          [](const Parameter& p) { return p.kind != ParameterKind::kKeywordOnly; });
    return signature;
  }

  static Parameter FieldParameter(const Symbol& field, RecordKind kind, bool keyword_only,
                                  const Symbol& owner) {
    Parameter parameter;
    parameter.name = field.name;
    if (kind == RecordKind::kAttrs) {
      while (parameter.name.starts_with('_')) parameter.name.erase(0, 1);
    }
    if (keyword_only || KeywordOf(field.value, "kw_only") == "True") {
      parameter.kind = ParameterKind::kKeywordOnly;
    }
    parameter.annotation = field.annotation;
    parameter.default_value = DefaultOf(field);
    const bool optional_key = owner.value.find("False") != std::string::npos ||
                              LastPart(Callee(field.annotation)).starts_with("NotRequired");
    if (kind == RecordKind::kTypedDict && optional_key) parameter.default_value = "...";
    return parameter;
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

  static std::string RecordDecoratorOf(const Symbol& symbol) {
    for (const std::string& decorator : symbol.decorators) {
      if (IsRecordDecorator(decorator)) return decorator;
    }
    return "";
  }

  static bool IsNeutralBase(std::string_view base) {
    return OneOf(LastPart(Callee(base)), {"object", "ABC", "Generic", "Protocol", "NamedTuple",
                                          "TypedDict", "BaseModel", "Hashable", "Sized"});
  }

  Signature Inherited(const Symbol& symbol, int depth) {
    for (const std::string& base : symbol.bases) {
      const Symbol* found = FindClass(symbol, base);
      if (found != nullptr && depth < kMaxBases) return Derive(*found, depth + 1);
      if (!IsNeutralBase(base)) return Unknown();
    }
    Signature none;
    none.is_exact = symbol.signature.is_exact;  // false with a metaclass
    return none;
  }

  static Signature Unknown() {
    Signature unknown;
    unknown.parameters = {{"args", ParameterKind::kVarPositional, std::nullopt, ""},
                          {"kwargs", ParameterKind::kVarKeyword, std::nullopt, ""}};
    unknown.is_exact = false;
    return unknown;
  }

  // A class of this file by the name that `from` uses for it.
  const Symbol* FindClass(const Symbol& from, std::string_view base) const {
    const std::string name(Callee(base));
    for (const std::string& scope : {from.parent, from.module}) {
      const auto found = classes_.find(scope + "." + name);
      if (found != classes_.end() &&
          symbols_[found->second].qualified_name != from.qualified_name) {
        return &symbols_[found->second];
      }
    }
    return nullptr;
  }

  std::vector<Symbol>& symbols_;
  std::unordered_map<std::string, size_t> classes_;
  std::unordered_map<std::string, ClassParts> parts_;
};

}  // namespace

RecordKind RecordKindOf(const Symbol& class_symbol) {
  for (const std::string& decorator : class_symbol.decorators) {
    const std::string_view callee = Callee(decorator);
    const std::string_view last = LastPart(callee);
    if (last == "dataclass") return RecordKind::kDataclass;
    if (OneOf(last, {"define", "frozen", "mutable"}) || callee == "attr.s" ||
        callee == "attr.attrs") {
      return RecordKind::kAttrs;
    }
  }
  for (const std::string& base : class_symbol.bases) {
    const std::string_view last = LastPart(Callee(base));
    if (last == "NamedTuple") return RecordKind::kNamedTuple;
    if (last == "TypedDict") return RecordKind::kTypedDict;
    if (last == "BaseModel" || last == "BaseSettings") return RecordKind::kPydantic;
    if (OneOf(last, {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})) return RecordKind::kEnum;
  }
  return RecordKind::kNone;
}

bool IsAttrsField(std::string_view value) {
  return OneOf(Callee(value), {"attr.ib", "attr.attrib", "attrs.field", "field"});
}

void DeriveConstructors(std::vector<Symbol>* symbols) { Deriver(symbols).Run(); }

}  // namespace inhouse
