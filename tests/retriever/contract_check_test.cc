// The contract check on a small library that is indexed for real.
#include "retriever/contract_check.h"

#include <gtest/gtest.h>

#include <fstream>

#include "indexer/indexer.h"
#include "retriever/retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

constexpr char kInit[] = R"py("""Audiences."""
from audience.store import Store, open_store, save
from audience import store
import os
__all__ = ["Store", "open_store", "save"]
)py";

constexpr char kStore[] = R"py("""Stores."""
import functools
import warnings


def save(df, name, *, group="g", seed):
    """Save."""


def old_save(df):
    """Save, as it was.

    .. deprecated:: 2.0
        Use :func:`save`.
    """


class Base:
    def __init__(self, url: str):
        self.url = url

    def close(self) -> None:
        """Close."""


class Store(Base):
    """A place."""

    def write(self, data, /, mode="w") -> int:
        """Write."""

    @property
    def parent(self) -> "Store":
        return self

    @staticmethod
    def make(name):
        return Store(name)

    async def flush(self):
        """Flush."""

    def __enter__(self) -> "Store":
        return self


class Plugin(Store):
    def write(self, data, mode="w", extra=None):
        self.extra = extra


class Open:
    def __getattr__(self, name):
        return name


def open_store(url: str) -> Store:
    return Store(url)


@functools.singledispatch
def show(x):
    pass


def anything(*args, **kwargs):
    pass


def _hidden():
    pass


@unknown
def wrapped(a):
    pass
)py";

constexpr char kMore[] = R"py("""More."""
from typing import Protocol

from audience.store import Base as Root


class Far(Root):
    """Takes what Base takes."""


class Changed(Root, metaclass=Unknown):
    pass


class Getter:
    def __get__(self, instance, owner):
        return {}


class Row:
    options = Getter()

    def expand(row):
        return row.evaluate()


class Shape(Protocol):
    size: int
)py";

constexpr char kWorkshop[] = R"py("""Decorated things, and values without annotations."""
import functools

from audience.store import Store, open_store


def checked(**rules):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, quiet=False, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    return decorate


def injected(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(connect(), *args, **kwargs)

    return wrapper


mild = checked(x=1)


@checked(a=int)
def measure(a, b=1) -> Store:
    return Store("u")


@mild
def weigh(a):
    pass


@injected
def query(connection, text):
    pass


class Bench:
    def __init__(self, url):
        self.store = open_store(url)
        self.spare = Store(url)

    @checked()
    def work(self, a):
        return self.store

    def lend(self):
        return Store("v")


class OtherBench(Bench):
    def __init__(self, url):
        self.spare = print


class Register:
    @checked()
    def __init__(self, name):
        self.name = name
)py";

class ContractCheckTest : public ::testing::Test {
 protected:
  ContractCheckTest() {
    Write("audience/__init__.py", kInit);
    Write("audience/store.py", kStore);
    Write("audience/more.py", kMore);
    Write("audience/workshop.py", kWorkshop);
    IndexOptions options;
    options.roots = {dir_.path() / "libs"};
    options.index_dir = dir_.path() / "index";
    EXPECT_TRUE(UpdateIndex(options).ok());
    auto retriever = Retriever::Open(options.index_dir);
    EXPECT_TRUE(retriever.ok());
    retriever_ = std::move(retriever).value();
  }

  void Write(const std::string& path, std::string_view text) {
    const auto file = dir_.path() / "libs" / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  ContractReport Check(std::string_view code, const ContractOptions& options = {}) {
    Result<ContractReport> report = retriever_->Check(code, options);
    EXPECT_TRUE(report.ok());
    return report.ok() ? std::move(*report) : ContractReport();
  }

  // "line rule; line rule"
  std::string Rules(std::string_view code) {
    std::string rules;
    for (const ContractFinding& finding : Check(code).findings) {
      rules += (rules.empty() ? "" : "; ") + std::to_string(finding.line) + " " +
               ContractRuleName(finding.rule);
    }
    return rules;
  }

  testing::TempDir dir_;
  std::unique_ptr<Retriever> retriever_;
};

TEST_F(ContractCheckTest, NamesThatDoNotExist) {
  EXPECT_EQ(Rules("from audience import nope\nnope(1)\n"), "1 unknown-name");
  EXPECT_EQ(Rules("import audience.nope\n"), "1 unknown-module");
  EXPECT_EQ(Rules("import audience as a\na.sav(1)\nx = a.Stor\n"),
            "2 unknown-name; 3 unknown-name");
  EXPECT_EQ(Rules("from audience import Store\nStore('u').wite(1)\n"), "2 unknown-member");
  EXPECT_EQ(Rules("import audience\ns = audience.open_store('u')\ns.wite(1)\nprint(s.urll)\n"),
            "3 unknown-member; 4 unknown-member");
  EXPECT_EQ(Rules("import audience\naudience.open_store('u').parent.clse()\n"), "2 unknown-member");
}

TEST_F(ContractCheckTest, NamesThatExistOrMayExist) {
  EXPECT_EQ(Rules("import audience\naudience.os.path\naudience.store.save\n"), "");
  EXPECT_EQ(Rules("import audience\nprint(audience.__version__)\n"), "");
  EXPECT_EQ(Rules("from audience.store import Open\nOpen().whatever(1, 2)\n"), "");
  EXPECT_EQ(Rules("from audience import Store\ns = Store('u')\ns.url\ns.close()\ns.extra\n"), "");
  EXPECT_EQ(Rules("from audience import Store\ns = Store('u')\ns.label = 1\n"), "");
  EXPECT_EQ(Rules("import pandas as pd\npd.nope()\nfoo.bar()\n"), "");
  EXPECT_EQ(Rules("try:\n    from audience import nope\nexcept ImportError:\n    nope = None\n"),
            "");
  EXPECT_EQ(Rules("import audience\nif hasattr(audience, 'nope'):\n    audience.nope()\n"), "");
  EXPECT_EQ(Rules("import audience\naudience = 3\naudience.nope()\n"), "");
  EXPECT_EQ(Rules("def f(audience):\n    return audience.nope()\n"), "");
}

TEST_F(ContractCheckTest, Arguments) {
  const std::string head = "from audience import save, Store, open_store\n";
  EXPECT_EQ(Rules(head + "save(1, 'n', seed=3)\n"), "");
  EXPECT_EQ(Rules(head + "save(1, 'n')\n"), "2 missing-argument");
  EXPECT_EQ(Rules(head + "save(1, 'n', 'g', seed=3)\n"), "2 too-many-positionals");
  EXPECT_EQ(Rules(head + "save(1, 'n', sed=3)\n"), "2 missing-argument; 2 unknown-keyword");
  EXPECT_EQ(Rules(head + "save(1, df=2, name='n', seed=1)\n"), "2 bad-argument");
  EXPECT_EQ(Rules(head + "save(*rows, seed=1)\nsave(**options)\n"), "");
  EXPECT_EQ(Rules(head + "save(1, \\\n  'n', seed=3)\n"), "");
  EXPECT_EQ(Rules(head + "Store()\n"), "2 missing-argument");
  EXPECT_EQ(Rules(head + "Store.make('n')\nStore.make()\n"), "3 missing-argument");
  EXPECT_EQ(Rules(head + "s = Store('u')\nStore.close(s)\ns.close(1)\n"), "4 too-many-positionals");
}

TEST_F(ContractCheckTest, AConstructorThatABaseInAnotherFileHas) {
  EXPECT_EQ(Rules("from audience.more import Far\nFar('u')\nFar()\n"), "3 missing-argument");
  EXPECT_EQ(Rules("from audience.more import Changed\nChanged()\n"), "");
}

TEST_F(ContractCheckTest, MembersThatAClassOfTheCodeTakesOver) {
  const std::string head = "from audience import Store\nclass Mine(Store):\n  def f(self):\n";
  EXPECT_EQ(Rules(head + "    self.close()\n    self.close(1)\n"), "5 too-many-positionals");
  EXPECT_EQ(Rules(head + "    super().close(1)\n    self.own()\n"),
            "4 too-many-positionals; 5 unknown-member");
  EXPECT_EQ(Rules(head + "    self.own()\n  def own(self): pass\n"), "");
  EXPECT_EQ(Rules(head + "    self.close(1)\n  def close(self, now): pass\n"), "");
}

TEST_F(ContractCheckTest, DescriptorsAndProtocolsPromiseNoNames) {
  EXPECT_EQ(Rules("from audience.more import Row\nRow().options.update(a=1)\n"), "");
  EXPECT_EQ(Rules("from audience.more import Shape\ndef f(s: Shape):\n  s.other()\n"), "");
  ContractOptions options;
  options.file = dir_.path() / "libs/audience/more.py";
  EXPECT_TRUE(Check(kMore, options).findings.empty());
}

TEST_F(ContractCheckTest, WhatCatchesEverythingExpectsNoWrongCall) {
  const std::string head = "import audience\ntry:\n  audience.nope()\n";
  EXPECT_EQ(Rules(head + "except Exception:\n  pass\n"), "3 unknown-name");
  EXPECT_EQ(Rules(head + "except AttributeError:\n  pass\n"), "");
  EXPECT_EQ(Rules("try:\n  from audience import nope\nexcept Exception:\n  pass\n"), "");
}

TEST_F(ContractCheckTest, CallsAreListedWhenAskedFor) {
  ContractOptions options;
  options.list_calls = true;
  const ContractReport report =
      Check("import audience\naudience.save(1, 'n', seed=2)\nprint(1)\n", options);
  ASSERT_EQ(report.calls.size(), 1u);
  EXPECT_EQ(report.calls[0].line, 2);
  EXPECT_EQ(report.calls[0].column, 10);
  EXPECT_EQ(report.calls[0].target, "audience.save");
  EXPECT_EQ(report.calls[0].outcome, CallOutcome::kBound);
}

TEST_F(ContractCheckTest, WhatASubclassTakesIsNotReported) {
  // The instance may be a Plugin.
  EXPECT_EQ(Rules("from audience import open_store\nopen_store('u').write(1, extra=2)\n"), "");
  EXPECT_EQ(Rules("from audience import open_store\nopen_store('u').write(1, bogus=2)\n"),
            "2 unknown-keyword");
}

TEST_F(ContractCheckTest, WhatCannotBeKnownIsNotReported) {
  EXPECT_EQ(Rules("from audience.store import show, anything, wrapped\n"
                  "show(1, 2)\nanything(1, x=2)\nwrapped(1, 2, 3)\n"),
            "");
  EXPECT_EQ(Rules("import audience\nif x:\n    f = audience.save\nelse:\n    f = print\nf()\n"),
            "");
}

TEST_F(ContractCheckTest, DecoratorsOfTheHouseThatHandArgumentsOn) {
  const std::string head = "from audience.workshop import measure, weigh, query, Bench, Register\n";
  EXPECT_EQ(Rules(head + "measure(1, b=2)\nmeasure(1, quiet=True)\nweigh(1)\n"), "");
  EXPECT_EQ(Rules(head + "measure()\nmeasure(1, c=2)\nweigh()\n"),
            "2 missing-argument; 3 unknown-keyword; 4 missing-argument");
  EXPECT_EQ(Rules(head + "Bench('u').work(1)\nBench('u').work()\n"), "3 missing-argument");
  EXPECT_EQ(Rules(head + "Register('n')\nRegister()\n"), "3 missing-argument");
  // A wrapper that adds an argument: what callers pass is not known.
  EXPECT_EQ(Rules(head + "query('x')\nquery()\nquery(1, 2, 3)\n"), "");
}

TEST_F(ContractCheckTest, WhatAWrapperGivesBackIsFollowed) {
  const std::string head = "from audience.workshop import measure\n";
  EXPECT_EQ(Rules(head + "measure(1).close()\nmeasure(1).clse()\n"), "3 unknown-member");
}

TEST_F(ContractCheckTest, ValuesWithoutAnnotations) {
  const std::string head = "from audience.workshop import Bench\nbench = Bench('u')\n";
  EXPECT_EQ(Rules(head + "bench.store.close()\nbench.store.clse()\n"), "4 unknown-member");
  EXPECT_EQ(Rules(head + "bench.store.close(1)\n"), "3 too-many-positionals");
  EXPECT_EQ(Rules(head + "bench.lend().close()\nbench.lend().clse()\n"), "4 unknown-member");
  EXPECT_EQ(Rules(head + "bench.work(1).clse()\n"), "3 unknown-member");
  EXPECT_EQ(Rules("from audience.workshop import Bench\nclass Mine(Bench):\n"
                  "  def f(self):\n    self.store.close()\n    self.store.clse()\n"),
            "5 unknown-member");
  // A subclass holds something else there, and the instance may be one of it.
  EXPECT_EQ(Rules(head + "bench.spare.clse()\n"), "");
}

TEST_F(ContractCheckTest, WarningsForPrivateAndDeprecated) {
  const ContractReport report =
      Check("from audience.store import _hidden, old_save\nold_save(1)\n");
  ASSERT_EQ(report.findings.size(), 3u);
  EXPECT_EQ(report.findings[0].rule, ContractRule::kPrivateUse);
  EXPECT_EQ(report.findings[1].rule, ContractRule::kDeprecatedUse);
  EXPECT_EQ(report.findings[2].rule, ContractRule::kDeprecatedUse);
  EXPECT_FALSE(report.findings[2].is_error);
  EXPECT_NE(report.findings[2].suggestion.find("save"), std::string::npos);
}

TEST_F(ContractCheckTest, CoroutinesThatNobodyAwaits) {
  EXPECT_EQ(Rules("from audience import Store\nasync def f(s: Store):\n    s.flush()\n"),
            "3 not-awaited");
  EXPECT_EQ(Rules("from audience import Store\nasync def f(s: Store):\n    await s.flush()\n"
                  "    t = s.flush()\n"),
            "");
}

TEST_F(ContractCheckTest, AFindingSaysWhereWhatAndHowItShouldBe) {
  const ContractReport report = Check("import audience\nx = 'é'; audience.sav(1)\n");
  ASSERT_EQ(report.findings.size(), 1u);
  const ContractFinding& finding = report.findings[0];
  EXPECT_EQ(finding.line, 2);
  EXPECT_EQ(finding.column, 19);
  EXPECT_EQ(finding.text, "audience.sav");
  EXPECT_EQ(finding.suggestion, "audience.save");
  EXPECT_NE(finding.signature.find("save(df, name, *, group=\"g\", seed)"), std::string::npos);
  EXPECT_EQ(finding.place, "audience/store.py:6");
  EXPECT_NE(FormatFinding(finding).find("Use audience.save"), std::string::npos);
}

TEST_F(ContractCheckTest, ARenamedKeywordHasAFix) {
  const std::string code = "from audience import save\nsave(1, 'n', seeds=3)\n";
  const ContractReport report = Check(code);
  const ContractFix* fix = nullptr;
  for (const ContractFinding& finding : report.findings) {
    if (!finding.fixes.empty()) fix = &finding.fixes[0];
  }
  ASSERT_NE(fix, nullptr);
  EXPECT_EQ(code.substr(fix->start_byte, fix->end_byte - fix->start_byte), "seeds");
  EXPECT_EQ(fix->text, "seed");
}

TEST_F(ContractCheckTest, ANearKeywordThatMayMeanAnotherIsAskedAboutOnly) {
  const ContractReport report = Check("from audience import save\nsave(1, 'n', need=3)\n");
  bool asked = false;
  for (const ContractFinding& finding : report.findings) {
    EXPECT_TRUE(finding.fixes.empty());
    asked |= finding.message.find("did you mean 'seed'?") != std::string::npos;
  }
  EXPECT_TRUE(asked);
}

TEST_F(ContractCheckTest, EarlierLinesBindButAreNotJudged) {
  ContractOptions options;
  options.first_line = 3;
  const ContractReport report = Check("import audience as a\na.nope()\na.missing()\n", options);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].line, 3);
}

TEST_F(ContractCheckTest, BrokenCodeIsCheckedAsFarAsItGoes) {
  const ContractReport report = Check("import audience\naudience.nope()\ndef f(:\n");
  EXPECT_GT(report.error_count, 0);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].line, 2);
}

}  // namespace
}  // namespace inhouse
