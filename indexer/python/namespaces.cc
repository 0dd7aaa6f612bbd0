#include "indexer/python/namespaces.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "indexer/python/annotation_text.h"
#include "indexer/python/attribute_hook.h"
#include "indexer/python/binding_range.h"
#include "indexer/python/name_parts.h"
#include "indexer/python/string_literal.h"
#include "indexer/python/syntax_text.h"
#include "indexer/python/word_list.h"

namespace inhouse {
namespace {

// Decorators that leave a class's names as they are, or add only dunders.
constexpr std::array<std::string_view, 24> kHarmless = {
    "dataclass", "final", "runtime_checkable", "total_ordering", "unique", "define", "frozen",
    "mutable", "attrs", "s", "deprecated", "add_schema", "unstable", "slots", "skip", "skipIf",
    "skipUnless", "expectedFailure", "usefixtures",
    // django.test
    "override_settings", "modify_settings", "skipIfDBFeature", "skipUnlessDBFeature",
    "skipUnlessAnyDBFeature"};

constexpr std::string_view kDict = "__dict__";

bool IsHarmless(std::string_view decorator) {
  const std::string_view name = decorator.substr(0, decorator.find('('));
  if (name.starts_with("pytest.mark.")) return true;
  return std::find(kHarmless.begin(), kHarmless.end(), LastPart(name)) != kHarmless.end();
}

bool Contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

std::string_view WithoutBlanks(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

// Behind the bracket that closes the one at the front; empty if none does so soon.
std::string_view BehindBrackets(std::string_view text) {
  constexpr size_t kFar = 400;
  int depth = 0;
  for (size_t i = 0; i < std::min(text.size(), kFar); ++i) {
    if (text[i] == '[' || text[i] == '(') ++depth;
    if (text[i] == ']' || text[i] == ')') --depth;
    if (depth == 0) return WithoutBlanks(text.substr(i + 1));
  }
  return {};
}

bool Assigns(std::string_view rest) {
  return (rest.starts_with('=') && !rest.starts_with("==")) || rest.starts_with("|=");
}

// What follows a dictionary of names: does it put names in, or may somebody else?
bool MayAddNames(std::string_view before, std::string_view rest) {
  constexpr std::array<std::string_view, 5> kReading = {".get(", ".keys(", ".items(", ".values(",
                                                        ".copy("};
  rest = WithoutBlanks(rest);
  if (rest.starts_with('[')) return Assigns(BehindBrackets(rest));
  if (rest.starts_with('.')) {
    return std::none_of(kReading.begin(), kReading.end(),
                        [rest](std::string_view way) { return rest.starts_with(way); });
  }
  if (Assigns(rest)) return true;
  const size_t last = before.find_last_not_of(' ');
  return last != std::string_view::npos &&
         (before[last] == '=' || before[last] == ',' || before[last] == '(' || before[last] == ':');
}

// Where the text has `word` and what stands around it may add names.
template <typename Judge>
std::vector<size_t> PlacesOf(std::string_view text, std::string_view word, const Judge& adds) {
  std::vector<size_t> places;
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if (adds(text.substr(0, at), text.substr(at + word.size()))) places.push_back(at);
  }
  return places;
}

// `sys.modules[__name__]`, `sys.modules[x] = y`, sys.modules handed on.
bool ChangesModules(std::string_view before, std::string_view rest) {
  return rest.starts_with("[__name__") || MayAddNames(before, rest);
}

bool IsNamePart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool ChangesVars(std::string_view before, std::string_view rest) {
  const bool is_part = !before.empty() && IsNamePart(before.back());
  return rest.starts_with('(') && !is_part && MayAddNames(before, BehindBrackets(rest));
}

// The name in `["name"]`; empty for anything else.
std::string_view LiteralKey(std::string_view rest) {
  rest = WithoutBlanks(rest);
  if (!rest.starts_with("[\"") && !rest.starts_with("['")) return {};
  const size_t end = rest.find(rest[1], 2);
  const bool closes = end != std::string_view::npos && rest.substr(end + 1).starts_with(']');
  return closes ? rest.substr(2, end - 2) : std::string_view();
}

// Objects that hand on their own dictionary do not get names by it.
bool ChangesOwnDict(std::string_view, std::string_view rest) {
  return LiteralKey(rest).empty() && MayAddNames("", rest);
}

// `x.__dict__["name"] = …` binds that name alone.
bool BindsInDict(std::string_view, std::string_view rest) {
  return !LiteralKey(rest).empty() && MayAddNames("", rest);
}

class NamespaceReader {
 public:
  NamespaceReader(const SyntaxTree& tree, const ScopeTree& scopes,
                  const std::vector<Symbol>& symbols, ClassesOf which)
      : tree_(tree), scopes_(scopes), which_(which) {
    const std::string_view text = tree.text();
    for (const std::string_view way : {"globals()", "vars()"}) {
      module_is_open_ = module_is_open_ || !PlacesOf(text, way, MayAddNames).empty();
    }
    module_is_open_ =
        module_is_open_ || !PlacesOf(text, "locals()", ChangesOwnDict).empty() || ReplacesModules();
    for (const size_t at : PlacesOf(text, kDict, ChangesOwnDict)) NoteOpening(at);
    for (const size_t at : PlacesOf(text, "vars", ChangesVars)) NoteOpening(at);
    for (const size_t at : PlacesOf(text, kDict, BindsInDict)) {
      in_dicts_.push_back(LiteralKey(text.substr(at + kDict.size())));
    }
    for (const Symbol& symbol : symbols) {
      if (symbol.kind == SymbolKind::kClass) classes_.emplace(symbol.qualified_name, &symbol);
    }
  }

