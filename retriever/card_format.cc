#include "retriever/card_format.h"

#include <algorithm>
#include <initializer_list>
#include <set>

#include "indexer/chunk/terms.h"

namespace inhouse {
namespace {

constexpr size_t kPromptSummary = 200;
constexpr size_t kPromptMember = 200;
constexpr size_t kPromptDescription = 320;
constexpr size_t kPromptParameter = 160;
constexpr size_t kPromptReturns = 160;
constexpr size_t kPromptRaises = 90;
constexpr size_t kPromptUsage = 500;
constexpr size_t kPromptMembers = 12;
constexpr size_t kPromptRaised = 4;
constexpr size_t kPromptOverloads = 4;

// The text with `indent` in front of each line, ending with a line end.
std::string Indented(std::string_view text, std::string_view indent) {
  std::string indented;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) indented.append(indent).append(text.substr(at, end - at));
    indented.push_back('\n');
    at = end + 1;
  }
  return indented;
}

// Words of the description that the name and the type do not say already.
size_t NewWords(const DocParameter& parameter) {
  const std::vector<std::string> known = Terms(parameter.name + " " + parameter.type);
  std::set<std::string> words;
  for (const std::string& term : Terms(parameter.description)) {
    const bool is_known = std::find(known.begin(), known.end(), term) != known.end();
    if (!is_known && !IsStopWord(term)) words.insert(term);
  }
  return words.size();
}

std::string OnOneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

using Pieces = std::initializer_list<std::string_view>;

// Adds the pieces and a line end.
void AddLine(Pieces pieces, std::string* text) {
  for (const std::string_view piece : pieces) text->append(piece);
  text->push_back('\n');
}

std::string PromptParameters(const ApiCard& card) {
  std::string text;
  for (const DocParameter& parameter : card.parameters) {
    if (NewWords(parameter) < 2) continue;
    AddLine({"  ", parameter.name, ": ", Shortened(parameter.description, kPromptParameter)},
            &text);
  }
  return text;
}

std::string PromptRaises(const ApiCard& card) {
  std::string text;
  for (size_t i = 0; i < std::min(card.raises.size(), kPromptRaised); ++i) {
    const DocParameter& raised = card.raises[i];
    const std::string when = Shortened(raised.description, kPromptRaises);
    text.append(text.empty() ? "  raises " : "; ").append(raised.name);
    if (!when.empty()) text.append(": ").append(when);
  }
  if (!text.empty()) text.push_back('\n');
  return text;
}

std::string PromptMembers(const ApiCard& card) {
  std::string text;
  for (size_t i = 0; i < std::min(card.members.size(), kPromptMembers); ++i) {
    AddLine({"  .", Shortened(card.members[i], kPromptMember)}, &text);
  }
  if (card.members.size() > kPromptMembers) {
    AddLine({"  ... and ", std::to_string(card.members.size() - kPromptMembers), " more"}, &text);
  }
  return text;
}

// The implementation that overloads stand for says less than they do.
std::string PromptOverloads(const ApiCard& card) {
  std::string text;
  for (size_t i = 0; i < std::min(card.overloads.size(), kPromptOverloads); ++i) {
    AddLine({"  overload ", Shortened(card.overloads[i], kPromptMember)}, &text);
  }
  return text;
}

std::string PromptUsage(const ApiCard& card) {
  // The first ones are the team's own jobs.
  const auto usage =
      std::find_if(card.usages.begin(), card.usages.end(),
                   [](const UsageExample& entry) { return entry.code.size() <= kPromptUsage; });
  if (usage == card.usages.end()) return "";
  std::string text;
  AddLine({"  used in ", usage->path, ":", std::to_string(usage->line), ":"}, &text);
  return text.append(Indented(usage->code, "    "));
}

void AppendSection(std::string_view title, const std::string& body, std::string* text) {
  if (!body.empty()) text->append("\n").append(title).append("\n").append(body);
}

std::string Entries(const std::vector<DocParameter>& entries) {
  std::string text;
  for (const DocParameter& entry : entries) {
    const std::string type = entry.type.empty() ? "" : ": " + entry.type;
    const std::string description = OnOneLine(entry.description);
    AddLine({"  ", entry.name, type, description.empty() ? "" : "  ", description}, &text);
  }
  return text;
}

