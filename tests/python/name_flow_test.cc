// Names and scopes: what a callee means where it stands. Order of bindings:
// name_flow_order_test.cc; instances and their classes: name_flow_class_test.cc.
#include "indexer/python/name_flow.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/python/calls_of.h"
#include "tests/python/symbols_of.h"

namespace inhouse {
namespace {

using testing::CallIn;
using testing::FactsOf;
using testing::Target;
using testing::Targets;

TEST(NameFlowTest, ImportsAndAliases) {
  EXPECT_EQ(Target("a.f", "import a\na.f()\n"), "a.f");
  EXPECT_EQ(Target("a.b.c.f", "import a.b.c\na.b.c.f()\n"), "a.b.c.f");
  EXPECT_EQ(Target("a.b.f", "import a.x\nimport a.b\na.b.f()\n"), "a.b.f");
  EXPECT_EQ(Target("c.f", "import a.b as c\nc.f()\n"), "a.b.f");
  EXPECT_EQ(Target("a.f", "import a.b as a\na.f()\n"), "a.b.f");
  EXPECT_EQ(Target("f", "from a import f\nf()\n"), "a.f");
  EXPECT_EQ(Target("g", "from a import f as g\ng()\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f as g\nf()\n"), "");
  EXPECT_EQ(Target("h", "import a\nf = a.f\nh = f\nh()\n"), "a.f");
  EXPECT_EQ(Target("(f)", "from a import f\n(f)()\n"), "a.f");
}

TEST(NameFlowTest, RelativeImports) {
  const std::string source = "from .writer import write as w\nw()\n";
  EXPECT_EQ(CallIn(FactsOf(source, "p.q"), "w").target, "p.writer.write");
  EXPECT_EQ(CallIn(FactsOf(source, "p", true), "w").target, "p.writer.write");
  EXPECT_EQ(CallIn(FactsOf("from . import a\na.f()\n", "p.q.r"), "a.f").target, "p.q.a.f");
}

TEST(NameFlowTest, RelativeImportsThatCannotBeNamedStillHideNames) {
  const std::string source = "from a import f\ndef g():\n  from .own import f\n  f()\n";
  EXPECT_EQ(CallIn(FactsOf(source, ""), "f").target, "");
  EXPECT_EQ(CallIn(FactsOf("from m import *\nfrom .own import f\nf()\n", ""), "f").target, "");
  EXPECT_EQ(CallIn(FactsOf("from m import *\nfrom .own import *\nf()\n", ""), "f").target, "");
  EXPECT_EQ(CallIn(FactsOf("from a import f\nfrom ...x import y as f\nf()\n", "p.m"), "f").target,
            "");
}

TEST(NameFlowTest, OneStarImportGivesWhatIsBoundNowhere) {
  EXPECT_EQ(Target("f", "from a import *\nf()\n"), "a.f");
  EXPECT_EQ(Target("f.g", "from a import *\ndef h():\n  f.g()\n"), "a.f.g");
  EXPECT_EQ(Target("print", "from a import *\nprint()\n"), "") << "a builtin";
  EXPECT_EQ(Target("_f", "from a import *\n_f()\n"), "") << "private names do not come along";
  EXPECT_EQ(Target("f", "from a import *\ndef f(): pass\nf()\n"), "m.f");
  EXPECT_EQ(Target("f", "from a import *\ndef h(f):\n  f()\n"), "");
  EXPECT_EQ(Target("f", "from a import *\nfor f in fs:\n  f()\n"), "");
  EXPECT_EQ(Target("f", "from a import *\ndef h():\n  global f\n  f = 1\nf()\n"), "");
}

TEST(NameFlowTest, TwoStarImportsGiveNothing) {
  EXPECT_EQ(Target("f", "from a import *\nfrom b import *\nf()\n"), "");
  EXPECT_EQ(Target("f", "try:\n  from a import *\nexcept ImportError:\n  from b import *\nf()\n"),
            "");
  EXPECT_EQ(Target("f", "from a import *\nfrom b import *\nfrom c import f\nf()\n"), "c.f");
}

TEST(NameFlowTest, UnknownNamesAndBuiltinsHaveNoTarget) {
  EXPECT_EQ(Target("f", "f()\n"), "");
  EXPECT_EQ(Target("print", "print()\n"), "");
  EXPECT_EQ(Target("f().g", "f().g()\n"), "");
  EXPECT_EQ(Target("fs[0]", "import a\nfs = [a.f]\nfs[0]()\n"), "");
  EXPECT_EQ(Target("'x'.join", "'x'.join([])\n"), "");
  EXPECT_EQ(Target("super().f", "class C:\n  def f(self):\n    super().f()\n"), "");
}

TEST(NameFlowTest, TheFirstOfAlternativeImportsIsMeant) {
  EXPECT_EQ(Target("j.f", "try:\n  import a as j\nexcept ImportError:\n  import b as j\nj.f()\n"),
            "a.f");
  EXPECT_EQ(Target("f", "try:\n  from a import f\nexcept ImportError:\n  def f(): pass\nf()\n"),
            "a.f");
  EXPECT_EQ(Target("f", "try:\n  from a import f\nexcept ImportError:\n  f = None\nf()\n"), "a.f");
  EXPECT_EQ(Target("f", "f = None\ntry:\n  from a import f\nexcept ImportError:\n  pass\nf()\n"),
            "a.f");
  EXPECT_EQ(Target("f", "if x:\n  from a import f\nelif y:\n  from b import f\nf()\n"), "a.f");
}

TEST(NameFlowTest, ConditionalImportsThatAreNoAlternativesDisagree) {
  EXPECT_EQ(Target("f", "if x:\n  from a import f\nif y:\n  from b import f\nf()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\nif y:\n  from b import f\nf()\n"), "");
  EXPECT_EQ(Target("f", "if x:\n  from a import f\nelse:\n  f = make()\nf()\n"), "");
  EXPECT_EQ(Target("j.f", "import a as j\nwith suppress(ImportError):\n  import b as j\nj.f()\n"),
            "");
}

TEST(NameFlowTest, TypeCheckingBlocks) {
  EXPECT_EQ(Target("s.f", "if TYPE_CHECKING:\n  from a import S\ndef g(s: 'S'):\n  s.f()\n"),
            "a.S.f");
  EXPECT_EQ(Target("s.f",
                   "if TYPE_CHECKING:\n  from a import S\nelse:\n  S = object\n"
                   "def g(s: S):\n  s.f()\n"),
            "");
}

TEST(NameFlowTest, ImportsInFunctionsStayThere) {
  EXPECT_EQ(Targets("f",
                    "from a import f\n"
                    "def g():\n"
                    "  from b import f\n"
                    "  f()\n"
                    "def h():\n"
                    "  f()\n"
                    "f()\n"),
            "b.f | a.f | a.f");
  EXPECT_EQ(Target("f", "def g():\n  from b import f\nf()\n"), "");
}

TEST(NameFlowTest, ParametersHideNames) {
  EXPECT_EQ(Target("f", "from a import f\ndef g(f):\n  f()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\ndef g(f=None):\n  f()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\ndef g(*f):\n  f()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\ndef g(**f):\n  f()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\ndef g(*, f: int):\n  f()\n"), "");
  EXPECT_EQ(Target("f.x", "from a import f\ndef g(*f: S):\n  f.x()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\ndef g(f):\n  def h():\n    f()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\ng = lambda f: f()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\ng = lambda *f, x=1: f()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\ng = lambda x: f()\n"), "a.f");
}

TEST(NameFlowTest, DefaultsDecoratorsAndAnnotationsBelongToTheScopeAround) {
  EXPECT_EQ(Target("f", "from a import f\ndef g(f=f()): pass\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f\ng = lambda f=f(): 1\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f\n@f(1)\ndef g(f): pass\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f\nclass C(f()):\n  f = 1\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f\ndef g(f) -> f(): pass\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f\ng = lambda x=lambda f: f(): x\n"), "");
}

TEST(NameFlowTest, LoopVariablesHideNames) {
  EXPECT_EQ(Target("f", "from a import f\nfor f in fs:\n  f()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\nfor i, (f, *r) in fs:\n  pass\nf()\n"), "");
  EXPECT_EQ(Target("f", "from a import f\nfor x in f(): pass\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f\nasync def g():\n  async for f in x:\n    f()\n"), "");
}

TEST(NameFlowTest, ComprehensionVariablesHideNamesOnlyInside) {
  EXPECT_EQ(Targets("f", "from a import f\n[f() for f in fs]\nf()\n"), "? | a.f");
  EXPECT_EQ(Target("f", "from a import f\n{f() for x, f in fs}\n"), "");
  EXPECT_EQ(Target("f", "from a import f\n{1: f() for f in fs}\n"), "");
  EXPECT_EQ(Target("f", "from a import f\nany(f() for f in fs)\n"), "");
  EXPECT_EQ(Target("f", "from a import f\n[1 for f in fs if f()]\n"), "");
  EXPECT_EQ(Target("f", "from a import f\n[y for f in fs for y in f()]\n"), "");
  EXPECT_EQ(Target("f", "from a import f\n[f(x) for x in xs]\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f\n[lambda: f() for f in fs]\n"), "");
  EXPECT_EQ(Target("f", "from a import f\n[[f() for y in f] for f in fs]\n"), "");
}

TEST(NameFlowTest, TheFirstIterableIsReadOutsideTheComprehension) {
  EXPECT_EQ(Target("f", "from a import f\n[f for f in f()]\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f\nclass C:\n  from b import f\n  x = [y for y in f()]\n"),
            "b.f");
  EXPECT_EQ(Target("f", "from a import f\nclass C:\n  from b import f\n  x = [f() for y in z]\n"),
            "a.f");
}

TEST(NameFlowTest, MethodsDoNotSeeTheNamesOfTheirClass) {
  const std::string source =
      "from a import f\n"
      "class C:\n"
      "  from b import f\n"
      "  f()\n"
      "  def g(self):\n"
      "    f()\n"
      "  h = lambda self: f()\n";
  EXPECT_EQ(Targets("f", source), "b.f | a.f | a.f");
  EXPECT_EQ(Target("g", "class C:\n  def g(self): pass\n  def h(self):\n    g()\n"), "");
  EXPECT_EQ(Target("g", "class C:\n  def g(self): pass\n  class D:\n    g()\n"), "");
}

TEST(NameFlowTest, FunctionsAndClassesOfTheFile) {
  EXPECT_EQ(Target("f", "def g():\n  f()\ndef f(): pass\n"), "m.f");
  EXPECT_EQ(Target("f", "def f():\n  f()\n"), "m.f");
  EXPECT_EQ(Target("f", "def g():\n  def f(): pass\n  f()\n"), "m.g.<locals>.f");
  EXPECT_EQ(Target("C", "class C: pass\nC()\n"), "m.C");
  EXPECT_EQ(Target("C.f", "class C:\n  def f(): pass\nC.f()\n"), "m.C.f");
  EXPECT_EQ(CallIn(FactsOf("def f(): pass\nf()\n", ""), "f").target, "job.f");
}

TEST(NameFlowTest, GlobalReachesTheModule) {
  EXPECT_EQ(Target("x.f",
                   "import a\n"
                   "def outer():\n"
                   "  import b as x\n"
                   "  def inner():\n"
                   "    global x\n"
                   "    x.f()\n"
                   "import c as x\n"),
            "c.f");
  EXPECT_EQ(Target("x.f", "def g():\n  global x\n  import a as x\ndef h():\n  x.f()\n"), "a.f");
}

TEST(NameFlowTest, WhatFunctionsBindOutsideMayHoldAtAnyTime) {
  const std::string setter = "def g():\n  global x\n  import b as x\n";
  EXPECT_EQ(Target("x.f", setter + "import a as x\ng()\nx.f()\n"), "");
  EXPECT_EQ(Target("x.f", "import a as x\n" + setter + "x.f()\n"), "");
  EXPECT_EQ(Target("x.f", "import a as x\ndef h():\n  x.f()\n" + setter), "");
  EXPECT_EQ(Target("x.f",
                   "def g():\n"
                   "  import a as x\n"
                   "  def set():\n"
                   "    nonlocal x\n"
                   "    import b as x\n"
                   "  set()\n"
                   "  x.f()\n"),
            "");
}

TEST(NameFlowTest, NonlocalPassesFunctionsThatDoNotBindTheName) {
  EXPECT_EQ(Target("x.f",
                   "def g():\n"
                   "  import a as x\n"
                   "  def middle():\n"
                   "    def set():\n"
                   "      nonlocal x\n"
                   "      import b as x\n"
                   "    set()\n"
                   "  middle()\n"
                   "  x.f()\n"),
            "");
  EXPECT_EQ(Target("x.f",
                   "import b as x\n"
                   "def g():\n"
                   "  import a as x\n"
                   "  def read():\n"
                   "    nonlocal x\n"
                   "    x.f()\n"),
            "a.f");
}

TEST(NameFlowTest, PatternsOfMatchBindTheirCaptures) {
  const std::string head = "from a import f, S\nmatch v:\n  case ";
  EXPECT_EQ(Target("f", head + "f:\n    f()\n"), "");
  EXPECT_EQ(Target("f", head + "[x, f]:\n    f()\n"), "");
  EXPECT_EQ(Target("f", head + "[x, *f]:\n    f()\n"), "");
  EXPECT_EQ(Target("f", head + "{'k': f}:\n    f()\n"), "");
  EXPECT_EQ(Target("f", head + "{'k': 1, **f}:\n    f()\n"), "");
  EXPECT_EQ(Target("f", head + "S(x=f):\n    f()\n"), "");
  EXPECT_EQ(Target("f", head + "S(f):\n    f()\n"), "");
  EXPECT_EQ(Target("f", head + "S() as f:\n    f()\n"), "");
  EXPECT_EQ(Target("f", head + "(1 | 2) as f:\n    f()\n"), "");
}

TEST(NameFlowTest, ClassesAndConstantsInPatternsAreRead) {
  const std::string head = "from a import f, S\nmatch v:\n  case ";
  EXPECT_EQ(Target("S.f", head + "S(x=1):\n    S.f()\n"), "a.S.f");
  EXPECT_EQ(Target("f", head + "S(f=1):\n    f()\n"), "a.f");
  EXPECT_EQ(Target("S.f", head + "S.x:\n    S.f()\n"), "a.S.f");
  EXPECT_EQ(Target("f", head + "x if f():\n    pass\n"), "a.f");
}

TEST(NameFlowTest, NamesInsideStringsAreReadWhereTheyStand) {
  EXPECT_EQ(Target("f", "from a import f\nx = f'{f(1)!r:>{w}}'\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f\nx = f'{w:{f()}}'\n"), "a.f");
  EXPECT_EQ(Target("f", "from a import f\nx = [f'{f()}' for f in fs]\n"), "");
  EXPECT_TRUE(FactsOf("x = '{f()}'\ny = b'{f()}'\nz = f'{{f()}}'\n").call_sites.empty());
}

TEST(NameFlowTest, TypeParametersHideNames) {
  EXPECT_EQ(Target("x.f", "from a import T\ndef g[T](x: T):\n  x.f()\n"), "");
  EXPECT_EQ(Target("T.f", "from a import T\nclass C[T]:\n  def g(self):\n    T.f()\n"), "");
  EXPECT_EQ(Target("x.f", "T = TypeVar('T')\ndef g(x: T):\n  x.f()\n"), "");
}

TEST(NameFlowTest, NamesInTooDeepNestingAreNotLookedUpElsewhere) {
  std::string source = "from a import f\ng = ";
  for (size_t i = 0; i < 150; ++i) source += testing::Numbered("lambda x", i) + ": ";
  for (const CallSite& call : FactsOf(source + "(lambda f: f())\n").call_sites) {
    EXPECT_EQ(call.target, "") << call.written;
  }
}

}  // namespace
}  // namespace inhouse
