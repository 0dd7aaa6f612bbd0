#include "agent/system_prompts.h"

#include <string_view>
#include <utility>

#include "agent/prompt.h"

namespace inhouse {

namespace {

using Values = std::vector<std::pair<std::string_view, std::string>>;

std::string RuleLines(const SystemPromptParts& parts) {
  std::string lines;
  for (size_t i = 0; i < parts.prefer.size(); ++i) {
    const PreferRule& rule = parts.prefer[i];
    const bool known = i < parts.signatures.size() && !parts.signatures[i].empty();
    lines += "- `" + (known ? parts.signatures[i] : rule.use) + "` in place of `" +
             rule.instead_of + "`" + (rule.reason.empty() ? "" : ": " + rule.reason) + "\n";
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
std::string Filled(const PromptTexts& texts, std::string_view name, const SystemPromptParts& parts,
                   const Values& more = {}) {
  Values values = {
      {"privacy", PrivacyLine(parts)},
      {"house_rules", FillTemplate(texts.Get("house_rules"), {{"rules", RuleLines(parts)}})},
      {"final_script", std::string(texts.Get("final_script"))},
      {"summary",
       parts.summary.empty() ? "" : "\n## House APIs\n" + Trimmed(parts.summary) + "\n"}};
  values.insert(values.end(), more.begin(), more.end());
  return Trimmed(FillTemplate(texts.Get(name), values)).append("\n");
}

std::string ToolLines(const std::vector<ToolSpec>& tools) {
  std::string lines;
  for (const ToolSpec& tool : tools) lines += "- `" + tool.name + "`: " + tool.description + "\n";
  return lines;
}

}  // namespace

std::string CodeActSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts) {
  return Filled(texts, "codeact_system", parts);
}

std::string SingleShotSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts) {
  return Filled(texts, "single_shot_system", parts);
}

std::string PlanSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts) {
  return Filled(texts, "plan_system", parts);
}

std::string StepSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts) {
  return Filled(texts, "step_system", parts);
}

std::string ReviewSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts) {
  return Filled(texts, "review_system", parts);
}

std::string ChainStepPrompt(const PromptTexts& texts, const ChainStepParts& parts) {
  return Trimmed(
      FillTemplate(texts.Get("chain_step"),
                   {{"request", Fenced(parts.request)},
                    {"files", FileLines(parts.files)},
                    {"plan", Fenced(parts.plan)},
                    {"code", parts.code.empty() ? "(none yet)\n" : Fenced(parts.code, "python")},
                    {"number", std::to_string(parts.number)},
                    {"count", std::to_string(parts.count)},
                    {"step", parts.step},
                    {"cards", CardsSection(parts.cards)},
                    {"pattern", parts.pattern}}));
}

std::string ReviewPrompt(const PromptTexts& texts, const ReviewParts& parts) {
  std::string findings;
  if (!parts.findings.empty()) {
    findings = "What the check against the house APIs found:\n" +
               Fenced(FindingLines(parts.script, parts.findings));
  }
  return Trimmed(FillTemplate(texts.Get("review"), {{"request", Fenced(parts.request)},
                                                    {"files", FileLines(parts.files)},
                                                    {"code", Fenced(parts.script, "python")},
                                                    {"findings", std::move(findings)},
                                                    {"cards", CardsSection(parts.cards)}}));
}

std::string ReActSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts,
                              const std::vector<ToolSpec>& tools, bool native) {
  const std::string form =
      native ? ";" : ": ```json {\"tool\": \"name\", \"arguments\": {…}} ``` as a fenced block;";
  return Filled(texts, "react_system", parts, {{"form", form}, {"tools", ToolLines(tools)}});
}

}  // namespace inhouse
