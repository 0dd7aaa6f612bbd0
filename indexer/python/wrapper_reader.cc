#include "indexer/python/wrapper_reader.h"

#include <algorithm>
#include <array>

#include "indexer/python/name_parts.h"
#include "indexer/python/scope_syntax.h"
#include "indexer/python/syntax_text.h"
#include "indexer/python/word_list.h"

namespace inhouse {
namespace {

constexpr int kMaxParents = 60;

// Calls that look at arguments and give none of them to the function.
bool OnlyLooks(std::string_view callee) {
  constexpr std::array<std::string_view, 26> kLooking = {
      "bind",  "bind_partial", "getcallargs", "format", "debug", "info", "warning",
      "error", "print",        "chain",       "zip",    "dict",  "list", "tuple",
      "len",   "bool",         "set",         "sorted", "str",   "repr", "isinstance",
      "any",   "all",          "iter",        "type",   "max"};
  return Among(kLooking, LastPart(callee));
}

bool IsReadingMethod(std::string_view name) {
  constexpr std::array<std::string_view, 7> kReading = {"get",  "items", "keys", "values",
                                                        "copy", "index", "count"};
  return Among(kReading, name);
}

SyntaxNode ParametersOf(SyntaxNode function) {
  return ChildByField(function, PythonGrammar().f_parameters);
}

// Of a name that is no value: `f(args=1)`, `x.args`.
bool IsLabel(SyntaxNode node, SyntaxNode parent) {
  const Grammar& g = PythonGrammar();
  if (Is(parent, g.keyword_argument)) return ChildByField(parent, g.f_name) == node;
  return Is(parent, g.attribute) && ChildByField(parent, g.f_attribute) == node;
}

bool IsNested(SyntaxNode node) {
  const Grammar& g = PythonGrammar();
  return Is(node, g.function_definition) || Is(node, g.lambda) || Is(node, g.class_definition);
}

}  // namespace

bool Frame::IsOwnName(std::string_view name) const {
  for (const Frame* in = this; in != nullptr; in = in->around) {
    if (!in->own_name.empty() && in->own_name == name) return true;
  }
  return false;
}

// --- definitions

SyntaxNode WrapperReader::FirstParameter(SyntaxNode function, bool bound) const {
  SyntaxNode first{};
  int skip = bound ? 1 : 0;
  const SyntaxNode parameters = ParametersOf(function);
  if (parameters.is_null()) return first;
  ForEachChild(parameters, [&](SyntaxNode child, FieldId) {
    const SyntaxNode name = ParameterName(child);
    if (name.is_null() || !first.is_null() || skip-- > 0) return;
    if (!IsSplatParameter(child)) first = child;
  });
  return first;
}

std::string_view WrapperReader::ParameterAt(SyntaxNode function, bool bound) const {
  const SyntaxNode first = FirstParameter(function, bound);
  return first.is_null() ? std::string_view() : tree_.TextOf(ParameterName(first));
}

std::string WrapperReader::AnnotationAt(SyntaxNode function, bool bound) const {
  const SyntaxNode first = FirstParameter(function, bound);
  if (first.is_null()) return "";
  const SyntaxNode type = ChildByField(first, g_.f_type);
  return type.is_null() ? "" : OneLine(tree_, type);
}

std::vector<std::string_view> WrapperReader::DecoratorsOf(SyntaxNode function) const {
  std::vector<std::string_view> decorators;
  const SyntaxNode outer = function.parent();
  if (!Is(outer, g_.decorated_definition)) return decorators;
  ForEachChild(outer, [&](SyntaxNode child, FieldId) {
    const SyntaxNode value = Is(child, g_.decorator) ? child.named_child(0) : SyntaxNode{};
    if (!value.is_null()) decorators.push_back(LastPart(Callee(tree_.TextOf(value))));
  });
  return decorators;
}

bool WrapperReader::IsStatic(SyntaxNode function) const {
  const auto decorators = DecoratorsOf(function);
  return std::find(decorators.begin(), decorators.end(), "staticmethod") != decorators.end();
}

bool WrapperReader::IsOverload(SyntaxNode function) const {
  const auto decorators = DecoratorsOf(function);
  return std::find(decorators.begin(), decorators.end(), "overload") != decorators.end();
}

std::vector<SyntaxNode> WrapperReader::Positionals(SyntaxNode call) const {
  std::vector<SyntaxNode> given;
  const SyntaxNode arguments = ChildByField(call, g_.f_arguments);
  if (arguments.is_null()) return given;
  ForEachChild(arguments, [&](SyntaxNode child, FieldId) {
    const bool counts = child.is_named() && !Is(child, g_.comment) &&
                        !Is(child, g_.keyword_argument) && !Is(child, g_.dictionary_splat);
    if (counts) given.push_back(child);
  });
  return given;
}

// --- what stands in a function

void WrapperReader::NoteAssignment(SyntaxNode assignment, Frame* frame) const {
  const SyntaxNode left = ChildByField(assignment, g_.f_left);
  const SyntaxNode right = ChildByField(assignment, g_.f_right);
  const bool plain = Is(assignment, g_.assignment);
  if (Is(left, g_.attribute)) {
    const SyntaxNode object = ChildByField(left, g_.f_object);
    const bool declares = tree_.TextOf(ChildByField(left, g_.f_attribute)) == "__wrapped__" &&
                          Is(object, g_.identifier) && tree_.TextOf(right) == frame->function;
    if (declares) frame->declared.insert(tree_.TextOf(object));
    return;
  }
  for (const SyntaxNode name : TargetsIn(left)) {
    if (!Is(name, g_.identifier)) continue;
    const bool whole = plain && name == left && !right.is_null();
    frame->assigned[tree_.TextOf(name)].push_back(whole ? right : SyntaxNode{});
  }
}

Frame WrapperReader::ReadFrame(SyntaxNode function, bool bound, const Frame* around) const {
  Frame frame;
  frame.around = around;
  frame.function = ParameterAt(function, bound);
  const SyntaxNode name = ChildByField(function, g_.f_name);
  if (!name.is_null()) frame.own_name = tree_.TextOf(name);
  const SyntaxNode parameters = ParametersOf(function);
  if (!parameters.is_null()) {
    ForEachChild(parameters, [&](SyntaxNode child, FieldId) {
      const SyntaxNode parameter = ParameterName(child);
      if (!parameter.is_null()) frame.parameters.insert(tree_.TextOf(parameter));
    });
  }
  const SyntaxNode body = ChildByField(function, g_.f_body);
  for (TreeWalk walk(body); !walk.done(); walk.Next()) {
    const SyntaxNode node = walk.node();
    if (IsNested(node)) {
      walk.SkipChildren();
      const SyntaxNode own = ChildByField(node, g_.f_name);
      if (Is(node, g_.function_definition)) frame.nested[tree_.TextOf(own)].push_back(node);
      if (Is(node, g_.class_definition)) frame.assigned[tree_.TextOf(own)].push_back({});
    } else if (Is(node, g_.assignment) || Is(node, g_.augmented_assignment)) {
      NoteAssignment(node, &frame);
    } else if (Is(node, g_.for_statement)) {
      NoteAssignment(node, &frame);
    } else if (Is(node, g_.return_statement)) {
      frame.returns.push_back(node.named_child(0));
    } else if (Is(node, g_.yield)) {
      frame.yields = true;
    }
  }
  return frame;
}

// `attribute = function` on whatever the maker makes.
ClassFrame WrapperReader::ReadClass(SyntaxNode node) const {
  ClassFrame parts;
  std::map<std::string_view, SyntaxNode> methods;
  const SyntaxNode body = ChildByField(node, g_.f_body);
  ForEachChild(body, [&](SyntaxNode child, FieldId) {
    if (Is(child, g_.decorated_definition)) child = ChildByField(child, g_.f_definition);
    if (Is(child, g_.function_definition)) {
      methods[tree_.TextOf(ChildByField(child, g_.f_name))] = child;
    }
    const SyntaxNode inside = Is(child, g_.expression_statement) ? child.named_child(0) : child;
    if (!Is(inside, g_.assignment)) return;
    if (tree_.TextOf(ChildByField(inside, g_.f_left)) != "__call__") return;
    for (TreeWalk walk(ChildByField(inside, g_.f_right)); !walk.done(); walk.Next()) {
      const auto method = methods.find(tree_.TextOf(walk.node()));
      if (Is(walk.node(), g_.identifier) && method != methods.end()) {
        parts.calls.push_back(method->second);
      }
    }
  });
  if (methods.contains("__call__")) parts.calls.push_back(methods["__call__"]);
  if (methods.contains("__get__")) parts.calls.clear();  // it binds in a way of its own
  const std::string_view maker = methods.contains("__new__") ? "__new__" : "__init__";
  if (!methods.contains(maker)) return parts;
  const std::string_view function = ParameterAt(methods[maker], true);
  const std::string_view class_name = tree_.TextOf(ChildByField(node, g_.f_name));
  for (TreeWalk walk(ChildByField(methods[maker], g_.f_body)); !walk.done(); walk.Next()) {
    const SyntaxNode at = walk.node();
    if (Is(at, g_.call) && LastPart(tree_.TextOf(ChildByField(at, g_.f_function))) == "partial") {
      const std::vector<SyntaxNode> given = Positionals(at);
      parts.may_wait |= !given.empty() && tree_.TextOf(given[0]) == class_name;
    }
    const SyntaxNode left = Is(at, g_.assignment) ? ChildByField(at, g_.f_left) : SyntaxNode{};
    if (!Is(left, g_.attribute) || function.empty()) continue;
    if (tree_.TextOf(ChildByField(at, g_.f_right)) != function) continue;
    const std::string_view name = tree_.TextOf(ChildByField(left, g_.f_attribute));
    parts.says_wrapped |= name == "__wrapped__";
    parts.attributes.insert(name);
  }
  return parts;
}

bool WrapperReader::IsFunction(SyntaxNode node, const Frame& frame) const {
  if (!Is(node, g_.identifier)) return false;
  const std::string_view name = tree_.TextOf(node);
  const auto assigned = frame.assigned.find(name);
  if (!frame.function.empty() && name == frame.function) return assigned == frame.assigned.end();
  if (assigned == frame.assigned.end()) return false;
  return std::all_of(assigned->second.begin(), assigned->second.end(), [&](SyntaxNode value) {
    return Is(value, g_.identifier) && tree_.TextOf(value) == frame.function;
  });
}

bool WrapperReader::IsAllPositionals(SyntaxNode node, const Frame& frame) const {
  if (!Is(node, g_.list_splat)) return false;
  return frame.parameters.contains(tree_.TextOf(node).substr(1));
}

// --- wrappers

struct WrapperReader::Taken {
  std::vector<std::string_view> leading;  // positional ones in front of *args
  std::set<std::string> own;
  std::string_view args, kwargs;
  bool fits = true;  // nothing else is there
};

WrapperReader::Taken WrapperReader::TakenBy(SyntaxNode function, bool bound) const {
  Taken taken;
  bool skip = bound;
  const SyntaxNode parameters = ParametersOf(function);
  if (parameters.is_null()) return taken;
  ForEachChild(parameters, [&](SyntaxNode child, FieldId) {
    const SyntaxNode name_node = ParameterName(child);
    if (name_node.is_null()) return;
    const std::string_view name = tree_.TextOf(name_node);
    const std::string_view text = tree_.TextOf(child);
    const bool has_default =
        Is(child, g_.default_parameter) || Is(child, g_.typed_default_parameter);
    if (skip) {
      skip = false;
    } else if (text.starts_with("**")) {
      taken.kwargs = name;
    } else if (text.starts_with('*')) {
      taken.args = name;
    } else if (taken.args.empty()) {
      taken.leading.push_back(name);
      taken.own.emplace(name);
      taken.fits &= !has_default;
    } else {
      taken.own.emplace(name);
      taken.fits &= has_default;
    }
  });
  taken.fits &= !taken.args.empty() && !taken.kwargs.empty();
  return taken;
}

// Looks at every use of a wrapper's `*args, **kwargs`.
class WrapperReader::Body {
 public:
  Body(const SyntaxTree& tree, SyntaxNode function, const Taken& taken)
      : tree_(tree), g_(PythonGrammar()), function_(function), taken_(taken) {}