  std::vector<Namespace> Run() {
    for (size_t i = 0; i < scopes_.scopes.size(); ++i) {
      const Scope& scope = scopes_.scopes[i];
      const bool wanted = scope.kind == ScopeKind::kModule ||
                          (scope.kind == ScopeKind::kClass && IsWanted(scope.name));
      number_.push_back(wanted ? static_cast<int>(out_.size()) : -1);
      if (!wanted) continue;
      const bool filled = scope.kind == ScopeKind::kClass && IsFilled(scope.name);
      out_.push_back({scope.name, {}, IsOpen(scope), filled});
    }
    TakeNames(scopes_.bindings);
    TakeNames(scopes_.attributes);
    Namespace patched;
    for (const Patch& patch : scopes_.patched) patched.names.emplace_back(patch.name);
    for (const std::string_view name : in_dicts_) patched.names.emplace_back(name);
    out_.push_back(std::move(patched));
    for (const CallNode& call : scopes_.calls) TakeCall(call);
    // It may be an instance of any class of this file.
    for (Namespace& space : out_) {
      space.is_filled |= sets_on_others_ && classes_.contains(space.owner);
    }
    for (Namespace& space : out_) Tidy(&space.names);
    return std::move(out_);
  }

 private:
  bool IsWanted(std::string_view class_name) const {
    return which_ == ClassesOf::kAnywhere || !Contains(class_name, "<locals>");
  }

  // `sys.modules[…] = …` in a function is about another module, unless it says which.
  bool ReplacesModules() const {
    const std::string_view text = tree_.text();
    for (const size_t at : PlacesOf(text, "sys.modules", ChangesModules)) {
      const bool is_own = text.substr(at).starts_with("sys.modules[__name__");
      if (is_own || !IsInFunctionAt(static_cast<uint32_t>(at))) return true;
    }
    return false;
  }

  bool IsInFunctionAt(uint32_t byte) const {
    return std::any_of(scopes_.scopes.begin(), scopes_.scopes.end(), [&](const Scope& scope) {
      return scope.kind == ScopeKind::kFunction && scope.Holds(byte);
    });
  }

  // In a class only that one may get names; anywhere else, any of the file.
  void NoteOpening(size_t at) {
    bool in_class = false;
    for (const Scope& scope : scopes_.scopes) {
      if (scope.kind != ScopeKind::kClass || !scope.Holds(static_cast<uint32_t>(at))) continue;
      in_class = true;
      opened_.push_back(scope.name);
    }
    classes_are_open_ = classes_are_open_ || !in_class;
  }

