#include "retriever/call_check.h"

#include <algorithm>
#include <string_view>

#include "retriever/edit_distance.h"

namespace inhouse {
namespace {

std::string Quoted(std::string_view name) { return std::string("'").append(name).append("'"); }

class Binder {
 public:
  Binder(const Signature& signature, const CallArguments& call, int extra_positionals)
      : parameters_(signature.parameters),
        call_(call),
        extra_(extra_positionals),
        given_(signature.parameters.size(), false) {}

  std::vector<ArgumentFinding> Run() {
    TakePositionals();
    for (size_t i = 0; i < call_.keywords.size(); ++i) TakeKeyword(static_cast<int>(i));
    if (!call_.has_star && !call_.has_double_star) TellMissing();
    return std::move(findings_);
  }

 private:
  static bool IsPositional(const Parameter& parameter) {
    return parameter.kind == ParameterKind::kPositionalOnly ||
           parameter.kind == ParameterKind::kPositionalOrKeyword;
  }

  bool Has(ParameterKind kind) const {
    return std::any_of(parameters_.begin(), parameters_.end(),
                       [kind](const Parameter& p) { return p.kind == kind; });
  }

  void TakePositionals() {
    const int count = call_.positional_count - extra_;
    int taken = 0;
    for (size_t i = 0; i < parameters_.size() && taken < count; ++i) {
      if (!IsPositional(parameters_[i])) continue;
      given_[i] = true;
      ++taken;
    }
    if (taken < count && !Has(ParameterKind::kVarPositional)) TellTooMany(taken, count);
  }

  void TellTooMany(int taken, int count) {
    std::string message = "takes at most " + std::to_string(taken) + " positional argument" +
                          (taken == 1 ? "" : "s") + ", given " + std::to_string(count);
    for (const Parameter& parameter : parameters_) {
      const bool wanted =
          parameter.kind == ParameterKind::kKeywordOnly && !parameter.default_value.has_value();
      if (!wanted || IsGivenByName(parameter.name)) continue;
      message += "; write " + parameter.name + "=…";
      break;
    }
    findings_.push_back({ArgumentProblem::kTooManyPositionals, std::move(message), -1, ""});
  }

  void TakeKeyword(int index) {
    const std::string& name = call_.keywords[static_cast<size_t>(index)].name;
    for (size_t i = 0; i < parameters_.size(); ++i) {
      const Parameter& parameter = parameters_[i];
      if (parameter.name != name) continue;
      if (parameter.kind == ParameterKind::kPositionalOrKeyword ||
          parameter.kind == ParameterKind::kKeywordOnly) {
        if (given_[i]) {
          findings_.push_back({ArgumentProblem::kGivenTwice,
                               "parameter " + Quoted(name) + " is given twice", index, ""});
        }
        given_[i] = true;
        return;
      }
      if (parameter.kind == ParameterKind::kPositionalOnly && !Has(ParameterKind::kVarKeyword)) {
        findings_.push_back({ArgumentProblem::kPositionalOnlyByName,
                             "parameter " + Quoted(name) + " is positional only", index, ""});
        return;
      }
    }
    if (!Has(ParameterKind::kVarKeyword)) TellUnknown(index);
  }

  void TellUnknown(int index) {
    const std::string& name = call_.keywords[static_cast<size_t>(index)].name;
    const std::string meant = Meant(name);
    std::string message = "no parameter " + Quoted(name);
    if (!meant.empty()) message += "; did you mean " + Quoted(meant) + "?";
    findings_.push_back({ArgumentProblem::kUnknownKeyword, std::move(message), index,
                         IsTypingSlip(name, meant) ? meant : ""});
  }

  // The one parameter that is near, and not given otherwise.
  std::string Meant(const std::string& written) const {
    std::string meant;
    for (size_t i = 0; i < parameters_.size(); ++i) {
      const Parameter& parameter = parameters_[i];
      const bool by_name = parameter.kind == ParameterKind::kPositionalOrKeyword ||
                           parameter.kind == ParameterKind::kKeywordOnly;
      if (!by_name || given_[i] || IsGivenByName(parameter.name)) continue;
      const int limit = std::max(1, AllowedEdits(written.size()));
      const bool part = parameter.name.size() >= 3 && written.size() >= 3 &&
                        (written.find(parameter.name) != std::string::npos ||
                         parameter.name.find(written) != std::string::npos);
      if (!part && EditDistance(written, parameter.name, limit) > limit) continue;
      if (!meant.empty()) return "";
      meant = parameter.name;
    }
    return meant;
  }

  bool IsGivenByName(const std::string& name) const {
    return std::any_of(call_.keywords.begin(), call_.keywords.end(),
                       [&](const KeywordUse& keyword) { return keyword.name == name; });
  }

  void TellMissing() {
    std::string names;
    int count = 0;
    for (size_t i = 0; i < parameters_.size(); ++i) {
      const Parameter& parameter = parameters_[i];
      const bool wanted = parameter.kind != ParameterKind::kVarPositional &&
                          parameter.kind != ParameterKind::kVarKeyword &&
                          !parameter.default_value.has_value() && !given_[i];
      if (!wanted) continue;
      names += (count++ == 0 ? "" : ", ") + Quoted(parameter.name);
    }
    if (count == 0) return;
    findings_.push_back({ArgumentProblem::kMissingArgument,
                         (count == 1 ? "missing argument " : "missing arguments ") + names, -1,
                         ""});
  }

  const std::vector<Parameter>& parameters_;
  const CallArguments& call_;
  const int extra_;
  std::vector<bool> given_;
  std::vector<ArgumentFinding> findings_;
};

}  // namespace

std::vector<ArgumentFinding> CheckArguments(const Signature& signature, const CallArguments& call,
                                            int extra_positionals) {
  return Binder(signature, call, extra_positionals).Run();
}

}  // namespace inhouse
