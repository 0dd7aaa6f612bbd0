// The contract check on values: what loops, containers, contexts and constants hold, and
// names of classes that derive from Python's own.
#include <gtest/gtest.h>

#include <fstream>

#include "indexer/indexer.h"
#include "retriever/contract_check.h"
#include "retriever/retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

constexpr char kThings[] = R"py("""Things."""
import enum
import functools
from collections import abc
from contextlib import contextmanager
from typing import Dict, Iterator, List, Mapping, NamedTuple
from unittest import TestCase

import strange


class Box:
    def __init__(self, size: int) -> None:
        self.size = size
        self.parts: List["Box"] = []

    def grow(self, by: int) -> "Box":
        return Box(self.size + by)

    def shrink_all(self):
        pass


class Color(enum.Enum):
    RED = 1
    GREEN = 2

    def paint(self, wall: str) -> None:
        pass


class Point(NamedTuple):
    x: int
    y: int

    def norm(self, p: int) -> float:
        return 0.0


class Cache(dict):
    def fetch(self, key: str) -> Box:
        return self[key]


class Table(Mapping[str, Box]):
    def __getitem__(self, key):
        pass


class Walker(abc.Iterator):
    def __next__(self):
        pass


class HouseCase(TestCase):
    def prepare(self, a):
        pass


class Options:
    def __init__(self, **values):
        for key, value in values.items():
            setattr(self, key, value)

    def apply(self):
        pass


Options(colour=lambda: 1)


class Odd(strange.Base):
    pass


class Base:
    def parse(self, box: Box, times):
        pass

    def close(self):
        pass


class Heir(Base, strange.Base):
    pass


class Plugin(Base):
    pass


class Session:
    def __enter__(self):
        return self

    def __exit__(self, *a):
        pass

    def boxes(self) -> Iterator[Box]:
        yield Box(1)

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator["Session"]:
        yield cls()


default = Box(1)


def send(box, *, copies=1):
    pass


def all_boxes() -> List[Box]:
    return []


def table() -> Dict[str, Box]:
    return {}
)py";

constexpr char kOld[] = R"py("""Old names."""


def __getattr__(name):
    if name == "old_load":
        return load
    raise AttributeError(f"no {name}")


def load(path):
    pass
)py";

constexpr char kHead[] =
    "from shop.things import (Box, Base, Cache, Color, Heir, HouseCase, Odd, Options, Plugin, "
    "Point,"
    " Session, Table, Walker, all_boxes, default, send, table)\n";

class ContractValuesTest : public ::testing::Test {
 protected:
  ContractValuesTest() {
    const auto folder = dir_.path() / "libs" / "shop";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "__init__.py") << "";
    std::ofstream(folder / "things.py") << kThings;
    std::ofstream(folder / "old.py") << kOld;
    IndexOptions options;
    options.roots = {dir_.path() / "libs"};
    options.index_dir = dir_.path() / "index";
    EXPECT_TRUE(UpdateIndex(options).ok());
    auto retriever = Retriever::Open(options.index_dir);
    EXPECT_TRUE(retriever.ok());
    retriever_ = std::move(retriever).value();
  }

  std::vector<ContractFinding> Findings(const std::string& code) {
    ContractOptions options;
    options.warnings = false;
    Result<ContractReport> report = retriever_->Check(kHead + code, options);
    EXPECT_TRUE(report.ok());
    EXPECT_EQ(report->error_count, 0) << code;
    return report.ok() ? report->findings : std::vector<ContractFinding>();
  }

  // The rule of the only finding; "" for none.
  std::string Rule(const std::string& code) {
    const std::vector<ContractFinding> findings = Findings(code);
    EXPECT_LE(findings.size(), 1u) << code;
    return findings.empty() ? "" : ContractRuleName(findings[0].rule);
  }

  testing::TempDir dir_;
  std::unique_ptr<Retriever> retriever_;
};

constexpr char kMember[] = "unknown-member";
constexpr char kArgument[] = "missing-argument";

TEST_F(ContractValuesTest, LoopsOverWhatAnAnnotationHolds) {
  EXPECT_EQ(Rule("for box in all_boxes():\n  box.grow(1)\n"), "");
  EXPECT_EQ(Rule("for box in all_boxes():\n  box.grov(1)\n"), kMember);
  EXPECT_EQ(Rule("xs: list[Box] = []\nfor x in sorted(xs):\n  x.grow()\n"), kArgument);
  EXPECT_EQ(Rule("def f(xs: 'list[Box] | None'):\n  for i, x in enumerate(xs):\n    x.grow()\n"),
            kArgument);
  EXPECT_EQ(Rule("for k, v in table().items():\n  v.grow()\n"), kArgument);
  EXPECT_EQ(Rule("for k in table():\n  k.grow()\n"), "");
  EXPECT_EQ(Rule("for a, b in zip([1], all_boxes()):\n  b.grow()\n"), kArgument);
  EXPECT_EQ(Rule("[y.grow() for y in all_boxes()]\n"), kArgument);
  EXPECT_EQ(Rule("for part in Box(1).parts:\n  part.grow()\n"), kArgument);
  EXPECT_EQ(Rule("with Session() as s:\n  for box in s.boxes():\n    box.grow()\n"), kArgument);
  EXPECT_EQ(Rule("for n in [1]:\n  box = Box(n)\n  for box in other():\n    box.grow()\n"), "");
}

TEST_F(ContractValuesTest, ItemsOfWhatHoldsInstances) {
  EXPECT_EQ(Rule("all_boxes()[0].grow()\n"), kArgument);
  EXPECT_EQ(Rule("all_boxes()[1:].grow()\n"), "");
  EXPECT_EQ(Rule("table()['k'].grow()\n"), kArgument);
  EXPECT_EQ(Rule("table().get('k').grow()\n"), kArgument);
  EXPECT_EQ(Rule("[Box(n) for n in range(3)][0].grow()\n"), kArgument);
  EXPECT_EQ(Rule("xs = [Box(1), 2]\nxs[1].grow()\n"), "");
  EXPECT_EQ(Rule("next(iter(all_boxes())).grow()\n"), kArgument);
  EXPECT_EQ(Rule("def next(x): ...\nnext(all_boxes()).grow()\n"), "");
}

TEST_F(ContractValuesTest, MembersOfEnumerations) {
  EXPECT_EQ(Rule("Color.BLUE\n"), kMember);
  EXPECT_EQ(Rule("Color.RED.paint()\n"), kArgument);
  EXPECT_EQ(Rule("Color(1).pant()\n"), kMember);
  EXPECT_EQ(Rule("Color.RED.value, Color.RED.name\nColor['RED'].paint('x')\nColor.mro()\n"), "");
}

TEST_F(ContractValuesTest, ClassesThatDeriveFromPythonsOwn) {
  EXPECT_EQ(Rule("p = Point(1, 2)\np._replace(x=1)\np.index(1)\np.x\n"), "");
  EXPECT_EQ(Rule("Point(1, 2).z\n"), kMember);
  EXPECT_EQ(Rule("Point(1, 2).norm()\n"), kArgument);
  EXPECT_EQ(Rule("Cache().items()\n"), "");
  EXPECT_EQ(Rule("Cache().fetsh('k')\n"), kMember);
  EXPECT_EQ(Rule("Table().values()\n"), "");
  EXPECT_EQ(Rule("Table().fetch()\n"), kMember);
  EXPECT_EQ(Rule("Walker().step()\n"), kMember);
  EXPECT_EQ(Rule("HouseCase().assertEqual(1, 1)\n"), "");
  EXPECT_EQ(Rule("HouseCase().assertSame(1, 1)\n"), kMember);
  EXPECT_EQ(Rule("Odd().anything()\n"), "");
}

TEST_F(ContractValuesTest, AttributesThatTheCodeSetsOnInstances) {
  EXPECT_EQ(Rule("b = Box(1)\nb.extra = 1\nprint(b.extra)\n"), "");
  EXPECT_EQ(Rule("b = Box(1)\nsetattr(b, 'extra', 1)\nprint(b.extra)\n"), "");
  EXPECT_EQ(Rule("b = Box(1)\nb.extra = 1\nprint(b.extr)\n"), kMember);
}

TEST_F(ContractValuesTest, NamesSetAtRunTimeMustBeWrittenSomewhere) {
  EXPECT_EQ(Rule("Options(a=1).colour()\n"), "");     // in the library
  EXPECT_EQ(Rule("Options(size=1).size()\n"), "");    // in the code itself
  EXPECT_EQ(Rule("Options(a=1).from_data\n"), "");    // read, not called
  EXPECT_EQ(Rule("Options(a=1).aply()\n"), kMember);  // nowhere
}

TEST_F(ContractValuesTest, ReceiversMayBeInstancesOfHeirsThatAreNotKnown) {
  EXPECT_EQ(Rule("Base().nope()\n"), kMember);
  EXPECT_EQ(Rule("class Mine(Plugin):\n  def f(self):\n    super().close(1)\n"),
            "too-many-positionals");
  EXPECT_EQ(Rule("class Mine(Plugin):\n  def f(self):\n    super().nope()\n"), "unknown-member");
}

TEST_F(ContractValuesTest, ParametersThatABaseAnnotates) {
  const std::string head = "class Mine(Base):\n  def parse(self, box, times):\n";
  EXPECT_EQ(Rule(head + "    box.grow()\n"), kArgument);
  EXPECT_EQ(Rule(head + "    times.grow()\n"), "");
}

TEST_F(ContractValuesTest, ContextsAndConstants) {
  EXPECT_EQ(Rule("with Session.opened() as s:\n  s.boxs()\n"), kMember);
  EXPECT_EQ(Rule("default.grow()\n"), kArgument);
}

TEST_F(ContractValuesTest, PartialTakesWhatTheFunctionTakes) {
  const std::string head = "import functools\nfrom functools import partial\n";
  EXPECT_EQ(Rule(head + "functools.partial(send, copies=2)\npartial(send)\n"), "");
  EXPECT_EQ(Rule(head + "partial(send, copiez=2)\n"), "unknown-keyword");
  EXPECT_EQ(Rule(head + "partial(send, 1, 2)\n"), "too-many-positionals");
}

TEST_F(ContractValuesTest, AHookThatRaisesForAllOtherNames) {
  EXPECT_EQ(Rule("import shop.old\nshop.old.old_load\nshop.old.load('p')\n"), "");
  EXPECT_EQ(Rule("from shop.old import lod\n"), "unknown-name");
}

TEST_F(ContractValuesTest, DefaultsOfTypeParametersAreNoErrors) {
  EXPECT_EQ(Rule("class Stack[T = int]:\n  def push(self, box: Box) -> None:\n    box.grow()\n"),
            kArgument);
}

TEST_F(ContractValuesTest, TheNearestApiIsAMemberOfTheSameClass) {
  const std::vector<ContractFinding> findings = Findings("Box(1).shrink_everything()\n");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].suggestion, "shop.things.Box.shrink_all");
}

}  // namespace
}  // namespace inhouse