  // `is_function(callee)`: calling that calls the decorated function.
  template <typename IsFunction>
  WrapperFacts Read(const IsFunction& is_function, bool declared) {
    WrapperFacts facts;
    const SyntaxNode body = ChildByField(function_, g_.f_body);
    bool returns_other = false, yields = false;
    for (TreeWalk walk(body); !walk.done() && !changed_; walk.Next()) {
      const SyntaxNode node = walk.node();
      if (Is(node, g_.identifier)) TakeName(node);
      if (Is(node, g_.yield)) yields = true;
    }
    for (const SyntaxNode call : calls_) {
      const SyntaxNode callee = ChildByField(call, g_.f_function);
      if (HandsAllOn(call) && is_function(callee) && !IsCaught(call)) {
        handing_.push_back(call);
      } else if (!OnlyLooks(tree_.TextOf(callee))) {
        changed_ = true;
      }
    }
    for (TreeWalk walk(body); !walk.done(); walk.Next()) {
      if (IsNested(walk.node())) walk.SkipChildren();
      if (!Is(walk.node(), g_.return_statement)) continue;
      returns_other |= !IsHanding(walk.node().named_child(0));
    }
    if (Is(function_, g_.lambda)) returns_other = !IsHanding(body);
    facts.hands_on = !changed_ && (!handing_.empty() || (declared && OnlyRaises(body)));
    facts.gives_result = facts.hands_on && !returns_other && !yields;
    if (facts.hands_on) facts.own = taken_.own;
    return facts;
  }

