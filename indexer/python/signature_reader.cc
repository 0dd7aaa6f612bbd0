#include "indexer/python/signature_reader.h"

#include <algorithm>
#include <array>

#include "indexer/python/name_parts.h"
#include "indexer/python/syntax_text.h"

namespace inhouse {
namespace {

constexpr size_t kMaxParameters = 256;

// One child of a `parameters` node. False if it is none (marks, errors).
class ParameterReader {
 public:
  ParameterReader(const SyntaxTree& tree, Signature* signature)
      : tree_(tree), g_(PythonGrammar()), signature_(signature) {}

  void Take(SyntaxNode node) {
    if (signature_->parameters.size() >= kMaxParameters) {
      signature_->is_exact = false;
      return;
    }
    const NodeKind kind = node.kind();
    if (kind == g_.keyword_separator) {
      after_star_ = true;
    } else if (kind == g_.positional_separator) {
      for (Parameter& p : signature_->parameters) p.kind = ParameterKind::kPositionalOnly;
    } else if (kind == g_.identifier) {
      Add(node, "", std::nullopt);
    } else if (kind == g_.default_parameter) {
      Add(ChildByField(node, g_.f_name), "", Default(node));
    } else if (kind == g_.typed_default_parameter) {
      Add(ChildByField(node, g_.f_name), Annotation(node), Default(node));
    } else if (kind == g_.typed_parameter) {
      Add(node.named_child(0), Annotation(node), std::nullopt);
    } else if (kind == g_.list_splat_pattern || kind == g_.dictionary_splat_pattern) {
      Add(node, "", std::nullopt);
    } else if (kind == g_.tuple_pattern || node.is_error()) {
      signature_->is_exact = false;
    }
  }

 private:
  std::string Annotation(SyntaxNode node) const {
    const SyntaxNode type = ChildByField(node, g_.f_type);
    return type.is_null() ? "" : OneLine(tree_, type);
  }

  std::optional<std::string> Default(SyntaxNode node) const {
    const SyntaxNode value = ChildByField(node, g_.f_value);
    if (value.is_null()) return std::nullopt;
    return OneLine(tree_, value, 120);
  }

  void Add(SyntaxNode name, std::string annotation, std::optional<std::string> value) {
    Parameter parameter;
    parameter.annotation = std::move(annotation);
    parameter.default_value = std::move(value);
    parameter.kind =
        after_star_ ? ParameterKind::kKeywordOnly : ParameterKind::kPositionalOrKeyword;
    if (Is(name, g_.list_splat_pattern)) {
      parameter.kind = ParameterKind::kVarPositional;
      after_star_ = true;
      name = name.named_child(0);
    } else if (Is(name, g_.dictionary_splat_pattern)) {
      parameter.kind = ParameterKind::kVarKeyword;
      name = name.named_child(0);
    }
    if (!Is(name, g_.identifier)) {
      signature_->is_exact = false;
      return;
    }
    parameter.name = tree_.TextOf(name);
    signature_->parameters.push_back(std::move(parameter));
  }

  const SyntaxTree& tree_;
  const Grammar& g_;
  Signature* signature_;
  bool after_star_ = false;
};

void AppendParameter(const Parameter& parameter, std::string* text) {
  if (parameter.kind == ParameterKind::kVarPositional) *text += '*';
  if (parameter.kind == ParameterKind::kVarKeyword) *text += "**";
  *text += parameter.name;
  if (!parameter.annotation.empty()) *text += ": " + parameter.annotation;
  if (parameter.default_value) {
    *text += parameter.annotation.empty() ? "=" : " = ";
    *text += *parameter.default_value;
  }
}

}  // namespace

Signature ReadSignature(const SyntaxTree& tree, SyntaxNode function) {
  const Grammar& g = PythonGrammar();
  Signature signature;
  ParameterReader reader(tree, &signature);
  const SyntaxNode parameters = ChildByField(function, g.f_parameters);
  if (!parameters.is_null()) {
    ForEachChild(parameters, [&](SyntaxNode child, FieldId) { reader.Take(child); });
  }
  if (HasBrokenHeader(tree, function)) signature.is_exact = false;
  const SyntaxNode returns = ChildByField(function, g.f_return_type);
  if (!returns.is_null()) signature.returns = OneLine(tree, returns);
  signature.is_async = tree.TextOf(function).starts_with("async");
  signature.is_generator = HasYield(tree, ChildByField(function, g.f_body));
  return signature;
}

bool KeepsSignature(std::string_view decorator) {
  static constexpr std::array<std::string_view, 32> kKeeping = {"abstractclassmethod",
                                                                "abstractmethod",
                                                                "abstractproperty",
                                                                "abstractstaticmethod",
                                                                "asynccontextmanager",
                                                                "cache",
                                                                "cached_property",
                                                                "classmethod",
                                                                "contextmanager",
                                                                "coroutine",
                                                                "dataclass_transform",
                                                                "deleter",
                                                                "deprecate",
                                                                "deprecated",
                                                                "final",
                                                                "getter",
                                                                "jit",
                                                                "lru_cache",
                                                                "njit",
                                                                "no_type_check",
                                                                "overload",
                                                                "override",
                                                                "property",
                                                                "recursive_repr",
                                                                "retry",
                                                                "runtime_checkable",
                                                                "setter",
                                                                "staticmethod",
                                                                "total_ordering",
                                                                "type_check_only",
                                                                "unique",
                                                                "wraps"};
  static_assert(std::is_sorted(kKeeping.begin(), kKeeping.end()));
  return std::binary_search(kKeeping.begin(), kKeeping.end(), LastPart(Callee(decorator)));
}

std::string FormatSignature(std::string_view name, const Signature& signature) {
  std::string text(name);
  text += '(';
  bool first = true;
  bool star = false;
  bool positional_only = false;
  const auto separate = [&] {
    if (!first) text += ", ";
    first = false;
  };
  for (const Parameter& parameter : signature.parameters) {
    if (positional_only && parameter.kind != ParameterKind::kPositionalOnly) {
      separate();
      text += '/';
      positional_only = false;
    }
    positional_only |= parameter.kind == ParameterKind::kPositionalOnly;
    if (parameter.kind == ParameterKind::kKeywordOnly && !star) {
      separate();
      text += '*';
      star = true;
    }
    star |= parameter.kind == ParameterKind::kVarPositional;
    separate();
    AppendParameter(parameter, &text);
  }
  if (positional_only) text += ", /";
  text += ')';
  if (!signature.returns.empty()) text += " -> " + signature.returns;
  return text;
}

}  // namespace inhouse
