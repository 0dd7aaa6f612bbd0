#include "agent/system_prompts.h"

#include <string_view>
#include <utility>

#include "agent/prompt.h"

namespace inhouse {

// Generated from prompts/*.md.
std::string_view CodeActSystemText();
std::string_view SingleShotSystemText();
std::string_view PlanSystemText();
std::string_view StepSystemText();
std::string_view ReviewSystemText();
std::string_view ReActSystemText();
std::string_view HouseRulesText();
std::string_view FinalScriptText();
std::string_view ChainStepText();
std::string_view ReviewText();

namespace {

using Values = std::vector<std::pair<std::string_view, std::string>>;

std::string RuleLines(const SystemPromptParts& parts) {
  std::string lines;
  for (const PreferRule& rule : parts.prefer) {
    lines += "- `" + rule.use + "` in place of `" + rule.instead_of + "`" +
             (rule.reason.empty() ? "" : ": " + rule.reason) + "\n";
  }
  for (const std::string& rule : parts.rules) lines += "- " + rule + "\n";
  return lines;
}

std::string PrivacyLine(const SystemPromptParts& parts) {
  if (!parts.rows_withheld) return "";
  return "- Rows of data are withheld from you: tables are shown without their rows. Print "
         "counts, types and aggregates, not values of single rows.\n";
}

// `more`: what only this strategy's template has.
std::string Filled(std::string_view text, const SystemPromptParts& parts, const Values& more = {}) {
  Values values = {
      {"privacy", PrivacyLine(parts)},
      {"house_rules", FillTemplate(HouseRulesText(), {{"rules", RuleLines(parts)}})},
      {"final_script", std::string(FinalScriptText())},
      {"summary",
       parts.summary.empty() ? "" : "\n## House APIs\n" + Trimmed(parts.summary) + "\n"}};
  values.insert(values.end(), more.begin(), more.end());
  return Trimmed(FillTemplate(text, values)).append("\n");
}

std::string ToolLines(const std::vector<ToolSpec>& tools) {
  std::string lines;
  for (const ToolSpec& tool : tools) lines += "- `" + tool.name + "`: " + tool.description + "\n";
  return lines;
}

}  // namespace

std::string CodeActSystemPrompt(const SystemPromptParts& parts) {
  return Filled(CodeActSystemText(), parts);
}

std::string SingleShotSystemPrompt(const SystemPromptParts& parts) {
  return Filled(SingleShotSystemText(), parts);
}

std::string PlanSystemPrompt(const SystemPromptParts& parts) {
  return Filled(PlanSystemText(), parts);
}

std::string StepSystemPrompt(const SystemPromptParts& parts) {
  return Filled(StepSystemText(), parts);
}

std::string ReviewSystemPrompt(const SystemPromptParts& parts) {
  return Filled(ReviewSystemText(), parts);
}

std::string ChainStepPrompt(const ChainStepParts& parts) {
  return Trimmed(
      FillTemplate(ChainStepText(),
                   {{"request", Fenced(parts.request)},
                    {"files", FileLines(parts.files)},
                    {"plan", Fenced(parts.plan)},
                    {"code", parts.code.empty() ? "(none yet)\n" : Fenced(parts.code, "python")},
                    {"number", std::to_string(parts.number)},
                    {"count", std::to_string(parts.count)},
                    {"step", parts.step},
                    {"cards", CardsSection(parts.cards)}}));
}

std::string ReviewPrompt(const ReviewParts& parts) {
  std::string findings;
  if (!parts.findings.empty()) {
    findings = "What the check against the house APIs found:\n" +
               Fenced(FindingLines(parts.script, parts.findings));
  }
  return Trimmed(FillTemplate(ReviewText(), {{"request", Fenced(parts.request)},
                                             {"files", FileLines(parts.files)},
                                             {"code", Fenced(parts.script, "python")},
                                             {"findings", std::move(findings)},
                                             {"cards", CardsSection(parts.cards)}}));
}

std::string ReActSystemPrompt(const SystemPromptParts& parts, const std::vector<ToolSpec>& tools,
                              bool native) {
  const std::string form =
      native ? ";" : ": ```json {\"tool\": \"name\", \"arguments\": {…}} ``` as a fenced block;";
  return Filled(ReActSystemText(), parts, {{"form", form}, {"tools", ToolLines(tools)}});
}

}  // namespace inhouse
