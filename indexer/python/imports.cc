#include "indexer/python/imports.h"

#include <utility>

#include "indexer/python/string_literal.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr size_t kMaxExports = 50'000;

// ".", "..x" → absolute; "" when it leaves the top package.
std::string Absolute(std::string_view relative, const ImportBase& base) {
  size_t dots = 0;
  while (dots < relative.size() && relative[dots] == '.') ++dots;
  std::string package = base.module;
  const size_t up = base.is_package ? dots - 1 : dots;
  for (size_t i = 0; i < up && !package.empty(); ++i) {
    const size_t dot = package.rfind('.');
    package.resize(dot == std::string::npos ? 0 : dot);
  }
  if (package.empty()) return "";
  if (dots < relative.size()) (package += '.') += relative.substr(dots);
  return package;
}

std::string WithoutBlanks(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\\') kept.push_back(c);
  }
  return kept;
}

std::string ModuleNamed(const SyntaxTree& tree, SyntaxNode node, const ImportBase& base) {
  if (node.is_null()) return "";
  std::string name = WithoutBlanks(tree.TextOf(node));
  return name.starts_with('.') ? Absolute(name, base) : name;
}

// `x` or `x as y` in either kind of statement.
bool ReadName(const SyntaxTree& tree, SyntaxNode node, std::string* name, std::string* alias) {
  const Grammar& g = PythonGrammar();
  if (Is(node, g.aliased_import)) {
    *name = DottedName(tree, ChildByField(node, g.f_name));
    const SyntaxNode as = ChildByField(node, g.f_alias);
    if (!as.is_null()) *alias = tree.TextOf(as);
  } else if (Is(node, g.dotted_name)) {
    *name = DottedName(tree, node);
  }
  return !name->empty();
}

SourceRange NameRange(SyntaxNode node) {
  const Grammar& g = PythonGrammar();
  return RangeOf(Is(node, g.aliased_import) ? ChildByField(node, g.f_name) : node);
}

void ReadPlainImport(const SyntaxTree& tree, SyntaxNode statement, std::vector<Import>* imports) {
  ForEachChild(statement, [&](SyntaxNode child, FieldId) {
    Import import;
    if (imports->size() >= kMaxImportNames || !ReadName(tree, child, &import.module, &import.alias))
      return;
    const std::string first = import.module.substr(0, import.module.find('.'));
    if (import.alias.empty()) {  // `import a.b` binds `a`
      import.alias = first;
    } else if (import.alias == first && import.module != first) {  // `import a.b as a`
      const size_t dot = import.module.rfind('.');
      import.name = import.module.substr(dot + 1);
      import.module.resize(dot);
    }
    import.range = NameRange(child);
    imports->push_back(std::move(import));
  });
}

void ReadFromImport(const SyntaxTree& tree, SyntaxNode statement, const ImportBase& base,
                    std::vector<Import>* imports) {
  const Grammar& g = PythonGrammar();
  const std::string module = ModuleNamed(tree, ChildByField(statement, g.f_module_name), base);
  if (module.empty()) return;
  ForEachChild(statement, [&](SyntaxNode child, FieldId field) {
    if (imports->size() >= kMaxImportNames || field == g.f_module_name) return;
    Import import;
    import.module = module;
    if (Is(child, g.wildcard_import)) {
      import.name = import.alias = std::string(1, '*');
    } else if (!ReadName(tree, child, &import.name, &import.alias)) {
      return;
    }
    if (import.alias.empty()) import.alias = import.name;
    import.range = NameRange(child);
    imports->push_back(std::move(import));
  });
}

void AddStrings(const SyntaxTree& tree, SyntaxNode value, std::vector<std::string>* names) {
  const Grammar& g = PythonGrammar();
  if (value.is_null()) return;
  for (TreeWalk walk(value); !walk.done() && names->size() < kMaxExports; walk.Next()) {
    const SyntaxNode node = walk.node();
    if (Is(node, g.call) || Is(node, g.attribute)) walk.SkipChildren();
    if (!Is(node, g.string) && !Is(node, g.concatenated_string)) continue;
    walk.SkipChildren();
    std::string name;
    if (StringValue(tree, node, &name)) names->push_back(std::move(name));
  }
}

}  // namespace

std::vector<Import> ReadImport(const SyntaxTree& tree, SyntaxNode statement,
                               const ImportBase& base) {
  const Grammar& g = PythonGrammar();
  std::vector<Import> imports;
  if (Is(statement, g.import_statement)) ReadPlainImport(tree, statement, &imports);
  if (Is(statement, g.import_from_statement)) ReadFromImport(tree, statement, base, &imports);
  const int line = RangeOf(statement).start_line;
  for (Import& import : imports) import.line = line;
  return imports;
}

bool ReadExports(const SyntaxTree& tree, std::vector<std::string>* names) {
  const Grammar& g = PythonGrammar();
  bool found = false;
  ForEachChild(tree.root(), [&](SyntaxNode statement, FieldId) {
    if (!Is(statement, g.expression_statement)) return;
    const SyntaxNode inner = statement.named_child(0);
    if (Is(inner, g.assignment) || Is(inner, g.augmented_assignment)) {
      const SyntaxNode left = ChildByField(inner, g.f_left);
      if (left.is_null() || tree.TextOf(left) != "__all__") return;
      if (Is(inner, g.assignment)) names->clear();
      found = true;
      AddStrings(tree, ChildByField(inner, g.f_right), names);
    } else if (Is(inner, g.call)) {
      const std::string callee = DottedName(tree, ChildByField(inner, g.f_function));
      if (callee != "__all__.extend" && callee != "__all__.append") return;
      AddStrings(tree, ChildByField(inner, g.f_arguments), names);
    }
  });
  return found;
}

}  // namespace inhouse
