// Syntax tree → the symbols that a file defines.
//
// Nested definitions get Python's own qualified names ("mod.f.<locals>.g") and
// are not public. A name defined twice (if/else, try/except ImportError) keeps
// its first definition when the second is conditional, else its last, as Python
// would; overloads all stay. Pure; safe from any thread; no recursion.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/python_parser.h"
#include "indexer/python/symbol.h"

namespace inhouse {

// A file's symbols in source order, the module itself first. `module` is the
// dotted prefix of every qualified name (for scripts: the file's own name).
// At most kMaxSymbols are taken.
inline constexpr size_t kMaxSymbols = 50'000;
std::vector<Symbol> ExtractSymbols(const SyntaxTree& tree, std::string_view module);

}  // namespace inhouse
