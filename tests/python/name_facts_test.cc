// What a file tells of values and results without annotations.
#include "indexer/python/name_facts.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "indexer/python/value_path.h"
#include "tests/python/calls_of.h"

namespace inhouse {
namespace {

// "name=path" of values, "name()=path" of results; a blank between.
std::string Facts(std::string_view owner, std::string_view source) {
  std::string all;
  for (const Namespace& space : testing::FactsOf(source).namespaces) {
    if (space.owner != owner) continue;
    for (const NameFact& fact : space.facts) {
      if (fact.kind == NameFactKind::kDecorator) continue;
      all += (all.empty() ? "" : " ") + fact.name;
      all += fact.kind == NameFactKind::kResult ? "()=" : "=";
      all += fact.text;
    }
  }
  return all;
}

TEST(NameFactsTest, WhatMethodsAssign) {
  const std::string head = "from h import Box, make\nclass C:\n  def __init__(self, b: Box):\n";
  EXPECT_EQ(Facts("m.C", head + "    self.x = Box()\n"), "x=h.Box()");
  EXPECT_EQ(Facts("m.C", head + "    self.x = b\n"), "x=h.Box");
  EXPECT_EQ(Facts("m.C", head + "    self.x = make(1)\n"), "x=h.make()");
  EXPECT_EQ(Facts("m.C", head + "    self.x = b.part\n"), "x=h.Box.part~");
  EXPECT_EQ(Facts("m.C", head + "    self.x = b.open().lid\n"), "x=h.Box.open().lid~");
  EXPECT_EQ(Facts("m.C", head + "    self.x = Box()\n  def f(self):\n    self.x = make()\n"), "");
  EXPECT_EQ(Facts("m.C", head + "    self.x = 1\n"), "");
}

TEST(NameFactsTest, WhatModulesAndClassesBind) {
  EXPECT_EQ(Facts("m", "from h import Box\nbox = Box()\n"), "box=h.Box()");
  EXPECT_EQ(Facts("m", "from h import Box\nbox = Box()\nbox = None\n"), "box=h.Box()");
  EXPECT_EQ(Facts("m", "from h import Box\nbox = Box()\nbox = 1\n"), "");
  EXPECT_EQ(Facts("m", "from h import Box\nbox: Box = Box()\n"), "");
  EXPECT_EQ(Facts("m.C", "from h import Box\nclass C:\n  box = Box()\n"), "box=h.Box()");
}

TEST(NameFactsTest, WhatFunctionsReturn) {
  const std::string head = "from h import Box\n";
  EXPECT_EQ(Facts("m", head + "def f(a):\n  x = Box(a)\n  return x\n"), "f()=h.Box()");
  EXPECT_EQ(Facts("m", head + "def f(a):\n  if a:\n    return None\n  return Box()\n"),
            "f()=h.Box()");
  EXPECT_EQ(Facts("m", head + "def f(a):\n  if a:\n    return 1\n  return Box()\n"), "");
  EXPECT_EQ(Facts("m", head + "def f(a) -> int:\n  return Box()\n"), "");
  EXPECT_EQ(Facts("m", head + "def f(a):\n  def g():\n    return Box()\n  return g\n"), "");
  EXPECT_EQ(Facts("m.C", "class C:\n  def f(self):\n    return self\n"), "f()=self");
  EXPECT_EQ(Facts("m.C", "class C:\n  def f(self):\n    return C()\n"), "f()=m.C");
}

TEST(NameFactsTest, StepsOfAPath) {
  EXPECT_EQ(FirstStep("a.b").mark, 0);
  const ValueStep call = FirstStep("a.b().c~.d");
  EXPECT_EQ(call.name, "a.b");
  EXPECT_EQ(call.mark, '(');
  EXPECT_EQ(call.rest, ".c~.d");
  EXPECT_EQ(FirstStep("a.c~.d").rest, ".d");
}

}  // namespace
}  // namespace inhouse
