// Prompts: templates (prompt_texts.h) filled in. Pure.
//
// A prompt is the same on every machine and in every run: no host paths, times,
// durations or memory addresses go in, so that its digest is stable and a
// recording can be replayed. Whatever comes from data, output or a person is
// fenced, with a fence longer than any in the text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/patterns/pattern_text.h"
#include "agent/prompt_texts.h"
#include "agent/task.h"

namespace inhouse {

// Puts values in place of {{name}}, once: what a value holds is not looked at
// again. CHECKs that every placeholder has a value.
std::string FillTemplate(std::string_view text,
                         const std::vector<std::pair<std::string_view, std::string>>& values);

// The text in a fence that it cannot close, with a line end after it.
std::string Fenced(std::string_view text, std::string_view language = "text");

// At most `limit` bytes: the middle is replaced by a line that says how much
// is missing. Never cuts a UTF-8 character in two.
std::string CutMiddle(std::string_view text, size_t limit);

// Addresses ("0x7f…" of six digits and more) become "0x…", clock times with
// milliseconds as logging writes them are taken out.
std::string MaskVolatile(std::string_view text);

struct RequestParts {
  std::string request;
  std::vector<std::string> files;  // below /data, in order
  std::string cards;               // retrieved for the request
  std::string earlier{};           // RetryPrompt of an attempt that failed
  std::string pattern{};           // PatternSection
};
std::string RequestPrompt(const PromptTexts& texts, const RequestParts& parts);

// An approved script for a like request; "" without a script.
std::string PatternSection(const PromptTexts& texts, const PatternParts& parts);

// "Files under /data: a.csv …" with a line end; "" for none.
std::string FileLines(const std::vector<std::string>& files);

// A line for each finding, with the line of the script that it is about.
std::string FindingLines(std::string_view script, const std::vector<Finding>& findings);

std::string BadReplyPrompt(const PromptTexts& texts, std::string_view problem);
std::string BadPlanPrompt(const PromptTexts& texts, std::string_view problem);
std::string BadToolCallPrompt(const PromptTexts& texts, std::string_view name,
                              std::string_view problem);
std::string RepeatedCallPrompt(const PromptTexts& texts);
// What a tool of the engine answered.
std::string ToolAnswerPrompt(std::string_view answer);
// A later message of the person: an answer, or what should be different.
std::string FollowUpPrompt(const PromptTexts& texts, std::string_view message);
std::string DoneWithoutScriptPrompt(const PromptTexts& texts);
std::string WrongActionPrompt(const PromptTexts& texts);
std::string RepeatedCellPrompt(const PromptTexts& texts, int step, std::string_view result);
// `last`: this is the last attempt.
std::string ScriptFindingsPrompt(const PromptTexts& texts, std::string_view script,
                                 const std::vector<Finding>& findings, bool last);
// The block was not run; lines are the block's.
std::string ContractFindingsPrompt(const PromptTexts& texts, std::string_view code,
                                   const std::vector<Finding>& findings);
std::string LastStepsPrompt(const PromptTexts& texts, int steps_left);
// Asks for the rest of a reply that was cut.
std::string ContinueReplyPrompt(const PromptTexts& texts);
// What is alive, where the observations that told of it were shortened.
std::string LiveNamesPrompt(const PromptTexts& texts, std::string_view names);
// The last `count` blocks brought nothing that stays.
std::string NoProgressPrompt(const PromptTexts& texts, int count);
// Nearly the block of `step`, with the same outcome.
std::string SameResultPrompt(const PromptTexts& texts, int step);
// What stands in the request of an attempt that begins anew: why the one before
// ended, and what failed in it, a line each.
std::string RetryPrompt(const PromptTexts& texts, std::string_view reason,
                        const std::vector<std::string>& tried);
// Without blanks and line ends at its end.
std::string Trimmed(std::string text);
// Cards that are new, under their heading; "" for no cards.
std::string CardsSection(std::string_view cards);

}  // namespace inhouse
