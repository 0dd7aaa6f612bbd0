// list_signatures INDEX: every function, method and class of an index as one
// JSON object a line, for run.py to hold against Python's own inspect.
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "indexer/store/catalog.h"

namespace inhouse {
namespace {

using nlohmann::json;

json SymbolJson(const SymbolRow& row) {
  const Symbol& symbol = row.symbol;
  json parameters = json::array();
  for (const Parameter& parameter : symbol.signature.parameters) {
    parameters.push_back({{"name", parameter.name},
                          {"kind", static_cast<int>(parameter.kind)},
                          {"default", parameter.default_value.has_value()}});
  }
  return {{"name", symbol.qualified_name},          {"module", symbol.module},
          {"kind", SymbolKindName(symbol.kind)},    {"exact", symbol.signature.is_exact},
          {"overload", symbol.is_overload},         {"static", symbol.is_static},
          {"class_method", symbol.is_class_method}, {"decorators", symbol.decorators},
          {"parameters", std::move(parameters)}};
}

Status List(const std::string& index) {
  ASSIGN_OR_RETURN(const auto catalog, Catalog::Open(index));
  ASSIGN_OR_RETURN(const auto names, catalog->Names());
  for (const Catalog::NameEntry& entry : names) {
    const bool callable = entry.kind == SymbolKind::kFunction ||
                          entry.kind == SymbolKind::kMethod || entry.kind == SymbolKind::kClass;
    if (!callable || entry.role != FileRole::kLibrary) continue;
    ASSIGN_OR_RETURN(const auto row, catalog->SymbolById(entry.symbol_id));
    if (!row) continue;
    std::puts(SymbolJson(*row).dump(-1, ' ', true, json::error_handler_t::replace).c_str());
  }
  return {};
}

int Main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: list_signatures INDEX\n");
    return 2;
  }
  const Status status = List(argv[1]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "list_signatures: %s\n", status.error().message.c_str());
  return static_cast<int>(status.error().kind);
}

}  // namespace
}  // namespace inhouse

int main(int argc, char** argv) { return inhouse::Main(argc, argv); }
