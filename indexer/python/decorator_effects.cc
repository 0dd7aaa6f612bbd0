#include "indexer/python/decorator_effects.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include "indexer/python/call_text.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/syntax_text.h"
#include "indexer/python/wrapper_reader.h"

namespace inhouse {
namespace {

constexpr int kMaxDepth = 10;

// What may come out of an expression inside a decorator.
struct Outcome {
  bool unknown = false;
  bool kept = false;       // something that takes what the function takes
  bool decorator = false;  // something that decorates in turn
  bool changed_result = false;
  std::set<std::string> own;

  void Join(const Outcome& other) {
    unknown |= other.unknown;
    kept |= other.kept;
    decorator |= other.decorator;
    changed_result |= other.changed_result;
    own.insert(other.own.begin(), other.own.end());
  }
};

Outcome Unknown() { return {.unknown = true, .own = {}}; }

DecoratorEffect AsEffect(const Outcome& outcome) {
  DecoratorEffect effect;
  if (outcome.unknown) return effect;
  effect.when_plain = outcome.kept;
  effect.when_called = outcome.decorator;
  effect.keeps_result = !outcome.changed_result;
  effect.own.assign(outcome.own.begin(), outcome.own.end());
  return effect;
}

bool Says(const DecoratorEffect& effect) { return effect.when_plain || effect.when_called; }

bool IsName(std::string_view text) {
  return !text.empty() && text.find_first_of(" .[]()\"',|*") == std::string_view::npos;
}

std::string_view Unquoted(std::string_view text) {
  const bool quoted = text.size() > 2 && (text.front() == '"' || text.front() == '\'');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// "[P, R]" of "Callable[P, R]" as its two elements; empty for anything else.
std::vector<std::string_view> CallableParts(std::string_view annotation) {
  if (LastPart(Callee(annotation)) != "Callable") return {};
  std::vector<std::string_view> parts = Elements(annotation);
  return parts.size() == 2 ? parts : std::vector<std::string_view>();
}

// What `(function: given) -> result` promises, by the type variables in it.
Outcome Promised(std::string_view given, std::string_view result) {
  constexpr std::array<std::string_view, 8> kSayNothing = {
      "Any", "object", "Callable", "type", "FunctionType", "function", "str", "None"};
  if (IsName(given) && given == result) {
    const bool says = std::find(kSayNothing.begin(), kSayNothing.end(), given) == kSayNothing.end();
    return says ? Outcome{.kept = true, .own = {}} : Unknown();
  }
  const auto from = CallableParts(given), to = CallableParts(result);
  if (from.empty() || to.empty() || from[0] != to[0] || !IsName(from[0])) return Unknown();
  if (from[0] == "...") return Unknown();
  return {.kept = true, .changed_result = from[1] != to[1], .own = {}};
}

class EffectReader {
 public:
  explicit EffectReader(const SyntaxTree& tree)
      : tree_(tree), g_(PythonGrammar()), wrappers_(tree) {}

  std::vector<DecoratorFact> Run() {
    FindDefinitions();
    std::vector<DecoratorFact> facts;
    for (const Definition& definition : definitions_) {
      if (!IsCandidate(definition)) continue;
      DecoratorEffect effect = EffectOf(definition, 0);
      if (!Says(effect)) continue;
      const SyntaxNode name = ChildByField(definition.node, g_.f_name);
      facts.push_back({name.start_byte(), std::move(effect)});
    }
    return facts;
  }

 private:
  struct Definition {
    SyntaxNode node{};
    bool in_class = false;
  };

  // Functions and classes outside functions.
  void FindDefinitions() {
    std::vector<uint32_t> classes;  // where those around the current node end
    for (TreeWalk walk(tree_.root()); !walk.done(); walk.Next()) {
      const SyntaxNode node = walk.node();
      while (!classes.empty() && node.start_byte() >= classes.back()) classes.pop_back();
      const bool is_function = Is(node, g_.function_definition);
      if (is_function || Is(node, g_.expression_statement)) walk.SkipChildren();
      if (!is_function && !Is(node, g_.class_definition)) continue;
      const SyntaxNode name = ChildByField(node, g_.f_name);
      if (name.is_null() || ChildByField(node, g_.f_body).is_null()) continue;
      definitions_.push_back({node, !classes.empty()});
      if (classes.empty()) by_name_[tree_.TextOf(name)].push_back(definitions_.back());
      if (!is_function) classes.push_back(node.end_byte());
    }
  }

  // Most functions decorate nothing, which a look at their text tells.
  bool IsCandidate(const Definition& definition) const {
    const std::string_view text = tree_.TextOf(definition.node);
    if (Is(definition.node, g_.class_definition)) return text.find("__call__") != text.npos;
    if (text.find("def ", 4) != text.npos || text.find("lambda") != text.npos) return true;
    if (text.find("Callable[[") != text.npos) return true;
    const std::string_view first = wrappers_.ParameterAt(definition.node, definition.in_class);
    if (first.empty()) return false;
    std::string given("(");
    given.append(first).append(")");
    return text.find(given) != text.npos ||
           text.find(std::string("return ").append(first)) != text.npos;
  }

  DecoratorEffect EffectOf(const Definition& definition, int depth) {
    if (depth > kMaxDepth) return {};
    if (Is(definition.node, g_.class_definition)) return OfClass(definition.node, depth);
    return AsEffect(OfFunction(definition.node, definition.in_class, nullptr, depth));
  }

  // Of all definitions of a name at module level.
  DecoratorEffect EffectOfName(std::string_view name, int depth) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end() || found->second.size() != 1) return {};
    return EffectOf(found->second[0], depth + 1);
  }

