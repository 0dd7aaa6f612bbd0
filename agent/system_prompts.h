// The first message of a run, for each strategy: templates (prompts/*_system.md)
// filled in with what all share, house rules and the API summary. Pure; the same
// promises as prompt.h.
#pragma once

#include <string>
#include <vector>

#include "agent/model/chat.h"
#include "agent/prompt_texts.h"
#include "agent/task.h"

namespace inhouse {

struct SystemPromptParts {
  std::vector<std::string> rules;  // sentences
  std::vector<PreferRule> prefer;
  std::vector<std::string> signatures;  // of what each rule prefers; "" or missing: the name alone
  std::string summary;                  // API summary, "" if the code base is too large for one
  bool rows_withheld = false;           // Task::send_rows is off and the model is not local
};

std::string CodeActSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts);
std::string SingleShotSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts);

// The three kinds of call of the chained strategy.
std::string PlanSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts);
std::string StepSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts);
std::string ReviewSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts);

// What a call of the chained strategy is about. `cards`: House APIs.
struct ChainStepParts {
  std::string request;
  std::vector<std::string> files;
  std::string plan;  // numbered lines
  std::string code;  // of the steps before, "" for none
  size_t number = 1, count = 1;
  std::string step;  // the line of the plan
  std::string cards;
  std::string pattern{};  // PatternSection
};
std::string ChainStepPrompt(const PromptTexts& texts, const ChainStepParts& parts);
struct ReviewParts {
  std::string request;
  std::vector<std::string> files;
  std::string script;
  std::vector<Finding> findings;  // of the contract check
  std::string cards;
};
std::string ReviewPrompt(const PromptTexts& texts, const ReviewParts& parts);

// `native`: tools go with the request; else calls are JSON in text.
std::string ReActSystemPrompt(const PromptTexts& texts, const SystemPromptParts& parts,
                              const std::vector<ToolSpec>& tools, bool native);

}  // namespace inhouse