 private:
  bool IsTaken(std::string_view name) const {
    return name == taken_.args || name == taken_.kwargs ||
           std::find(taken_.leading.begin(), taken_.leading.end(), name) != taken_.leading.end();
  }

  void TakeName(SyntaxNode node) {
    const std::string_view name = tree_.TextOf(node);
    const SyntaxNode parent = node.parent();
    if (!IsTaken(name) || IsLabel(node, parent)) return;
    const bool is_args = name == taken_.args, is_kwargs = name == taken_.kwargs;
    if (Is(parent, g_.list_splat) || Is(parent, g_.dictionary_splat)) {
      const SyntaxNode list = parent.parent();
      if (Is(list, g_.argument_list)) NoteCall(list.parent());
    } else if (IsTarget(node, parent)) {
      changed_ |= !is_args || !IsCopied(parent);
    } else if (Is(parent, g_.list_splat_pattern) || Is(parent, g_.dictionary_splat_pattern) ||
               Is(parent, g_.parameters)) {
      changed_ = true;  // a function inside has the same names
    } else if (is_kwargs && Is(parent, g_.subscript)) {
      changed_ |= MayAdd(parent);
    } else if (is_kwargs && Is(parent, g_.attribute)) {
      changed_ |= !IsReadingMethod(tree_.TextOf(ChildByField(parent, g_.f_attribute)));
    } else if (is_kwargs && Is(parent, g_.argument_list)) {
      changed_ |= !OnlyLooks(tree_.TextOf(ChildByField(parent.parent(), g_.f_function)));
    } else if (is_kwargs) {
      changed_ |= Is(parent, g_.keyword_argument) || Is(parent, g_.assignment);
    }
  }

