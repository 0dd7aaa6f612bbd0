#include "retriever/evidence.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "indexer/chunk/terms.h"
#include "retriever/clauses.h"
#include "retriever/frame_columns.h"
#include "retriever/name_choice.h"
#include "retriever/search.h"
#include "retriever/traceback.h"

namespace inhouse {
namespace {

constexpr size_t kHitsOfText = 24;
constexpr size_t kHitsOfClause = 3;
constexpr size_t kMaxNames = 40;
constexpr size_t kMaxShownWords = 3;

constexpr double kNamedInError = 1.0;
constexpr double kInvented = 0.95;
constexpr double kNextInvented = 0.1;  // less for each further guess
constexpr double kUsedInFailedCell = 0.8;
constexpr double kUsedInCell = 0.45;
constexpr double kTypeOfLiveValue = 0.3;
// Documentation that names two columns of a live frame is about that frame.
constexpr double kNamesColumns = 0.5;
constexpr size_t kMinColumnsNamed = 2;
constexpr size_t kHitsOfColumns = 16;
constexpr size_t kMaxNamingColumns = 2;
constexpr double kErrorTextShare = 0.7;
constexpr double kClauseShare = 0.95;
// The best answer to each wish comes before the second best to any.
constexpr double kClauseFalloff = 0.75;
constexpr double kCompanionShare = 0.5;
// Text hits below either are not worth their tokens.
constexpr double kMinTextScore = 0.12;
constexpr double kMinShareOfBest = 0.25;
// From whatever source: what is shown must come so near to the best.
constexpr double kMinShareOfAll = 0.1;
// What functions like the wanted one call: how many are asked, and what most votes are worth.
constexpr size_t kLikeFunctions = 20;
constexpr size_t kMaxCalled = 24;
constexpr double kCalledShare = 0.8;

bool IsCallable(const Symbol& symbol) {
  return symbol.kind == SymbolKind::kFunction || symbol.kind == SymbolKind::kMethod ||
         symbol.kind == SymbolKind::kClass;
}

class Collector {
 public:
  Collector(IndexView& view, const Evidence& evidence) : view_(view), evidence_(evidence) {}

  Status ReadErrors();
  Status ReadIdentifiers();
  Status ReadText();
  Status ReadLiveNames();
  Status ReadColumns();
  Status AddCalledByLike();
  Status AddCompanions();
  std::vector<WantedApi> Take(size_t limit);

 private:
  bool failed() const { return !evidence_.error_type.empty() || !evidence_.traceback.empty(); }
  Status Add(const SymbolRow* row, double score, const std::string& reason, bool in_error);
  Status AddNamed(const std::string& name, const std::string& reason);
  Status AddInvented(const std::string& name, bool in_error);
  // True if the message says that.
  Result<bool> AddMissingAttribute();
  Status AddHits(std::string_view text, size_t limit, double share, double falloff,
                 const std::string& reason);
  Result<bool> IsInIndexedPackage(const std::string& name);

