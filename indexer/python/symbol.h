// What a Python source file declares, as plain data: the vocabulary that every
// later stage (chunks, catalog, retrieval, contract check) speaks.
//
// All text is UTF-8 as written in the source. Names are dotted Python paths.
// Lines are 1-based and inclusive; byte offsets are half-open into the decoded
// UTF-8 text. Everything is derived from syntax alone; nothing is imported.
// Values only: copy, move and share freely once built.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inhouse {

struct SourceRange {
  int start_line = 0;
  int end_line = 0;
  uint32_t start_byte = 0;
  uint32_t end_byte = 0;
};

// The numbers are stored in the catalog: append only.
enum class SymbolKind : uint8_t {
  kModule = 0,
  kClass = 1,
  kFunction = 2,
  kMethod = 3,
  kProperty = 4,
  kConstant = 5,  // module- or class-level name with a value
  kField = 6,     // dataclass / NamedTuple / TypedDict / model field
  kTypeAlias = 7,
};
const char* SymbolKindName(SymbolKind kind);  // "function", "method", ...

// As in Python's inspect.Parameter. Stored in the catalog: append only.
enum class ParameterKind : uint8_t {
  kPositionalOnly = 0,
  kPositionalOrKeyword = 1,
  kVarPositional = 2,
  kKeywordOnly = 3,
  kVarKeyword = 4,
};

struct Parameter {
  std::string name;  // without stars
  ParameterKind kind = ParameterKind::kPositionalOrKeyword;
  std::optional<std::string> default_value;  // as written
  std::string annotation;                    // as written, or empty
};

// The callable's signature as a *caller* sees it: `self`/`cls` are left out of
// bound methods and class methods. For a class it is the constructor's.
struct Signature {
  std::vector<Parameter> parameters;
  std::string returns;  // annotation as written, or empty
  bool is_async = false;
  bool is_generator = false;
  // False when the source cannot tell what callers may pass (an unknown
  // decorator, a base class outside the file without its own __init__, ...).
  bool is_exact = true;
  // Inexact for nothing but decorators that are not known here: whoever knows
  // them (decorator_effects.h) may take it as written.
  bool is_decorated = false;
};

struct DocParameter {
  std::string name;
  std::string type;  // or empty
  std::string description;
};

// A docstring taken apart (Google, NumPy or reST sections).
struct Docstring {
  std::string summary;      // first sentence or line
  std::string description;  // the rest of the prose
  std::vector<DocParameter> parameters;
  std::string returns;
  std::vector<DocParameter> raises;   // name = exception
  std::vector<std::string> examples;  // code as written
  bool empty() const { return summary.empty() && description.empty(); }
};

struct Deprecation {
  std::string message;      // as stated
  std::string replacement;  // the name to use in its place, or empty
};

// Another definition of the same name, of which one is in force: "f(a, b)".
struct Alternative {
  std::string declaration;
  int line = 0;
  bool operator==(const Alternative&) const = default;
};

struct Symbol {
  std::string qualified_name;  // where it is defined: "cdp_client.core.query"
  std::string name;            // last part: "query"
  std::string module;          // "cdp_client.core"
  std::string parent;          // enclosing symbol's qualified name; "" for a module
  SymbolKind kind = SymbolKind::kFunction;
  Signature signature;                  // functions, methods, classes
  std::string type_parameters;          // PEP 695, as written: "[T: int, *Ts]", or empty
  std::vector<std::string> decorators;  // as written, without '@'
  std::vector<std::string> bases;       // classes: as written, keywords left out
  std::string value;                    // constants, fields: right-hand side, cut at 200 bytes
  std::string annotation;               // constants, fields, properties
  Docstring doc;
  std::optional<Deprecation> deprecated;
  bool is_public = true;   // no leading underscore on any part; __all__ decides where it exists
  bool is_static = false;  // methods: @staticmethod
  bool is_class_method = false;
  bool is_abstract = false;
  bool is_overload = false;
  std::vector<Alternative> alternatives;  // in other branches of an if or try
  SourceRange range;                      // decorators included
  SourceRange name_range;                 // of the name itself
  SourceRange body_range;                 // of the suite; empty for constants
};

// One binding made by an import statement.
struct Import {
  std::string module;  // absolute dotted path ("" never); relative ones are made absolute
  std::string name;    // imported name; "" for `import module`, "*" for a star import
  std::string alias;   // the local name that is bound
  std::string scope;   // qualified name of the scope that binds it (the module or a function)
  bool is_conditional = false;  // inside if/try
  int line = 0;
  SourceRange range;  // of the imported name
};

// One call as written, with its target as far as this file alone can tell.
struct CallSite {
  // Dotted path through this file's imports, assignments, constructors and
  // annotations ("audience_io.write_audience", "cdp_client.Session().close"
  // is written with the class: "cdp_client.Session.close"). Empty when the
  // syntax cannot tell; never a guess.
  std::string target;
  std::string written;                // the callee as written: "aio.write_audience"
  std::vector<std::string> keywords;  // keyword names used, in order
  int positional_count = 0;
  bool has_star_args = false;  // *args or **kwargs present
  std::string caller;          // qualified name of the enclosing function, or the module
  SourceRange range;           // of the whole call expression
  SourceRange statement;       // of the enclosing statement (simple statement, or header)
};

// Code in a docstring. Made for the chunks; the catalog does not keep it.
struct DocExample {
  std::string code;             // without prompts and what they print
  std::vector<CallSite> calls;  // ranges refer to `code`
  SourceRange range;            // of the symbol that it documents
};

// The numbers are stored in the catalog: append only.
enum class NameFactKind : uint8_t {
  kDecorator = 0,  // what it does to functions that it decorates (decorator_effects.h)
  kValue = 1,      // the class of its value, without an annotation (value_path.h)
  kResult = 2,     // the class of what calling it gives, likewise
  kBase = 3,       // an import that is, or holds, a class of Python's own (python_classes.h)
};

// What a file tells of one name beyond its symbol.
struct NameFact {
  NameFactKind kind = NameFactKind::kDecorator;
  std::string name;  // last part
  std::string text;
};

// Every name that a module's or class's own code binds: of a class in its body
// and by its methods on their receiver. What is inherited or comes by `import *`
// is not among them.
struct Namespace {
  std::string owner;               // qualified name; "" for names set on other objects
  std::vector<std::string> names;  // sorted, each once
  bool is_open = false;            // may have more: __getattr__, exec, a metaclass, ...
  // Of a class: names that come from elsewhere are set on its instances (`setattr(self, key,
  // value)`, `self.__dict__.update(…)`). Whoever sets them has written them somewhere.
  bool is_filled = false;
  std::vector<NameFact> facts = {};  // of what it defines
};

// What a file is for; decides ranking and where usage examples come from.
// Stored in the catalog: append only.
enum class FileRole : uint8_t {
  kLibrary = 0,
  kScript = 1,
  kTest = 2,
  kNotebook = 3,
  kDocument = 4
};

// Everything one file declares and does.
struct FileFacts {
  std::string module;  // dotted import path, "" for scripts outside packages
  Docstring doc;
  FileRole role = FileRole::kLibrary;
  std::vector<Symbol> symbols;  // in source order; the module itself first
  std::vector<Import> imports;
  std::vector<CallSite> call_sites;
  std::vector<DocExample> doc_examples;
  std::vector<Namespace> namespaces;  // of the module and its classes; last that with owner ""
  std::vector<std::string> exported;  // __all__, if it is a literal list
  bool has_all = false;
  int error_count = 0;  // tree-sitter ERROR/MISSING nodes; the rest is still extracted
};

}  // namespace inhouse