  bool IsOpen(const Scope& scope) const {
    if (scope.kind == ScopeKind::kModule) return module_is_open_;
    const auto found = classes_.find(scope.name);
    if (found == classes_.end()) return true;
    const Symbol& symbol = *found->second;
    const bool decorated = !std::all_of(symbol.decorators.begin(), symbol.decorators.end(),
                                        [](const std::string& d) { return IsHarmless(d); });
    const uint32_t begin = symbol.range.start_byte;
    const std::string_view header = tree_.text().substr(begin, scope.begin - begin);
    const size_t meta = header.find("metaclass");
    return decorated || (meta != std::string_view::npos && !Contains(header, "ABCMeta"));
  }

  bool IsFilled(const std::string& name) const {
    return classes_are_open_ || std::find(opened_.begin(), opened_.end(), name) != opened_.end();
  }

  void TakeNames(const std::vector<Binding>& bindings) {
    for (const Binding& binding : bindings) {
      const int number = number_[static_cast<size_t>(binding.scope)];
      if (number < 0) continue;
      Namespace& space = out_[static_cast<size_t>(number)];
      if (space.names.empty() || space.names.back() != binding.name) {
        space.names.emplace_back(binding.name);
      }
      if (binding.name == "__getattribute__") space.is_open = true;
      if (binding.name == "__getattr__") TakeHook(binding, &space);
    }
  }

  SyntaxNode FunctionWithBodyAt(uint32_t byte) const {
    const Grammar& g = PythonGrammar();
    for (TreeWalk walk(tree_.root()); !walk.done(); walk.Next()) {
      if (!Is(walk.node(), g.function_definition)) continue;
      const SyntaxNode body = ChildByField(walk.node(), g.f_body);
      if (!body.is_null() && body.start_byte() == byte) return walk.node();
    }
    return {};
  }

  void TakeHook(const Binding& binding, Namespace* space) {
    std::optional<std::vector<std::string>> names;
    bool gives_items = false;
    for (const Scope& scope : scopes_.scopes) {
      if (scope.kind != ScopeKind::kFunction || scope.name != binding.path) continue;
      const SyntaxNode node = FunctionWithBodyAt(scope.begin);
      if (node.is_null()) continue;
      names = NamesGivenBy(tree_, node);
      gives_items = GivesItems(tree_, node);
    }
    const bool in_class =
        scopes_.scopes[static_cast<size_t>(binding.scope)].kind == ScopeKind::kClass;
    space->is_filled |= gives_items && in_class;
    space->is_open |= !names.has_value() && !(gives_items && in_class);
    if (names) space->names.insert(space->names.end(), names->begin(), names->end());
  }

  // setattr(owner, "name", value), object.__setattr__(self, …), exec(…).
  void TakeCall(const CallNode& call) {
    const std::string_view callee =
        LastPart(tree_.TextOf(ChildByField(call.node, PythonGrammar().f_function)));
    const SyntaxNode arguments = ChildByField(call.node, PythonGrammar().f_arguments);
    if (callee == "exec" && !HasNamesOfItsOwn(arguments)) out_.front().is_open = true;
    if (callee != "setattr" && callee != "__setattr__") return;
    std::string name;
    if (arguments.named_child_count() >= 2 && StringValue(tree_, arguments.named_child(1), &name)) {
      out_.back().names.push_back(std::move(name));
      return;
    }
    SetsOn(arguments.named_child(0), call.scope);
  }

  // Names made at run time are set on `object`.
  void SetsOn(SyntaxNode object, int scope) {
    const std::string_view text = object.is_null() ? "" : tree_.TextOf(object);
    if (text == "self" || text == "cls") return OpenAround(scope, true);
    if (Is(object, PythonGrammar().identifier)) {
      const Setting known = WhatIs(text, scope);
      if (known.is_foreign) return;
      if (!known.class_name.empty()) return OpenClass(known.class_name);
    }
    sets_on_others_ = true;
    const bool in_function = IsInFunction(scope);
    OpenAround(scope, in_function && text != "mod" && !Contains(text, "module"));
  }

