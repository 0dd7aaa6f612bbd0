#include "retriever/contract_check.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "indexer/python/name_parts.h"
#include "indexer/python/signature_reader.h"
#include "retriever/api_card.h"
#include "retriever/call_check.h"
#include "retriever/house_names.h"
#include "retriever/index_view.h"
#include "retriever/nearest_api.h"
#include "retriever/own_classes.h"
#include "retriever/text_position.h"

namespace inhouse {
namespace {

constexpr size_t kMaxFindings = 2'000;

std::string Quoted(std::string_view name) { return std::string("'").append(name).append("'"); }

bool IsCallable(const Symbol& symbol) {
  return symbol.kind == SymbolKind::kFunction || symbol.kind == SymbolKind::kMethod ||
         symbol.kind == SymbolKind::kClass;
}

ContractRule RuleOf(ArgumentProblem problem) {
  switch (problem) {
    case ArgumentProblem::kUnknownKeyword: return ContractRule::kUnknownKeyword;
    case ArgumentProblem::kTooManyPositionals: return ContractRule::kTooManyPositionals;
    case ArgumentProblem::kMissingArgument: return ContractRule::kMissingArgument;
    default: return ContractRule::kBadArgument;
  }
}

class Checker {
 public:
  Checker(IndexView& view, const HouseNames& names, std::string_view code,
          const ContractOptions& options)
      : view_(view), code_(code), positions_(code), options_(options), names_(names) {}

  Result<ContractReport> Run() {
    CodeReader reader;
    ASSIGN_OR_RETURN(origin_, OriginOf(options_.file));
    ASSIGN_OR_RETURN(const CodeUses uses, reader.Read(code_, origin_, &names_));
    report_.error_count = uses.error_count;
    own_.emplace(uses, names_, code_, file_id_);
    for (const ApiUse& use : uses.uses) CheckUse(use);
    own_.reset();
    RETURN_IF_ERROR(Status(names_.status()));
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const ContractFinding& a, const ContractFinding& b) {
                       return std::tie(a.line, a.column) < std::tie(b.line, b.column);
                     });
    return std::move(report_);
  }

 private:
  // A file of the index speaks as its module; all other code as a script.
  Result<CodeOrigin> OriginOf(const std::filesystem::path& path) {
    CodeOrigin origin;
    if (path.empty()) return origin;
    std::error_code error;
    const std::string real = std::filesystem::canonical(path, error).string();
    if (error) return origin;
    ASSIGN_OR_RETURN(const std::vector<FileRow> files, view_.catalog().Files());
    for (const FileRow& file : files) {
      if (!real.ends_with(file.path)) continue;
      if (std::filesystem::path(file.root) / file.path != real) continue;
      file_id_ = file.id;
      if (file.module.empty()) continue;
      origin.prefix = file.module;
      origin.base = {file.module, path.stem() == "__init__"};
    }
    return origin;
  }

  void CheckUse(const ApiUse& use) {
    const NameAnswer answer = names_.Look(use.target);
    if (answer.verdict != NameVerdict::kFound && CheckOwn(use, answer)) return;
    if (answer.verdict == NameVerdict::kForeign) return;
    ++report_.checked_uses;
    const CallOutcome outcome = OutcomeOf(use, answer);
    if (options_.list_calls && use.kind == UseKind::kCall) List(use, outcome);
  }

  // True if the code's own classes settle it: the name is there, though not in the index, or
  // surely missing in a class that the index does not have.
  bool CheckOwn(const ApiUse& use, const NameAnswer& answer) {
    const bool is_missing = answer.verdict == NameVerdict::kMissing;
    if (!is_missing || own_->Binds(answer.owner, answer.part)) {
      if (use.guard.names) return is_missing;
      const std::optional<OwnLack> lack = own_->LackOf(use.target);
      if (!lack || (lack->is_filled && use.kind != UseKind::kCall)) return is_missing;
      ++report_.checked_uses;
      AddOwnMissing(*lack, use);
      return true;
    }
    return false;
  }

