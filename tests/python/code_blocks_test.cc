// Code out of notebooks and Markdown: what stays, what becomes blank.
#include "indexer/python/code_blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace inhouse {
namespace {

std::string Notebook(std::string_view json) {
  const Result<std::string> code = CodeOfNotebook(json);
  EXPECT_TRUE(code.ok()) << code.error().message;
  return code.ok() ? *code : "";
}

// Lines of the code without blanks at their ends; blank ones left out.
std::string Joined(const std::string& code) {
  std::string kept;
  for (size_t at = 0; at < code.size();) {
    const size_t end = std::min(code.find('\n', at), code.size());
    const size_t last = code.find_last_not_of(" \r\n", end == 0 ? 0 : end - 1);
    if (end > at && last != std::string::npos && last >= at) {
      kept += code.substr(at, last + 1 - at) + "|";
    }
    at = end + 1;
  }
  return kept;
}

// The result has the text's length and lines.
std::string Kept(std::string_view text, std::string (*code_of)(std::string_view) = CodeOfMarkdown) {
  const std::string code = code_of(text);
  EXPECT_EQ(code.size(), text.size());
  EXPECT_EQ(std::count(code.begin(), code.end(), '\n'), std::count(text.begin(), text.end(), '\n'));
  return Joined(code);
}

std::string KeptOfReST(std::string_view text) { return Kept(text, CodeOfReStructuredText); }

TEST(CodeBlocksTest, CodeCellsOfANotebookInOrder) {
  EXPECT_EQ(Notebook(R"j({"cells": [
      {"cell_type": "code", "source": ["import a\n", "a.f()"]},
      {"cell_type": "markdown", "source": "words"},
      {"cell_type": "code", "source": "a.g()\n"}]})j"),
            "import a\na.f()\n\na.g()\n\n");
}

TEST(CodeBlocksTest, OldNotebooksKeepCellsInWorksheetsAndSourceInInput) {
  EXPECT_EQ(Notebook(R"j({"worksheets": [{"cells": [{"cell_type": "code", "input": "a.f()"}]}]})j"),
            "a.f()\n\n");
}

TEST(CodeBlocksTest, LinesOfIPythonBecomeComments) {
  EXPECT_EQ(Notebook(R"j({"cells": [{"cell_type": "code",
      "source": "%matplotlib inline\n!pip install a\na.f()\na.f?\n?a\n"}]})j"),
            "#matplotlib inline\n#pip install a\na.f()\n#.f?\n#a\n\n");
}

TEST(CodeBlocksTest, CellsOfOtherLanguagesAreLeftOutAndTimedOnesAreNot) {
  EXPECT_EQ(Notebook(R"j({"cells": [
      {"cell_type": "code", "source": "%%bash\nls"},
      {"cell_type": "code", "source": "%%time\na.f()"}]})j"),
            "#%time\na.f()\n\n");
}

TEST(CodeBlocksTest, OddNotebooksAreReadAsFarAsTheyGo) {
  EXPECT_EQ(Notebook(R"j({"cells": [1, {}, {"cell_type": 3}, {"cell_type": "code"},
      {"cell_type": "code", "source": [1, "a"]}]})j"),
            "a\n\n");
  EXPECT_EQ(Notebook(R"j({"cells": 5})j"), "");
}

TEST(CodeBlocksTest, WhatIsNoNotebookIsAnError) {
  for (const char* json : {"", "[]", "{", "{}", R"j({"worksheets": 1})j"}) {
    const Result<std::string> code = CodeOfNotebook(json);
    ASSERT_FALSE(code.ok()) << json;
    EXPECT_EQ(code.error().kind, ErrorKind::kBadInput);
    EXPECT_NE(code.error().message.find("notebook"), std::string::npos);
  }
}

TEST(CodeBlocksTest, DeepNestingIsAnErrorAndBracketsInStringsAreNone) {
  std::string deep(100'000, '[');
  EXPECT_FALSE(CodeOfNotebook(deep).ok());
  EXPECT_EQ(Notebook(R"j({"cells": [{"cell_type": "code", "source": ")j" + std::string(500, '[') +
                     R"j("}]})j"),
            std::string(500, '[') + "\n\n");
}

TEST(CodeBlocksTest, FencedPythonStaysAtItsPlace) {
  const std::string code = CodeOfMarkdown("# T\n\n```python\na.f()\n```\nend\n");
  EXPECT_EQ(code, "   \n\n         \na.f()\n   \n   \n");
}

TEST(CodeBlocksTest, OnlyBlocksMarkedAsPythonStay) {
  EXPECT_EQ(Kept("```\nno()\n```\n```bash\nno\n```\n```py\nyes()\n```\n~~~ {.python}\nso()\n~~~\n"),
            "yes()|so()|");
  EXPECT_EQ(Kept("a `python` word\n"), "");
}

TEST(CodeBlocksTest, AFenceIsClosedByOneOfItsOwnKindAtLeastAsLong) {
  EXPECT_EQ(Kept("````python\n```\na()\n````\nno\n"), "```|a()|");
  EXPECT_EQ(Kept("~~~python\n```\n~~~\nno\n"), "```|");
}

TEST(CodeBlocksTest, AnOpenBlockGoesToTheEnd) { EXPECT_EQ(Kept("```python\na()"), "a()|"); }

TEST(CodeBlocksTest, PromptsGoAndWhatTheyPrintedIsBlank) {
  EXPECT_EQ(Kept("```pycon\n>>> a.f(\n...     1)\n42\n>>> b()\n```\n"), "a.f(|    1)|b()|");
}

TEST(CodeBlocksTest, CarriageReturnsKeepTheirPlaces) {
  EXPECT_EQ(Kept("```python\r\na()\r\n```\r\nno\r\n"), "a()|");
  EXPECT_EQ(Kept("```pycon\r\n>>> a()\r\n1\r\n```\r\n"), "a()|");
}

TEST(CodeBlocksTest, DirectivesOfReStructuredTextLoseTheirIndentation) {
  EXPECT_EQ(
      KeptOfReST("T\n=\n\n.. code-block:: python\n   :linenos:\n\n   a.f(\n       1)\n\n   b()\n"
                 "text\n\n.. code:: bash\n\n   no\n\n.. sourcecode:: pycon\n\n   >>> c()\n   3\n"),
      "a.f(|    1)|b()|c()|");
}

TEST(CodeBlocksTest, SessionsOfReStructuredTextStandAnywhere) {
  EXPECT_EQ(KeptOfReST("Try this:\n\n    >>> a.f(1)\n    2\n\n>>> b()\n\nand >>> this not\n"),
            "a.f(1)|b()|");
  EXPECT_EQ(KeptOfReST(".. code-block:: python\r\n\r\n  a()\r\nno\r\n"), "a()|");
  EXPECT_EQ(KeptOfReST(".. code-block:: python"), "");
}

}  // namespace
}  // namespace inhouse
