// Which of several bindings holds where a name is read. Names and scopes:
// name_flow_test.cc.
#include <gtest/gtest.h>

#include <string>

#include "indexer/python/name_flow.h"
#include "tests/python/calls_of.h"

namespace inhouse {
namespace {

using testing::Target;
using testing::Targets;

// Every text begins with these.
const std::string kHead = "from a import A, B, f\n";

std::string At(std::string_view written, const std::string& source) {
  return Target(written, kHead + source);
}

TEST(NameFlowOrderTest, TheLastAssignmentBeforeTheCallHolds) {
  EXPECT_EQ(Targets("x.f", kHead + "x = A()\nx.f()\nx = B()\nx.f()\n"), "a.A.f | a.B.f");
  EXPECT_EQ(At("x.f", "x = A()\nx = make()\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = make()\nx = A()\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = A()\nx.f()\nx = 1\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = A()\nx = x.f()\n"), "a.A.f") << "the right side is read first";
}

TEST(NameFlowOrderTest, ImportsCanBeReplaced) {
  EXPECT_EQ(Targets("f", kHead + "f()\nf = 1\nf()\n"), "a.f | ?");
  EXPECT_EQ(Targets("f", kHead + "f()\ndef f(): pass\nf()\n"), "a.f | m.f");
  EXPECT_EQ(Targets("f", kHead + "f()\nfrom b import f\nf()\n"), "a.f | b.f");
  EXPECT_EQ(At("f", "f = wrap(f)\nf()\n"), "");
}

TEST(NameFlowOrderTest, BranchesThatDisagreeGiveNothing) {
  EXPECT_EQ(At("x.f", "if c:\n  x = A()\nelse:\n  x = B()\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "if c:\n  x = A()\nelse:\n  x = A()\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = A()\nif c:\n  x = B()\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nif c:\n  x = make()\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = None\nif c:\n  x = A()\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = A()\ntry:\n  x = B()\nexcept E:\n  pass\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nwhile c:\n  x = B()\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nmatch v:\n  case 1:\n    x = B()\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nwith quiet():\n  x = B()\nx.f()\n"), "") << "may be swallowed";
}

TEST(NameFlowOrderTest, InsideABranchItsOwnBindingHolds) {
  EXPECT_EQ(Targets("x.f", kHead + "if c:\n  x = A()\n  x.f()\nelse:\n  x = B()\n  x.f()\n"),
            "a.A.f | a.B.f");
  EXPECT_EQ(At("x.f", "x = A()\nwith quiet():\n  x = B()\n  x.f()\n"), "a.B.f");
  EXPECT_EQ(At("x.f", "x = A()\ntry:\n  x = B()\n  x.f()\nfinally:\n  pass\n"), "a.B.f");
  EXPECT_EQ(At("x.f", "if c:\n  x = A()\n  if d:\n    x.f()\n"), "a.A.f");
}

TEST(NameFlowOrderTest, LoopsBringLaterBindingsBack) {
  EXPECT_EQ(At("x.f", "x = A()\nfor i in y:\n  x.f()\n  x = B()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nwhile x.f():\n  x = B()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nfor i in y:\n  for j in z:\n    x.f()\n  x = B()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nfor i in y:\n  x.f()\n  if c:\n    x = B()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nfor i in y:\n  x.f()\nx = B()\n"), "a.A.f");
}

TEST(NameFlowOrderTest, WhatALoopBindsAnewEachTimeHolds) {
  EXPECT_EQ(At("x.f", "for i in y:\n  x = A()\n  x.f()\n  x = B()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "for i in y:\n  x = A()\n  x.f()\n  del x\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "for i in y:\n  x = A()\n  for j in z:\n    x.f()\n    x = B()\n"), "");
  EXPECT_EQ(At("x.f", "x = B()\nfor i in y:\n  if c:\n    x = A()\n  x.f()\n"), "");
}

TEST(NameFlowOrderTest, AnElseOfALoopMayRunWithoutItsBody) {
  EXPECT_EQ(At("x.f", "x = A()\nfor i in y:\n  x = B()\nelse:\n  x.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nfor x in y:\n  pass\nelse:\n  x.f()\n"), "");
}

TEST(NameFlowOrderTest, FunctionsSeeWhateverTheirScopeEverBinds) {
  EXPECT_EQ(At("x.f", "x = A()\ndef g():\n  x.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "def g():\n  x.f()\nx = A()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = A()\ndef g():\n  x.f()\nx = B()\ng()\n"), "");
  EXPECT_EQ(At("x.f", "x = B()\nx = A()\ndef g():\n  x.f()\ng()\n"), "") << "not worth a guess";
  EXPECT_EQ(At("x.f", "x = A()\ng = lambda: x.f()\nx = B()\n"), "");
  EXPECT_EQ(At("x.f", "def o():\n  x = A()\n  def g():\n    x.f()\n  x = B()\n  g()\n"), "");
  EXPECT_EQ(At("x.f", "def o():\n  x = A()\n  def g():\n    x.f()\n  g()\n"), "a.A.f");
}

TEST(NameFlowOrderTest, FunctionsThatAreReplacedAfterwards) {
  EXPECT_EQ(At("g", "def g(): pass\ndef h():\n  g()\ng = A()\n"), "");
  EXPECT_EQ(At("g", "def h():\n  g()\nfrom b import g\n"), "b.g");
  EXPECT_EQ(Targets("g", "def o():\n  def g(): pass\n  g()\n  g = other\n  g()\n"),
            "m.o.<locals>.g | ?");
}

TEST(NameFlowOrderTest, ComprehensionsRunWhereTheyStand) {
  EXPECT_EQ(At("x.f", "x = A()\ny = [x.f() for i in z]\nx = B()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = B()\nx = A()\ny = {x.f(): i for i in z}\n"), "a.A.f");
}

TEST(NameFlowOrderTest, DeletedNamesMeanNothing) {
  EXPECT_EQ(Targets("f", kHead + "f()\ndel f\nf()\n"), "a.f | ?");
  EXPECT_EQ(At("x.f", "x = A()\ndel x\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\ndel x\nx = B()\nx.f()\n"), "a.B.f");
  EXPECT_EQ(At("x.f", "x = A()\ndel y, (x, z)\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\ndel x[0], x.y\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("f", "class C:\n  from b import f\n  del f\n  f()\n"), "");
}

TEST(NameFlowOrderTest, AssignmentExpressions) {
  EXPECT_EQ(At("x.f", "if (x := A()):\n  x.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "while (x := A()) and x.f(): pass\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = B()\nif c and (x := A()): pass\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "y = [x := A() for i in z]\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = B()\ny = [x := A() for i in z]\nx.f()\n"), "");
  EXPECT_EQ(At("(x := A()).f", "(x := A()).f()\n"), "a.A.f");
  EXPECT_EQ(At("f", "def g():\n  print(f := 1)\n  f()\n"), "");
}

TEST(NameFlowOrderTest, TargetsWithoutAKnownValue) {
  EXPECT_EQ(At("x.f", "x = A()\nx, y = 1, 2\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\n(y, [x, *z]) = 1, 2\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\n*x, y = 1, 2\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nx += 1\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nx[0] = 1\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = A()\nx, y = x.f(), 2\n"), "a.A.f") << "read before it is bound";
  EXPECT_EQ(At("x.f", "x = A()\nx += x.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = A(),\nx.f()\n"), "") << "a tuple";
}

TEST(NameFlowOrderTest, ChainedAssignments) {
  EXPECT_EQ(At("x.f", "x = y = A()\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("y.f", "x = y = A()\ny.f()\n"), "a.A.f");
  EXPECT_EQ(At("z.f", "x, y = z = A()\nz.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x, y = z = A()\nx.f()\n"), "");
}

TEST(NameFlowOrderTest, CirclesEnd) {
  EXPECT_EQ(At("x.f", "x = y\ny = x\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "def g():\n  x = x\n  x.f()\n"), "");
  EXPECT_EQ(At("q.f", "q = A()\nfor i in y:\n  q = q.where(i)\nq.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nfor i in y:\n  x = x\nx.f()\n"), "");
}

TEST(NameFlowOrderTest, ExceptionsAreBoundInTheirClauseAlone) {
  EXPECT_EQ(At("e.f", "try: pass\nexcept A as e:\n  e.f()\n"), "a.A.f");
  EXPECT_EQ(At("e.f", "try: pass\nexcept (A) as e:\n  e.f()\n"), "a.A.f");
  EXPECT_EQ(At("e.f", "try: pass\nexcept (A, B) as e:\n  e.f()\n"), "");
  EXPECT_EQ(At("e.f", "e = B()\ntry: pass\nexcept A as e:\n  pass\ne.f()\n"), "");
  EXPECT_EQ(At("e.f", "try: pass\nexcept* A as e:\n  e.f()\n"), "") << "a group of them";
  EXPECT_EQ(Targets("e.f", kHead + "try: pass\nexcept A as e:\n  e.f()\nexcept B as e:\n  e.f()\n"),
            "a.A.f | a.B.f");
}

TEST(NameFlowOrderTest, NamesBoundTooOftenAreUnknown) {
  std::string source = kHead;
  for (int i = 0; i < 5'000; ++i) source += "x = A()\nx.f()\n";
  const FileFacts facts = testing::FactsOf(source);
  EXPECT_EQ(facts.call_sites.size(), 10'000U);
  EXPECT_EQ(facts.call_sites.back().target, "") << "a limit, not an answer";
}

}  // namespace
}  // namespace inhouse
