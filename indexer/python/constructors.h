// What callers may pass to a class: its own __init__ or __new__, or what a
// dataclass, NamedTuple, TypedDict, Enum, attrs class or pydantic model derives
// from its fields (PEP 557, PEP 589, attrs and pydantic documentation), or what
// it inherits from a class of the same file. Everything else is inexact.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

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

// By decorators and bases as written.
RecordKind RecordKindOf(const Symbol& class_symbol);

// "attr.ib(…)", "attrs.field(…)", "field(…)", "Field(…)".
bool IsAttrsField(std::string_view value);

// Fills the signatures of all classes among one file's symbols.
void DeriveConstructors(std::vector<Symbol>* symbols);

}  // namespace inhouse