  void NoteCall(SyntaxNode call) {
    const bool is_new =
        std::none_of(calls_.begin(), calls_.end(), [&](SyntaxNode known) { return known == call; });
    if (is_new) calls_.push_back(call);
  }

  bool IsTarget(SyntaxNode node, SyntaxNode parent) const {
    const bool assigns = Is(parent, g_.assignment) || Is(parent, g_.augmented_assignment) ||
                         Is(parent, g_.for_statement) || Is(parent, g_.for_in_clause);
    if (assigns) return ChildByField(parent, g_.f_left) == node;
    return Is(parent, g_.pattern_list) || Is(parent, g_.tuple_pattern) ||
           Is(parent, g_.delete_statement) || Is(parent, g_.as_pattern_target) ||
           (Is(parent, g_.named_expression) && ChildByField(parent, g_.f_name) == node);
  }

  // args = list(args)
  bool IsCopied(SyntaxNode assignment) const {
    if (!Is(assignment, g_.assignment)) return false;
    const std::string_view value = tree_.TextOf(ChildByField(assignment, g_.f_right));
    const std::string args(taken_.args);
    return value == "list(" + args + ")" || value == "tuple(" + args + ")";
  }

  // kwargs[name] = …, unless it stands below `if name in kwargs`; del kwargs[name].
  bool MayAdd(SyntaxNode subscript) const {
    const SyntaxNode parent = subscript.parent();
    if (Is(parent, g_.delete_statement)) return true;
    const bool stores = (Is(parent, g_.assignment) || Is(parent, g_.augmented_assignment)) &&
                        ChildByField(parent, g_.f_left) == subscript;
    if (!stores) return false;
    const std::string asked = std::string(tree_.TextOf(ChildByField(subscript, g_.f_subscript)))
                                  .append(" in ")
                                  .append(taken_.kwargs);
    SyntaxNode child = parent;
    for (int i = 0; i < kMaxParents; ++i) {
      const SyntaxNode around = child.parent();
      if (around.is_null() || child == function_) return true;
      if (Is(around, g_.if_statement)) {
        const bool inside = ChildByField(around, g_.f_consequence) == child;
        const SyntaxNode condition = around.named_child(0);
        if (inside && tree_.TextOf(condition) == asked) return false;
      }
      child = around;
    }
    return true;
  }

