#include "indexer/python/doc_examples.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "indexer/python/call_sites.h"
#include "indexer/python/name_flow.h"
#include "indexer/python/scope_tree.h"
#include "indexer/python/source_text.h"

namespace inhouse {
namespace {

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Names that stand in the code outside of attributes.
std::set<std::string_view> NamesIn(std::string_view code) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < code.size();) {
    if (!IsLetter(code[i])) {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < code.size() && IsLetter(code[i])) ++i;
    if (begin == 0 || code[begin - 1] != '.') names.insert(code.substr(begin, i - begin));
  }
  return names;
}

// What the module holds, as one line of imports before the example.
class Prelude {
 public:
  Prelude(const FileFacts& facts, const std::string& dotted) {
    const std::string package = dotted.substr(0, dotted.find('.'));
    statements_.emplace(package, "import " + package);
    if (facts.symbols.empty()) return;
    const std::string& module = facts.symbols.front().qualified_name;
    for (const Import& import : facts.imports) {
      if (import.scope == module && import.name != "*") AddImport(import);
    }
    for (const Symbol& symbol : facts.symbols) {
      if (symbol.parent != module) continue;
      statements_.insert_or_assign(symbol.name, "from " + dotted + " import " + symbol.name);
    }
  }

  std::string For(std::string_view code) const {
    std::string text;
    for (const std::string_view name : NamesIn(code)) {
      const auto found = statements_.find(name);
      if (found != statements_.end()) text.append(found->second).append("; ");
    }
    return text;
  }

 private:
  void AddImport(const Import& import) {
    std::string text = "import " + import.module;
    if (!import.name.empty()) {
      text = "from " + import.module + " import " + import.name + " as " + import.alias;
    } else if (!import.module.starts_with(import.alias + ".")) {
      text += " as " + import.alias;  // `import a.b` alone binds a
    }
    statements_.insert_or_assign(import.alias, std::move(text));
  }

  std::map<std::string, std::string, std::less<>> statements_;  // by the name that they bind
};

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    lines.push_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
  }
  return lines;
}

std::string_view WithoutIndent(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

bool HasPrompts(std::string_view example) { return example.find(">>> ") != std::string_view::npos; }

// The example's calls; empty if it cannot be read.
std::vector<CallSite> CallsIn(const std::string& text, bool prompted, const std::string& module,
                              PythonParser* parser) {
  const Result<SyntaxTree> tree = parser->Parse(text);
  if (!tree.ok() || (!prompted && tree->CountErrors() > 0)) return {};
  const ScopeTree scopes = BuildScopeTree(*tree, module, {});
  const NameFlow flow(*tree, scopes, {});
  return ReadCallSites(*tree, scopes, flow);
}

// Ranges refer to the code alone, without the line before it.
void MoveUp(size_t prelude_bytes, std::vector<CallSite>* calls) {
  const auto bytes = static_cast<uint32_t>(prelude_bytes);
  for (CallSite& call : *calls) {
    for (SourceRange* range : {&call.range, &call.statement}) {
      range->start_line -= 1;
      range->end_line -= 1;
      range->start_byte -= std::min(bytes, range->start_byte);
      range->end_byte -= std::min(bytes, range->end_byte);
    }
  }
}

}  // namespace

std::string CodeOfExample(std::string_view example) {
  if (!HasPrompts(example)) return std::string(example) + "\n";
  std::string code;
  for (const std::string_view line : LinesOf(example)) {
    const std::string_view text = WithoutIndent(line);
    if (!text.starts_with(">>>") && !text.starts_with("...")) continue;
    code.append(text.substr(std::min<size_t>(4, text.size()))).push_back('\n');
  }
  return code;
}

std::vector<DocExample> ReadDocExamples(const FileFacts& facts, const ImportBase& base,
                                        PythonParser* parser) {
  std::vector<DocExample> examples;
  if (base.module.empty()) return examples;
  std::optional<Prelude> prelude;  // most files have no examples
  for (const Symbol& symbol : facts.symbols) {
    for (const std::string& text : symbol.doc.examples) {
      if (examples.size() >= kMaxDocExamples) return examples;
      if (text.size() > kMaxDocExampleBytes || text.find('(') == std::string::npos) continue;
      DocExample example;
      example.code = CodeOfExample(text);
      if (!prelude) prelude.emplace(facts, base.module);
      const std::string before = prelude->For(example.code) + "\n";
      example.calls = CallsIn(before + example.code, HasPrompts(text), base.module, parser);
      if (example.calls.empty()) continue;
      MoveUp(before.size(), &example.calls);
      example.range = symbol.range;
      examples.push_back(std::move(example));
    }
  }
  return examples;
}

}  // namespace inhouse
