#include "indexer/python/symbol.h"

namespace inhouse {

const char* SymbolKindName(SymbolKind kind) {
  switch (kind) {
    case SymbolKind::kModule: return "module";
    case SymbolKind::kClass: return "class";
    case SymbolKind::kFunction: return "function";
    case SymbolKind::kMethod: return "method";
    case SymbolKind::kProperty: return "property";
    case SymbolKind::kConstant: return "constant";
    case SymbolKind::kField: return "field";
    case SymbolKind::kTypeAlias: return "type alias";
  }
  return "symbol";
}

}  // namespace inhouse