  CallOutcome OutcomeOf(const ApiUse& use, const NameAnswer& answer) {
    if (use.guard.both()) return CallOutcome::kGuarded;
    if (answer.verdict == NameVerdict::kMissing) {
      if (use.guard.names) return CallOutcome::kGuarded;
      if (!IsSurelyMissing(answer, use)) return CallOutcome::kUnknown;
      // Where an import fails, uses of what it binds say nothing new.
      const std::string name = answer.owner + "." + answer.part;
      const bool is_import = use.kind == UseKind::kImport;
      if (!missing_.contains(name)) AddMissing(answer, use);
      if (is_import) missing_.insert(name);
      return CallOutcome::kMissing;
    }
    if (answer.verdict != NameVerdict::kFound) return CallOutcome::kUnknown;
    Warn(use.name_range, use.written, answer, use.is_bound);
    if (use.kind == UseKind::kCall && use.guard.arguments) return CallOutcome::kGuarded;
    return use.kind == UseKind::kCall ? CheckCall(use, answer.defined) : CallOutcome::kBound;
  }

  bool IsSurelyMissing(const NameAnswer& answer, const ApiUse& use) const {
    const std::string_view object = ParentNameOf(use.written);
    const bool by_receiver = object == "self" || object == "cls" || object == "super()";
    if (answer.has_strange_heirs && by_receiver) return false;
    return !answer.is_filled || (use.kind == UseKind::kCall && !HoldsWord(code_, answer.part));
  }

  void List(const ApiUse& use, CallOutcome outcome) {
    const TextPosition begin = positions_.At(use.name_range.start_byte);
    report_.calls.push_back({begin.line, begin.column, use.target, outcome});
  }

  // Wrong only if it is wrong by every definition that may be the one called.
  CallOutcome CheckCall(const ApiUse& use, const std::string& defined) {
    std::vector<ArgumentFinding> least;
    const SymbolRow* row_of_least = nullptr;
    for (const SymbolRow* definition : names_.Definitions(defined)) {
      const SymbolRow* row = definition;
      if (!IsCallable(row->symbol)) return CallOutcome::kNoSignature;
      if (row->symbol.kind == SymbolKind::kClass) row = names_.ConstructorOf(*row);
      if (row == nullptr || !names_.TakesAsWritten(*row, use.arguments)) {
        return CallOutcome::kNotExact;
      }
      std::vector<ArgumentFinding> found =
          CheckArguments(row->symbol.signature, use.arguments, ExtraPositionals(use, row->symbol));
      const bool better = row_of_least == nullptr || found.size() < least.size();
      if (!better) continue;
      least = std::move(found);
      row_of_least = row->id != 0 ? row : definition;
      if (least.empty()) break;
    }
    if (row_of_least == nullptr) return CallOutcome::kNoSignature;
    ++report_.checked_calls;
    const bool fits = least.empty();
    if (!fits && use.is_bound && BindsInSubclass(use, row_of_least->symbol)) {
      return CallOutcome::kBound;
    }
    for (const ArgumentFinding& finding : least) AddArgument(use, *row_of_least, finding);
    if (fits) CheckAwaited(use, *row_of_least);
    return CallOutcome::kBound;
  }

  // Methods may take more in a subclass of the receiver's class, and the instance may be one of it.
  bool BindsInSubclass(const ApiUse& use, const Symbol& method) const {
    if (own_->HeirBinds(method.parent, method.name)) return true;
    const NameAnswer receiver = names_.Look(ParentNameOf(use.target));
    const bool is_known =
        receiver.verdict == NameVerdict::kFound && names_.IsClass(receiver.defined);
    for (const std::string& name : names_.Subclasses(is_known ? receiver.defined : method.parent)) {
      const std::string member = JoinNames(name, method.name);
      std::vector<const SymbolRow*> rows = names_.Definitions(member);
      if (rows.empty()) rows = names_.Definitions(names_.Look(member).defined);  // of a base
      for (const SymbolRow* row : rows) {
        if (!names_.TakesAsWritten(*row, use.arguments)) return true;
        if (CheckArguments(row->symbol.signature, use.arguments, 0).empty()) return true;
      }
    }
    return false;
  }

  // `Session.close(session)`: the receiver is written out.
  static int ExtraPositionals(const ApiUse& use, const Symbol& symbol) {
    const bool receives =
        symbol.kind == SymbolKind::kMethod && !symbol.is_static && !symbol.is_class_method;
    return receives && !use.is_bound ? 1 : 0;
  }

