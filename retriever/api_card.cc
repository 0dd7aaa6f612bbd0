#include "retriever/api_card.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "indexer/drift_report.h"
#include "indexer/python/signature_reader.h"
#include "retriever/indexed_text.h"
#include "retriever/search.h"
#include "retriever/usage_examples.h"

namespace inhouse {
namespace {

constexpr size_t kMaxMembers = 100;
constexpr size_t kMaxBases = 16;
constexpr size_t kMaxCompanions = 6;
constexpr size_t kMaxOthers = 50;  // overloads and other definitions of one name

bool IsPrivatePart(std::string_view name) {
  return name.starts_with('_') && !(name == "__call__" || name == "__enter__");
}

bool HasSignature(SymbolKind kind) {
  return kind == SymbolKind::kFunction || kind == SymbolKind::kMethod || kind == SymbolKind::kClass;
}

std::string WithoutStars(std::string_view name) {
  while (name.starts_with('*')) name.remove_prefix(1);
  return std::string(name);
}

// What is documented, in the order of the signature and with its types, then
// what only the documentation knows (keys of **kwargs).
std::vector<DocParameter> MergedParameters(const Symbol& symbol) {
  std::vector<DocParameter> merged;
  std::vector<DocParameter> documented = symbol.doc.parameters;
  for (const Parameter& parameter : symbol.signature.parameters) {
    const auto at = std::find_if(documented.begin(), documented.end(), [&](const auto& entry) {
      return WithoutStars(entry.name) == parameter.name;
    });
    if (at == documented.end()) continue;
    merged.push_back(std::move(*at));
    documented.erase(at);
    if (!parameter.annotation.empty()) merged.back().type = parameter.annotation;
  }
  merged.insert(merged.end(), documented.begin(), documented.end());
  return merged;
}

std::string MemberLine(const Symbol& symbol, std::string_view name) {
  return SignatureLine(symbol, name) + (symbol.deprecated.has_value() ? "  # deprecated" : "");
}

// A class's own members and those of its bases in the index, nearest first.
Status AddClassMembers(IndexView& view, const Symbol& symbol, std::vector<std::string>* members) {
  std::set<std::string> seen;
  std::set<std::string> visited;
  std::deque<Symbol> classes = {symbol};
  while (!classes.empty() && visited.size() < kMaxBases) {
    const Symbol current = std::move(classes.front());
    classes.pop_front();
    if (!visited.insert(current.qualified_name).second) continue;
    ASSIGN_OR_RETURN(const auto rows, view.catalog().MembersOf(current.qualified_name));
    for (const SymbolRow& row : rows) {
      const Symbol& member = row.symbol;
      if (IsPrivatePart(member.name) || members->size() >= kMaxMembers) continue;
      if (seen.insert(member.name).second) members->push_back(MemberLine(member, member.name));
    }
    for (const std::string& base : current.bases) {
      const std::string name = base.substr(0, base.find_first_of("[("));
      for (const std::string& dotted : {current.module + "." + name, name}) {
        ASSIGN_OR_RETURN(const auto defined, view.Resolve(dotted));
        if (!defined.has_value()) continue;
        ASSIGN_OR_RETURN(const SymbolRow* row, view.DefinitionOf(*defined, 0));
        if (row != nullptr) classes.push_back(row->symbol);
        break;
      }
    }
  }
  return {};
}

// What people import from the module: by import name, so that re-exports count.
Status AddModuleMembers(IndexView& view, const SymbolRow& row, std::vector<std::string>* members) {
  std::set<std::string_view> seen;
  for (const NameView entry : view.names().entries()) {
    if (members->size() >= kMaxMembers) return {};
    if (ParentNameOf(entry.import_name) != row.import_name || !IsPublicName(entry)) continue;
    if (!seen.insert(entry.import_name).second) continue;
    ASSIGN_OR_RETURN(const SymbolRow* member, view.Symbol(entry.symbol_id));
    if (member != nullptr) {
      members->push_back(MemberLine(member->symbol, LastNameOf(entry.import_name)));
    }
  }
  return {};
}

Status AddCompanions(IndexView& view, const Symbol& symbol, std::vector<std::string>* names) {
  ASSIGN_OR_RETURN(const auto counts,
                   view.catalog().UsedTogether(symbol.qualified_name, 2 * kMaxCompanions));
  for (const Catalog::CallCount& count : counts) {
    const std::optional<NameView> entry = view.names().Defined(count.qualified_name);
    if (!entry || !IsPublicName(*entry) || entry->is_deprecated) continue;
    if (names->size() < kMaxCompanions) names->emplace_back(entry->import_name);
  }
  return {};
}

// Overloads, and whatever else the name may stand for.
Status AddOtherDefinitions(IndexView& view, const SymbolRow& shown, ApiCard* card) {
  for (const Alternative& alternative : shown.symbol.alternatives) {
    card->also_defined.push_back({alternative.declaration, card->path, alternative.line});
  }
  for (const uint32_t entry : view.names().Exact(shown.symbol.qualified_name)) {
    const NameView names = view.names().entries()[entry];
    if (names.qualified_name != shown.symbol.qualified_name) continue;
    if (card->overloads.size() + card->also_defined.size() >= kMaxOthers) return {};
    ASSIGN_OR_RETURN(const SymbolRow* row, view.Symbol(names.symbol_id));
    if (row == nullptr || !HasSignature(row->symbol.kind)) continue;
    const std::string line = SignatureLine(row->symbol, row->symbol.name);
    if (row->symbol.is_overload) {
      const auto& known = card->overloads;
      if (std::find(known.begin(), known.end(), line) == known.end()) {
        card->overloads.push_back(line);
      }
    } else if (row->id != shown.id) {
      ASSIGN_OR_RETURN(const FileRow* file, view.File(row->file_id));
      if (file == nullptr) continue;
      card->also_defined.push_back({line, file->path, row->symbol.range.start_line});
    }
  }
  return {};
}

// The whole definition from its file; what the index keeps of it where that is another one by
// now, which is said.
Status AddSource(IndexView& view, const SymbolRow& row, const FileRow* file, ApiCard* card) {
  const SourceRange& range = row.symbol.range;
  const std::optional<std::string> text = file == nullptr ? std::nullopt : IndexedText(*file);
  if (text.has_value()) {
    card->source = Dedented(LinesOf(*text, range.start_line, range.end_line));
    return {};
  }
  ASSIGN_OR_RETURN(const auto chunks, view.catalog().ChunksOf(row.symbol.qualified_name));
  for (const ChunkRow& chunk : chunks) {
    if (chunk.chunk.kind == ChunkKind::kUsage || chunk.file_id != row.file_id) continue;
    card->source = chunk.chunk.body;
    break;
  }
  const bool is_plain =
      file != nullptr && file->role != FileRole::kNotebook && file->role != FileRole::kDocument;
  card->source_note = "what the index keeps of it, at most " + std::to_string(kMaxBodyBytes) +
                      " bytes and no docstring; " +
                      (is_plain ? card->path + " changed or cannot be read: run inhouse index"
                                : "the rest stands in " + card->path);
  return {};
}

// The facts of the row alone.
ApiCard PlainCard(const SymbolRow& row, const FileRow* file) {
  const Symbol& symbol = row.symbol;
  ApiCard card;
  card.symbol = row.import_name;
  card.defined_as = symbol.qualified_name;
  card.path = file != nullptr ? file->path : "";
  card.kind = symbol.kind;
  card.start_line = symbol.range.start_line;
  card.end_line = symbol.range.end_line;
  card.import_line = ImportLine(row, file != nullptr ? file->role : FileRole::kScript);
  card.signature = SignatureLine(symbol, row.import_name);
  card.summary = symbol.doc.summary;
  card.description = symbol.doc.description;
  card.parameters = MergedParameters(symbol);
  card.returns = symbol.doc.returns;
  card.raises = symbol.doc.raises;
  return card;
}

}  // namespace

std::string SignatureLine(const Symbol& symbol, std::string_view name) {
  if (symbol.kind == SymbolKind::kModule) return "module " + std::string(name);
  const std::string generic = std::string(name) + symbol.type_parameters;
  if (HasSignature(symbol.kind)) {
    const Signature& signature = symbol.signature;
    const bool unknown = !signature.is_exact && signature.parameters.empty();
    const std::string prefix = symbol.kind == SymbolKind::kClass ? "class "
                               : signature.is_async              ? "async "
                                                                 : "";
    if (unknown && symbol.kind != SymbolKind::kClass) return prefix + generic + "(...)";
    if (unknown) return prefix + generic;
    return prefix + FormatSignature(generic, signature);
  }
  std::string line = generic;
  const std::string& type =
      symbol.annotation.empty() ? symbol.signature.returns : symbol.annotation;
  if (!type.empty()) line += ": " + type;
  if (!symbol.value.empty()) line += " = " + symbol.value.substr(0, symbol.value.find('\n'));
  return line;
}

Result<std::string> DeprecationNote(IndexView& view, const Symbol& symbol) {
  if (!symbol.deprecated.has_value()) return std::string();
  ASSIGN_OR_RETURN(const std::string replacement, ReplacementOf(view, symbol));
  const std::optional<NameView> entry = view.names().Defined(replacement);
  if (entry) return std::string(entry->import_name);
  if (!symbol.deprecated->replacement.empty()) return symbol.deprecated->replacement;
  return symbol.deprecated->message.empty() ? "deprecated" : symbol.deprecated->message;
}

std::string ImportLine(const SymbolRow& row, FileRole role) {
  if (role != FileRole::kLibrary) return "";
  // As many parts of the import name belong to the symbol as of its defined name.
  const Symbol& symbol = row.symbol;
  std::string_view module = row.import_name;
  if (symbol.kind != SymbolKind::kModule) {
    const std::string_view own =
        std::string_view(symbol.qualified_name)
            .substr(std::min(symbol.qualified_name.size(), symbol.module.size()));
    for (auto parts = std::count(own.begin(), own.end(), '.'); parts > 0; --parts) {
      module = ParentNameOf(module);
    }
  }
  return module.empty() ? "" : "import " + std::string(module);
}

Result<ApiCard> BuildCard(IndexView& view, const SymbolRow& row, const CardOptions& options) {
  const Symbol& symbol = row.symbol;
  ASSIGN_OR_RETURN(const FileRow* file, view.File(row.file_id));
  ApiCard card = PlainCard(row, file);
  ASSIGN_OR_RETURN(card.deprecated, DeprecationNote(view, symbol));
  RETURN_IF_ERROR(AddOtherDefinitions(view, row, &card));
  ASSIGN_OR_RETURN(const auto calls, view.CallsOf(symbol.qualified_name));
  card.call_count = calls.count;
  if (options.with_members && symbol.kind == SymbolKind::kClass) {
    RETURN_IF_ERROR(AddClassMembers(view, symbol, &card.members));
  }
  if (options.with_members && symbol.kind == SymbolKind::kModule) {
    RETURN_IF_ERROR(AddModuleMembers(view, row, &card.members));
  }
  if (options.usages > 0) {
    ASSIGN_OR_RETURN(card.usages, UsagesOf(view, symbol.qualified_name, options.usages));
  }
  if (options.with_companions) {
    RETURN_IF_ERROR(AddCompanions(view, symbol, &card.used_together));
  }
  if (options.callers > 0) {
    ASSIGN_OR_RETURN(card.callers, CallersOf(view, symbol.qualified_name, options.callers));
  }
  if (options.with_drift) {
    ASSIGN_OR_RETURN(const DocDrift drift, DriftOfSymbol(view.catalog(), symbol));
    card.drift = DriftText(drift);
  }
  if (options.with_source) {
    RETURN_IF_ERROR(AddSource(view, row, file, &card));
  }
  return card;
}

}  // namespace inhouse