  // --- functions

  Outcome OfFunction(SyntaxNode function, bool in_class, const Frame* around, int depth) {
    if (depth > kMaxDepth) return Unknown();
    const bool bound = in_class && !wrappers_.IsStatic(function);
    if (Outcome promised = PromisedBy(function, bound); !promised.unknown) return promised;
    if (wrappers_.IsOverload(function)) return Unknown();
    const Frame frame = wrappers_.ReadFrame(function, bound, around);
    if (frame.yields || frame.returns.empty()) return Unknown();
    Outcome all;
    for (const SyntaxNode value : frame.returns) all.Join(Evaluate(value, frame, depth + 1));
    return all;
  }

  Outcome PromisedBy(SyntaxNode function, bool bound) const {
    const SyntaxNode returns = ChildByField(function, g_.f_return_type);
    if (returns.is_null()) return Unknown();
    const std::string result = OneLine(tree_, returns);
    const std::string given = wrappers_.AnnotationAt(function, bound);
    Outcome plain = Promised(Unquoted(given), Unquoted(result));
    if (!plain.unknown) return plain;
    const auto parts = CallableParts(Unquoted(result));  // Callable[[F], F]
    if (parts.empty() || !parts[0].starts_with('[')) return Unknown();
    const auto taken = Elements(parts[0]);
    if (taken.size() != 1) return Unknown();
    Outcome inner = Promised(taken[0], parts[1]);
    std::swap(inner.kept, inner.decorator);
    return inner;
  }

  Outcome Evaluate(SyntaxNode node, const Frame& frame, int depth) {
    while (Is(node, g_.parenthesized_expression)) node = node.named_child(0);
    if (node.is_null() || depth > kMaxDepth) return Unknown();
    if (Is(node, g_.identifier)) return EvaluateName(tree_.TextOf(node), frame, depth);
    if (Is(node, g_.lambda)) return OfNested(node, frame, false, depth);
    if (Is(node, g_.call)) return EvaluateCall(node, frame, depth);
    if (Is(node, g_.conditional_expression) && node.named_child_count() == 3) {
      Outcome either = Evaluate(node.named_child(0), frame, depth + 1);
      either.Join(Evaluate(node.named_child(2), frame, depth + 1));
      return either;
    }
    return Unknown();
  }

