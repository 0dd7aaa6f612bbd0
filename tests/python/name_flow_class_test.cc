// Instances: which class an object has, and what its attributes are. Annotations
// and results: name_flow_types_test.cc.
#include <gtest/gtest.h>

#include <string>

#include "indexer/python/name_flow.h"
#include "tests/python/calls_of.h"

namespace inhouse {
namespace {

using testing::CallIn;
using testing::FactsOf;
using testing::Target;
using testing::Targets;

const std::string kHead = "from a import A, B, f\n";

std::string At(std::string_view written, const std::string& source) {
  return Target(written, kHead + source);
}

// A class C with these lines in its body.
std::string InClass(std::string_view written, const std::string& body) {
  std::string source = "class C:\n";
  for (size_t at = 0; at < body.size();) {
    const size_t end = body.find('\n', at) + 1;
    source += "  " + body.substr(at, end - at);
    at = end;
  }
  return At(written, source);
}

const std::string kUse = "def use(self):\n  self.s.f()\n";

TEST(NameFlowClassTest, CallsOfClassesGiveInstances) {
  EXPECT_EQ(At("A().f", "A().f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "class C:\n  def f(self): pass\nx = C()\nx.f()\n"), "m.C.f");
  EXPECT_EQ(At("x.f", "import b.c\nx = b.c.Session(1)\nx.f()\n"), "b.c.Session.f");
  EXPECT_EQ(At("x.f", "x = (A if c else A)()\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = A() if c else None\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x = A() if c else B()\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A() or B()\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = f()\nx.f()\n"), "") << "no class";
  EXPECT_EQ(At("x.f", "import a\nx = a.MAX_SIZE()\nx.f()\n"), "") << "a constant";
  EXPECT_EQ(At("x", "x = A()\nx()\n"), "a.A.__call__");
  EXPECT_EQ(At("x", "x = A().run\nx()\n"), "a.A.run");
}

TEST(NameFlowClassTest, AttributesOfForeignInstancesAreUnknown) {
  EXPECT_EQ(At("x.y.f", "x = A()\nx.y.f()\n"), "");
  EXPECT_EQ(At("x.y().f", "x = A()\nx.y().f()\n"), "");
  EXPECT_EQ(At("x.Inner().f", "x = A()\nx.Inner().f()\n"), "");
}

TEST(NameFlowClassTest, AttributesThatAllAssignmentsAgreeOn) {
  EXPECT_EQ(InClass("self.s.f", "def __init__(self):\n  self.s = A()\n" + kUse), "a.A.f");
  EXPECT_EQ(InClass("self.s.f", kUse + "def start(self):\n  self.s = A()\n"), "a.A.f");
  EXPECT_EQ(InClass("self.s.f", "def __init__(self):\n  self.s = None\n" + kUse +
                                    "def start(self):\n  self.s = A()\n"),
            "a.A.f");
  EXPECT_EQ(InClass("self.s.f", "def __init__(self, s: A):\n  self.s = s\n" + kUse), "a.A.f");
  EXPECT_EQ(InClass("self.s.f", "def __init__(self, s):\n  self.s: A = s\n" + kUse), "a.A.f");
  EXPECT_EQ(InClass("self.s", "def __init__(self):\n  self.s = f\n  self.s()\n"), "a.f");
}

TEST(NameFlowClassTest, AttributesThatDisagreeAreUnknown) {
  const std::string init = "def __init__(self):\n  self.s = A()\n";
  EXPECT_EQ(InClass("self.s.f", init + kUse + "def other(self):\n  self.s = B()\n"), "");
  EXPECT_EQ(InClass("self.s.f", init + kUse + "def other(self):\n  self.s = make()\n"), "");
  EXPECT_EQ(InClass("self.s.f", init + kUse + "def other(self):\n  self.s, x = 1, 2\n"), "");
  EXPECT_EQ(InClass("self.s.f", init + kUse + "def other(self):\n  self.s += 1\n"), "");
  EXPECT_EQ(InClass("self.s.f", init + kUse + "def other(self):\n  for self.s in x: pass\n"), "");
  EXPECT_EQ(InClass("self.s.f", init + kUse + "def other(this):\n  this.s = B()\n"), "");
  EXPECT_EQ(InClass("self.s.f", init + kUse + "def other(self):\n  with x() as self.s: pass\n"),
            "");
  EXPECT_EQ(InClass("self.s.f", init + kUse + "def other(self):\n  self.q = self.s = B()\n"), "");
}

TEST(NameFlowClassTest, FunctionsInsideMethodsSetAttributesToo) {
  const std::string init = "def __init__(self):\n  self.s = A()\n";
  EXPECT_EQ(InClass("self.s.f", init + kUse + "def o(self):\n  def g():\n    self.s = B()\n"), "");
  EXPECT_EQ(InClass("self.s.f", "def o(self):\n  def g():\n    self.s = B()\n" + kUse), "a.B.f");
  EXPECT_EQ(InClass("self.s.f", init + kUse + "def o(self):\n  def g(self):\n    self.s = B()\n"),
            "a.A.f")
      << "another self";
}

TEST(NameFlowClassTest, AttributesSetFromOutsideCount) {
  const std::string c = "class C:\n  def __init__(self):\n    self.s = A()\n";
  EXPECT_EQ(At("c.s.f", c + "c = C()\nc.s.f()\n"), "a.A.f");
  EXPECT_EQ(At("c.s.f", c + "c = C()\nc.s = B()\nc.s.f()\n"), "");
  EXPECT_EQ(At("c.s.f", c + "c = C()\nC.s = B()\nc.s.f()\n"), "");
  EXPECT_EQ(At("c.s.f", c + "c = C()\nd.s = B()\nc.s.f()\n"), "a.A.f") << "another object";
  EXPECT_EQ(At("x.f", "x = A()\nx.f = fake\nx.f()\n"), "");
  EXPECT_EQ(At("b.f", "import b\nb.f = fake\nb.f()\n"), "");
  EXPECT_EQ(At("b.f", "import b\nx.f = fake\nb.f()\n"), "b.f");
  EXPECT_EQ(At("b.c.f", "import b\nb.c = fake\nb.c.f()\n"), "");
}

TEST(NameFlowClassTest, NamesInTheClassBody) {
  EXPECT_EQ(InClass("self.s.f", "s = A()\n" + kUse), "a.A.f");
  EXPECT_EQ(InClass("self.s.f", "s: A\n" + kUse), "a.A.f");
  EXPECT_EQ(InClass("self.s.f", "s: 'A | None' = None\n" + kUse), "a.A.f");
  EXPECT_EQ(InClass("self.s", "s = A\ndef use(self):\n  self.s()\n"), "a.A");
  EXPECT_EQ(InClass("self.D", "class D: pass\ndef use(self):\n  self.D()\n"), "m.C.D");
  EXPECT_EQ(InClass("self.D().f", "class D: pass\ndef use(self):\n  self.D().f()\n"), "m.C.D.f");
}

TEST(NameFlowClassTest, TheAnnotationInTheClassSettlesUnknownAssignments) {
  const std::string set = "def __init__(self):\n  self.s = make()\n";
  EXPECT_EQ(InClass("self.s.f", "s: A\n" + set + kUse), "a.A.f");
  EXPECT_EQ(InClass("self.s.f", "s: A\ndef __init__(self):\n  self.s = B()\n" + kUse), "a.B.f");
}

TEST(NameFlowClassTest, MethodsKeepTheirName) {
  EXPECT_EQ(InClass("self.g", "def g(self): pass\ndef use(self):\n  self.g()\n"), "m.C.g");
  EXPECT_EQ(InClass("self.gone", "def use(self):\n  self.gone()\n"), "m.C.gone");
  EXPECT_EQ(InClass("self.h", "def g(self): pass\nh = g\ndef use(self):\n  self.h()\n"), "m.C.g");
  EXPECT_EQ(InClass("self.h", "h = f\ndef use(self):\n  self.h()\n"), "")
      << "a function would get self, a class would not";
}

TEST(NameFlowClassTest, PropertiesAreWhatTheyReturn) {
  const std::string property = "@property\ndef s(self) -> A: ...\n";
  EXPECT_EQ(InClass("self.s.f", property + kUse), "a.A.f");
  EXPECT_EQ(InClass("self.s.f", "@cached_property\ndef s(self) -> 'A': ...\n" + kUse), "a.A.f");
  EXPECT_EQ(InClass("self.s.f", property + "@s.setter\ndef s(self, v): self._s = v\n" + kUse +
                                    "def __init__(self):\n  self.s = B()\n"),
            "a.A.f");
  EXPECT_EQ(InClass("self.s.f", "@property\ndef s(self): return A()\n" + kUse), "");
}

TEST(NameFlowClassTest, Receivers) {
  EXPECT_EQ(InClass("this.g", "def use(this):\n  this.g()\n"), "m.C.g");
  EXPECT_EQ(InClass("cls.g", "@classmethod\ndef use(cls):\n  cls.g()\n"), "m.C.g");
  EXPECT_EQ(InClass("cls", "@classmethod\ndef use(cls):\n  cls()\n"), "m.C");
  EXPECT_EQ(InClass("cls().g", "@classmethod\ndef use(cls):\n  cls().g()\n"), "m.C.g");
  EXPECT_EQ(InClass("x.g", "@staticmethod\ndef use(x):\n  x.g()\n"), "");
  EXPECT_EQ(InClass("cls.g", "def __new__(cls):\n  cls.g()\n"), "m.C.g");
  EXPECT_EQ(InClass("args.g", "def use(*args):\n  args.g()\n"), "");
  EXPECT_EQ(InClass("x.g", "def use(*args, x):\n  x.g()\n"), "");
  EXPECT_EQ(InClass("k.g", "def use(**k):\n  k.g()\n"), "");
  EXPECT_EQ(InClass("x.g", "def use(self, x):\n  x.g()\n"), "");
  EXPECT_EQ(InClass("self.g", "def use(self):\n  self = A()\n  self.g()\n"), "a.A.g");
  EXPECT_EQ(At("self.g", "def use(self):\n  self.g()\n"), "") << "no method";
}

TEST(NameFlowClassTest, FunctionsInsideMethodsSeeTheReceiver) {
  EXPECT_EQ(InClass("self.g", "def use(self):\n  def h():\n    self.g()\n"), "m.C.g");
  EXPECT_EQ(InClass("self.g", "def use(self):\n  def h(self):\n    self.g()\n"), "");
  EXPECT_EQ(InClass("self.g", "def use(self):\n  return [self.g() for x in y]\n"), "m.C.g");
  EXPECT_EQ(InClass("self.g", "def use(self):\n  return lambda: self.g()\n"), "m.C.g");
}

TEST(NameFlowClassTest, ClassesDefinedTwice) {
  const std::string two =
      "if c:\n  class C:\n    def __init__(self):\n      self.s = A()\n"
      "      self.s.f()\n"
      "else:\n  class C:\n    def __init__(self):\n      self.s = B()\n";
  EXPECT_EQ(At("self.s.f", two), "");
  EXPECT_EQ(At("C().s.f", two + "C().s.f()\n"), "");
  EXPECT_EQ(At("C().g", two + "C().g()\n"), "m.C.g");
}

TEST(NameFlowClassTest, ClassesInsideFunctions) {
  const std::string local = "def o():\n  class C:\n    def f(self): pass\n";
  EXPECT_EQ(At("C().f", local + "  C().f()\n"), "m.o.<locals>.C.f");
  EXPECT_EQ(At("C", local + "C()\n"), "");
}

TEST(NameFlowClassTest, ContextsGiveWhatTheyEnter) {
  EXPECT_EQ(At("x.f", "with A() as x:\n  x.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "with A() as x:\n  pass\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("y.f", "with A() as x, B() as y:\n  y.f()\n"), "a.B.f");
  EXPECT_EQ(At("y.f", "with (A() as x, B() as y):\n  y.f()\n"), "a.B.f");
  EXPECT_EQ(At("x.f", "async def g():\n  async with A() as x:\n    x.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "with A() as (x, y):\n  x.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nwith open(p) as x:\n  x.f()\n"), "");
  EXPECT_EQ(At("x.f", "x = A()\nwith x as y, y.f() as x:\n  x.f()\n"), "");
}

TEST(NameFlowClassTest, ContextsOfThisFile) {
  const auto entered = [](const std::string& body, const std::string& with = "with") {
    return At("x.f", "class C:\n" + body + "async def g():\n  " + with + " C() as x:\n    x.f()\n");
  };
  EXPECT_EQ(entered("  def __enter__(self):\n    return self\n"), "m.C.f");
  EXPECT_EQ(entered("  def __enter__(self) -> 'C': ...\n"), "m.C.f");
  EXPECT_EQ(entered("  def __enter__(self) -> A: ...\n"), "a.A.f");
  EXPECT_EQ(entered("  def __enter__(self) -> Self: ...\n"), "m.C.f");
  EXPECT_EQ(entered("  def __enter__(self):\n    return A()\n"), "");
  EXPECT_EQ(entered("  def __enter__(self):\n    if c:\n      return 1\n    return self\n"), "");
  EXPECT_EQ(entered("  async def __aenter__(self) -> A: ...\n", "async with"), "a.A.f");
  EXPECT_EQ(entered("  async def __aenter__(self):\n    return A()\n", "async with"), "");
  EXPECT_EQ(entered("  def __enter__(self) -> B: ...\n"
                    "  async def __aenter__(self) -> A: ...\n",
                    "async with"),
            "a.A.f");
}

}  // namespace
}  // namespace inhouse
