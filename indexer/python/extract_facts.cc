#include "indexer/python/extract_facts.h"

#include <utility>

#include "indexer/python/call_sites.h"
#include "indexer/python/code_blocks.h"
#include "indexer/python/doc_examples.h"
#include "indexer/python/name_facts.h"
#include "indexer/python/name_flow.h"
#include "indexer/python/namespaces.h"
#include "indexer/python/scope_tree.h"
#include "indexer/python/source_text.h"
#include "indexer/python/symbol_extractor.h"

namespace inhouse {
namespace {

// "jobs/daily-report.py" → "daily_report": what names in a script begin with.
std::string StemOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  std::string stem(path.substr(0, path.rfind('.')));
  for (char& c : stem) {
    if (c == '.' || c == '-' || c == ' ') c = '_';
  }
  return stem.empty() ? "script" : stem;
}

Result<std::string> CodeOf(const SourceFile& file, std::string text) {
  if (file.format == SourceFormat::kNotebook) return CodeOfNotebook(text);
  if (file.format == SourceFormat::kMarkdown) return CodeOfMarkdown(text);
  if (file.format == SourceFormat::kReStructured) return CodeOfReStructuredText(text);
  return text;
}

void Align(std::string_view text, SourceRange* range) {
  range->start_byte = CharacterBegin(text, range->start_byte);
  range->end_byte = CharacterEnd(text, range->end_byte);
}

// Ranges are used to cut the text: none may begin or end inside a character.
void AlignRanges(std::string_view text, FileFacts* facts) {
  for (Symbol& symbol : facts->symbols) {
    Align(text, &symbol.range);
    Align(text, &symbol.name_range);
    Align(text, &symbol.body_range);
  }
  for (CallSite& call : facts->call_sites) {
    Align(text, &call.range);
    Align(text, &call.statement);
  }
}

FileFacts ReadFacts(const SyntaxTree& tree, const SourceFile& file) {
  FileFacts facts;
  facts.module = file.module;
  facts.role = file.role;
  facts.error_count = tree.CountErrors();
  const std::string prefix = file.module.empty() ? StemOf(file.path) : file.module;
  facts.symbols = ExtractSymbols(tree, prefix);
  if (!facts.symbols.empty()) facts.doc = facts.symbols.front().doc;
  facts.has_all = ReadExports(tree, &facts.exported);
  ScopeTree scopes = BuildScopeTree(tree, prefix, {file.module, file.is_package});
  const NameFlow flow(tree, scopes, facts.symbols);
  facts.call_sites = ReadCallSites(tree, scopes, flow);
  facts.namespaces = ReadNamespaces(tree, scopes, facts.symbols);
  AddNameFacts(tree, scopes, &facts);
  facts.imports = std::move(scopes.imports);
  return facts;
}

}  // namespace

Result<ExtractedFile> FactExtractor::Extract(const SourceFile& file, std::string bytes) {
  ExtractedFile out;
  ASSIGN_OR_RETURN(SourceText source, DecodeSource(std::move(bytes)));
  out.notes = std::move(source.notes);
  ASSIGN_OR_RETURN(out.text, CodeOf(file, std::move(source.utf8)));
  ASSIGN_OR_RETURN(const SyntaxTree tree, parser_.Parse(out.text));
  out.facts = ReadFacts(tree, file);
  out.facts.doc_examples = ReadDocExamples(out.facts, {file.module, file.is_package}, &parser_);
  if (out.facts.symbols.size() >= kMaxSymbols) {
    out.notes.push_back("more than " + std::to_string(kMaxSymbols) +
                        " symbols, the rest is left out");
  }
  if (out.facts.error_count > 0) {
    AlignRanges(out.text, &out.facts);
    out.notes.push_back(std::to_string(out.facts.error_count) +
                        (out.facts.error_count == 1 ? " syntax error" : " syntax errors"));
  }
  return out;
}

}  // namespace inhouse
