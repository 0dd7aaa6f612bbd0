#include "agent/prompt.h"

#include <algorithm>

#include "agent/python_text.h"
#include "indexer/base/check.h"

namespace inhouse {

namespace {

constexpr size_t kMaxFilesListed = 40;
constexpr size_t kMaxFindingsShown = 12;
constexpr size_t kFindingBytes = 1500;

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Length of "0x" and its digits at `at`, 0 if that is no address.
size_t AddressLength(std::string_view text, size_t at) {
  if (!text.substr(at).starts_with("0x")) return 0;
  size_t end = at + 2;
  while (end < text.size() && IsHex(text[end])) ++end;
  return end - at >= 8 ? end - at : 0;
}

// Length of "2026-01-31 12:34:56,789" at `at` and the blank after it, or 0.
size_t LogTimeLength(std::string_view text, size_t at) {
  static constexpr std::string_view kShape = "0000-00-00 00:00:00,000";
  if (text.size() - at < kShape.size()) return 0;
  for (size_t i = 0; i < kShape.size(); ++i) {
    const char c = text[at + i];
    const bool digit = c >= '0' && c <= '9';
    if (kShape[i] == '0' ? !digit : c != kShape[i]) return 0;
  }
  const size_t end = at + kShape.size();
  return kShape.size() + (end < text.size() && text[end] == ' ' ? 1 : 0);
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string FindingLine(std::string_view script, const Finding& finding) {
  std::string line = "- " + finding.severity + " (" + finding.gate +
                     "): " + CutMiddle(MaskVolatile(finding.message), kFindingBytes);
  const std::string_view source = LineAt(script, finding.line);
  if (!source.empty()) {
    line +=
        "\n  in line " + std::to_string(finding.line) + ": " + std::string(source.substr(0, 200));
  }
  return line + "\n";
}

}  // namespace

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string FillTemplate(std::string_view text,
                         const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string filled;
  for (size_t at = 0;;) {
    const size_t open = text.find("{{", at);
    filled += text.substr(at, open - at);
    if (open == std::string_view::npos) return filled;
    const size_t close = text.find("}}", open);
    CHECK(close != std::string_view::npos);
    const std::string_view name = text.substr(open + 2, close - open - 2);
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    CHECK(value != values.end());
    filled += value->second;
    at = close + 2;
  }
}

std::string Fenced(std::string_view text, std::string_view language) {
  size_t longest = 2;
  for (size_t i = 0; i < text.size(); ++i) {
    size_t run = 0;
    while (i + run < text.size() && text[i + run] == '`') ++run;
    longest = std::max(longest, run);
    i += run;
  }
  const std::string fence(longest + 1, '`');
  std::string fenced = fence + std::string(language) + "\n" + std::string(text);
  if (!fenced.ends_with('\n')) fenced.push_back('\n');
  return fenced + fence + "\n";
}

std::string CutMiddle(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  size_t head = limit * 2 / 3;
  size_t tail = text.size() - (limit - head);
  while (head > 0 && IsContinuation(text[head])) --head;
  while (tail < text.size() && IsContinuation(text[tail])) ++tail;
  return std::string(text.substr(0, head)) + "\n… " + std::to_string(tail - head) +
         " bytes left out …\n" + std::string(text.substr(tail));
}

std::string MaskVolatile(std::string_view text) {
  std::string masked;
  for (size_t at = 0; at < text.size();) {
    if (const size_t address = AddressLength(text, at)) {
      masked += "0x…";
      at += address;
    } else if (const size_t time = LogTimeLength(text, at)) {
      at += time;
    } else {
      masked.push_back(text[at++]);
    }
  }
  return masked;
}

std::string FileLines(const std::vector<std::string>& files) {
  if (files.empty()) return "";
  std::string lines = "Files under /data:";
  for (size_t i = 0; i < std::min(files.size(), kMaxFilesListed); ++i) lines += " " + files[i];
  if (files.size() > kMaxFilesListed) {
    lines += " … and " + std::to_string(files.size() - kMaxFilesListed) + " more";
  }
  return lines + "\n";
}

std::string FindingLines(std::string_view script, const std::vector<Finding>& findings) {
  std::string lines;
  for (size_t i = 0; i < std::min(findings.size(), kMaxFindingsShown); ++i) {
    lines += FindingLine(script, findings[i]);
  }
  return lines;
}

std::string CardsSection(std::string_view cards) {
  if (cards.empty()) return "";
  return "\nHouse APIs that may matter here:\n" + Trimmed(std::string(cards)) + "\n";
}

std::string RequestPrompt(const PromptTexts& texts, const RequestParts& parts) {
  return Trimmed(FillTemplate(texts.Get("request"), {{"request", Fenced(parts.request)},
                                                     {"files", FileLines(parts.files)},
                                                     {"earlier", parts.earlier},
                                                     {"cards", CardsSection(parts.cards)},
                                                     {"pattern", parts.pattern}}));
}

std::string PatternSection(const PromptTexts& texts, const PatternParts& parts) {
  if (parts.script.empty()) return "";
  std::string edits;
  if (!parts.edits.empty()) {
    edits =
        "Before they approved it, they changed these lines (- before, + after); do it so from the "
        "start:\n" +
        Fenced(parts.edits);
  }
  return FillTemplate(texts.Get("pattern"), {{"request", Fenced(parts.request)},
                                             {"code", Fenced(parts.script, "python")},
                                             {"edits", std::move(edits)}});
}

std::string BadReplyPrompt(const PromptTexts& texts, std::string_view problem) {
  return Trimmed(FillTemplate(texts.Get("bad_reply"), {{"problem", std::string(problem)}}));
}

std::string BadPlanPrompt(const PromptTexts& texts, std::string_view problem) {
  return Trimmed(FillTemplate(texts.Get("bad_plan"), {{"problem", std::string(problem)}}));
}

std::string BadToolCallPrompt(const PromptTexts& texts, std::string_view name,
                              std::string_view problem) {
  return Trimmed(FillTemplate(texts.Get("bad_tool_call"),
                              {{"name", CutMiddle(name, 60)}, {"problem", std::string(problem)}}));
}

std::string RepeatedCallPrompt(const PromptTexts& texts) {
  return Trimmed(std::string(texts.Get("repeated_call")));
}

std::string ToolAnswerPrompt(std::string_view answer) {
  return "Observation:\n" + Trimmed(Fenced(answer));
}

std::string FollowUpPrompt(const PromptTexts& texts, std::string_view message) {
  return Trimmed(FillTemplate(texts.Get("follow_up"), {{"message", Fenced(message)}}));
}

std::string DoneWithoutScriptPrompt(const PromptTexts& texts) {
  return Trimmed(std::string(texts.Get("done_without_script")));
}

std::string WrongActionPrompt(const PromptTexts& texts) {
  return Trimmed(std::string(texts.Get("wrong_action")));
}

std::string RepeatedCellPrompt(const PromptTexts& texts, int step, std::string_view result) {
  return Trimmed(FillTemplate(texts.Get("repeated_cell"),
                              {{"step", std::to_string(step)}, {"result", std::string(result)}}));
}

std::string ContractFindingsPrompt(const PromptTexts& texts, std::string_view code,
                                   const std::vector<Finding>& findings) {
  return Trimmed(FillTemplate(texts.Get("contract_findings"),
                              {{"findings", Fenced(FindingLines(code, findings))}}));
}

std::string ScriptFindingsPrompt(const PromptTexts& texts, std::string_view script,
                                 const std::vector<Finding>& findings, bool last) {
  return Trimmed(FillTemplate(texts.Get("script_findings"),
                              {{"findings", Fenced(FindingLines(script, findings))},
                               {"last", last ? " This is the last attempt." : ""}}));
}

std::string LastStepsPrompt(const PromptTexts& texts, int steps_left) {
  return Trimmed(FillTemplate(
      texts.Get("last_steps"),
      {{"left", steps_left == 1 ? "One step is" : std::to_string(steps_left) + " steps are"}}));
}

std::string ContinueReplyPrompt(const PromptTexts& texts) {
  return Trimmed(std::string(texts.Get("continue_reply")));
}

std::string LiveNamesPrompt(const PromptTexts& texts, std::string_view names) {
  return Trimmed(FillTemplate(texts.Get("live_names"), {{"names", Fenced(names)}}));
}

std::string NoProgressPrompt(const PromptTexts& texts, int count) {
  return Trimmed(FillTemplate(texts.Get("no_progress"), {{"count", std::to_string(count)}}));
}

std::string SameResultPrompt(const PromptTexts& texts, int step) {
  return Trimmed(FillTemplate(texts.Get("same_result"), {{"step", std::to_string(step)}}));
}

std::string RetryPrompt(const PromptTexts& texts, std::string_view reason,
                        const std::vector<std::string>& tried) {
  std::string lines;
  for (const std::string& line : tried) lines.append(line).push_back('\n');
  std::string text = "\n";
  text += FillTemplate(texts.Get("retry"),
                       {{"reason", Fenced(reason)}, {"tried", lines.empty() ? "" : Fenced(lines)}});
  return text;
}

}  // namespace inhouse
