// What callers may pass to a class: its own __init__ or __new__, or what its
// fields make of it (record_fields.h), or what it inherits from classes of the
// same file, in Python's order. Everything else is inexact: a base class from
// elsewhere, a metaclass, an unknown class decorator; TypedDicts (they take any
// mapping) and pydantic models (settings elsewhere decide about extra names).
#pragma once

#include <vector>

#include "indexer/python/record_fields.h"
#include "indexer/python/symbol.h"

namespace inhouse {

// Fills the signatures of all classes among one file's symbols. What a class
// brings along: is_exact is false if its metaclass may change the constructor or its
// header could not be read;
// `value` is "total=False" for such a TypedDict.
void DeriveConstructors(std::vector<Symbol>* symbols);

}  // namespace inhouse
