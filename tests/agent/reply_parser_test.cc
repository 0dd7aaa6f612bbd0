#include "agent/reply_parser.h"

#include <gtest/gtest.h>

#include <fstream>

namespace inhouse {
namespace {

std::string Code(std::string_view text, bool was_cut = false) {
  const ParsedReply parsed = ParseReply(text, was_cut);
  return parsed.action.kind == ActionKind::kCode ? parsed.action.text
                                                 : std::string("not code: ") + parsed.problem;
}

TEST(ReplyParser, TakesThePythonBlockAndTheProseBeforeIt) {
  const ParsedReply parsed =
      ParseReply("Look at the data.\n\n```python\nx = 1\nprint(x)\n```\n", false);
  EXPECT_EQ(parsed.action.kind, ActionKind::kCode);
  EXPECT_EQ(parsed.action.text, "x = 1\nprint(x)\n");
  EXPECT_EQ(parsed.prose, "Look at the data.");
  EXPECT_FALSE(parsed.action.is_final);
  EXPECT_EQ(parsed.dropped_bytes, 0u);
  EXPECT_TRUE(parsed.notes.empty());
}

TEST(ReplyParser, DropsInventedObservationsAndFurtherBlocks) {
  const ParsedReply parsed = ParseReply(
      "First.\n```python\na = 1\n```\nObservation: it gave 42.\n```python\nb = 2\n```\n", false);
  EXPECT_EQ(parsed.action.text, "a = 1\n");
  EXPECT_GT(parsed.dropped_bytes, 30u);
  EXPECT_EQ(parsed.kept, "First.\n```python\na = 1\n```");
  ASSERT_EQ(parsed.notes.size(), 1u);
}

TEST(ReplyParser, KnowsTheFinalScriptByItsMarkerAndTakesItOff) {
  const ParsedReply parsed =
      ParseReply("Done:\n```python\n# Final script\n\nimport os\n```\nDONE", false);
  EXPECT_TRUE(parsed.action.is_final);
  EXPECT_EQ(parsed.action.text, "import os\n");
  EXPECT_TRUE(ParseReply("```python final\nx = 1\n```", false).action.is_final);
  EXPECT_FALSE(ParseReply("```python\nx = 1  # final script\n```", false).action.is_final);
  EXPECT_FALSE(ParseReply("```python\ny = 1\n# final script\n```", false).action.is_final);
}

TEST(ReplyParser, FencesInsideStringsAndDocstringsDoNotClose) {
  const std::string code =
      "def f():\n    \"\"\"Use:\n\n    ```python\n    f()\n    ```\n    \"\"\"\n    return '```'\n"
      "# a ``` comment\n";
  EXPECT_EQ(Code("Text\n```python\n" + code + "```\nmore"), code);
}

TEST(ReplyParser, AStringThatNeverEndsDoesNotSwallowTheReply) {
  EXPECT_EQ(Code("```python\nx = '''abc\n```\nThen it printed 3."), "x = '''abc\n");
}

TEST(ReplyParser, AcceptsTheFencesThatModelsWrite) {
  EXPECT_EQ(Code("~~~python\nx = ~1\n~~~\n"), "x = ~1\n");
  EXPECT_EQ(Code("````python\nx = 1\n````"), "x = 1\n");
  EXPECT_EQ(Code("1. Load:\n   ```python\n   if x:\n       y = 1\n   ```\n"), "if x:\n    y = 1\n");
  EXPECT_EQ(Code("Run this: ```python\nx = 1\n```"), "x = 1\n");
  EXPECT_EQ(Code("```python\nx = 1```"), "x = 1\n");
  EXPECT_EQ(Code("```python\nx = 1\n```That should work."), "x = 1\n");
  EXPECT_EQ(Code("```Python3\r\nx = 1\r\ny = 2\r\n```\r\n"), "x = 1\ny = 2\n");
  EXPECT_EQ(Code("\xEF\xBB\xBF```py\nx = 1\n```"), "x = 1\n");
  EXPECT_EQ(Code("```{.python}\nx = 1\n```"), "x = 1\n");
  EXPECT_EQ(Code("```python\nx = 1\n```python\ny = 2\n```"), "x = 1\n");
}

TEST(ReplyParser, AMissingFenceIsForgivenUnlessTheReplyWasCut) {
  EXPECT_EQ(Code("```python\nx = 1\ny = 2"), "x = 1\ny = 2\n");
  const ParsedReply cut = ParseReply("```python\nx = 1\ny = ", true);
  EXPECT_EQ(cut.action.kind, ActionKind::kNone);
  EXPECT_NE(cut.problem.find("cut"), std::string::npos);
  EXPECT_EQ(Code("```python\nx = 1\n```\nand then", true), "x = 1\n");
}

TEST(ReplyParser, BlocksInOtherLanguagesAreQuotations) {
  EXPECT_EQ(Code("It printed:\n```text\nuser_id  x\n```\nso:\n```python\nx = 1\n```"), "x = 1\n");
  EXPECT_EQ(Code("```\n   a  b\n0  1  2\n```\n```python\nx = 1\n```"), "x = 1\n");
  EXPECT_EQ(Code("```sql\nSELECT 1\n```python\nx = 1\n```"), "x = 1\n");
  EXPECT_EQ(ParseReply("```bash\npip install x\n```", false).action.kind, ActionKind::kNone);
}

TEST(ReplyParser, ABlockWithoutLanguageCountsIfItLooksLikePython) {
  EXPECT_EQ(Code("```\nimport os\nos.listdir('/data')\n```"), "import os\nos.listdir('/data')\n");
  EXPECT_EQ(Code("```\ndf.head()\n```\nDONE"), "df.head()\n");
  EXPECT_EQ(ParseReply("```\nThe frame has 3 rows\n```", false).action.kind, ActionKind::kNone);
}

TEST(ReplyParser, ReadsQuestionsRefusalsAndDone) {
  const ParsedReply ask = ParseReply("Hm.\nASK: Which quarter,\nQ1 or Q2?\nObservation: Q1", false);
  EXPECT_EQ(ask.action.kind, ActionKind::kAsk);
  EXPECT_EQ(ask.action.text, "Which quarter,\nQ1 or Q2?");
  EXPECT_EQ(ParseReply("**REFUSE:** it would send mail", false).action.text, "it would send mail");
  EXPECT_EQ(ParseReply("**ASK**: why?", false).action.text, "why?");
  EXPECT_EQ(ParseReply("All good.\nDONE.", false).action.kind, ActionKind::kDone);
  EXPECT_EQ(ParseReply("I could ASK: but do not", false).action.kind, ActionKind::kNone);
  EXPECT_EQ(ParseReply("ASK:", false).action.kind, ActionKind::kNone);
}

TEST(ReplyParser, TheFirstActionWins) {
  EXPECT_EQ(ParseReply("ASK: which?\n```python\nx = 1\n```", false).action.kind, ActionKind::kAsk);
  EXPECT_EQ(ParseReply("```python\nx = 1\n```\nASK: which?", false).action.kind, ActionKind::kCode);
  EXPECT_EQ(Code("```python\nprint('''\nASK: no\n''')\n```"), "print('''\nASK: no\n''')\n");
}

TEST(ReplyParser, ThoughtsArePassedOver) {
  EXPECT_EQ(Code("<think>maybe\n```python\nbad()\n```\n</think>\n```python\nx = 1\n```"),
            "x = 1\n");
  EXPECT_EQ(Code("maybe so\n</think>\n```python\nx = 1\n```"), "x = 1\n");
  EXPECT_EQ(ParseReply("<think>on and on ```python\nx=1\n```", true).action.kind,
            ActionKind::kNone);
}

TEST(ReplyParser, ReadsToolCallsAsText) {
  const ParsedReply parsed = ParseReply(
      "```json\n{\"tool\": \"read_schema\", \"arguments\": {\"path\": \"/data/a.csv\"}}\n```",
      false);
  EXPECT_EQ(parsed.action.kind, ActionKind::kTool);
  EXPECT_EQ(parsed.action.text, "read_schema");
  EXPECT_EQ(parsed.action.arguments, "{\"path\":\"/data/a.csv\"}");
  EXPECT_EQ(ParseReply("```json\n{\"a\": 1}\n```", false).action.kind, ActionKind::kNone);
}

TEST(ReplyParser, SaysWhatIsMissing) {
  EXPECT_EQ(ParseReply("", false).problem, "the reply is empty");
  EXPECT_NE(ParseReply("I will now load it.", false).problem.find("no ```python block"),
            std::string::npos);
  EXPECT_NE(ParseReply("```python\n\n```", false).problem.find("empty"), std::string::npos);
}

TEST(ReplyParser, TakesAnyBytes) {
  const std::string pieces[] = {"```python\n",
                                "```",
                                "\n",
                                "'''",
                                "\"",
                                "ASK:",
                                "x = 1\n",
                                "\xff\xc3",
                                "<think>",
                                "</think>",
                                "~~~\n",
                                "{\"tool\":\"",
                                std::string(1, '\0'),
                                "\r"};
  uint32_t state = 7;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) {
      state = state * 1664525u + 1013904223u;
      text += pieces[(state >> 16) % std::size(pieces)];
    }
    const ParsedReply parsed = ParseReply(text, round % 2 == 0);
    EXPECT_EQ(parsed.action.kind == ActionKind::kNone, !parsed.problem.empty()) << text;
    EXPECT_LE(parsed.kept.size(), text.size());
  }
}

TEST(ReplyParser, StaysLinearOnManyEmptyBlocks) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "```python\n```\n";
  EXPECT_EQ(ParseReply(text, false).action.kind, ActionKind::kNone);
  std::string bare;
  for (int i = 0; i < 20000; ++i) bare += "```text\n'''\n```\n";
  EXPECT_EQ(ParseReply(bare, false).action.kind, ActionKind::kNone);
}

}  // namespace
}  // namespace inhouse
