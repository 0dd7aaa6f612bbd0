#include "indexer/python/record_fields.h"

#include <algorithm>
#include <vector>

#include "indexer/python/call_text.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/syntax_text.h"
#include "indexer/python/word_list.h"

namespace inhouse {
namespace {

bool IsFieldCall(std::string_view value) {
  return value.find('(') != std::string_view::npos &&
         OneOf(LastPart(Callee(value)), {"field", "Field", "ib", "attrib", "PrivateAttr"});
}

// The default among a field call's positional arguments: attr.ib(3), Field(3);
// attrs and dataclasses take none in `field`. "..." means: required.
std::string_view PositionalDefault(std::string_view call) {
  if (!OneOf(LastPart(Callee(call)), {"Field", "ib", "attrib"})) return {};
  const std::string_view first = PositionalArgument(call, 0);
  return first == "..." ? std::string_view() : first;
}

std::optional<std::string> DefaultOf(const Symbol& field) {
  if (field.value.empty()) return std::nullopt;
  if (!IsFieldCall(field.value)) return field.value;
  for (const std::string_view value :
       {KeywordArgument(field.value, "default"), PositionalDefault(field.value)}) {
    if (!value.empty() && value != "..." && LastPart(value) != "NOTHING" && value != "MISSING") {
      return std::string(value);
    }
  }
  for (const std::string_view key : {"default_factory", "factory"}) {
    const std::string_view factory = KeywordArgument(field.value, key);
    if (factory.empty()) continue;
    std::string made(factory);
    if (factory.starts_with("lambda")) made.insert(0, 1, '(').push_back(')');
    return made += "()";
  }
  return std::nullopt;
}

bool IsOptionalKey(const Symbol& field, const Symbol& owner) {
  const std::string_view wrapper = LastPart(Callee(field.annotation));
  if (wrapper == "NotRequired") return true;
  return owner.value == "total=False" && wrapper != "Required";
}

std::string ParameterName(const Symbol& field, RecordKind kind) {
  std::string_view alias;
  if ((kind == RecordKind::kAttrs || kind == RecordKind::kPydantic) && IsFieldCall(field.value)) {
    if (IsStringLiteral(KeywordArgument(field.value, "alias"), &alias)) return std::string(alias);
  }
  std::string name = field.name;
  if (kind == RecordKind::kAttrs) name.erase(0, std::min(name.find_first_not_of('_'), name.size()));
  return name.empty() ? field.name : name;
}

Signature WithNames(const std::vector<std::string_view>& names) {
  Signature signature;
  for (const std::string_view name : names) {
    if (signature.parameters.size() >= 256) return UnknownSignature();
    Parameter parameter;
    parameter.name = name;
    signature.parameters.push_back(std::move(parameter));
  }
  return signature;
}

// "x y", "x, y", ["x", "y"] → x | y. False if they are no literals.
bool FieldNames(std::string_view argument, std::vector<std::string_view>* names) {
  std::string_view inside;
  if (IsStringLiteral(argument, &inside)) {
    while (!inside.empty()) {
      const size_t begin = inside.find_first_not_of(" ,");
      if (begin == std::string_view::npos) return true;
      inside.remove_prefix(begin);
      names->push_back(inside.substr(0, inside.find_first_of(" ,")));
      inside.remove_prefix(names->back().size());
    }
    return true;
  }
  if (!IsDisplay(argument)) return false;
  for (const std::string_view element : Elements(argument)) {
    if (!IsStringLiteral(element, &inside)) return false;
    names->push_back(inside);
  }
  return true;
}

Signature FromNamedTupleCall(std::string_view call) {
  std::string_view fields = KeywordArgument(call, "field_names");
  if (fields.empty()) fields = PositionalArgument(call, 1);
  std::vector<std::string_view> names;
  if (!KeywordArgument(call, "rename").empty() || !FieldNames(fields, &names)) {
    return UnknownSignature();
  }
  Signature signature = WithNames(names);
  const std::string_view defaults = KeywordArgument(call, "defaults");
  if (defaults.empty()) return signature;
  const std::vector<std::string_view> values = Elements(defaults);
  if (!IsDisplay(defaults) || values.size() > signature.parameters.size())
    return UnknownSignature();
  const size_t first = signature.parameters.size() - values.size();
  for (size_t i = 0; i < values.size(); ++i) {
    signature.parameters[first + i].default_value = std::string(values[i]);
  }
  return signature;
}

Signature FromTypedCall(std::string_view call) {
  Signature signature;
  const auto add = [&](std::string_view name, std::string_view type) {
    Parameter parameter;
    parameter.name = name;
    parameter.annotation = type;
    signature.parameters.push_back(std::move(parameter));
  };
  const std::string_view fields = PositionalArgument(call, 1);
  if (!IsDisplay(fields)) return UnknownSignature();
  for (const std::string_view element : Elements(fields)) {
    const std::vector<std::string_view> pair = Elements(element);
    std::string_view name;
    if (pair.size() != 2 || !IsStringLiteral(pair[0], &name)) return UnknownSignature();
    add(name, pair[1]);
  }
  return signature;
}

}  // namespace

RecordKind RecordKindOf(const Symbol& class_symbol) {
  const std::string_view decorator = RecordDecoratorOf(class_symbol);
  if (!decorator.empty()) {
    return LastPart(Callee(decorator)) == "dataclass" ? RecordKind::kDataclass : RecordKind::kAttrs;
  }
  for (const std::string& base : class_symbol.bases) {
    if (base.find('(') != std::string::npos) continue;
    const std::string_view last = LastPart(Callee(base));
    if (last == "NamedTuple") return RecordKind::kNamedTuple;
    if (last == "TypedDict") return RecordKind::kTypedDict;
    if (OneOf(last, {"BaseModel", "BaseSettings", "SQLModel"})) return RecordKind::kPydantic;
    if (OneOf(last, {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum"}) &&
        (last == Callee(base) || base.starts_with("enum."))) {
      return RecordKind::kEnum;
    }
  }
  return RecordKind::kNone;
}

bool IsInheritedKind(RecordKind kind) {
  return kind == RecordKind::kTypedDict || kind == RecordKind::kPydantic ||
         kind == RecordKind::kEnum;
}

bool IsRecordDecorator(std::string_view decorator) {
  const std::string_view callee = Callee(decorator);
  return OneOf(LastPart(callee), {"dataclass", "define", "frozen", "mutable"}) ||
         OneOf(callee, {"attr.s", "attr.attrs", "attr.attributes", "attrs"});
}

std::string_view RecordDecoratorOf(const Symbol& class_symbol) {
  for (const std::string& decorator : class_symbol.decorators) {
    if (IsRecordDecorator(decorator)) return decorator;
  }
  return {};
}

bool IsAttrsField(std::string_view value) {
  return OneOf(Callee(value),
               {"attr.ib", "attr.attrib", "attr.field", "attrs.field", "attrib", "ib", "field"}) &&
         value.find('(') != std::string_view::npos;
}

bool IsParameterField(const Symbol& field, RecordKind kind) {
  if (LastPart(field.annotation) == "KW_ONLY") return false;
  if (IsFieldCall(field.value) && KeywordArgument(field.value, "init") == "False") return false;
  if (kind != RecordKind::kPydantic) return true;
  return !field.name.starts_with('_') && field.name != "model_config";
}

Parameter FieldParameter(const Symbol& field, RecordKind kind, const Symbol& owner) {
  Parameter parameter;
  parameter.name = ParameterName(field, kind);
  const bool keyword_only =
      kind == RecordKind::kTypedDict || kind == RecordKind::kPydantic ||
      (IsFieldCall(field.value) && KeywordArgument(field.value, "kw_only") == "True");
  if (keyword_only) parameter.kind = ParameterKind::kKeywordOnly;
  parameter.annotation = field.annotation;
  parameter.default_value = DefaultOf(field);
  if (kind == RecordKind::kTypedDict && IsOptionalKey(field, owner)) {
    parameter.default_value = "...";
  }
  return parameter;
}

std::optional<Signature> NamedTupleSignature(std::string_view call) {
  const std::string_view callee = LastPart(Callee(call));
  if (call.size() == Callee(call).size()) return std::nullopt;
  if (call.ends_with("…") && OneOf(callee, {"namedtuple", "NamedTuple"})) return UnknownSignature();
  if (callee == "namedtuple") return FromNamedTupleCall(call);
  if (callee == "NamedTuple") return FromTypedCall(call);
  return std::nullopt;
}

Signature UnknownSignature() {
  Signature unknown;
  unknown.parameters = {{"args", ParameterKind::kVarPositional, std::nullopt, ""},
                        {"kwargs", ParameterKind::kVarKeyword, std::nullopt, ""}};
  unknown.is_exact = false;
  return unknown;
}

}  // namespace inhouse
