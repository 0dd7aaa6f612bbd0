// Import statements and __all__ → plain facts. Pure; safe from any thread.
//
//   from .writer import write as w     in audience_io/__init__.py
//   → {module "audience_io.writer", name "write", alias "w"}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/python_parser.h"
#include "indexer/python/symbol.h"

namespace inhouse {

// Where relative imports start from.
struct ImportBase {
  std::string module;  // dotted path of the file's module; "" for a script
  bool is_package = false;
};

inline constexpr size_t kMaxImportNames = 5'000;  // of one statement

// The bindings of one import_statement or import_from_statement node. `scope`,
// `is_conditional` are left empty. Relative imports above the top package (or in
// a script) cannot be named and are left out.
std::vector<Import> ReadImport(const SyntaxTree& tree, SyntaxNode statement,
                               const ImportBase& base);

// True if the module states __all__. `names`: its literal strings, with those of
// later `+=`, `.extend` and `.append`, in order; parts that are no literals
// (`other.__all__`) are left out.
bool ReadExports(const SyntaxTree& tree, std::vector<std::string>* names);

}  // namespace inhouse
