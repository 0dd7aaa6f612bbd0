// What each name of a file is bound to, as far as the file alone can tell:
// through imports, assignments, constructors, annotations and `with`. The one
// resolver: call sites and the contract check both ask it.
//
//   const ScopeTree scopes = BuildScopeTree(tree, prefix, base);
//   const NameFlow flow(tree, scopes, symbols);
//   flow.TargetOf(callee, scope)      "audience_io.write_audience"
//
// Never a guess: where bindings disagree the answer is "". What counts as known:
// - imports (of try/except and if/else alternatives the first), definitions;
// - calls of classes, and of this file's functions whose return annotation names
//   a class; of foreign callees what ForeignNames says, and without it a class
//   is what begins with a capital (the catalog later drops targets that no class has);
// - annotations (X, "X", Optional[X], X | None, Annotated[X, …]);
// - `with C() as x` binds what C.__enter__ says, an instance of C if nothing is known, `except E as
// e` one of E;
// - loops over, and items of, what annotations say holds instances of one class
//   (list[X], Iterator[X], dict[str, X]), through sorted(), enumerate(), .items() and the like;
// - parameters without annotation of methods that a base class annotates;
// - `self`, `cls`, and `self.x` where all assignments in the class agree;
// - members that a class of this file takes over from its bases, `super()` with one base
//   (both only as far as ForeignNames has them);
// - of several bindings in one function, the last that must have run.
// The arguments must outlive the NameFlow. One thread: it remembers answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "indexer/python/foreign_names.h"
#include "indexer/python/python_parser.h"
#include "indexer/python/scope_tree.h"
#include "indexer/python/symbol.h"

namespace inhouse {

class NameFlow {
 public:
  // `foreign` may be null.
  NameFlow(const SyntaxTree& tree, const ScopeTree& scopes, const std::vector<Symbol>& symbols,
           const ForeignNames* foreign = nullptr);

  // Dotted path of an expression that is used as a callee, or read, in `scope`.
  // Methods are written with their class: "cdp_client.Session.close".
  std::string TargetOf(SyntaxNode expression, int scope) const;

  // The same, and whether the last part was reached through an instance, so that
  // a method comes with its receiver.
  struct Target {
    std::string path;
    bool is_bound = false;
  };
  Target Resolve(SyntaxNode expression, int scope) const;

  // Class of which the expression's value is an instance: "cdp_client.Session"; or "".
  std::string ClassOf(SyntaxNode expression, int scope) const;

  // The member that a class of this file takes over from a base, with the class
  // that has it: "cdp_client.Session.close"; "" if that is not sure.
  std::string InheritedMember(const std::string& class_path, std::string_view name) const;

  // The bases of a class of this file as imports name them, those of Python's own by their bare
  // name; "" for one that cannot be told, and alone where the class itself cannot.
  std::vector<std::string> BasesOf(const std::string& class_path) const;

  // The class whose method, or body, holds the scope; "" for none.
  std::string ClassAround(int scope) const;

  // True if a class of this file binds the name itself, or on its receiver.
  bool HasOwn(std::string_view class_path, std::string_view name) const;

  // The class of what a module or class binds to `name`, by all its bindings; of
  // what a class's methods assign to their receiver's `name`; of an expression
  // that a function returns. "" where that is not sure; "~" behind a member: the
  // class of its value (value_path.h).
  std::string ClassOfBound(int scope, std::string_view name) const;
  std::string ClassOfAssigned(int class_scope, std::string_view name) const;
  std::string ClassOfReturned(const std::vector<SyntaxNode>& values, int scope) const;

 private:
  enum class Kind : uint8_t {
    kUnknown,
    kNone,       // Python's None
    kObject,     // `path` itself: a module, class, function
    kInstance,   // an instance of class `path`
    kMember,     // attribute of an instance, written with the class
    kAwaitable,  // gives an instance of class `path` once awaited
    kMany,       // an iterable of instances of class `path`
    kTable,      // a mapping with such values
  };
  struct Meaning {
    Kind kind = Kind::kUnknown;
    std::string path;
    bool operator==(const Meaning&) const = default;
  };
  // Answers for a list of bindings, so that each is worked out once.
  struct Memory {
    const std::vector<Binding>& bindings;
    std::vector<Meaning> meanings;
    std::vector<char> states;  // 0: not asked, 1: being worked out, 2: known
  };
  // Where a name is read: a scope, a byte, and how deep the question is.
  struct Place {
    int scope = 0;
    uint32_t at = 0;
    int depth = 0;
  };

