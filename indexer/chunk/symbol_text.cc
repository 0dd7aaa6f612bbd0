#include "indexer/chunk/symbol_text.h"

#include <algorithm>
#include <vector>

#include "indexer/python/signature_reader.h"

namespace inhouse {
namespace {

void AddLine(std::string_view line, std::string* text) {
  if (line.empty()) return;
  if (!text->empty()) text->push_back('\n');
  *text += line;
}

void AddParameters(const std::vector<DocParameter>& parameters, std::string_view title,
                   std::string* text) {
  if (parameters.empty()) return;
  AddLine(title, text);
  for (const DocParameter& parameter : parameters) {
    std::string line(parameter.name);
    if (!parameter.type.empty()) line.append(" (").append(parameter.type).append(")");
    if (!parameter.description.empty()) line.append(": ").append(parameter.description);
    AddLine(line, text);
  }
}

std::string ClassLine(const Symbol& symbol) {
  std::string line = "class ";
  line += symbol.name;
  line += symbol.type_parameters;
  if (symbol.bases.empty()) return line;
  line += '(';
  for (size_t i = 0; i < symbol.bases.size(); ++i) {
    if (i > 0) line += ", ";
    line += symbol.bases[i];
  }
  line += ')';
  return line;
}

std::string VariableLine(const Symbol& symbol) {
  std::string line = symbol.kind == SymbolKind::kTypeAlias ? "type " : "";
  line += symbol.name;
  line += symbol.type_parameters;
  if (!symbol.annotation.empty()) line.append(": ").append(symbol.annotation);
  if (!symbol.value.empty()) line.append(" = ").append(symbol.value);
  return line;
}

}  // namespace

std::string DeclarationOf(const Symbol& symbol) {
  switch (symbol.kind) {
    case SymbolKind::kModule: {
      std::string line = "module ";
      return line += symbol.qualified_name;
    }
    case SymbolKind::kClass: return ClassLine(symbol);
    case SymbolKind::kFunction:
    case SymbolKind::kMethod: {
      std::string line = symbol.signature.is_async ? "async def " : "def ";
      return line += FormatSignature(symbol.name + symbol.type_parameters, symbol.signature);
    }
    case SymbolKind::kProperty: return VariableLine(symbol) + "  # property";
    case SymbolKind::kConstant:
    case SymbolKind::kField:
    case SymbolKind::kTypeAlias: break;
  }
  return VariableLine(symbol);
}

std::string DocTextOf(const Symbol& symbol) {
  std::string text;
  AddLine(symbol.doc.summary, &text);
  AddLine(symbol.doc.description, &text);
  AddParameters(symbol.doc.parameters, "Parameters:", &text);
  if (!symbol.doc.returns.empty()) {
    std::string line = "Returns: ";
    AddLine(line += symbol.doc.returns, &text);
  }
  AddParameters(symbol.doc.raises, "Raises:", &text);
  if (symbol.deprecated) {
    std::string line = "Deprecated: ";
    AddLine(line += symbol.deprecated->message, &text);
  }
  return text;
}

std::string_view WithoutDocstring(std::string_view body) {
  const size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  size_t at = first;
  while (at < body.size() && at < first + 2 &&
         (body[at] == 'r' || body[at] == 'R' || body[at] == 'u' || body[at] == 'U')) {
    ++at;
  }
  const std::string_view rest = body.substr(at);
  if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) return body;
  const bool triple = rest.size() >= 3 && rest[1] == rest[0] && rest[2] == rest[0];
  const std::string_view quote = rest.substr(0, triple ? 3 : 1);
  size_t end = quote.size();
  while (end < rest.size() && !rest.substr(end).starts_with(quote)) {
    end += rest[end] == '\\' ? 2 : 1;
  }
  if (end >= rest.size()) return body;
  const std::string_view after = rest.substr(end + quote.size());
  const size_t line_end = after.find('\n');
  // A string that goes on ("…".join(x)) is no docstring.
  if (after.substr(0, line_end).find_first_not_of(" \t\r;") != std::string_view::npos) return body;
  return line_end == std::string_view::npos ? std::string_view() : after.substr(line_end + 1);
}

}  // namespace inhouse
