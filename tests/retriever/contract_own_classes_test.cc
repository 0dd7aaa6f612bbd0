// The contract check on classes that the checked code derives from indexed ones.
#include <gtest/gtest.h>

#include <fstream>

#include "indexer/indexer.h"
#include "retriever/contract_check.h"
#include "retriever/retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

constexpr char kJobs[] = R"py("""Jobs."""
import strange
from unittest import TestCase


class Job:
    def __init__(self, name):
        self.name = name

    def query(self, sql):
        pass

    @classmethod
    def as_step(cls):
        pass


class Closing:
    def close(self):
        pass


class Frame:
    def __init__(self, columns):
        self._columns = columns

    def __getattr__(self, name):
        if name != "shape":
            for source in [self._columns]:
                return source[name]
        raise AttributeError(name)

    def mean(self, axis):
        pass


class Row(Frame):
    def __getattr__(self, key: str):
        try:
            return self._columns[key]
        except KeyError:
            raise AttributeError(key)


class Proxy:
    def __getattr__(self, name):
        return getattr(self._inner, name)


class Maybe:
    def __getattr__(self, name):
        if name in self.known:
            return self.known[name]


def selected(frame):
    return {"written": frame}


class Sorter:
    def sort(self, by, key):
        pass


class Fast(Sorter):
    pass


class Short(Sorter):
    def sort(self, by, key=None):
        pass


class Open(Job):
    def __getattr__(self, name):
        return name


class Meta(Job, metaclass=strange.Meta):
    pass


class Record(metaclass=strange.Meta):
    pass


class Book(Record):
    title = Job("field")


class Case(TestCase):
    def assert_page(self, page):
        pass


class Filled(Job):
    def __init__(self, **values):
        for key, value in values.items():
            setattr(self, key, value)


class Fluent:
    def where(self, what):
        return self

    @property
    def fresh(self) -> "Fluent":
        return self


def patch(box):
    box.patched_in = 1
)py";

constexpr char kHead[] =
    "from cdp import Job, Closing, Open, Meta, Case, Filled, Frame, Row, "
    "Proxy, Maybe, Sorter, Fast, Record, Book, Fluent\n";

class ContractOwnClassesTest : public ::testing::Test {
 protected:
  ContractOwnClassesTest() {
    Write("libs/cdp/__init__.py", kJobs);
    Write("tests/test_jobs.py", std::string(kHead) +
                                    "class Shared(Job):\n  def f(self): self.fromheir()\n"
                                    "class Alone(Job):\n  def f(self): self.qurey()\n");
    Write("tests/test_more.py",
          "from test_jobs import Shared\nclass More(Shared):\n  def fromheir(self): pass\n");
    IndexOptions options;
    options.roots = {dir_.path() / "libs", dir_.path() / "tests"};
    options.index_dir = dir_.path() / "index";
    EXPECT_TRUE(UpdateIndex(options).ok());
    auto retriever = Retriever::Open(options.index_dir);
    EXPECT_TRUE(retriever.ok());
    retriever_ = std::move(retriever).value();
  }

  void Write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((dir_.path() / path).parent_path());
    std::ofstream(dir_.path() / path) << text;
  }

  std::vector<ContractFinding> Findings(const std::string& code, const std::string& path = "") {
    ContractOptions options;
    options.warnings = false;
    if (!path.empty()) options.file = dir_.path() / path;
    Result<ContractReport> report = retriever_->Check(code, options);
    EXPECT_TRUE(report.ok());
    EXPECT_EQ(report->error_count, 0) << code;
    return report.ok() ? report->findings : std::vector<ContractFinding>();
  }

  // "5 self.qurey; 6 …" for findings of unknown members.
  std::string Lacks(const std::string& code) {
    std::string lines;
    for (const ContractFinding& finding : Findings(kHead + code)) {
      EXPECT_EQ(finding.rule, ContractRule::kUnknownMember);
      if (!lines.empty()) lines += "; ";
      lines += std::to_string(finding.line) + " " + finding.text;
    }
    return lines;
  }

  testing::TempDir dir_;
  std::unique_ptr<Retriever> retriever_;
};

TEST_F(ContractOwnClassesTest, MembersThatNeitherTheClassNorItsBasesHave) {
  const std::string head = "class Mine(Job):\n  def run(self): pass\n";
  EXPECT_EQ(Lacks(head + "  def f(self):\n    self.query(1)\n    self.run()\n    self.name\n"), "");
  EXPECT_EQ(Lacks(head + "  def f(self):\n    self.qurey(1)\n"), "5 self.qurey");
  EXPECT_EQ(Lacks(head + "  def f(self):\n    print(self.nam)\n"), "5 self.nam");
  EXPECT_EQ(Lacks(head + "  @classmethod\n  def f(cls):\n    cls.as_stepp()\n"), "6 cls.as_stepp");
  EXPECT_EQ(Lacks(head + "Mine.as_step()\nMine.as_stepp()\n"), "5 Mine.as_stepp");
  EXPECT_EQ(Lacks(head + "mine = Mine('a')\nmine.qurey(1)\n"), "5 mine.qurey");
  EXPECT_EQ(Lacks("def g():\n  class Inner(Job): pass\n  Inner('a').qurey()\n"),
            "4 Inner('a').qurey");
}

TEST_F(ContractOwnClassesTest, SuperAsksOfTheBasesAlone) {
  EXPECT_EQ(Lacks("class Mine(Job):\n  def f(self):\n    super().qurey()\n"), "4 super().qurey");
  EXPECT_EQ(Lacks("class Mine(Job, Closing):\n  def f(self):\n    super().close()\n"
                  "    super().closs()\n"),
            "5 super().closs");
  EXPECT_EQ(Lacks("class Mine(Job):\n  pass\nclass Two(Mine):\n  def f(self):\n"
                  "    super().query(1)\n    super().qurey()\n"),
            "7 super().qurey");
}

TEST_F(ContractOwnClassesTest, WhatTheCodeBindsSomewhereIsThere) {
  const std::string use = "  def f(self):\n    self.extra()\n";
  EXPECT_EQ(Lacks("class Mine(Job):\n" + use), "4 self.extra");
  EXPECT_EQ(Lacks("class Mine(Job):\n  def g(self): self.extra = 1\n" + use), "");
  EXPECT_EQ(Lacks("class Mine(Job):\n" + use + "Mine('a').extra = print\n"), "");
  EXPECT_EQ(Lacks("class Mine(Job):\n" + use + "setattr(Mine, 'extra', print)\n"), "");
  EXPECT_EQ(Lacks("class Mine(Job):\n" + use + "other(Mine, 'extra')\n"), "");
  EXPECT_EQ(Lacks("class Mine(Job):\n  extra: object\n" + use), "");
  EXPECT_EQ(Lacks("class Mine(Job):\n  def f(self): self.patched_in\n"), "");  // by the library
}

TEST_F(ContractOwnClassesTest, ClassesBelowMayHaveIt) {
  const std::string mixin = "class Mine(Job):\n  def f(self):\n    self.extra()\n";
  EXPECT_EQ(Lacks(mixin + "class Low(Mine): pass\n"), "4 self.extra");
  EXPECT_EQ(Lacks(mixin + "class Low(Mine, Closing): pass\n"), "4 self.extra");
  EXPECT_EQ(Lacks(mixin + "class Low(Mine):\n  def extra(self): pass\n"), "");
  EXPECT_EQ(Lacks(mixin + "import strange\nclass Low(Mine, strange.Base): pass\n"), "");
  EXPECT_EQ(
      Lacks("class Mine(Job):\n  def f(self): self.close()\nclass Low(Mine, Closing): pass\n"), "");
}

TEST_F(ContractOwnClassesTest, OpenClassesAreLeftAlone) {
  const std::string use = "  def f(self):\n    self.extra()\n";
  EXPECT_EQ(Lacks("class Mine(Open):\n" + use), "");
  EXPECT_EQ(Lacks("class Mine(Meta):\n" + use), "");
  EXPECT_EQ(Lacks("import strange\nclass Mine(Job, strange.Base):\n" + use), "");
  EXPECT_EQ(Lacks("import strange\n@strange.extend\nclass Mine(Job):\n" + use), "");
  EXPECT_EQ(Lacks("class Mine(Job, metaclass=type(Job)):\n" + use), "");
  EXPECT_EQ(Lacks("class Mine(make(Job)):\n" + use), "");
  EXPECT_EQ(Lacks("class Mine(*bases):\n" + use), "");
  EXPECT_EQ(Lacks("class Mine(Job):\n  def __getattr__(self, n): return n\n" + use), "");
  EXPECT_EQ(Lacks("class Mine(Job):\n" + use + "Mine = extend(Mine)\n"), "");
  EXPECT_EQ(Lacks("class Mine(Job):\n  locals()[name()] = 1\n" + use), "");
  EXPECT_EQ(Lacks("class Mine(Job):\n  pass\nfor n in names: setattr(Mine, n, 1)\nMine.size\n"),
            "");
  EXPECT_EQ(Lacks("class Mine(object):\n" + use), "");  // none of ours
  EXPECT_EQ(Lacks("class Mine(Job):\n  def f(self):\n    try:\n      self.extra()\n"
                  "    except AttributeError: pass\n"),
            "");
  EXPECT_EQ(Lacks("class Mine(Filled):\n  def f(self): print(self.colour)\n"), "");
}

TEST_F(ContractOwnClassesTest, PythonsOwnClassesAmongTheBases) {
  const std::string head = "class Mine(Case):\n  def f(self):\n";
  EXPECT_EQ(Lacks(head + "    self.assertEqual(1, 1)\n    self.assert_page(1)\n"), "");
  EXPECT_EQ(Lacks(head + "    self.assertSame(1, 1)\n"), "4 self.assertSame");
  EXPECT_EQ(Lacks("class Mine(Job, Exception):\n  def f(self): self.args, self.arg\n"),
            "3 self.arg");
}

TEST_F(ContractOwnClassesTest, AHookThatGivesItemsGivesNoMethods) {
  EXPECT_EQ(Lacks("Frame(1).mean(0)\nFrame(1).meen(0)\nRow(1).meen(0)\n"),
            "3 Frame(1).meen; 4 Row(1).meen");
  EXPECT_EQ(Lacks("Frame(1).price\nFrame(1).written()\n"), "");  // columns
  EXPECT_EQ(Lacks("Frame({'own': 1}).own()\n"), "");
  EXPECT_EQ(Lacks("Proxy().meen()\nMaybe().meen()\n"), "");
}

TEST_F(ContractOwnClassesTest, WhatClassMethodsAssign) {
  const std::string head =
      "class Mine(Case):\n  @classmethod\n  def setUpClass(cls):\n    cls.job = Job('a')\n";
  EXPECT_EQ(Lacks(head + "    cls.job.query(1)\n    cls.job.qurey(1)\n"), "7 cls.job.qurey");
  EXPECT_EQ(Lacks(head + "  def test(self): self.job.qurey(1)\n"), "6 self.job.qurey");
  EXPECT_EQ(Lacks(head + "    cls.job = other()\n    cls.job.qurey(1)\n"), "");
}

TEST_F(ContractOwnClassesTest, MetaclassesMayReplaceWhatTheBodyBinds) {
  EXPECT_EQ(Lacks("class Mine(Record):\n  size = Job('f')\n  def f(self): self.size.strip()\n"),
            "");
  EXPECT_EQ(Lacks("def f(book: Book): book.title.strip()\n"), "");
}

TEST_F(ContractOwnClassesTest, OnlyHeirsOfTheReceiverMayTakeOther) {
  EXPECT_EQ(Findings(std::string(kHead) + "Fast().sort(1)\n").size(), 1u);
  EXPECT_EQ(Findings(std::string(kHead) + "def f(s: Sorter): s.sort(1)\n").size(), 0u);
}

TEST_F(ContractOwnClassesTest, DecoratorsThatLeaveTheNames) {
  const std::string use = "class Mine(Job):\n  def f(self): self.extra()\n";
  EXPECT_EQ(Lacks("from django.test import override_settings\n@override_settings(A=1)\n" + use),
            "5 self.extra");
}

TEST_F(ContractOwnClassesTest, TheNearestNameIsOneOfTheFamily) {
  const std::string head = std::string(kHead) + "class Mine(Job):\n  def load_page(self): pass\n";
  std::vector<ContractFinding> found = Findings(head + "  def f(self): self.qury(1)\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].message, "Mine, which derives from cdp.Job, has no 'qury'");
  EXPECT_EQ(found[0].suggestion, "cdp.Job.query");
  found = Findings(head + "  def f(self): self.load_pag()\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].suggestion, "Mine.load_page");
}

TEST_F(ContractOwnClassesTest, AHeirMayBindTheNameAnew) {
  const std::string two =
      "class Left(Job): pass\nclass Right(Job):\n  def query(self, text): pass\n";
  const std::string call = "Both('a').query(text='')\n";
  EXPECT_TRUE(Findings(kHead + two + "class Both(Left, Right): pass\n" + call).empty());
  EXPECT_TRUE(Findings(std::string(kHead) + "class Low(Job):\n  def f(self): self.query(1, 2)\n"
                                            "class Lower(Low):\n  def query(self, a, b): pass\n")
                  .empty());
  const std::string held = "class Low(Job):\n  shut = Closing()\n  def f(self): self.shut.open()\n";
  EXPECT_EQ(Lacks(held), "4 self.shut.open");
  EXPECT_EQ(Lacks(held + "class Lower(Low):\n  shut = open('a')\n"), "");
}

TEST_F(ContractOwnClassesTest, WhatAMethodGivesMayBeItsReceiver) {
  const std::string mine = "class Mine(Fluent):\n  def own(self): pass\n";
  EXPECT_EQ(Lacks(mine + "Mine().where(1).own()\nMine().fresh.own()\n"), "");
  EXPECT_EQ(Lacks(mine + "  def f(self): super().where(1).own()\n"), "");
  EXPECT_EQ(Lacks(mine + "Fluent().where(1).own()\n"), "4 Fluent().where(1).own");
}

TEST_F(ContractOwnClassesTest, SuperMayBeASibling) {
  const std::string upper = "class Up(Closing):\n  def shout(self): super().shout()\n";
  EXPECT_EQ(Lacks(upper), "3 super().shout");
  EXPECT_EQ(Lacks(upper + "class Both(Up, Job): pass\n"), "");
}

TEST_F(ContractOwnClassesTest, WhatIsAskedForItsClassIsOpen) {
  const std::string show = "def show(job: Closing):\n";
  EXPECT_EQ(Lacks(show + "  job.query()\n"), "3 job.query");
  EXPECT_EQ(Lacks(show + "  if isinstance(job, Job):\n    job.query()\n"), "");
}

TEST_F(ContractOwnClassesTest, AMethodThatIsSetHasAnotherSignature) {
  EXPECT_TRUE(
      Findings(std::string(kHead) + "j = Job('a')\nj.query = max\nj.query(1, 2)\n").empty());
}

TEST_F(ContractOwnClassesTest, ManyBasesAreLookedAtOnce) {
  std::string code;
  std::string bases = "Job";
  for (int layer = 0; layer < 12; ++layer) {
    std::string names;
    for (const char part : {'a', 'b', 'c', 'd', 'e', 'f'}) {
      std::string name(1, part);
      name.append(std::to_string(layer));
      code.append("class ").append(name).append("(").append(bases).append("): pass\n");
      names.append(names.empty() ? "" : ", ").append(name);
    }
    bases = names;
  }
  EXPECT_EQ(Lacks(code + "a11('a').lost()\n"), "74 a11('a').lost");
}

TEST_F(ContractOwnClassesTest, IndexedFilesMayHaveHeirsElsewhere) {
  const std::string path = "tests/test_jobs.py";
  const std::string head = std::string(kHead) + "class Shared(Job):\n  def f(self): pass\n";
  const std::string tail = "class Alone(Job):\n  def f(self): self.qurey()\n";
  EXPECT_EQ(Findings(head + "  def g(self): self.fromheir()\n", path).size(), 0u);
  EXPECT_EQ(Findings(head + tail, path).size(), 1u);
}

TEST_F(ContractOwnClassesTest, AFileThatIsNewerThanTheIndexKnowsBest) {
  const std::string code = std::string(kJobs) +
                           "    pass\n\nclass New(Job):\n  def f(self): pass\n\n"
                           "New('a').f()\nclass Two(New):\n  def g(self): self.f()\n";
  EXPECT_EQ(Findings(code, "libs/cdp/__init__.py").size(), 0u);
}

}  // namespace
}  // namespace inhouse
