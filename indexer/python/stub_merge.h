// A stub (x.pyi) beside its source (x.py): one API, told in two files. The
// source keeps its symbols, places and defaults, and takes what only the stub
// says; the stub keeps what only it declares (overloads, names made at run time).
// Pure; safe from any thread.
#pragma once

#include <vector>

#include "indexer/python/symbol.h"

namespace inhouse {

// Annotations, results, docstrings and deprecations that the source leaves out.
// A parameter is found by its name; definitions with overloads in the stub stay
// as they are.
void TakeFromStub(const std::vector<Symbol>& stub, std::vector<Symbol>* source);

// Leaves of a stub's facts what the source does not define; its imports and
// __all__ are the source's business. What the source imports under that name may
// take other arguments than the stub says: such signatures are not exact.
void KeepStubOnly(const FileFacts& source, FileFacts* stub);

}  // namespace inhouse
