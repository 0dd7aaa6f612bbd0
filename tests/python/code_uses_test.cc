// What code asks of libraries, and which of it the code itself expects to fail.
#include "indexer/python/code_uses.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace inhouse {
namespace {

CodeUses Uses(std::string_view code) {
  CodeReader reader;
  Result<CodeUses> uses = reader.Read(code, {}, nullptr);
  EXPECT_TRUE(uses.ok());
  return uses.ok() ? std::move(*uses) : CodeUses();
}

// The use of that kind written so.
ApiUse Use(std::string_view code, std::string_view written, UseKind kind = UseKind::kCall) {
  for (const ApiUse& use : Uses(code).uses) {
    if (use.written == written && use.kind == kind) return use;
  }
  ADD_FAILURE() << "no use of " << written;
  return {};
}

// "n": reckons with a missing name, "a": with arguments that do not fit.
std::string GuardOf(std::string_view code) {
  const Guard guard = Use("import h\n" + std::string(code), "h.f").guard;
  return std::string(guard.names ? "n" : "") + (guard.arguments ? "a" : "");
}

TEST(CodeUsesTest, ImportsReadsAndCallsInSourceOrder) {
  std::string seen;
  for (const ApiUse& use : Uses("from h import s\nx = s.LIMIT\ns.write(1)\n").uses) {
    seen += std::to_string(static_cast<int>(use.kind)) + ":" + use.target + " ";
  }
  EXPECT_EQ(seen, "0:h.s 1:h.s.LIMIT 2:h.s.write ");
}

TEST(CodeUsesTest, ACallHasItsArguments) {
  const ApiUse use = Use("import h\nh.f(1, a=2)\n", "h.f");
  EXPECT_EQ(use.arguments.positional_count, 1);
  ASSERT_EQ(use.arguments.keywords.size(), 1U);
  EXPECT_EQ(use.arguments.keywords[0].name, "a");
  EXPECT_EQ(use.arguments.keywords[0].range.start_line, 2);
}

TEST(CodeUsesTest, RangesAreOfTheLastNameAndOfTheWhole) {
  const std::string code = "import h\nx = h.s.f(1)\n";
  const ApiUse use = Use(code, "h.s.f");
  const auto text = [&code](const SourceRange& range) {
    return code.substr(range.start_byte, range.end_byte - range.start_byte);
  };
  EXPECT_EQ(text(use.name_range), "f");
  EXPECT_EQ(text(use.range), "h.s.f(1)");
}

TEST(CodeUsesTest, OnlyAStatementOfItsOwnDropsTheValue) {
  EXPECT_TRUE(Use("import h\nh.f()\n", "h.f").is_dropped);
  EXPECT_FALSE(Use("import h\nx = h.f()\n", "h.f").is_dropped);
  EXPECT_FALSE(Use("import h\ng(h.f())\n", "h.f").is_dropped);
  EXPECT_FALSE(Use("import h\nasync def g():\n  await h.f()\n", "h.f").is_dropped);
}

TEST(CodeUsesTest, WhatCannotBeToldIsLeftOut) {
  EXPECT_TRUE(Uses("x.f(1)\ny()\nprint(z.w)\n").uses.empty());
  EXPECT_TRUE(Uses("def g(h):\n  h.f(1)\n").uses.empty());
}

TEST(CodeUsesTest, ATryThatCatchesItGuardsItsBodyAlone) {
  EXPECT_EQ(GuardOf("try:\n  h.f()\nexcept AttributeError:\n  pass\n"), "n");
  EXPECT_EQ(GuardOf("try:\n  h.f()\nexcept (KeyError, TypeError) as e:\n  pass\n"), "a");
  EXPECT_EQ(GuardOf("try:\n  h.f()\nexcept ImportError:\n  pass\n"), "");
  EXPECT_EQ(GuardOf("try:\n  h.f()\nexcept:\n  pass\n"), "");
  EXPECT_EQ(GuardOf("try:\n  h.f()\nexcept Exception as e:\n  pass\n"), "");
  EXPECT_EQ(GuardOf("try:\n  h.f()\nexcept KeyError:\n  pass\n"), "");
  EXPECT_EQ(GuardOf("try:\n  g()\nexcept AttributeError:\n  h.f()\n"), "");
  EXPECT_EQ(GuardOf("try:\n  g()\nexcept AttributeError:\n  pass\nelse:\n  h.f()\n"), "");
  EXPECT_EQ(GuardOf("try:\n  h.f()\nfinally:\n  pass\n"), "");
}

TEST(CodeUsesTest, TestsThatExpectFailuresGuard) {
  EXPECT_EQ(GuardOf("with pytest.raises(TypeError):\n  h.f()\n"), "a");
  EXPECT_EQ(GuardOf("with self.assertRaises(TypeError):\n  h.f()\n"), "a");
  EXPECT_EQ(GuardOf("pytest.raises(TypeError, lambda: h.f())\n"), "a");
  EXPECT_EQ(GuardOf("with suppress(AttributeError):\n  h.f()\n"), "n");
  EXPECT_EQ(GuardOf("with pytest.raises(Exception):\n  h.f()\n"), "na");
  EXPECT_EQ(GuardOf("with pytest.raises((KeyError, TypeError), match='x'):\n  h.f()\n"), "a");
  EXPECT_EQ(GuardOf("with pytest.raises(error):\n  h.f()\n"), "na");
  EXPECT_EQ(GuardOf("with open(p):\n  h.f()\n"), "");
}

TEST(CodeUsesTest, AnErrorThatNoWrongCallRaisesGuardsNothing) {
  EXPECT_EQ(GuardOf("with pytest.raises(ValueError):\n  h.f()\n"), "");
  EXPECT_EQ(GuardOf("with pytest.raises(\n  own.BadInput, match='x'\n):\n  h.f()\n"), "");
  EXPECT_EQ(GuardOf("with h.f(TypeError):\n  pass\n"), "");
  EXPECT_EQ(GuardOf("with pytest.raises(TypeError), h.f():\n  pass\n"), "");
}

TEST(CodeUsesTest, QuestionsAndCommentsGuard) {
  EXPECT_EQ(GuardOf("if hasattr(h, 'f'):\n  h.f()\n"), "n");
  EXPECT_EQ(GuardOf("x = h.f() if hasattr(h, 'f') else None\n"), "n");
  EXPECT_EQ(GuardOf("if h.version > 3:\n  h.f()\n"), "na");
  EXPECT_EQ(GuardOf("h.f()  # type: ignore\n"), "na");
  EXPECT_EQ(GuardOf("h.f()  # type: ignore[attr-defined]\n"), "n");
  EXPECT_EQ(GuardOf("h.f()  # type: ignore[call-arg]\n"), "a");
  EXPECT_EQ(GuardOf("h.f()  # type: ignore[return-value]\n"), "");
  EXPECT_EQ(GuardOf("if x:\n  h.f()\n"), "");
  EXPECT_EQ(GuardOf("h.f()  # fine\n"), "");
}

TEST(CodeUsesTest, BrokenCodeIsReadAsFarAsItGoes) {
  const CodeUses uses = Uses("import h\nh.f(1)\nx = = 2\n");
  EXPECT_GT(uses.error_count, 0);
  EXPECT_GE(uses.uses.size(), 2U);
}

}  // namespace
}  // namespace inhouse