  void CheckAwaited(const ApiUse& use, const SymbolRow& row) {
    const Signature& signature = row.symbol.signature;
    const bool gives_coroutine = signature.is_async && signature.is_exact;
    if (!use.is_dropped || !gives_coroutine || signature.is_generator) return;
    ContractFinding* finding = Add(ContractRule::kNotAwaited, use.range, use.written);
    if (finding == nullptr) return;
    finding->message = "is a coroutine that is never awaited; write await " + use.written + "(…)";
    Describe(row, finding);
  }

  void AddArgument(const ApiUse& use, const SymbolRow& row, const ArgumentFinding& argument) {
    const KeywordUse* keyword =
        argument.keyword < 0 ? nullptr
                             : &use.arguments.keywords[static_cast<size_t>(argument.keyword)];
    ContractFinding* finding =
        Add(RuleOf(argument.problem), keyword != nullptr ? keyword->range : use.range, use.written);
    if (finding == nullptr) return;
    finding->message = argument.message;
    Describe(row, finding);
    if (keyword == nullptr || argument.replacement.empty()) return;
    finding->fixes.push_back(
        {keyword->range.start_byte, keyword->range.end_byte, argument.replacement});
  }

  void AddMissing(const NameAnswer& answer, const ApiUse& use) {
    const SymbolRow* owner = FirstDefinition(answer.owner);
    if (owner == nullptr) return;
    const bool in_class = owner->symbol.kind == SymbolKind::kClass;
    // `import a.b`, as opposed to `from a import b`.
    const bool is_module = use.kind == UseKind::kImport && use.written == use.target;
    const ContractRule rule = is_module  ? ContractRule::kUnknownModule
                              : in_class ? ContractRule::kUnknownMember
                                         : ContractRule::kUnknownName;
    ContractFinding* finding = Add(rule, use.name_range, use.written);
    if (finding == nullptr) return;
    finding->message = owner->import_name + " has no " + Quoted(answer.part);
    Suggest({owner}, answer.part, finding);
  }

  // `self.qurey()` in a class of the code's own.
  void AddOwnMissing(const OwnLack& lack, const ApiUse& use) {
    std::vector<const SymbolRow*> above;
    for (const std::string& name : lack.above) {
      if (const SymbolRow* row = FirstDefinition(name)) above.push_back(row);
    }
    if (above.empty()) return;
    ContractFinding* finding = Add(ContractRule::kUnknownMember, use.name_range, use.written);
    if (finding == nullptr) return;
    finding->message = lack.class_name + ", which derives from " + above.front()->import_name +
                       ", has no " + Quoted(lack.part);
    const std::string near = NearestOf(lack.names, lack.part);
    if (near.empty()) return Suggest(above, lack.part, finding);
    finding->suggestion = JoinNames(lack.class_name, near);
    finding->reason = "nearest name in " + lack.class_name;
  }

  void Suggest(const std::vector<const SymbolRow*>& owners, const std::string& part,
               ContractFinding* finding) {
    NearestApi nearest = FindNearestApi(view_, names_, owners, part);
    if (nearest.row == nullptr) return;
    Describe(*nearest.row, finding);
    finding->suggestion = nearest.row->import_name;
    finding->reason = std::move(nearest.reason);
  }

  void Warn(const SourceRange& range, const std::string& written, const NameAnswer& answer,
            bool is_bound) {
    if (!options_.warnings || answer.verdict != NameVerdict::kFound) return;
    const SymbolRow* row = FirstDefinition(answer.defined);
    // A package may do with its own as it likes.
    const auto package = [](std::string_view dotted) { return dotted.substr(0, dotted.find('.')); };
    if (row == nullptr || package(row->symbol.module) == package(origin_.prefix)) return;
    if (row->symbol.deprecated) return WarnDeprecated(range, written, *row);
    const std::string_view last = LastNameOf(answer.defined);
    const bool is_private = last.starts_with('_') && !last.ends_with("__");
    if (!is_private || is_bound) return;
    ContractFinding* finding = Add(ContractRule::kPrivateUse, range, written);
    if (finding == nullptr) return;
    finding->message = Quoted(row->import_name) + " is private to its package";
    Describe(*row, finding);
  }

