// The words of the prompts: templates (prompts/*.md, embedded) filled in. Pure.
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
};
std::string RequestPrompt(const RequestParts& parts);

// "Files under /data: a.csv …" with a line end; "" for none.
std::string FileLines(const std::vector<std::string>& files);

// A line for each finding, with the line of the script that it is about.
std::string FindingLines(std::string_view script, const std::vector<Finding>& findings);

std::string BadReplyPrompt(std::string_view problem);
std::string BadPlanPrompt(std::string_view problem);
std::string BadToolCallPrompt(std::string_view name, std::string_view problem);
std::string RepeatedCallPrompt();
// What a tool of the engine answered.
std::string ToolAnswerPrompt(std::string_view answer);
// A later message of the person: an answer, or what should be different.
std::string FollowUpPrompt(std::string_view message);
std::string DoneWithoutScriptPrompt();
std::string WrongActionPrompt();
std::string RepeatedCellPrompt(int step, std::string_view result);
// `last`: this is the last attempt.
std::string ScriptFindingsPrompt(std::string_view script, const std::vector<Finding>& findings,
                                 bool last);
// The block was not run; lines are the block's.
std::string ContractFindingsPrompt(std::string_view code, const std::vector<Finding>& findings);
std::string LastStepsPrompt(int steps_left);
// Without blanks and line ends at its end.
std::string Trimmed(std::string text);
// Cards that are new, under their heading; "" for no cards.
std::string CardsSection(std::string_view cards);

}  // namespace inhouse
