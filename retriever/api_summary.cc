#include "retriever/api_summary.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "indexer/chunk/terms.h"
#include "retriever/api_card.h"
#include "retriever/card_format.h"

namespace inhouse {
namespace {

// No line is shorter: no need to read the rows of an index that cannot fit.
constexpr size_t kLeastTokensALine = 5;
constexpr size_t kMaxSummary = 160;

bool IsListed(const NameView& entry) {
  const bool kind = entry.kind == SymbolKind::kFunction || entry.kind == SymbolKind::kClass ||
                    entry.kind == SymbolKind::kMethod;
  return kind && entry.role == FileRole::kLibrary && !entry.is_deprecated && IsPublicName(entry) &&
         !LastNameOf(entry.qualified_name).starts_with('_');
}

enum class Detail { kTyped, kUntyped, kNamesOnly };

Symbol Untyped(Symbol symbol) {
  for (Parameter& parameter : symbol.signature.parameters) parameter.annotation.clear();
  return symbol;
}

std::string LineOf(const SymbolRow& row, Detail detail) {
  const Symbol& symbol = row.symbol;
  std::string line = detail == Detail::kTyped ? SignatureLine(symbol, row.import_name)
                                              : SignatureLine(Untyped(symbol), row.import_name);
  line = Shortened(line, 400);
  if (detail != Detail::kNamesOnly && !symbol.doc.summary.empty()) {
    line += "  # " + Shortened(symbol.doc.summary, kMaxSummary);
  }
  return line + "\n";
}

using Groups = std::map<std::string, std::map<std::string, const SymbolRow*>>;

// Package → import name → row.
Result<Groups> ListedApis(IndexView& view, size_t token_budget) {
  Groups groups;
  std::vector<NameView> listed;
  for (const NameView entry : view.names().entries()) {
    if (IsListed(entry)) listed.push_back(entry);
  }
  if (listed.size() > token_budget / kLeastTokensALine) return groups;
  for (const NameView& entry : listed) {
    ASSIGN_OR_RETURN(const SymbolRow* row, view.DefinitionOf(entry.qualified_name, 0));
    if (row == nullptr) continue;
    const std::string import_name(entry.import_name);
    groups[import_name.substr(0, import_name.find('.'))].emplace(import_name, row);
  }
  return groups;
}

Result<std::string> Heading(IndexView& view, const std::string& package) {
  ASSIGN_OR_RETURN(const SymbolRow* module, view.DefinitionOf(package, 0));
  std::string line = "import " + package;
  if (module != nullptr && !module->symbol.doc.summary.empty()) {
    line += "  # " + Shortened(module->symbol.doc.summary, kMaxSummary);
  }
  return line + "\n";
}

Result<ContextPack> Written(IndexView& view, const Groups& groups, Detail detail) {
  ContextPack pack;
  for (const auto& [package, rows] : groups) {
    ASSIGN_OR_RETURN(const std::string heading, Heading(view, package));
    pack.text += (pack.text.empty() ? "" : "\n") + heading;
    for (const auto& [name, row] : rows) {
      const std::string line = LineOf(*row, detail);
      ASSIGN_OR_RETURN(const FileRow* file, view.File(row->file_id));
      pack.text += line;
      pack.entries.push_back({name, row->symbol.qualified_name, file != nullptr ? file->path : "",
                              row->symbol.range.start_line, 1.0, "summary", line});
    }
  }
  pack.estimated_tokens = EstimateTokens(pack.text);
  return pack;
}

}  // namespace

Result<ContextPack> SummarizeApis(IndexView& view, size_t token_budget) {
  ASSIGN_OR_RETURN(const Groups groups, ListedApis(view, token_budget));
  if (groups.empty()) return ContextPack{};
  for (const Detail detail : {Detail::kTyped, Detail::kUntyped, Detail::kNamesOnly}) {
    ASSIGN_OR_RETURN(ContextPack pack, Written(view, groups, detail));
    if (pack.estimated_tokens <= token_budget) return pack;
  }
  return ContextPack{};
}

}  // namespace inhouse