  static std::string PathOf(Meaning meaning);
  Meaning Evaluate(SyntaxNode expression, int scope, int depth) const;
  Meaning Awaited(SyntaxNode await, int scope, int depth) const;
  Meaning EvaluateEither(SyntaxNode conditional, int scope, int depth) const;
  Meaning Attribute(SyntaxNode attribute, int scope, int depth) const;
  Meaning ForeignMember(Meaning member) const;
  Meaning ForeignValue(Meaning object) const;
  Meaning Member(const std::string& class_path, std::string_view name, int depth) const;
  Meaning HeldByClass(const std::string& class_path, std::string_view name, int depth) const;
  bool HasOpenBase(const std::string& class_path, int depth) const;
  Meaning AsRead(Meaning value) const;
  Meaning Base(const Symbol& derived, std::string_view written, int around, int depth) const;
  std::string InheritedPath(const std::string& class_path, std::string_view name, int depth) const;
  std::string InheritedPath(const std::string& class_path, std::string_view name, int depth,
                            std::unordered_map<std::string, std::string>* seen) const;
  bool HasHeirWith(const std::string& class_path, std::string_view name) const;
  bool HasMixedHeir(const std::string& class_path) const;
  bool IsHeir(const std::string& heir, const std::string& class_path) const;
  bool IsOfReceiver(SyntaxNode function, int scope, const std::string& class_path, int depth) const;
  Meaning Inherited(const std::string& class_path, std::string_view name, int depth) const;
  Meaning OfSuper(SyntaxNode object, std::string_view name, int scope, int depth) const;
  Meaning Assigned(int class_scope, std::string_view name, int depth) const;
  Meaning Stated(int class_scope, std::string_view name, int depth) const;
  Meaning Called(SyntaxNode call, int scope, int depth) const;
  Meaning Result(const Symbol& function, int depth) const;
  Meaning Name(std::string_view name, const Place& place) const;
  std::vector<size_t> Reaching(size_t first, size_t last, const Place& place) const;
  Meaning Agreed(Memory& memory, const std::vector<size_t>& indices, int depth) const;
  Meaning Recall(Memory& memory, size_t index, int depth) const;
  Meaning MeaningOf(const Binding& binding, int depth) const;
  Meaning Entered(const Binding& binding, int depth) const;
  Meaning EnteredByCall(SyntaxNode call, int scope, int depth) const;
  // name_flow_elements.cc
  Meaning Element(const Binding& binding, int depth) const;
  Meaning ElementOf(SyntaxNode iterated, int item, int scope, int depth) const;
  Meaning Iterated(SyntaxNode iterated, int scope, int depth) const;
  Meaning OfBuiltin(SyntaxNode call, int scope, int depth) const;
  Meaning OfContainer(SyntaxNode call, int scope, int depth) const;
  Meaning Item(SyntaxNode subscript, int scope, int depth) const;
  Meaning Collected(SyntaxNode display, int scope, int depth) const;
  Meaning HeldBy(std::string_view foreign) const;
  Meaning HeldByAnnotation(std::string_view annotation, const Place& place) const;
  Meaning OfParameter(const Binding& binding, int depth) const;
  Meaning Annotated(std::string_view annotation, const Place& place) const;
  Meaning Dotted(std::string_view dotted, const Place& place) const;
  Meaning FromStarImport(std::string_view name) const;
  bool IsPythonsOwn(std::string_view name) const;
  bool IsTypeParameter(std::string_view name) const;
  bool IsClass(const std::string& path) const;
  const Symbol* Local(std::string_view qualified_name) const;

  void NotePatches();

  const SyntaxTree& tree_;
  const Grammar& g_;
  const ScopeTree& scopes_;
  const ForeignNames* foreign_;
  std::unordered_map<std::string_view, const Symbol*> locals_;
  std::unordered_map<std::string_view, int> classes_;  // qualified name → scope
  std::unordered_set<std::string_view> redefined_;     // functions and classes
  std::unordered_set<std::string> patched_;            // what is set on modules, classes, instances
  std::unordered_map<uint32_t, int> comprehensions_;   // first byte → scope
  std::string star_module_;  // of the only `from m import *`, if there is one
  // Python's own names that something in the file binds; filled when first asked.
  mutable std::unordered_set<std::string_view> rebound_;
  mutable bool has_rebound_ = false;
  mutable std::unordered_map<const Symbol*, bool> has_open_base_;
  mutable Memory names_;
  mutable Memory attributes_;
};

}  // namespace inhouse
