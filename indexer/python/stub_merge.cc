#include "indexer/python/stub_merge.h"

#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace inhouse {
namespace {

void TakeText(const std::string& stub, std::string* source) {
  if (source->empty()) *source = stub;
}

void TakeSignature(const Signature& stub, Signature* source) {
  std::unordered_map<std::string_view, const Parameter*> declared;
  for (const Parameter& parameter : stub.parameters) declared[parameter.name] = &parameter;
  for (Parameter& parameter : source->parameters) {
    const auto found = declared.find(parameter.name);
    if (found == declared.end() || found->second->kind != parameter.kind) continue;
    TakeText(found->second->annotation, &parameter.annotation);
  }
  TakeText(stub.returns, &source->returns);
}

void TakeSymbol(const Symbol& stub, Symbol* source) {
  TakeSignature(stub.signature, &source->signature);
  TakeText(stub.annotation, &source->annotation);
  if (source->doc.empty()) source->doc = stub.doc;
  if (!source->deprecated) source->deprecated = stub.deprecated;
}

}  // namespace

void TakeFromStub(const std::vector<Symbol>& stub, std::vector<Symbol>* source) {
  std::unordered_map<std::string_view, const Symbol*> declared;
  for (const Symbol& symbol : stub) {
    const auto [at, is_new] = declared.emplace(symbol.qualified_name, &symbol);
    if (!is_new || symbol.is_overload) at->second = nullptr;  // says more than one thing
  }
  for (Symbol& symbol : *source) {
    const auto found = declared.find(symbol.qualified_name);
    if (found != declared.end() && found->second != nullptr) TakeSymbol(*found->second, &symbol);
  }
}

void KeepStubOnly(const FileFacts& source, FileFacts* stub) {
  std::unordered_set<std::string_view> defined;
  std::unordered_set<std::string_view> imported;  // into the module itself
  for (const Symbol& symbol : source.symbols) defined.insert(symbol.qualified_name);
  for (const Import& import : source.imports) {
    const bool is_own =
        !source.symbols.empty() && import.scope == source.symbols.front().qualified_name;
    if (is_own) imported.insert(import.alias);
  }
  std::erase_if(stub->symbols, [&](const Symbol& symbol) {
    return symbol.kind != SymbolKind::kModule && !symbol.is_overload &&
           defined.contains(symbol.qualified_name);
  });
  for (Symbol& symbol : stub->symbols) {
    const bool is_own = symbol.parent == stub->symbols.front().qualified_name;
    if (is_own && imported.contains(symbol.name)) symbol.signature.is_exact = false;
  }
  if (!stub->symbols.empty()) stub->symbols.front().doc = {};
  stub->doc = {};
  stub->imports.clear();
  stub->exported.clear();
  stub->doc_examples.clear();
  stub->has_all = false;
}

}  // namespace inhouse