  // Every argument as it came: f(self, *args, own=own, **kwargs).
  bool HandsAllOn(SyntaxNode call) const {
    size_t leading = 0;
    bool has_args = false, has_kwargs = false, fits = true;
    ForEachChild(ChildByField(call, g_.f_arguments), [&](SyntaxNode child, FieldId) {
      if (!child.is_named() || Is(child, g_.comment)) return;
      const std::string_view text = tree_.TextOf(child);
      if (Is(child, g_.list_splat)) {
        has_args = text.substr(1) == taken_.args;
        fits &= has_args;
      } else if (Is(child, g_.dictionary_splat)) {
        has_kwargs = text.substr(2) == taken_.kwargs;
        fits &= has_kwargs;
      } else if (Is(child, g_.keyword_argument)) {
        const std::string_view name = tree_.TextOf(ChildByField(child, g_.f_name));
        fits &= taken_.own.contains(std::string(name)) &&
                tree_.TextOf(ChildByField(child, g_.f_value)) == name;
      } else {
        fits &= !has_args && leading < taken_.leading.size() && text == taken_.leading[leading];
        ++leading;
      }
    });
    return fits && has_args && has_kwargs && leading == taken_.leading.size();
  }

  // In a `try` that goes on when the call itself is wrong.
  bool IsCaught(SyntaxNode call) const {
    SyntaxNode child = call;
    for (int i = 0; i < kMaxParents; ++i) {
      const SyntaxNode around = child.parent();
      if (around.is_null() || child == function_) return false;
      if (Is(around, g_.try_statement) && ChildByField(around, g_.f_body) == child) {
        bool goes_on = false;
        ForEachChild(around, [&](SyntaxNode clause, FieldId) {
          if (Is(clause, g_.except_clause)) goes_on |= GoesOn(clause);
        });
        if (goes_on) return true;
      }
      child = around;
    }
    return true;
  }