  Outcome EvaluateName(std::string_view name, const Frame& frame, int depth) {
    for (const Frame* in = &frame; in != nullptr; in = in->around) {
      Outcome found;
      const auto nested = in->nested.find(name);
      const auto assigned = in->assigned.find(name);
      const bool is_function = in == &frame && !name.empty() && name == in->function;
      if (nested == in->nested.end() && assigned == in->assigned.end() && !is_function) continue;
      if (is_function) found.kept = true;
      if (nested != in->nested.end()) {
        for (const SyntaxNode definition : nested->second) {
          found.Join(OfNested(definition, *in, in->declared.contains(name), depth + 1));
        }
      }
      if (assigned != in->assigned.end()) {
        for (const SyntaxNode value : assigned->second) found.Join(Evaluate(value, *in, depth + 1));
      }
      return found;
    }
    const DecoratorEffect effect = EffectOfName(name, depth);
    if (!effect.when_plain) return Unknown();
    return {.decorator = true,
            .changed_result = !effect.keeps_result,
            .own = {effect.own.begin(), effect.own.end()}};
  }

  // A function or lambda inside a decorator: the wrapper, or the decorator that a factory makes.
  Outcome OfNested(SyntaxNode nested, const Frame& frame, bool declared, int depth) {
    if (depth > kMaxDepth) return Unknown();
    const WrapperFacts wrapper = wrappers_.ReadWrapper(nested, frame, declared);
    if (wrapper.hands_on) {
      return {.kept = true, .changed_result = !wrapper.gives_result, .own = wrapper.own};
    }
    if (wrapper.is_decorated) return Unknown();
    Outcome inner;
    if (Is(nested, g_.lambda)) {
      const Frame own = wrappers_.ReadFrame(nested, false, &frame);
      inner = Evaluate(ChildByField(nested, g_.f_body), own, depth + 1);
    } else {
      inner = OfFunction(nested, false, &frame, depth + 1);
    }
    if (inner.unknown || !inner.kept || inner.decorator) return Unknown();
    std::swap(inner.kept, inner.decorator);
    return inner;
  }

  Outcome EvaluateCall(SyntaxNode call, const Frame& frame, int depth) {
    const SyntaxNode callee = ChildByField(call, g_.f_function);
    const std::vector<SyntaxNode> given = wrappers_.Positionals(call);
    if (Is(callee, g_.call)) return EvaluateTwoCalls(callee, given, frame, depth);
    const std::string_view name = tree_.TextOf(callee);
    const std::string_view last = LastPart(name);
    if (last == "update_wrapper" && !given.empty()) return Declared(given[0], frame, depth);
    if (last == "cast" && given.size() == 2) return Evaluate(given[1], frame, depth + 1);
    if (last == "partial" && !given.empty() && frame.IsOwnName(tree_.TextOf(given[0]))) {
      return {.decorator = true, .own = {}};
    }
    if (!Is(callee, g_.identifier)) return Unknown();
    const bool on_function = given.size() == 1 && (wrappers_.IsFunction(given[0], frame) ||
                                                   wrappers_.IsAllPositionals(given[0], frame));
    for (const Frame* in = &frame; in != nullptr; in = in->around) {
      if (in->nested.contains(name))
        return Applied(EvaluateName(name, *in, depth + 1), on_function);
      if (in->assigned.contains(name) || in->parameters.contains(name)) return Unknown();
    }
    return AppliedByName(EffectOfName(name, depth), on_function);
  }

  // What a decorator gives when it is called.
  static Outcome Applied(Outcome decorator, bool on_function) {
    if (!decorator.decorator || decorator.kept || !on_function) return Unknown();
    std::swap(decorator.kept, decorator.decorator);
    return decorator;
  }