  IndexView& view_;
  const Evidence& evidence_;
  bool explained_ = false;                   // the error message is understood
  std::map<std::string, WantedApi> wanted_;  // by defined name
};

Status Collector::Add(const SymbolRow* row, double score, const std::string& reason,
                      bool in_error) {
  if (row == nullptr) return {};
  ASSIGN_OR_RETURN(const FileRow* file, view_.File(row->file_id));
  const std::optional<NameView> entry = view_.names().Defined(row->symbol.qualified_name);
  if (file == nullptr || file->role != FileRole::kLibrary) return {};
  if (!entry || !(evidence_.include_private || IsPublicName(*entry))) return {};
  if (row->symbol.deprecated.has_value()) {
    ASSIGN_OR_RETURN(const std::string name, ReplacementOf(view_, row->symbol));
    ASSIGN_OR_RETURN(const SymbolRow* replacement, view_.DefinitionOf(name, 0));
    const bool chain = replacement != nullptr && replacement->symbol.deprecated.has_value();
    if (!chain) {
      RETURN_IF_ERROR(Add(replacement, score, "replaces " + row->import_name, in_error));
    }
    score *= 0.999;
  }
  WantedApi& wanted = wanted_[row->symbol.qualified_name];
  // A function may have its module's name; who asks for the name wants the function.
  const bool is_module = row->symbol.kind == SymbolKind::kModule;
  if (wanted.symbol != nullptr && is_module && wanted.symbol->symbol.kind != SymbolKind::kModule) {
    return {};
  }
  if (wanted.symbol == nullptr || score > wanted.score) {
    wanted.reason = reason;
    wanted.score = score;
  }
  wanted.symbol = row;
  wanted.in_error |= in_error;
  return {};
}

Status Collector::AddNamed(const std::string& name, const std::string& reason) {
  ASSIGN_OR_RETURN(const SymbolRow* row, FindOnly(view_, name));
  if (row == nullptr || !IsCallable(row->symbol)) return {};
  return Add(row, kNamedInError, reason, true);
}

Status Collector::AddInvented(const std::string& name, bool in_error) {
  const auto add = [&](const SymbolRow* row, double score) -> Status {
    if (row == nullptr || row->symbol.deprecated.has_value()) return {};
    return Add(row, score, "there is no " + name, in_error);
  };
  double score = kInvented;
  for (const NameView& entry : NearestNames(view_.names(), name, 2)) {
    ASSIGN_OR_RETURN(const SymbolRow* row, view_.Symbol(entry.symbol_id));
    RETURN_IF_ERROR(add(row, score));
    score -= kNextInvented;
  }
  // What it was to do, by its words.
  RankOptions options;
  options.limit = 2;
  options.libraries_only = true;
  options.include_deprecated = false;
  options.include_private = evidence_.include_private;
  options.without = evidence_.without;
  ParsedQuery query = ParseQuery(name, view_.vocabulary());
  query.names.clear();
  ASSIGN_OR_RETURN(const auto hits, RankSymbols(view_, query, options));
  for (const RankedSymbol& hit : hits) {
    RETURN_IF_ERROR(add(hit.symbol, score));
    score -= kNextInvented;
  }
  return {};
}

// "module 'audience_io' has no attribute 'save'", "cannot import name 'save' from 'audience_io'".
Result<bool> Collector::AddMissingAttribute() {
  const std::string& message = evidence_.error_message;
  const bool attribute = message.find("has no attribute") != std::string::npos;
  const bool import = message.find("cannot import name") != std::string::npos;
  if (!attribute && !import) return false;
  std::vector<std::string> quoted;
  for (const NameInText& name : NamesInText(message)) {
    if (name.is_quoted) quoted.emplace_back(name.name);
  }
  if (quoted.size() < 2) return false;
  const std::string& owner = attribute ? quoted[0] : quoted[1];
  const std::string& member = attribute ? quoted[1] : quoted[0];
  ASSIGN_OR_RETURN(const SymbolRow* row, FindOnly(view_, owner));
  if (row == nullptr) return false;
  RETURN_IF_ERROR(AddInvented(row->import_name + "." + member, true));
  return true;
}

Status Collector::ReadErrors() {
  ASSIGN_OR_RETURN(explained_, AddMissingAttribute());
  const std::string& type = evidence_.error_type;
  if (!type.empty()) RETURN_IF_ERROR(AddNamed(type, "the error's type"));
  size_t read = 0;
  for (const NameInText& name : NamesInText(evidence_.error_message)) {
    const bool marked = name.is_call || name.name.find_first_of("._") != std::string_view::npos;
    if (!marked || ++read > kMaxNames) continue;
    RETURN_IF_ERROR(AddNamed(std::string(name.name), "named in the error"));
  }
  if (evidence_.traceback.empty()) return {};
  const TracebackFacts facts = ReadTraceback(evidence_.traceback);
  for (const auto* list : {&facts.names, &facts.functions}) {
    for (const std::string& name : *list) {
      RETURN_IF_ERROR(AddNamed(name, "named in the traceback"));
    }
  }
  return {};
}

Result<bool> Collector::IsInIndexedPackage(const std::string& name) {
  const std::string root = name.substr(0, name.find('.'));
  const std::optional<NameView> entry = view_.names().Defined(root);
  return root.size() < name.size() && entry && entry->kind == SymbolKind::kModule &&
         entry->role == FileRole::kLibrary;
}

Status Collector::ReadIdentifiers() {
  const size_t count = std::min(evidence_.identifiers.size(), kMaxNames);
  for (size_t i = 0; i < count; ++i) {
    const std::string& name = evidence_.identifiers[i];
    if (name.starts_with('.') || name.find('.') == std::string::npos) continue;
    ASSIGN_OR_RETURN(const std::optional<std::string> defined, view_.Resolve(name));
    ASSIGN_OR_RETURN(const bool ours, IsInIndexedPackage(name));
    if (defined.has_value()) {
      ASSIGN_OR_RETURN(const SymbolRow* row, view_.DefinitionOf(*defined, 0));
      if (row == nullptr || !IsCallable(row->symbol)) continue;
      RETURN_IF_ERROR(
          Add(row, failed() ? kUsedInFailedCell : kUsedInCell, "used in the last cell", false));
    } else if (ours) {
      RETURN_IF_ERROR(AddInvented(name, false));
    }
  }
  return {};
}

std::string ReasonOf(const RankedSymbol& hit, const std::string& otherwise) {
  std::string words;
  for (size_t i = 0; i < std::min(hit.matched_words.size(), kMaxShownWords); ++i) {
    words += (words.empty() ? "matches '" : " ") + hit.matched_words[i];
  }
  return words.empty() ? otherwise : words + "'";
}

// Each further hit counts less by `falloff`.
Status Collector::AddHits(std::string_view text, size_t limit, double share, double falloff,
                          const std::string& reason) {
  const ParsedQuery query = ParseQuery(text, view_.vocabulary());
  RankOptions options;
  options.limit = limit;
  options.libraries_only = true;
  options.include_private = evidence_.include_private;
  options.without = evidence_.without;
  ASSIGN_OR_RETURN(const auto hits, RankSymbols(view_, query, options));
  for (const RankedSymbol& hit : hits) {
    if (hit.score < std::max(kMinTextScore, kMinShareOfBest * hits[0].score)) break;
    const bool named = hit.signals.symbol > 0;
    if (!IsCallable(hit.symbol->symbol) && !named) continue;
    if (hit.symbol->symbol.kind == SymbolKind::kModule && !query.is_name) continue;
    if (hit.symbol->symbol.deprecated.has_value() && !named) continue;
    RETURN_IF_ERROR(Add(hit.symbol, share * hit.score, ReasonOf(hit, reason), false));
    share *= falloff;
  }
  return {};
}

Status Collector::ReadText() {
  RETURN_IF_ERROR(AddHits(evidence_.text, kHitsOfText, 1, 1, "near to the text"));
  const std::vector<std::string> clauses = Clauses(evidence_.text);
  if (clauses.size() > 1) {
    for (const std::string& clause : clauses) {
      RETURN_IF_ERROR(
          AddHits(clause, kHitsOfClause, kClauseShare, kClauseFalloff, "near to the text"));
    }
  }
  if (evidence_.error_message.empty() || explained_) return {};
  return AddHits(evidence_.error_message, kHitsOfClause, kErrorTextShare, kClauseFalloff,
                 "near to the error");
}

Status Collector::ReadLiveNames() {
  const size_t count = std::min(evidence_.live_names.size(), kMaxNames);
  for (size_t i = 0; i < count; ++i) {
    const std::string& live = evidence_.live_names[i];
    const size_t colon = live.find(": ");
    if (colon == std::string::npos) continue;
    const size_t type = colon + 2;  // what follows a blank is the frame's columns
    const std::string name = live.substr(type, live.find(' ', type) - type);
    ASSIGN_OR_RETURN(const SymbolRow* row, FindOnly(view_, name));
    if (row == nullptr || row->symbol.kind != SymbolKind::kClass) continue;
    RETURN_IF_ERROR(Add(row, kTypeOfLiveValue, "type of " + live.substr(0, colon), false));
  }
  return {};
}

Status Collector::ReadColumns() {
  std::vector<std::string> columns;
  std::string text;
  for (const std::string& live : evidence_.live_names) {
    for (std::string& column : ColumnsOf(live)) {
      if (columns.size() >= kMaxNames) break;
      if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
      text += column + " ";
      columns.push_back(std::move(column));
    }
  }
  if (columns.size() < kMinColumnsNamed) return {};
  RankOptions options;
  options.limit = kHitsOfColumns;
  options.libraries_only = true;
  options.include_deprecated = false;
  options.include_private = evidence_.include_private;
  options.without = evidence_.without;
  ASSIGN_OR_RETURN(const auto hits,
                   RankSymbols(view_, ParseQuery(text, view_.vocabulary()), options));
  std::vector<std::pair<size_t, const SymbolRow*>> naming;
  for (const RankedSymbol& hit : hits) {
    const size_t named = ColumnsNamed(hit.symbol->symbol.doc, columns);
    if (IsCallable(hit.symbol->symbol) && named >= kMinColumnsNamed) {
      naming.emplace_back(named, hit.symbol);
    }
  }
  std::stable_sort(naming.begin(), naming.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (naming.size() > kMaxNamingColumns) naming.resize(kMaxNamingColumns);
  for (const auto& [named, row] : naming) {
    RETURN_IF_ERROR(Add(row, kNamesColumns, "names columns of a live frame", false));
  }
  return {};
}

bool IsBetter(const WantedApi& a, const WantedApi& b) {
  if (a.score != b.score) return a.score > b.score;
  return a.symbol->symbol.qualified_name < b.symbol->symbol.qualified_name;
}

// Functions that are told of in the same words call what this one will: each of them votes
// for what it calls, the fewer the surer.
Status Collector::AddCalledByLike() {
  const ParsedQuery query = ParseQuery(evidence_.text, view_.vocabulary());
  RankOptions options;
  options.limit = kLikeFunctions;
  options.include_private = true;
  options.include_tests = false;
  options.without = evidence_.without;
  ASSIGN_OR_RETURN(const auto hits, RankSymbols(view_, query, options));
  using Called = std::pair<uint32_t, int64_t>;  // place, which orders equals, and symbol
  std::map<Called, double> votes;
  for (const RankedSymbol& hit : hits) {
    if (hit.score < kMinTextScore) break;
    ASSIGN_OR_RETURN(const auto* calls, view_.CallsIn(hit.symbol->file_id));
    std::set<Called> called;
    for (const IndexView::Call& call : *calls) {
      if (call.caller == hit.symbol->id) called.emplace(call.called_place, call.called);
    }
    const double vote = hit.score / std::sqrt(1.0 + static_cast<double>(called.size()));
    for (const Called& each : called) votes[each] += vote;
  }
  std::vector<std::pair<double, Called>> order;
  order.reserve(votes.size());
  for (const auto& [called, vote] : votes) order.emplace_back(-vote, called);
  std::sort(order.begin(), order.end());
  if (order.size() > kMaxCalled) order.resize(kMaxCalled);
  for (const auto& [vote, called] : order) {
    ASSIGN_OR_RETURN(const SymbolRow* row, view_.Symbol(called.second));
    if (row == nullptr || !IsCallable(row->symbol)) continue;
    if (row->symbol.deprecated.has_value()) continue;
    const double share = vote / order[0].first;
    RETURN_IF_ERROR(
        Add(row, kCalledShare * hits[0].score * share, "called by functions like this", false));
  }
  return {};
}

Status Collector::AddCompanions() {
  std::vector<WantedApi> best;
  for (const auto& [name, wanted] : wanted_) best.push_back(wanted);
  std::sort(best.begin(), best.end(), IsBetter);
  if (best.size() > 2) best.resize(2);
  for (const WantedApi& wanted : best) {
    ASSIGN_OR_RETURN(const auto counts,
                     view_.catalog().UsedTogether(wanted.symbol->symbol.qualified_name, 3));
    for (const Catalog::CallCount& count : counts) {
      ASSIGN_OR_RETURN(const SymbolRow* row, view_.DefinitionOf(count.qualified_name, 0));
      if (row == nullptr || row->symbol.deprecated.has_value()) continue;
      RETURN_IF_ERROR(Add(row, kCompanionShare * wanted.score,
                          "used together with " + wanted.symbol->import_name, false));
    }
  }
  return {};
}

std::vector<WantedApi> Collector::Take(size_t limit) {
  std::vector<WantedApi> list;
  for (auto& [name, wanted] : wanted_) list.push_back(std::move(wanted));
  std::sort(list.begin(), list.end(), IsBetter);
  if (list.size() > limit) list.resize(limit);
  const double least = list.empty() ? 0 : kMinShareOfAll * list.front().score;
  std::erase_if(list, [&](const WantedApi& wanted) { return wanted.score < least; });
  return list;
}

}  // namespace

Result<std::vector<WantedApi>> ReadEvidence(IndexView& view, const Evidence& evidence,
                                            size_t limit) {
  Collector collector(view, evidence);
  RETURN_IF_ERROR(collector.ReadErrors());
  RETURN_IF_ERROR(collector.ReadIdentifiers());
  RETURN_IF_ERROR(collector.ReadText());
  RETURN_IF_ERROR(collector.ReadLiveNames());
  RETURN_IF_ERROR(collector.ReadColumns());
  RETURN_IF_ERROR(collector.AddCalledByLike());
  RETURN_IF_ERROR(collector.AddCompanions());
  return collector.Take(limit);
}

}  // namespace inhouse