  bool GoesOn(SyntaxNode clause) const {
    const std::string_view text = tree_.TextOf(clause);
    const std::string_view header = text.substr(0, text.find('\n'));
    const bool takes = header.find("TypeError") != header.npos ||
                       header.find("Exception") != header.npos || header.starts_with("except:");
    return takes && text.find("raise") == text.npos;
  }

  bool IsHanding(SyntaxNode value) const {
    while (Is(value, g_.parenthesized_expression) || Is(value, g_.await)) {
      value = value.named_child(0);
    }
    return std::any_of(handing_.begin(), handing_.end(),
                       [&](SyntaxNode call) { return call == value; });
  }

  // The wrapper of something that cannot be used.
  bool OnlyRaises(SyntaxNode body) const {
    const uint32_t count = Is(body, g_.block) ? body.named_child_count() : 0;
    if (count == 0 || !calls_.empty()) return false;
    if (!Is(body.named_child(count - 1), g_.raise_statement)) return false;
    for (TreeWalk walk(body); !walk.done(); walk.Next()) {
      if (Is(walk.node(), g_.return_statement)) return false;
    }
    return true;
  }

  const SyntaxTree& tree_;
  const Grammar& g_;
  const SyntaxNode function_;
  const Taken& taken_;
  std::vector<SyntaxNode> calls_;    // those that get *args or **kwargs
  std::vector<SyntaxNode> handing_;  // of the function itself, with everything
  bool changed_ = false;
};

WrapperFacts WrapperReader::ReadWrapper(SyntaxNode nested, const Frame& frame,
                                        bool declared) const {
  WrapperFacts facts;
  for (const std::string_view decorator : DecoratorsOf(nested)) {
    declared |= decorator == "wraps";
    facts.is_decorated |= decorator != "wraps";
  }
  const Taken taken = TakenBy(nested, false);
  if (!taken.fits || facts.is_decorated) return facts;
  // A name that was made from the function: lazy = make_lazy(function).
  const auto is_derived = [&](SyntaxNode callee) {
    const auto assigned = frame.assigned.find(tree_.TextOf(callee));
    if (!Is(callee, g_.identifier) || assigned == frame.assigned.end()) return false;
    return std::all_of(assigned->second.begin(), assigned->second.end(), [&](SyntaxNode value) {
      if (!Is(value, g_.call)) return false;
      const std::vector<SyntaxNode> given = Positionals(value);
      return !given.empty() && IsFunction(given[0], frame);
    });
  };
  return Body(tree_, nested, taken)
      .Read(
          [&](SyntaxNode callee) {
            if (IsFunction(callee, frame)) return true;
            return declared && (is_derived(callee) || Is(callee, g_.call));
          },
          declared);
}

WrapperFacts WrapperReader::ReadMethodWrapper(SyntaxNode method, const ClassFrame& parts) const {
  const Taken taken = TakenBy(method, true);
  if (!taken.fits || !DecoratorsOf(method).empty()) return {};
  const std::string_view self = ParameterAt(method, false);
  return Body(tree_, method, taken)
      .Read(
          [&](SyntaxNode callee) {
            if (!Is(callee, g_.attribute)) return false;
            return tree_.TextOf(ChildByField(callee, g_.f_object)) == self &&
                   parts.attributes.contains(tree_.TextOf(ChildByField(callee, g_.f_attribute)));
          },
          false);
}

}  // namespace inhouse