  void WarnDeprecated(const SourceRange& range, const std::string& written, const SymbolRow& row) {
    if (!warned_.emplace(row.id, positions_.At(range.start_byte).line).second) return;
    ContractFinding* finding = Add(ContractRule::kDeprecatedUse, range, written);
    if (finding == nullptr) return;
    const Deprecation& deprecation = *row.symbol.deprecated;
    finding->message = "is deprecated";
    if (!deprecation.message.empty()) finding->message += ": " + deprecation.message;
    Describe(row, finding);
    finding->suggestion = deprecation.replacement;
    if (!deprecation.replacement.empty()) finding->reason = "stated as its replacement";
  }

  ContractFinding* Add(ContractRule rule, const SourceRange& range, const std::string& written) {
    const TextPosition begin = positions_.At(range.start_byte);
    if (begin.line < options_.first_line || report_.findings.size() >= kMaxFindings) return nullptr;
    const TextPosition end = positions_.At(range.end_byte);
    ContractFinding& finding = report_.findings.emplace_back();
    finding.rule = rule;
    finding.is_error = rule != ContractRule::kPrivateUse && rule != ContractRule::kDeprecatedUse;
    finding.line = begin.line;
    finding.column = begin.column;
    finding.end_line = end.line;
    finding.end_column = end.column;
    finding.text = written;
    return &finding;
  }

  void Describe(const SymbolRow& row, ContractFinding* finding) {
    finding->symbol = row.import_name;
    finding->signature = SignatureLine(row.symbol, row.import_name);
    const Result<const FileRow*> file = view_.File(row.file_id);
    if (!file.ok() || *file == nullptr) return;
    finding->place = (*file)->path + ":" + std::to_string(row.symbol.name_range.start_line);
  }

  const SymbolRow* FirstDefinition(const std::string& defined) {
    const std::vector<const SymbolRow*> rows = names_.Definitions(defined);
    return rows.empty() ? nullptr : rows.front();
  }

  IndexView& view_;
  const std::string_view code_;
  const TextPositions positions_;
  const ContractOptions& options_;
  const HouseNames& names_;
  CodeOrigin origin_;
  int64_t file_id_ = 0;            // of the code in the index
  std::optional<OwnClasses> own_;  // while Run lasts
  ContractReport report_;
  std::set<std::string> missing_;             // names whose import was reported
  std::set<std::pair<int64_t, int>> warned_;  // symbol, line
};

}  // namespace

const char* ContractRuleName(ContractRule rule) {
  switch (rule) {
    case ContractRule::kUnknownModule: return "unknown-module";
    case ContractRule::kUnknownName: return "unknown-name";
    case ContractRule::kUnknownMember: return "unknown-member";
    case ContractRule::kUnknownKeyword: return "unknown-keyword";
    case ContractRule::kTooManyPositionals: return "too-many-positionals";
    case ContractRule::kMissingArgument: return "missing-argument";
    case ContractRule::kBadArgument: return "bad-argument";
    case ContractRule::kNotAwaited: return "not-awaited";
    case ContractRule::kPrivateUse: return "private-use";
    case ContractRule::kDeprecatedUse: return "deprecated-use";
  }
  return "unknown";
}

const char* CallOutcomeName(CallOutcome outcome) {
  switch (outcome) {
    case CallOutcome::kBound: return "bound";
    case CallOutcome::kGuarded: return "guarded";
    case CallOutcome::kMissing: return "missing";
    case CallOutcome::kUnknown: return "unknown";
    case CallOutcome::kNotExact: return "not-exact";
    case CallOutcome::kNoSignature: return "no-signature";
  }
  return "unknown";
}

std::string FormatFinding(const ContractFinding& finding) {
  std::string text = finding.text + ": " + finding.message;
  if (!finding.suggestion.empty()) {
    text += ". Use " + finding.suggestion;
    if (!finding.reason.empty()) text += " (" + finding.reason + ")";
  }
  if (!finding.signature.empty()) text += ". Signature: " + finding.signature;
  if (!finding.place.empty()) text += " [" + finding.place + "]";
  return text;
}

Result<ContractReport> CheckContract(IndexView& view, const HouseNames& names,
                                     std::string_view code, const ContractOptions& options) {
  return Checker(view, names, code, options).Run();
}

}  // namespace inhouse