  static Outcome AppliedByName(const DecoratorEffect& effect, bool on_function) {
    const bool kept = effect.when_plain && on_function;
    if (!kept && !effect.when_called) return Unknown();
    return {.kept = kept,
            .decorator = !kept,
            .changed_result = !effect.keeps_result,
            .own = {effect.own.begin(), effect.own.end()}};
  }

  // wraps(function)(wrapper), factory(…)(function)
  Outcome EvaluateTwoCalls(SyntaxNode inner, const std::vector<SyntaxNode>& given,
                           const Frame& frame, int depth) {
    if (given.size() != 1) return Unknown();
    const std::string_view name = tree_.TextOf(ChildByField(inner, g_.f_function));
    if (LastPart(name) == "wraps") return Declared(given[0], frame, depth);
    Outcome made = EvaluateCall(inner, frame, depth + 1);
    if (made.unknown || made.kept) return Unknown();
    return Applied(std::move(made), wrappers_.IsFunction(given[0], frame));
  }

  // A wrapper of which the code says that it stands for the function.
  Outcome Declared(SyntaxNode wrapper, const Frame& frame, int depth) {
    if (!Is(wrapper, g_.identifier)) return Evaluate(wrapper, frame, depth + 1);
    const auto nested = frame.nested.find(tree_.TextOf(wrapper));
    if (nested == frame.nested.end() || nested->second.size() != 1) {
      return Evaluate(wrapper, frame, depth + 1);
    }
    return OfNested(nested->second[0], frame, true, depth + 1);
  }

  // --- classes

  DecoratorEffect OfClass(SyntaxNode node, int depth) {
    const ClassFrame parts = wrappers_.ReadClass(node);
    DecoratorEffect effect;
    if (parts.calls.size() == 1 && Is(parts.calls[0], g_.function_definition)) {
      const Outcome outcome = OfFunction(parts.calls[0], true, nullptr, depth + 1);
      if (!outcome.unknown && outcome.kept && !outcome.decorator) {
        effect = AsEffect(outcome);
        std::swap(effect.when_plain, effect.when_called);
        return effect;
      }
    }
    // `__wrapped__` says which function the instance stands for.
    const bool needs_all = !parts.says_wrapped;
    size_t handing = 0;
    for (const SyntaxNode call : parts.calls) {
      const WrapperFacts wrapper = wrappers_.ReadMethodWrapper(call, parts);
      if (!wrapper.hands_on) continue;
      ++handing;
      effect.own.assign(wrapper.own.begin(), wrapper.own.end());
    }
    if (handing == 0 || (needs_all && handing != parts.calls.size())) return {};
    effect.when_plain = true;
    effect.when_called = parts.may_wait;
    effect.functions_only = true;
    return effect;
  }

  const SyntaxTree& tree_;
  const Grammar& g_;
  const WrapperReader wrappers_;
  std::vector<Definition> definitions_;
  std::unordered_map<std::string_view, std::vector<Definition>> by_name_;  // of the module's own
};

}  // namespace

std::string EncodeEffect(const DecoratorEffect& effect) {
  std::string text;
  if (effect.when_plain) text += 'p';
  if (effect.when_called) text += 'c';
  if (effect.functions_only) text += 'f';
  if (effect.keeps_result) text += 'r';
  for (const std::string& name : effect.own) text.append(" ").append(name);
  return text;
}

DecoratorEffect DecodeEffect(std::string_view text) {
  DecoratorEffect effect;
  const std::string_view letters = text.substr(0, text.find(' '));
  effect.when_plain = letters.find('p') != letters.npos;
  effect.when_called = letters.find('c') != letters.npos;
  effect.functions_only = letters.find('f') != letters.npos;
  effect.keeps_result = letters.find('r') != letters.npos;
  for (size_t at = letters.size(); at < text.size();) {
    const size_t end = std::min(text.find(' ', at + 1), text.size());
    effect.own.emplace_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return effect;
}

std::vector<DecoratorFact> ReadDecoratorEffects(const SyntaxTree& tree) {
  return EffectReader(tree).Run();
}

}  // namespace inhouse
