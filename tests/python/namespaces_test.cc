// Which names a module and its classes have, and when there may be more.
#include "indexer/python/namespaces.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/python/calls_of.h"

namespace inhouse {
namespace {

Namespace Of(std::string_view owner, std::string_view source) {
  for (const Namespace& space : testing::FactsOf(source).namespaces) {
    if (space.owner == owner) return space;
  }
  ADD_FAILURE() << "no namespace " << owner;
  return {};
}

std::string Names(std::string_view owner, std::string_view source) {
  std::string names;
  for (const std::string& name : Of(owner, source).names) names += name + " ";
  return names;
}

bool IsOpen(std::string_view owner, std::string_view source) { return Of(owner, source).is_open; }
bool IsFilled(std::string_view owner, std::string_view source) {
  const Namespace space = Of(owner, source);
  EXPECT_FALSE(space.is_open);
  return space.is_filled;
}

TEST(NamespacesTest, EveryWayToBindANameInAModule) {
  EXPECT_EQ(Names("m",
                  "import a.b, c as d\nfrom e import f\nX = 1\ny: int\n"
                  "def g(): pass\nclass C: pass\nfor i in z: pass\nwith w as v: pass\n"
                  "if q:\n  h = 1\ntry: pass\nexcept E as err: pass\n"),
            "C X a d err f g h i v y ");
}

TEST(NamespacesTest, LocalNamesAreNotTheModules) {
  EXPECT_EQ(Names("m", "def f(a):\n  b = 1\n  global c\n  c = 2\n"), "c f ");
}

TEST(NamespacesTest, AClassHasItsBodyAndWhatMethodsSet) {
  EXPECT_EQ(Names("m.C",
                  "class C:\n  x = 1\n  y: int\n  def f(self):\n    self.z = 2\n"
                  "    self.w, self.v = 1, 2\n    other.u = 3\n"),
            "f v w x y z ");
}

TEST(NamespacesTest, NamesSetOnOthersAreKeptApart) {
  EXPECT_EQ(Names("", "import h\nh.patched = 1\nsetattr(h, 'named', 2)\n"), "named patched ");
}

TEST(NamespacesTest, PlainModulesAndClassesAreClosed) {
  EXPECT_FALSE(IsOpen("m", "x = 1\n"));
  EXPECT_FALSE(IsOpen("m.C", "class C:\n  pass\n"));
  EXPECT_FALSE(IsOpen("m.C", "@dataclass(frozen=True)\nclass C:\n  a: int\n"));
  EXPECT_FALSE(IsOpen("m.C", "class C(metaclass=ABCMeta):\n  pass\n"));
}

TEST(NamespacesTest, WhatMayGainNamesAtRunTimeIsOpen) {
  EXPECT_TRUE(IsOpen("m", "def __getattr__(name): return 1\n"));
  EXPECT_TRUE(IsOpen("m", "globals()['x'] = 1\n"));
  EXPECT_TRUE(IsOpen("m", "exec(code)\n"));
  EXPECT_TRUE(IsOpen("m.C", "class C:\n  def __getattr__(self, name): return 1\n"));
  EXPECT_TRUE(IsOpen("m.C", "@register\nclass C:\n  pass\n"));
  EXPECT_TRUE(IsOpen("m.C", "class C(metaclass=Meta):\n  pass\n"));
}

TEST(NamespacesTest, ReadingADictionaryOfNamesOpensNothing) {
  EXPECT_FALSE(IsOpen("m", "import sys\nx = sys.modules[name].y\nf = globals()['g']\n"));
  EXPECT_FALSE(IsOpen("m", "def f():\n  return '{a}'.format(**locals())\n"));
  EXPECT_FALSE(IsOpen("m.C", "class C:\n  def f(self):\n    return self.__dict__['x'] == 1\n"));
  EXPECT_FALSE(IsOpen("m.C", "class C:\n  def f(self, myvars):\n    return myvars\n"));
  EXPECT_TRUE(IsOpen("m", "import sys\nsys.modules[__name__] = Lazy()\n"));
  EXPECT_TRUE(IsOpen("m", "fill(globals())\n"));
  EXPECT_TRUE(IsFilled("m.C", "class C:\n  def f(self):\n    vars(self)['x'] = 1\n"));
}

TEST(NamespacesTest, AClassThatFillsItsDictionaryLeavesOthersClosed) {
  const std::string source =
      "class C:\n  def f(self, d):\n    self.__dict__ = d\nclass D:\n  pass\n";
  EXPECT_TRUE(IsFilled("m.C", source));
  EXPECT_FALSE(IsFilled("m.D", source));
}

TEST(NamespacesTest, NamesFromElsewhereFillAClass) {
  EXPECT_TRUE(IsFilled("m.C", "class C:\n  def f(self, n):\n    setattr(self, n, 1)\n"));
  EXPECT_TRUE(IsFilled("m.C", "class C:\n  def f(self):\n    self.__dict__.update(x=1)\n"));
  EXPECT_TRUE(IsFilled("m.C", "class C:\n  pass\ndef f(x, n):\n  setattr(x, n, 1)\n"));
  EXPECT_FALSE(IsFilled("m.C", "class C:\n  pass\ndef f(x: int, n):\n  setattr(x, n, 1)\n"));
  EXPECT_FALSE(IsFilled("m.C", "import sys\nclass C:\n  pass\nsetattr(sys, n, 1)\n"));
  const std::string two = "class C:\n  pass\nclass D:\n  pass\ndef f(x: C, n):\n";
  EXPECT_TRUE(IsFilled("m.C", two + "  setattr(x, n, 1)\n"));
  EXPECT_FALSE(IsFilled("m.D", two + "  setattr(x, n, 1)\n"));
}

TEST(NamespacesTest, ASetterInAFunctionLeavesTheModuleClosed) {
  EXPECT_FALSE(IsOpen("m", "def f(x, n):\n  setattr(x, n, 1)\n"));
  EXPECT_TRUE(IsOpen("m", "def f(module, n):\n  setattr(module, n, 1)\n"));
  EXPECT_TRUE(IsOpen("m", "for n in names:\n  setattr(here, n, 1)\n"));
  EXPECT_FALSE(IsOpen("m", "import sys\ndef f(n):\n  sys.modules[n] = 1\n"));
}

TEST(NamespacesTest, AHookGivesTheNamesThatItTestsFor) {
  const std::string head = "def __getattr__(name):\n";
  const std::string source =
      head + "  if name == 'old':\n    return 1\n  raise AttributeError(name)\n";
  EXPECT_FALSE(IsOpen("m", source));
  EXPECT_EQ(Names("m", source), "__getattr__ old ");
  EXPECT_FALSE(IsOpen("m", head + "  try:\n    return globals()[name]\n"
                                  "  except KeyError:\n    raise AttributeError\n"));
  EXPECT_TRUE(IsOpen("m", head + "  if name in LAZY:\n    return 1\n  raise AttributeError\n"));
  EXPECT_TRUE(IsOpen("m", head + "  if name == 'old':\n    return 1\n"));
  EXPECT_TRUE(IsOpen("m", head + "  if name == 'a' or lazy(name):\n    return 1\n  raise E\n"));
}

TEST(NamespacesTest, ASetterInAClassLeavesOthersClosed) {
  const std::string source =
      "class C:\n  def f(self, n):\n    setattr(self, n, 1)\nclass D:\n  pass\n";
  EXPECT_FALSE(IsFilled("m.D", source));
}

}  // namespace
}  // namespace inhouse
