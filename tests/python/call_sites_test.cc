// What is recorded of a call besides its target (name_flow_test.cc).
#include "indexer/python/call_sites.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/python/calls_of.h"

namespace inhouse {
namespace {

using testing::CallIn;
using testing::FactsOf;

TEST(CallSitesTest, ArgumentsByKind) {
  const CallSite call = CallIn(FactsOf("f(1, g, x=2, *a, y=3, **k)\n"), "f");
  EXPECT_EQ(call.positional_count, 2);
  EXPECT_EQ(call.keywords, (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(call.has_star_args);
  EXPECT_FALSE(CallIn(FactsOf("f(1, x=2)\n"), "f").has_star_args);
}

TEST(CallSitesTest, AGeneratorAloneIsOneArgument) {
  EXPECT_EQ(CallIn(FactsOf("f(x for x in y)\n"), "f").positional_count, 1);
}

TEST(CallSitesTest, CommentsAmongArgumentsDoNotCount) {
  EXPECT_EQ(CallIn(FactsOf("f(\n  1,  # one\n  2,\n)\n"), "f").positional_count, 2);
}

TEST(CallSitesTest, TheCallerIsTheInnermostFunction) {
  const FileFacts facts = FactsOf(
      "a()\n"
      "class C:\n  x = b()\n  def m(self):\n    c()\n    return [d() for _ in y]\n"
      "def g():\n  def h():\n    e()\n");
  EXPECT_EQ(CallIn(facts, "a").caller, "m");
  EXPECT_EQ(CallIn(facts, "b").caller, "m");
  EXPECT_EQ(CallIn(facts, "c").caller, "m.C.m");
  EXPECT_EQ(CallIn(facts, "d").caller, "m.C.m");
  EXPECT_EQ(CallIn(facts, "e").caller, "m.g.<locals>.h");
}

TEST(CallSitesTest, InAScriptTheCallerBeginsWithTheStem) {
  EXPECT_EQ(CallIn(FactsOf("def main():\n  a()\n", ""), "a").caller, "job.main");
}

TEST(CallSitesTest, InnerCallsAreCallsOfTheirOwnInSourceOrder) {
  std::vector<std::string> written;
  for (const CallSite& call : FactsOf("a(b(c()))\nd().e()\n").call_sites) {
    written.push_back(call.written);
  }
  EXPECT_EQ(written, (std::vector<std::string>{"a", "b", "c", "d().e", "d"}));
}

TEST(CallSitesTest, RangesCoverTheCallAndItsStatement) {
  const std::string source = "x = 1\ny = [\n  f(\n    1),\n]\n";
  const CallSite call = CallIn(FactsOf(source), "f");
  EXPECT_EQ(source.substr(call.range.start_byte, call.range.end_byte - call.range.start_byte),
            "f(\n    1)");
  EXPECT_EQ(call.range.start_line, 3);
  EXPECT_EQ(call.range.end_line, 4);
  EXPECT_EQ(call.statement.start_line, 2);
  EXPECT_EQ(call.statement.end_line, 5);
}

TEST(CallSitesTest, TheStatementOfACallInAHeaderIsTheHeader) {
  const CallSite call = CallIn(FactsOf("with f() as x:\n  pass\n  pass\n"), "f");
  EXPECT_EQ(call.statement.start_line, 1);
  EXPECT_EQ(call.statement.end_line, 1);
}

TEST(CallSitesTest, LongCalleesAreCut) {
  const FileFacts facts = FactsOf("(" + std::string(500, 'x') + ").f()\n");
  ASSERT_EQ(facts.call_sites.size(), 1U);
  EXPECT_LE(facts.call_sites[0].written.size(), 130U);
}

}  // namespace
}  // namespace inhouse
