// Annotations and results of functions. Instances: name_flow_class_test.cc.
#include <gtest/gtest.h>

#include <string>

#include "indexer/python/name_flow.h"
#include "tests/python/calls_of.h"

namespace inhouse {
namespace {

using testing::Target;

const std::string kHead = "from a import A, B, f\nfrom typing import *\nimport typing as t\n";

std::string At(std::string_view written, const std::string& source) {
  return Target(written, kHead + source);
}

// Target of x.f() where the parameter x has that annotation.
std::string Annotated(const std::string& annotation) {
  return At("x.f", "def g(x: " + annotation + "):\n  x.f()\n");
}

// Target of g().f() where g is `def g(…) -> annotation`.
std::string Returning(const std::string& annotation) {
  return At("g().f", "def g() -> " + annotation + ": ...\ng().f()\n");
}

TEST(NameFlowTypesTest, AnnotationsOfParameters) {
  EXPECT_EQ(Annotated("A"), "a.A.f");
  EXPECT_EQ(Annotated("'A'"), "a.A.f");
  EXPECT_EQ(Annotated("A = None"), "a.A.f");
  EXPECT_EQ(Annotated("A | None"), "a.A.f");
  EXPECT_EQ(Annotated("'A | None'"), "a.A.f");
  EXPECT_EQ(Annotated("t.Optional['A']"), "a.A.f");
  EXPECT_EQ(Annotated("A[int]"), "a.A.f");
  EXPECT_EQ(Annotated("t.Annotated[A, 1, 2]"), "a.A.f");
}

TEST(NameFlowTypesTest, AnnotationsThatNameNoOneClass) {
  EXPECT_EQ(Annotated("A | B"), "");
  EXPECT_EQ(Annotated("t.Union[A, B]"), "");
  EXPECT_EQ(Annotated("t.Union[A, None]"), "");
  EXPECT_EQ(Annotated("list[A]"), "");
  EXPECT_EQ(Annotated("t.List[A]"), "");
  EXPECT_EQ(Annotated("type[A]"), "");
  EXPECT_EQ(Annotated("t.Type[A]"), "");
  EXPECT_EQ(Annotated("t.Any"), "");
  EXPECT_EQ(Annotated("t.Literal['A']"), "");
  EXPECT_EQ(Annotated("t.Callable[[], A]"), "");
  EXPECT_EQ(Annotated("t.Iterator[A]"), "");
  EXPECT_EQ(Annotated("int"), "");
  EXPECT_EQ(Annotated("A()"), "");
}

TEST(NameFlowTypesTest, StarredParametersHoldSeveral) {
  EXPECT_EQ(At("x.f", "def g(*x: A):\n  x.f()\n"), "");
  EXPECT_EQ(At("x.f", "def g(**x: A):\n  x.f()\n"), "");
  EXPECT_EQ(At("x.f", "def g(*, x: A):\n  x.f()\n"), "a.A.f");
}

TEST(NameFlowTypesTest, AnnotationsAreReadWhereTheyStand) {
  EXPECT_EQ(At("x.f", "def g(A, x: A):\n  x.f()\n"), "a.A.f") << "not the parameter A";
  EXPECT_EQ(At("x.f", "class C:\n  class A: pass\n  def g(self, x: A):\n    x.f()\n"), "m.C.A.f");
  EXPECT_EQ(At("x.f", "def g(x: 'Later'):\n  x.f()\nclass Later: pass\n"), "m.Later.f");
  EXPECT_EQ(At("x.f", "def o():\n  from b import A\n  def g(x: A):\n    x.f()\n"), "b.A.f");
  EXPECT_EQ(At("x.f", "def g(x: A):\n  x.f()\nA = make()\n"), "a.A.f");
}

TEST(NameFlowTypesTest, AnnotationsOfVariables) {
  EXPECT_EQ(At("x.f", "x: A = make()\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x: A\nx.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "x: A = make()\nx = make()\nx.f()\n"), "");
  EXPECT_EQ(At("x.f", "def g(x: A):\n  x = make()\n  x.f()\n"), "");
}

TEST(NameFlowTypesTest, AliasesOfTypes) {
  EXPECT_EQ(At("x.f", "X = A\ndef g(x: X):\n  x.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", "X = A | B\ndef g(x: X):\n  x.f()\n"), "");
  EXPECT_EQ(At("x.f", "X = t.Union[A, B]\ndef g(x: X):\n  x.f()\n"), "");
  EXPECT_EQ(At("x.f", "X = list[A]\ndef g(x: X):\n  x.f()\n"), "");
  EXPECT_EQ(At("x.f", "X: t.TypeAlias = A\ndef g(x: X):\n  x.f()\n"), "");
  EXPECT_EQ(At("x.f", "type X = A | B\ndef g(x: X):\n  x.f()\n"), "");
  EXPECT_EQ(At("x.f", "X = t.NewType('X', A)\ndef g(x: X):\n  x.f()\n"), "");
}

TEST(NameFlowTypesTest, ResultsOfFunctionsOfThisFile) {
  EXPECT_EQ(Returning("A"), "a.A.f");
  EXPECT_EQ(Returning("'A'"), "a.A.f");
  EXPECT_EQ(Returning("A | None"), "a.A.f");
  EXPECT_EQ(Returning("t.Optional[A]"), "a.A.f");
  EXPECT_EQ(Returning("A | B"), "");
  EXPECT_EQ(Returning("list[A]"), "");
  EXPECT_EQ(Returning("None"), "");
  EXPECT_EQ(At("g().f", "def g(): return A()\ng().f()\n"), "") << "bodies are not read";
}

TEST(NameFlowTypesTest, ResultsOfGeneratorsAreNotWhatTheyYield) {
  EXPECT_EQ(At("g().f", "def g() -> A:\n  yield 1\ng().f()\n"), "");
  EXPECT_EQ(At("x.f", "@contextmanager\ndef g() -> A:\n  yield 1\nwith g() as x:\n  x.f()\n"), "");
}

TEST(NameFlowTypesTest, CoroutinesGiveTheirResultOnceAwaited) {
  const std::string g = "async def g() -> A: ...\nasync def h():\n  ";
  EXPECT_EQ(At("(await g()).f", g + "(await g()).f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", g + "x = await g()\n  x.f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", g + "x = g()\n  y = await x\n  x.f()\n"), "");
  EXPECT_EQ(At("y.f", g + "x = g()\n  y = await x\n  y.f()\n"), "a.A.f");
  EXPECT_EQ(At("g().close", g + "g().close()\n"), "") << "the coroutine's";
  EXPECT_EQ(At("x.f", "async def h():\n  x = await A()\n  x.f()\n"), "");
}

TEST(NameFlowTypesTest, DecoratorsMayChangeTheResult) {
  EXPECT_EQ(At("g().f", "@lru_cache\ndef g() -> A: ...\ng().f()\n"), "a.A.f");
  EXPECT_EQ(At("g().f", "@task(retries=1)\ndef g() -> A: ...\ng().f()\n"), "");
  EXPECT_EQ(At("g().f", "def g() -> A: ...\ng = task(g)\ng().f()\n"), "");
}

TEST(NameFlowTypesTest, FunctionsDefinedTwiceHaveNoOneResult) {
  EXPECT_EQ(At("g().f", "if c:\n  def g() -> A: ...\nelse:\n  def g() -> B: ...\ng().f()\n"), "");
  EXPECT_EQ(At("g().f", "def g() -> A: ...\ng().f()\ndef g() -> B: ...\n"), "");
  EXPECT_EQ(At("g('').f",
               "@overload\ndef g(x: int) -> A: ...\n@overload\ndef g(x: str) -> B: ...\n"
               "def g(x): ...\ng('').f()\n"),
            "");
}

TEST(NameFlowTypesTest, ChainsThroughResults) {
  const std::string c =
      "class C:\n"
      "  class D: pass\n"
      "  def d(self) -> D: ...\n"
      "  def me(self) -> 'C': ...\n"
      "  def self_(self) -> Self: ...\n"
      "  def maybe(self) -> t.Optional[t.Self]: ...\n"
      "  @classmethod\n"
      "  def make(cls) -> 'C': ...\n"
      "  @staticmethod\n"
      "  def other() -> A: ...\n"
      "class D: pass\n";
  EXPECT_EQ(At("C().me().self_().f", c + "C().me().self_().f()\n"), "m.C.f");
  EXPECT_EQ(At("C().d().f", c + "C().d().f()\n"), "m.C.D.f") << "the class's own D";
  EXPECT_EQ(At("C.make().f", c + "C.make().f()\n"), "m.C.f");
  EXPECT_EQ(At("C().maybe().f", c + "C().maybe().f()\n"), "m.C.f");
  EXPECT_EQ(At("C.other().f", c + "C.other().f()\n"), "a.A.f");
  EXPECT_EQ(At("x.f", c + "x = C.make().me()\nx.f()\n"), "m.C.f");
  EXPECT_EQ(At("C().gone().f", c + "C().gone().f()\n"), "");
}

TEST(NameFlowTypesTest, ResultsAreReadInTheModuleThatDefines) {
  EXPECT_EQ(At("g().f", "def g() -> A: ...\ndef h():\n  from b import A\n  g().f()\n"), "a.A.f");
  EXPECT_EQ(At("g().f", "def g() -> A: ...\nA = make()\ng().f()\n"), "a.A.f");
}

TEST(NameFlowTypesTest, ResultsOfForeignFunctionsAreUnknown) {
  EXPECT_EQ(At("f().g", "f().g()\n"), "");
  EXPECT_EQ(At("x.g", "x = f()\nx.g()\n"), "");
  EXPECT_EQ(At("A.make().f", "A.make().f()\n"), "");
}

TEST(NameFlowTypesTest, LongChainsEnd) {
  std::string chain = "C()";
  for (int i = 0; i < 300; ++i) chain += ".me()";
  const std::string source = "class C:\n  def me(self) -> 'C': ...\n" + chain + "\n";
  const FileFacts facts = testing::FactsOf(source);
  ASSERT_EQ(facts.call_sites.size(), 301U);
  EXPECT_EQ(facts.call_sites.front().target, "") << "the outermost call comes first";
  EXPECT_EQ(facts.call_sites.back().target, "m.C");
}

}  // namespace
}  // namespace inhouse
