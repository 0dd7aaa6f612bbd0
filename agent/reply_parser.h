// A model's text → the one action that it holds. Pure and linear; any bytes are
// valid input.
//
//   ParsedReply parsed = ParseReply(reply.content, IsCut(reply));
//   if (parsed.action.kind == ActionKind::kCode) Run(parsed.action.text);
//
// Actions, whichever comes first:
//   ```python … ```      code; with "# final script" as its first line (or
//                        ```python final) the final script
//   ```json {"tool": "name", "arguments": {…}} ```   a tool call as text
//   ASK: …   REFUSE: …   DONE: …   at the begin of a line, outside fences
// Only the text up to the end of the first complete action counts: what the
// model writes after it (an invented observation, a second block) is dropped
// and noted.
//
// What real models write, and what is made of it:
// - fences of ~~~ or more than three marks, indented in a list, in mid-line,
//   closed at the end of a code line, followed by prose; CRLF;
// - fences inside docstrings and strings of the code: they do not close it;
// - no closing fence: all to the end is code, unless the reply was cut; then
//   half a cell is no action;
// - a block without a language counts if it looks like Python; blocks in other
//   languages (output, SQL, shell) are quotations and are passed over;
// - <think>…</think> before the reply is passed over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

// kPlan is never a parsed reply's: the chained strategy finds plans itself (plan.h).
enum class ActionKind { kCode, kAsk, kRefuse, kDone, kTool, kNone, kPlan };
const char* ActionKindName(ActionKind kind);  // "code", "ask", ...

struct Action {
  ActionKind kind = ActionKind::kNone;
  std::string text;       // code, question, reason, tool name
  std::string arguments;  // kTool: JSON object as text
  bool is_final = false;  // kCode: the final script (its marker line is taken off)
};

struct ParsedReply {
  Action action;
  std::string prose;  // what the model said before its action
  std::string kept;   // the reply up to the end of the action: what goes into the next prompt
  size_t dropped_bytes = 0;        // after the action
  std::vector<std::string> notes;  // "text after the action was dropped", ...
  std::string problem;             // kNone: what was wrong, for the model
  bool goes_on = false;            // kNone: it was cut, and its rest would be of use
};

// `was_cut`: the token limit or the connection ended the reply (IsCut).
ParsedReply ParseReply(std::string_view text, bool was_cut);

// A reply that was cut, and what came when it was asked to go on, as one text. Models
// open the fence again, announce that they go on, and repeat the line that was cut:
// that is left out.
std::string JoinReplies(std::string_view cut, std::string_view rest);

}  // namespace inhouse
