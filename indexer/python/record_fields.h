// Classes whose constructor is made from their fields, and what each field
// becomes: dataclasses (PEP 557), NamedTuple and namedtuple, TypedDict (PEP 589),
// Enum, attrs classes and pydantic models (by their documentation).
// Everything is read from the text of decorators, bases, annotations and values.
// Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "indexer/python/symbol.h"

namespace inhouse {

enum class RecordKind : uint8_t {
  kNone,
  kDataclass,
  kAttrs,
  kNamedTuple,
  kTypedDict,
  kPydantic,
  kEnum
};

// By the class's own decorators and bases as written.
RecordKind RecordKindOf(const Symbol& class_symbol);

// True for kinds that subclasses have without saying so again.
bool IsInheritedKind(RecordKind kind);

// True for the decorator that makes a class a dataclass or an attrs class.
bool IsRecordDecorator(std::string_view decorator);
// That decorator as written, or "".
std::string_view RecordDecoratorOf(const Symbol& class_symbol);

// "attr.ib(…)", "attrs.field(…)", "field(…)".
bool IsAttrsField(std::string_view value);

// A pseudo-field that is no parameter: init=False, KW_ONLY, private attributes
// of pydantic models.
bool IsParameterField(const Symbol& field, RecordKind kind);

// What the constructor of `owner` takes for its `field`.
Parameter FieldParameter(const Symbol& field, RecordKind kind, const Symbol& owner);

// `namedtuple("P", "x y")` or `NamedTuple("P", [("x", int)])` as written: the
// constructor of the class that it makes. Nothing if it is no such call.
std::optional<Signature> NamedTupleSignature(std::string_view call);

// (*args, **kwargs), inexact: what callers may pass cannot be told.
Signature UnknownSignature();

}  // namespace inhouse
