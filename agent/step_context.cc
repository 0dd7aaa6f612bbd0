#include "agent/step_context.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "agent/identifiers.h"
#include "agent/patterns/like_pattern.h"
#include "indexer/chunk/terms.h"
#include "retriever/card_format.h"

namespace inhouse {
namespace {

using nlohmann::json;

constexpr size_t kFindApiTokens = 800;
// Answers of one cell must fit its output, whose middle is cut else (observation.h): after this
// much, short forms are given.
constexpr size_t kAnswerBytesOfCell = 4800;
constexpr size_t kMaxQuestion = 2000;
constexpr size_t kMaxProse = 1000;
constexpr size_t kMaxNames = 20;
constexpr size_t kMaxColumns = 400;  // bytes of a frame's columns
constexpr int kForGood = 1 << 30;
// What a cell printed is whole in the next two prompts: until the retrieval of the next step.
constexpr int kPrintedStays = 1;

json EntriesJson(const std::vector<PackEntry>& entries) {
  json list = json::array();
  for (const PackEntry& entry : entries) {
    list.push_back({{"symbol", entry.symbol},
                    {"defined_as", entry.defined_as},
                    {"path", entry.path},
                    {"line", entry.line},
                    {"score", entry.score},
                    {"reason", entry.reason}});
  }
  return list;
}

json EvidenceJson(const Evidence& evidence) {
  return {{"text", evidence.text},
          {"identifiers", evidence.identifiers},
          {"error_type", evidence.error_type},
          {"error_message", evidence.error_message},
          {"live_names", evidence.live_names},
          {"already_shown", evidence.already_shown}};
}

json PackJson(std::string_view kind, const Evidence& evidence, const ContextPack& pack) {
  return {{"kind", std::string(kind)},
          {"evidence", EvidenceJson(evidence)},
          {"entries", EntriesJson(pack.entries)},
          {"omitted", pack.omitted},
          {"estimated_tokens", pack.estimated_tokens},
          {"text", pack.text}};
}

std::string Argument(std::string_view arguments_json, const char* name) {
  const json arguments = json::parse(arguments_json.begin(), arguments_json.end(), nullptr, false);
  if (!arguments.is_object()) return "";
  const auto it = arguments.find(name);
  return it != arguments.end() && it->is_string() ? it->get<std::string>().substr(0, kMaxQuestion)
                                                  : "";
}

}  // namespace

Evidence CollectEvidence(const StepFacts& facts) {
  Evidence evidence;
  evidence.text = facts.prose.substr(0, kMaxProse);
  evidence.identifiers = EvidenceNames(facts.code);
  for (const LiveName& name : facts.names) {
    if (evidence.live_names.size() >= kMaxNames) break;
    std::string line = name.name + ": " + name.type;
    if (name.type == "DataFrame") line += " " + name.detail.substr(0, kMaxColumns);
    evidence.live_names.push_back(std::move(line));
  }
  if (facts.result != nullptr && facts.result->outcome != CellOutcome::kOk) {
    evidence.error_type = facts.result->error_type;
    evidence.error_message = facts.result->error_message;
    evidence.traceback = facts.result->traceback;
  }
  return evidence;
}

void StepContext::Remember(int step, const std::vector<PackEntry>& entries, int until) {
  for (const PackEntry& entry : entries) {
    const auto held = std::find_if(held_.begin(), held_.end(), [&](const Held& other) {
      return other.defined_as == entry.defined_as;
    });
    if (held == held_.end()) {
      held_.push_back({entry.defined_as, until});
    } else {
      held->until = std::max(held->until, until);
    }
    const bool known = std::any_of(shown_.begin(), shown_.end(),
                                   [&](const UsedApi& api) { return api.symbol == entry.symbol; });
    if (!known) shown_.push_back({entry.symbol, step});
  }
}

std::vector<std::string> StepContext::HeldAt(int step) const {
  std::vector<std::string> names;
  for (const Held& held : held_) {
    if (held.until >= step) names.push_back(held.defined_as);
  }
  return names;
}

void StepContext::Forget(const std::vector<std::string>& defined_as) {
  std::erase_if(held_, [&defined_as](const Held& held) {
    return std::find(defined_as.begin(), defined_as.end(), held.defined_as) != defined_as.end();
  });
}

std::vector<UsedApi> StepContext::Used(std::string_view imports, std::string_view code) const {
  std::set<std::string> names;
  const std::string text = std::string(imports) + std::string(code);
  for (const NameUse& use : UsedNames(text)) {
    if (use.offset >= imports.size()) names.insert(use.name);
  }
  std::vector<UsedApi> used;
  for (const UsedApi& api : shown_) {
    if (names.contains(api.symbol)) used.push_back(api);
  }
  return used;
}

Result<std::string> StepContext::Summary(size_t token_budget) {
  ASSIGN_OR_RETURN(const ContextPack pack, retriever_.Summary(token_budget));
  RETURN_IF_ERROR(trace_.Append(0, "retrieval", PackJson("summary", {}, pack)));
  return pack.text;
}

Result<std::vector<std::string>> StepContext::Signatures(const std::vector<std::string>& names) {
  std::vector<std::string> signatures;
  ContextPack pack;
  for (const std::string& name : names) {
    const Result<ApiCard> card = retriever_.Show(name);
    if (!card.ok() && card.error().kind == ErrorKind::kIndex) return card.error();
    signatures.push_back(card.ok() ? card->signature : "");
    if (!card.ok()) continue;
    pack.text += card->signature + "\n";
    pack.entries.push_back({card->symbol, card->defined_as, card->path, card->start_line, 1.0,
                            "named in a house rule", card->signature});
  }
  if (pack.entries.empty()) return signatures;
  RETURN_IF_ERROR(trace_.Append(0, "retrieval", PackJson("rules", {}, pack)));
  Remember(0, pack.entries, /*until=*/-1);  // a card says more
  return signatures;
}

Result<ShownCards> StepContext::Retrieve(int step, Evidence evidence, size_t token_budget,
                                         double least) {
  evidence.already_shown = HeldAt(step);
  ASSIGN_OR_RETURN(ContextPack pack, retriever_.Pack(evidence, token_budget));
  if (std::erase_if(pack.entries, [&](const PackEntry& e) { return e.score < least; }) > 0) {
    pack.text.clear();
    pack.omitted.clear();
    for (const PackEntry& entry : pack.entries) {
      pack.text += (pack.text.empty() ? "" : "\n") + entry.text;
    }
    pack.estimated_tokens = EstimateTokens(pack.text);
  }
  RETURN_IF_ERROR(trace_.Append(step, "retrieval", PackJson("step", evidence, pack)));
  Remember(step, pack.entries, kForGood);
  return ShownCards{std::move(pack.text), std::move(pack.entries)};
}

Result<PatternParts> StepContext::LikePattern(const PatternOptions& options,
                                              const std::string& request, size_t token_budget) {
  PatternParts parts;
  ASSIGN_OR_RETURN(const std::vector<RankedPattern> like,
                   LikePatterns(options, retriever_, request, 1));
  if (like.empty()) return parts;
  ContextPack pack;
  for (const RankedPattern& found : like) {
    const Pattern& pattern = found.stored.pattern;
    if (!found.expired.empty()) {
      pack.omitted.push_back(pattern.name + ": expired, " + found.expired);
      continue;
    }
    parts = PartsWithin(pattern, token_budget);
    if (parts.script.empty()) {
      pack.omitted.push_back(pattern.name + ": too long");
      continue;
    }
    pack.text = parts.request + "\n" + parts.script + parts.edits;
    pack.entries.push_back({pattern.name, found.stored.digest,
                            PatternStore::ScriptPath(pattern.name), 1, found.likeness,
                            "approved for a like request", pack.text});
  }
  pack.estimated_tokens = EstimateTokens(pack.text);
  Evidence evidence;
  evidence.text = request;
  RETURN_IF_ERROR(trace_.Append(0, "retrieval", PackJson("pattern", evidence, pack)));
  return parts;
}

size_t StepContext::RoomOfCell(int step) const {
  const size_t used = step == answered_step_ ? answered_bytes_ : 0;
  return kAnswerBytesOfCell - std::min(kAnswerBytesOfCell, used);
}

void StepContext::CountAnswer(int step, size_t bytes) {
  if (step != answered_step_) answered_bytes_ = 0;
  answered_step_ = step;
  answered_bytes_ += bytes;
}

Result<std::string> StepContext::FindApi(int step, const std::string& query) {
  Evidence evidence;
  evidence.text = query;
  const size_t budget =
      2 * RoomOfCell(step) < kAnswerBytesOfCell ? kFindApiTokens / 4 : kFindApiTokens;
  ASSIGN_OR_RETURN(const ContextPack all, retriever_.Pack(evidence, budget));
  evidence.already_shown = HeldAt(step);
  ASSIGN_OR_RETURN(const ContextPack pack, retriever_.Pack(evidence, budget));
  RETURN_IF_ERROR(trace_.Append(step, "retrieval", PackJson("find_api", evidence, pack)));
  std::string above;
  for (const PackEntry& entry : all.entries) {
    const auto& shown = evidence.already_shown;
    if (std::find(shown.begin(), shown.end(), entry.defined_as) == shown.end()) continue;
    above += (above.empty() ? "Shown above already: " : ", ") + entry.symbol;
  }
  Remember(step, pack.entries, step + kPrintedStays);
  if (!above.empty()) above += "\n";
  if (pack.text.empty() && above.empty()) return "No house API matches \"" + query + "\".";
  if (pack.text.empty()) return above + "Nothing else matches \"" + query + "\".";
  return above + pack.text;
}

Result<std::string> StepContext::ShowApi(int step, const std::string& name) {
  ASSIGN_OR_RETURN(const ApiCard card, retriever_.Show(name));
  std::string text = FormatCardForPrompt(card);
  if (text.size() > RoomOfCell(step)) {
    text = FormatCardBriefly(card) +
           "  (short form: this block was shown much already; the next one may ask again)\n";
  }
  PackEntry entry{card.symbol, card.defined_as, card.path,      card.start_line,
                  1.0,         "asked for",     std::move(text)};
  ContextPack pack;
  pack.text = entry.text;
  pack.entries.push_back(std::move(entry));
  Evidence evidence;
  evidence.text = name;
  RETURN_IF_ERROR(trace_.Append(step, "retrieval", PackJson("show_api", evidence, pack)));
  Remember(step, pack.entries, step + kPrintedStays);
  return pack.text;
}

Result<std::string> StepContext::Answer(int step, std::string_view name,
                                        std::string_view arguments_json) {
  if (name == "find_api") {
    const std::string query = Argument(arguments_json, "query");
    if (query.empty()) return BadInput("find_api needs a text: find_api(\"what you need\")");
    ASSIGN_OR_RETURN(std::string answer, FindApi(step, query));
    CountAnswer(step, answer.size());
    return answer;
  }
  if (name == "show_api") {
    const std::string symbol = Argument(arguments_json, "name");
    if (symbol.empty()) return BadInput("show_api needs a name: show_api(\"module.function\")");
    ASSIGN_OR_RETURN(std::string answer, ShowApi(step, symbol));
    CountAnswer(step, answer.size());
    return answer;
  }
  return BadInput("there is no " + std::string(name.substr(0, 60)) + " here");
}

}  // namespace inhouse