std::string Usages(const ApiCard& card) {
  std::string text;
  for (const UsageExample& usage : card.usages) {
    const std::string_view in = usage.caller.empty() ? "" : "  in ";
    AddLine({"  ", usage.path, ":", std::to_string(usage.line), in, usage.caller}, &text);
    text.append(Indented(usage.code, "      "));
  }
  return text;
}

std::string Listed(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) AddLine({"  ", OnOneLine(value)}, &text);
  return text;
}

std::string OtherDefinitions(const ApiCard& card) {
  std::string text;
  for (const OtherDefinition& other : card.also_defined) {
    AddLine({"  ", OnOneLine(other.signature), "  ", OnOneLine(other.path), ":",
             std::to_string(other.line)},
            &text);
  }
  return text;
}

std::string Callers(const ApiCard& card) {
  std::string text;
  for (const UsageExample& caller : card.callers) {
    AddLine({"  ", OnOneLine(caller.caller), "  ", OnOneLine(caller.path), ":",
             std::to_string(caller.line)},
            &text);
  }
  return text;
}

// A replacement is a name, a message is a sentence.
std::string DeprecatedLine(const ApiCard& card) {
  const std::string note = OnOneLine(card.deprecated);
  if (note == "deprecated") return "DEPRECATED";
  return (note.find(' ') == std::string::npos ? "DEPRECATED, use " : "DEPRECATED: ") + note;
}

// One indented line, or nothing.
std::string Single(const std::string& value) { return value.empty() ? "" : Listed({value}); }

}  // namespace

std::string Shortened(std::string_view text, size_t limit) {
  std::string line = OnOneLine(text);
  if (line.size() <= limit) return line;
  const size_t sentence = line.rfind(". ", limit);
  if (sentence != std::string::npos && sentence >= limit / 3) return line.substr(0, sentence + 1);
  size_t end = line.rfind(' ', limit);
  if (end == std::string::npos) end = limit;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return line.substr(0, end) + " ...";
}

std::string FormatCardBriefly(const ApiCard& card) {
  std::string text;
  AddLine({OnOneLine(card.signature)}, &text);
  if (!card.deprecated.empty()) AddLine({"  ", DeprecatedLine(card)}, &text);
  if (!card.summary.empty()) AddLine({"  ", Shortened(card.summary, kPromptSummary)}, &text);
  return text;
}

std::string FormatCardForPrompt(const ApiCard& card) {
  std::string text;
  if (!card.import_line.empty()) AddLine({card.import_line}, &text);
  text += FormatCardBriefly(card);
  if (!card.description.empty()) {
    AddLine({"  ", Shortened(card.description, kPromptDescription)}, &text);
  }
  text += PromptOverloads(card) + PromptParameters(card);
  if (!card.returns.empty()) {
    AddLine({"  returns ", Shortened(card.returns, kPromptReturns)}, &text);
  }
  return text + PromptRaises(card) + PromptMembers(card) + PromptUsage(card);
}

std::string FormatCard(const ApiCard& card, bool with_source) {
  std::string text;
  AddLine({card.signature}, &text);
  AddLine({SymbolKindName(card.kind), ", defined as ", card.defined_as, " in ", card.path, ":",
           std::to_string(card.start_line)},
          &text);
  if (!card.deprecated.empty()) AddLine({DeprecatedLine(card)}, &text);
  if (!card.summary.empty()) AddLine({"\n", card.summary}, &text);
  if (!card.description.empty()) text.append("\n").append(Indented(card.description, ""));
  AppendSection("Overloads", Listed(card.overloads), &text);
  AppendSection("Also defined", OtherDefinitions(card), &text);
  AppendSection("Import", Single(card.import_line), &text);
  AppendSection("Parameters", Entries(card.parameters), &text);
  AppendSection("Returns", Single(card.returns), &text);
  AppendSection("Raises", Entries(card.raises), &text);
  AppendSection("Members", Listed(card.members), &text);
  const std::string times = card.call_count == 1 ? " time, as in" : " times, as in";
  AppendSection("Used " + std::to_string(card.call_count) + times, Usages(card), &text);
  AppendSection("Called by", Callers(card), &text);
  AppendSection("Used together with", Listed(card.used_together), &text);
  AppendSection("Documentation drift", Single(card.drift), &text);
  if (with_source) {
    const std::string title =
        card.source_note.empty() ? "Source" : "Source (" + card.source_note + ")";
    AppendSection(title, card.source, &text);
  }
  if (!text.ends_with('\n')) text.push_back('\n');
  return text;
}

}  // namespace inhouse
