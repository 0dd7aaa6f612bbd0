// One walk over a file: its scopes, what binds a name in each of them, and every
// call. What the bindings mean is name_flow's business.
//
// Rules are Python's: functions, classes, lambdas and comprehensions open a
// scope; decorators, defaults and annotations belong to the scope around;
// `global` and `nonlocal` move a binding outwards. The tree and its text must
// outlive the result. Limits: kMaxScopeDepth, kMaxBindings, kMaxCalls; what is
// beyond is left out. No recursion.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/python/imports.h"
#include "indexer/python/python_parser.h"
#include "indexer/python/symbol.h"

namespace inhouse {

inline constexpr size_t kMaxScopeDepth = 100;
inline constexpr size_t kMaxBindings = 500'000;
inline constexpr size_t kMaxCalls = 200'000;

enum class ScopeKind : uint8_t { kModule, kClass, kFunction, kLambda, kComprehension };

struct Scope {
  int parent = -1;
  ScopeKind kind = ScopeKind::kModule;
  std::string name;             // qualified, as in Symbol; lambdas, comprehensions: the one around
  uint32_t begin = 0, end = 0;  // bytes of the body
  // Inside the body, but read in the scope around: a comprehension's first iterable.
  uint32_t hole_begin = 0, hole_end = 0;
  // Loops of this scope itself, as byte ranges in source order.
  std::vector<std::pair<uint32_t, uint32_t>> loops;

  bool Holds(uint32_t byte) const {
    return byte >= begin && byte < end && (byte < hole_begin || byte >= hole_end);
  }
};

enum class BindingKind : uint8_t {
  kImport,         // path: what is imported
  kFunction,       // path: qualified name
  kClass,          // path: qualified name
  kValue,          // node: the expression assigned
  kAnnotation,     // node: the annotation (parameters, declarations)
  kContext,        // node: the expression of `with … as name`
  kException,      // node: the class of `except … as name`
  kInstance,       // path: class whose instance it is (self)
  kClassReceiver,  // path: the class (cls)
  kElement,        // node: what a loop goes through; item: of which part of each element
  kParameter,      // without annotation; path: the method
  kUnknown,        // unpacking, patterns
  kDeleted,        // del name
};

struct Binding {
  int scope = 0;
  std::string_view name;
  BindingKind kind = BindingKind::kUnknown;
  SyntaxNode node{};
  std::string path;
  int node_scope = 0;  // where `node` is to be read
  uint32_t at = 0;     // byte from which it holds
  // Code that cannot be reached in these bytes without it: the rest of the block.
  uint32_t block_begin = 0, block_end = 0;
  bool straight = true;  // it always runs when the scope's code does
  uint32_t branch = 0;   // if not: byte where the outermost if, try, … around it ends
  bool anytime = false;  // bound by a function that says global or nonlocal
  int item = -1;         // `for a, b in …`: 0, 1; -1 for the element itself
};

struct CallNode {
  SyntaxNode node{};
  int scope = 0;
  SourceRange statement;  // the enclosing simple statement, or a compound one's header
};

// `object.name = …`
struct Patch {
  std::string_view name;
  SyntaxNode object{};
  int scope = 0;  // where it stands
};

struct ScopeTree {
  std::vector<Scope> scopes;  // parents before children; the module first
  // By (scope, name, source order).
  std::vector<Binding> bindings;
  // What methods bind on their receiver (`self.x = …`): `scope` is the class's.
  std::vector<Binding> attributes;
  // What is set on anything else (`other.x = …`), in source order.
  std::vector<Patch> patched;
  std::vector<CallNode> calls;  // in source order
  std::vector<Import> imports;  // in source order
  // Names that a scope declares global or nonlocal → the scope that has them.
  std::map<std::pair<int, std::string_view>, int> moved;
  std::vector<std::string_view> type_parameters;  // names in `def f[T]`, `class C[T]`; sorted
  bool has_unknown_star = false;                  // `from .x import *` in a script
};

ScopeTree BuildScopeTree(const SyntaxTree& tree, std::string_view prefix, const ImportBase& base);

}  // namespace inhouse
