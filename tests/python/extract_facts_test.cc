// The front door: bytes of every format → facts whose ranges fit their text.
#include "indexer/python/extract_facts.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/python/symbols_of.h"

namespace inhouse {
namespace {

Result<ExtractedFile> Extract(std::string path, SourceFormat format, std::string bytes) {
  SourceFile file;
  file.path = std::move(path);
  file.format = format;
  FactExtractor extractor;
  return extractor.Extract(file, std::move(bytes));
}

TEST(ExtractFactsTest, AModule) {
  SourceFile file;
  file.path = "house/store.py";
  file.module = "house.store";
  FactExtractor extractor;
  const auto out = extractor.Extract(
      file, "'''Stores.'''\nimport os\n__all__ = ['f']\ndef f():\n  os.stat('x')\n");
  ASSERT_TRUE(out.ok());
  const FileFacts& facts = out->facts;
  EXPECT_EQ(facts.module, "house.store");
  EXPECT_EQ(facts.doc.summary, "Stores.");
  EXPECT_TRUE(facts.has_all);
  EXPECT_EQ(facts.exported, (std::vector<std::string>{"f"}));
  EXPECT_EQ(facts.symbols.front().qualified_name, "house.store");
  EXPECT_TRUE(testing::Has(facts.symbols, "house.store.f"));
  ASSERT_EQ(facts.call_sites.size(), 1U);
  EXPECT_EQ(facts.call_sites[0].target, "os.stat");
  EXPECT_EQ(facts.imports.size(), 1U);
  EXPECT_EQ(facts.error_count, 0);
  EXPECT_TRUE(out->notes.empty());
}

TEST(ExtractFactsTest, NamesInAScriptBeginWithItsStem) {
  const auto out = Extract("jobs/daily-report.py", SourceFormat::kPython, "def main():\n  pass\n");
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->facts.module, "");
  EXPECT_TRUE(testing::Has(out->facts.symbols, "daily_report.main"));
}

TEST(ExtractFactsTest, RangesOfANotebookReferToItsCode) {
  const auto out = Extract("a.ipynb", SourceFormat::kNotebook,
                           R"j({"cells": [{"cell_type": "code", "source": "import h\nh.f(1)"}]})j");
  ASSERT_TRUE(out.ok());
  ASSERT_EQ(out->facts.call_sites.size(), 1U);
  const SourceRange& range = out->facts.call_sites[0].range;
  EXPECT_EQ(out->text.substr(range.start_byte, range.end_byte - range.start_byte), "h.f(1)");
}

TEST(ExtractFactsTest, LinesOfMarkdownAreThoseOfTheFile) {
  const auto out =
      Extract("a.md", SourceFormat::kMarkdown, "# T\n\n```python\nimport h\nh.f(1)\n```\n");
  ASSERT_TRUE(out.ok());
  ASSERT_EQ(out->facts.call_sites.size(), 1U);
  EXPECT_EQ(out->facts.call_sites[0].range.start_line, 5);
  EXPECT_EQ(out->facts.call_sites[0].target, "h.f");
}

TEST(ExtractFactsTest, SyntaxErrorsAreCountedAndTheRestIsRead) {
  const auto out =
      Extract("a.py", SourceFormat::kPython, "def f():\n  pass\n\nx = = 1\n\ndef g():\n  pass\n");
  ASSERT_TRUE(out.ok());
  EXPECT_GT(out->facts.error_count, 0);
  EXPECT_TRUE(testing::Has(out->facts.symbols, "a.f"));
  EXPECT_TRUE(testing::Has(out->facts.symbols, "a.g"));
  ASSERT_EQ(out->notes.size(), 1U);
  EXPECT_NE(out->notes[0].find("syntax error"), std::string::npos);
}

TEST(ExtractFactsTest, OtherEncodingsAreNoted) {
  const auto out = Extract("a.py", SourceFormat::kPython, "# caf\xE9\ndef f(): pass\n");
  ASSERT_TRUE(out.ok());
  EXPECT_FALSE(out->notes.empty());
  EXPECT_TRUE(testing::Has(out->facts.symbols, "a.f"));
}

TEST(ExtractFactsTest, WhatIsNoTextIsAnError) {
  const auto out = Extract("a.py", SourceFormat::kPython, std::string(2000, '\0'));
  ASSERT_FALSE(out.ok());
  EXPECT_EQ(out.error().kind, ErrorKind::kBadInput);
}

TEST(ExtractFactsTest, AnEmptyFileIsAModule) {
  const auto out = Extract("a.py", SourceFormat::kPython, "");
  ASSERT_TRUE(out.ok());
  ASSERT_EQ(out->facts.symbols.size(), 1U);
  EXPECT_EQ(out->facts.symbols[0].kind, SymbolKind::kModule);
}

}  // namespace
}  // namespace inhouse
