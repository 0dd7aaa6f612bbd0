// The inside of a decorator: what it defines, assigns and returns, and whether a
// function in it hands its arguments on as they came. decorator_effects' eyes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/python/python_parser.h"

namespace inhouse {

// One function (or lambda) around the place that is looked at.
struct Frame {
  const Frame* around = nullptr;
  std::string_view own_name;  // of the function itself; "" for lambdas
  std::string_view function;  // its first parameter: what it decorates, if it does
  std::set<std::string_view> parameters;
  std::map<std::string_view, std::vector<SyntaxNode>> nested;    // functions defined in it
  std::map<std::string_view, std::vector<SyntaxNode>> assigned;  // null: by something else
  std::set<std::string_view> declared;  // names on which `.__wrapped__` is set to the function
  std::vector<SyntaxNode> returns;      // values; null for a bare one
  bool yields = false;

  bool IsOwnName(std::string_view name) const;
};

struct WrapperFacts {
  bool hands_on = false;      // takes (*args, **kwargs) and hands them on unchanged
  bool gives_result = false;  // and returns what comes back
  bool is_decorated = false;  // by something that is not functools.wraps
  std::set<std::string> own;  // other names that it takes
};

struct ClassFrame {
  std::vector<SyntaxNode> calls;          // what __call__ may be
  std::set<std::string_view> attributes;  // of the instance, that hold the decorated function
  bool says_wrapped = false;              // `.__wrapped__` is set to it
  bool may_wait = false;                  // without a function it gives a partial of itself
};

class WrapperReader {
 public:
  explicit WrapperReader(const SyntaxTree& tree) : tree_(tree), g_(PythonGrammar()) {}

  // The first parameter behind the receiver, if it is bound; "" without one.
  std::string_view ParameterAt(SyntaxNode function, bool bound) const;
  std::string AnnotationAt(SyntaxNode function, bool bound) const;
  bool IsStatic(SyntaxNode function) const;
  bool IsOverload(SyntaxNode function) const;
  std::vector<SyntaxNode> Positionals(SyntaxNode call) const;

  Frame ReadFrame(SyntaxNode function, bool bound, const Frame* around) const;
  ClassFrame ReadClass(SyntaxNode node) const;
  // True for a name of the function that a frame decorates.
  bool IsFunction(SyntaxNode node, const Frame& frame) const;

  // `*args` of the frame itself.
  bool IsAllPositionals(SyntaxNode node, const Frame& frame) const;

  // `declared`: the code says that it stands for the function.
  WrapperFacts ReadWrapper(SyntaxNode nested, const Frame& frame, bool declared) const;
  // __call__ of a class whose instance stands for the function.
  WrapperFacts ReadMethodWrapper(SyntaxNode method, const ClassFrame& parts) const;

 private:
  struct Taken;  // a wrapper's parameters
  class Body;
  Taken TakenBy(SyntaxNode function, bool bound) const;
  SyntaxNode FirstParameter(SyntaxNode function, bool bound) const;
  std::vector<std::string_view> DecoratorsOf(SyntaxNode function) const;
  void NoteAssignment(SyntaxNode assignment, Frame* frame) const;

  const SyntaxTree& tree_;
  const Grammar& g_;
};

}  // namespace inhouse