  struct Setting {
    bool is_foreign = false;  // surely nothing that this file defines
    std::string class_name;   // one of this file, whose instance it is or itself
  };

  // What a name is that names are set on, by its bindings in the nearest scope.
  Setting WhatIs(std::string_view name, int scope) const {
    for (; scope >= 0; scope = scopes_.scopes[static_cast<size_t>(scope)].parent) {
      const auto [first, last] = RangeFor(scopes_.bindings, scope, name);
      if (first == last) continue;
      const Binding& binding = scopes_.bindings[first];
      const bool alike = std::all_of(scopes_.bindings.begin() + static_cast<std::ptrdiff_t>(first),
                                     scopes_.bindings.begin() + static_cast<std::ptrdiff_t>(last),
                                     [&](const Binding& one) { return one.kind == binding.kind; });
      if (!alike) return {};
      if (binding.kind == BindingKind::kImport) return {true, ""};
      if (binding.kind == BindingKind::kClass) return {false, binding.path};
      if (binding.kind == BindingKind::kAnnotation) return Annotated(tree_.TextOf(binding.node));
      return {};
    }
    return {};
  }

  Setting Annotated(std::string_view annotation) const {
    const std::string_view name = ClassInAnnotation(annotation);
    if (name.empty() || OneOf(LastPart(name), {"Any", "object", "type"})) return {};
    for (const auto& [qualified, symbol] : classes_) {
      if (LastPart(qualified) == LastPart(name)) return {false, std::string(qualified)};
    }
    return {name.size() > 2, ""};  // T may be anything
  }

  bool IsInFunction(int scope) const {
    for (; scope >= 0; scope = scopes_.scopes[static_cast<size_t>(scope)].parent) {
      if (scopes_.scopes[static_cast<size_t>(scope)].kind == ScopeKind::kFunction) return true;
    }
    return false;
  }

  void OpenClass(const std::string& name) {
    for (Namespace& space : out_) space.is_filled |= space.owner == name;
  }

  // exec(code, names): where these are not the module's.
  bool HasNamesOfItsOwn(SyntaxNode arguments) const {
    if (arguments.named_child_count() < 2) return false;
    return tree_.TextOf(arguments.named_child(1)).find("globals()") == std::string::npos;
  }

  // A name made at run time is set from here: on a class around, or on the module
  // if it is not set on the receiver.
  void OpenAround(int scope, bool classes_alone) {
    for (; scope >= 0; scope = scopes_.scopes[static_cast<size_t>(scope)].parent) {
      const int number = number_[static_cast<size_t>(scope)];
      const bool is_module = scopes_.scopes[static_cast<size_t>(scope)].kind == ScopeKind::kModule;
      if (number < 0 || (is_module && classes_alone)) continue;
      Namespace& space = out_[static_cast<size_t>(number)];
      (is_module ? space.is_open : space.is_filled) = true;
    }
  }

  static void Tidy(std::vector<std::string>* names) {
    std::sort(names->begin(), names->end());
    names->erase(std::unique(names->begin(), names->end()), names->end());
  }

  const SyntaxTree& tree_;
  const ScopeTree& scopes_;
  const ClassesOf which_;
  std::unordered_map<std::string_view, const Symbol*> classes_;
  std::vector<int> number_;  // of each scope in out_, or -1
  std::vector<Namespace> out_;
  std::vector<std::string_view> opened_;    // classes
  std::vector<std::string_view> in_dicts_;  // names that are put into a __dict__
  bool module_is_open_ = false;
  bool classes_are_open_ = false;
  bool sets_on_others_ = false;  // names made at run time
};

}  // namespace

std::vector<Namespace> ReadNamespaces(const SyntaxTree& tree, const ScopeTree& scopes,
                                      const std::vector<Symbol>& symbols, ClassesOf which) {
  return NamespaceReader(tree, scopes, symbols, which).Run();
}

}  // namespace inhouse
