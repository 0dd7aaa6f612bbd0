// Replies as models write them, well-meant and not: what is made of each. The shapes are those that
// models of several makers are known for; the words are ours. Recorded replies stand in
// corpus/recordings.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/recording.h"
#include "agent/reply_parser.h"

namespace inhouse {
namespace {

struct Case {
  const char* name;
  std::string reply;
  std::string wanted;  // code, or "final: …", "ask: …", "refuse: …", "done", "tool: …", "none"
  bool was_cut = false;
};

std::string Made(const Case& c) {
  const ParsedReply parsed = ParseReply(c.reply, c.was_cut);
  const Action& action = parsed.action;
  switch (action.kind) {
    case ActionKind::kCode: return (action.is_final ? "final: " : "") + action.text;
    case ActionKind::kAsk: return "ask: " + action.text;
    case ActionKind::kRefuse: return "refuse: " + action.text;
    case ActionKind::kDone: return "done";
    case ActionKind::kTool: return "tool: " + action.text + " " + action.arguments;
    case ActionKind::kNone: return parsed.goes_on ? "goes on" : "none";
    case ActionKind::kPlan: return "plan";
  }
  return "";
}

const std::vector<Case>& Cases() {
  static const std::vector<Case> kCases = {
      // Fences as they come.
      {"plain", "Look.\n```python\nx = 1\n```", "x = 1\n"},
      {"py", "```py\nx = 1\n```", "x = 1\n"},
      {"capital", "```Python\nx = 1\n```", "x = 1\n"},
      {"python3", "```python3\nx = 1\n```", "x = 1\n"},
      {"ipython", "```ipython\nx = 1\n```", "x = 1\n"},
      {"no language, imports", "Here:\n```\nimport os\nos.getcwd()\n```",
       "import os\nos.getcwd()\n"},
      {"no language, assignment", "```\ndf = load()\n```", "df = load()\n"},
      {"no language, call on a name", "```\ncdp_client.tables()\n```", "cdp_client.tables()\n"},
      {"no fence at all", "import os\nprint(os.listdir('/data'))", "none"},
      {"four marks", "````python\nx = '```'\n````", "x = '```'\n"},
      {"tildes", "~~~python\nx = 1\n~~~", "x = 1\n"},
      {"in a list", "1. Load it:\n\n   ```python\n   x = 1\n   y = 2\n   ```\n2. Then wait",
       "x = 1\ny = 2\n"},
      {"in a quotation", "> ```text\n> x\n> ```\n```python\nx = 1\n```", "x = 1\n"},
      {"in mid-line", "I run ```python\nx = 1\n``` and see.", "x = 1\n"},
      {"attributes", "```{.python .numberLines}\nx = 1\n```", "x = 1\n"},
      {"a title", "```python title=\"load.py\"\nx = 1\n```", "x = 1\n"},
      {"closed on the code's line", "```python\nx = 1```", "x = 1\n"},
      {"prose on the closing line", "```python\nx = 1\n``` This loads it.", "x = 1\n"},
      {"carriage returns", "Look.\r\n```python\r\nx = 1\r\n```\r\n", "x = 1\n"},
      {"old line ends", "```python\rx = 1\r```\r", "x = 1\n"},
      {"byte order mark", "\xEF\xBB\xBF```python\nx = 1\n```", "x = 1\n"},
      {"tabs kept", "```python\nif x:\n\ty = 1\n```", "if x:\n\ty = 1\n"},
      {"blank lines inside", "```python\n\nx = 1\n\n\ny = 2\n\n```", "\nx = 1\n\n\ny = 2\n"},
      // Fences inside the code.
      {"fence in a docstring",
       "```python\ndef f():\n    \"\"\"Use:\n    ```\n    f()\n    ```\n    \"\"\"\n```",
       "def f():\n    \"\"\"Use:\n    ```\n    f()\n    ```\n    \"\"\"\n"},
      {"fence in a string", "```python\ns = '```python'\nt = 1\n```", "s = '```python'\nt = 1\n"},
      {"fence in an f-string", "```python\ns = f'''\n```{x}```\n'''\n```",
       "s = f'''\n```{x}```\n'''\n"},
      {"fence in a comment", "```python\n# ``` is a fence\nx = 1\n```",
       "# ``` is a fence\nx = 1\n"},
      {"quotes in a comment", "```python\n# don't\nx = 1\n```\nIt's done.", "# don't\nx = 1\n"},
      {"a string that never ends", "```python\nx = 'abc\ny = 1\n```\nwords", "x = 'abc\ny = 1\n"},
      {"escaped quotes", "```python\nx = 'it\\'s ```'\n```", "x = 'it\\'s ```'\n"},
      // Several blocks.
      {"two blocks", "```python\nx = 1\n```\nThen:\n```python\ny = 2\n```", "x = 1\n"},
      {"one opens before the other closes", "```python\nx = 1\n```python\ny = 2\n```", "x = 1\n"},
      {"output first", "It said\n```text\n3 rows\n```\nso\n```python\nx = 1\n```", "x = 1\n"},
      {"output without a language first", "```\nuser_id   n\n0  a  3\n```\n```python\nx = 1\n```",
       "x = 1\n"},
      {"shell first", "```bash\npip install polars\n```\n```python\nx = 1\n```", "x = 1\n"},
      {"shell alone", "```bash\nls /data\n```", "none"},
      {"sql alone", "```sql\nSELECT * FROM users\n```", "none"},
      {"json that is no call", "```json\n{\"rows\": 3}\n```", "none"},
      {"diff alone", "```diff\n- x = 1\n+ x = 2\n```", "none"},
      {"an empty block before the real one", "```python\n```\n```python\nx = 1\n```", "x = 1\n"},
      {"markdown that holds a block", "```markdown\n```python\nx = 1\n```\n```\n", "none"},
      // Final scripts.
      {"final", "```python\n# final script\nx = 1\n```", "final: x = 1\n"},
      {"final, other spelling", "```python\n#  Final Script: lookalike\nx = 1\n```",
       "final: x = 1\n"},
      {"final, underscore", "```python\n# final_script\nx = 1\n```", "final: x = 1\n"},
      {"final, blank line above", "```python\n\n# final script\nx = 1\n```", "final: x = 1\n"},
      {"final in the fence", "```python final\nx = 1\n```", "final: x = 1\n"},
      {"final said in prose alone", "This is the final script:\n```python\nx = 1\n```", "x = 1\n"},
      {"final further down", "```python\nx = 1\n# final script\n```", "x = 1\n# final script\n"},
      {"finally is not final", "```python\n# finalize the table\nx = 1\n```",
       "# finalize the table\nx = 1\n"},
      // DONE and words beside code.
      {"done beside code", "```python\nx = 1\n```\nDONE", "x = 1\n"},
      {"done before code", "DONE\n```python\nx = 1\n```", "done"},
      {"done with words", "All is well.\n**DONE**", "done"},
      {"done inside a sentence", "I am DONE with loading.\n```python\nx = 1\n```", "x = 1\n"},
      {"done inside the code", "```python\nprint('DONE')\nDONE = 1\n```",
       "print('DONE')\nDONE = 1\n"},
      // Invented observations.
      {"invented observation", "```python\nx = 1\n```\nObservation: the block ran.\nOutput: 1",
       "x = 1\n"},
      {"a whole invented talk",
       "```python\nx = 1\n```\nUser: good\nAssistant:\n```python\ny = 2\n```", "x = 1\n"},
      {"observation first", "Observation: it ran.\n```python\nx = 1\n```", "x = 1\n"},
      {"question with an invented answer", "ASK: EU or US?\nUser: EU\n```python\nx = 1\n```",
       "ask: EU or US?"},
      // Questions and refusals.
      {"question", "ASK: Which quarter?", "ask: Which quarter?"},
      {"question in bold", "**ASK:** Which quarter?", "ask: Which quarter?"},
      {"question under a heading", "### ASK: Which quarter?", "ask: Which quarter?"},
      {"question over lines", "ASK: Which one?\n- Q1\n- Q2", "ask: Which one?\n- Q1\n- Q2"},
      {"a question without its word", "Which quarter do you mean?", "none"},
      {"asked in a sentence", "I would ASK: but need not.", "none"},
      {"asked in the code", "```python\nprint('''\nASK: who\n''')\n```",
       "print('''\nASK: who\n''')\n"},
      {"empty question", "ASK:", "none"},
      {"refusal", "REFUSE: it would mail every user.", "refuse: it would mail every user."},
      {"refusal in small letters is prose", "I refuse: no.", "none"},
      // Calls in text.
      {"a call", "```json\n{\"tool\": \"show_api\", \"arguments\": {\"name\": \"a.b\"}}\n```",
       "tool: show_api {\"name\":\"a.b\"}"},
      {"a call without arguments", "```json\n{\"tool\": \"list\"}\n```", "tool: list {}"},
      {"a call with a comma too many", "```json\n{\"tool\": \"list\",}\n```", "none"},
      {"a call nested deeply",
       "```json\n{\"tool\": \"x\", \"arguments\": " + std::string(200, '[') + "}\n```", "none"},
      // Thoughts.
      {"thoughts", "<think>\n```python\nno\n```\n</think>\n```python\nx = 1\n```", "x = 1\n"},
      {"thoughts without their begin", "Maybe so.\n</think>\n```python\nx = 1\n```", "x = 1\n"},
      {"thoughts that never end", "<think>I should\n```python\nx = 1\n```", "none"},
      {"thinking, the longer tag", "<thinking>hm</thinking>\n```python\nx = 1\n```", "x = 1\n"},
      {"the tag inside the code", "```python\ns = '</think>'\nx = 1\n```",
       "s = '</think>'\nx = 1\n"},
      // Cut.
      {"cut in the code", "```python\nx = [1,\n     2", "goes on", true},
      {"cut inside a string", "```python\nx = '''abc\n", "goes on", true},
      {"cut before the code", "First I will look at the", "goes on", true},
      {"cut in a question", "ASK: Which of the", "goes on", true},
      {"cut in thoughts", "<think>I should", "none", true},
      {"cut after the code", "```python\nx = 1\n```\nThis loads the", "x = 1\n", true},
      {"not cut, fence forgotten", "```python\nx = 1\ny = 2", "x = 1\ny = 2\n"},
      // Hostile.
      {"empty", "", "none"},
      {"blanks", " \n\t\n", "none"},
      {"only a fence", "```", "none"},
      {"only an opening", "```python", "none"},
      {"zero bytes", std::string("```python\nx = 1\0\n```", 20), std::string("x = 1\0\n", 7)},
      {"no UTF-8", "\xff\xfe```python\nx = 1\n```", "x = 1\n"},
      {"marks without end", std::string(5000, '`'), "none"},
      {"fences without end",
       [] {
         std::string text;
         for (int i = 0; i < 2000; ++i) text += "```text\n```\n";
         return text;
       }(),
       "none"},
      {"a fence in another script's letters", "``\u200b`python\nx = 1\n```", "none"},
      {"html", "<pre><code class=\"language-python\">x = 1</code></pre>", "none"},
      {"an apology", "I'm sorry, but I can't help with that.", "none"},
  };
  return kCases;
}

TEST(ReplyCorpus, EveryReplyIsTakenAsItIsMeant) {
  ASSERT_GE(Cases().size(), 60u);
  for (const Case& c : Cases()) EXPECT_EQ(Made(c), c.wanted) << c.name;
}

TEST(ReplyCorpus, EveryRecordedReplyHasOneActionAndNothingElse) {
  size_t replies = 0;
  const std::filesystem::path folder =
      std::filesystem::path(INHOUSE_SOURCE_DIR) / "corpus" / "recordings";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    const auto recording = LoadRecording(entry.path());
    ASSERT_TRUE(recording.ok()) << recording.error().message;
    for (const RecordedReply& reply : *recording) {
      const ParsedReply parsed = ParseReply(reply.content, false);
      ++replies;
      EXPECT_EQ(parsed.action.kind == ActionKind::kNone, !parsed.problem.empty());
    }
  }
  EXPECT_GT(replies, 0u);
}

struct Join {
  const char* name;
  std::string cut, rest, whole;
};

TEST(ReplyCorpus, ACutReplyAndItsRestAreOneText) {
  const std::string begin = "Load.\n```python\nx = [1,\n     2";
  const std::vector<Join> joins = {
      {"goes on at once", begin, ", 3]\n```", begin + ", 3]\n```"},
      {"opens the fence again", begin, "```python\n, 3]\n```", begin + ", 3]\n```"},
      {"says so first", begin, "Continuing:\n\n```python\n, 3]\n```", begin + ", 3]\n```"},
      {"repeats the line", begin, "     2, 3]\n```", begin + ", 3]\n```"},
      {"repeats all the code", begin, "```python\nx = [1,\n     2, 3]\n```", begin + ", 3]\n```"},
      {"closes it only", "```python\nx = 1\n", "```", "```python\nx = 1\n```"},
      {"prose", "I will load the ", "users.\n```python\nx = 1\n```",
       "I will load the users.\n```python\nx = 1\n```"},
      {"nothing more", begin, "", begin},
      {"a short accident is no repetition", "```python\nabc = 1\nx = ", "= 1\n```",
       "```python\nabc = 1\nx = = 1\n```"},
  };
  for (const Join& join : joins)
    EXPECT_EQ(JoinReplies(join.cut, join.rest), join.whole) << join.name;
}

}  // namespace
}  // namespace inhouse
