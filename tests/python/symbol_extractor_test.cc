#include "indexer/python/symbol_extractor.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/python/symbols_of.h"

namespace inhouse {
namespace {

using testing::Get;
using testing::Has;
using testing::SignatureOf;
using testing::SymbolsOf;

std::vector<std::string> Names(const std::vector<Symbol>& symbols) {
  std::vector<std::string> names;
  names.reserve(symbols.size());
  for (const Symbol& symbol : symbols) {
    names.push_back(symbol.qualified_name + " " + SymbolKindName(symbol.kind));
  }
  return names;
}

TEST(SymbolExtractorTest, NamesAreThoseOfPython) {
  // As __module__ and __qualname__ say.
  const auto symbols = SymbolsOf(R"(
def f():
    def g():
        class C:
            def m(self): ...
class Outer:
    class Inner:
        def m(self):
            def helper(): ...
)",
                                 "pkg.mod");
  EXPECT_EQ(Names(symbols), (std::vector<std::string>{
                                "pkg.mod module",
                                "pkg.mod.f function",
                                "pkg.mod.f.<locals>.g function",
                                "pkg.mod.f.<locals>.g.<locals>.C class",
                                "pkg.mod.f.<locals>.g.<locals>.C.m method",
                                "pkg.mod.Outer class",
                                "pkg.mod.Outer.Inner class",
                                "pkg.mod.Outer.Inner.m method",
                                "pkg.mod.Outer.Inner.m.<locals>.helper function",
                            }));
  EXPECT_EQ(Get(symbols, "pkg.mod.Outer.Inner.m").parent, "pkg.mod.Outer.Inner");
  EXPECT_EQ(Get(symbols, "pkg.mod.f").parent, "pkg.mod");
  EXPECT_EQ(Get(symbols, "pkg.mod").parent, "");
  EXPECT_EQ(Get(symbols, "pkg.mod").name, "mod");
  EXPECT_EQ(Get(symbols, "pkg.mod.f").module, "pkg.mod");
}

TEST(SymbolExtractorTest, LocalAndUnderscoredNamesAreNotPublic) {
  const auto symbols = SymbolsOf(R"(
def f():
    def g(): ...
class _Hidden:
    def m(self): ...
class Open:
    def _m(self): ...
    def m(self): ...
_LIMIT = 3
)");
  EXPECT_TRUE(Get(symbols, "m.f").is_public);
  EXPECT_FALSE(Get(symbols, "m.f.<locals>.g").is_public);
  EXPECT_FALSE(Get(symbols, "m._Hidden").is_public);
  EXPECT_FALSE(Get(symbols, "m._Hidden.m").is_public);
  EXPECT_FALSE(Get(symbols, "m.Open._m").is_public);
  EXPECT_TRUE(Get(symbols, "m.Open.m").is_public);
  EXPECT_FALSE(Get(symbols, "m._LIMIT").is_public);
  EXPECT_FALSE(Get(SymbolsOf("def f(): ...", "pkg._impl"), "pkg._impl.f").is_public);
}

TEST(SymbolExtractorTest, ReceiversAreBound) {
  const auto symbols = SymbolsOf(R"(
class C:
    def m(self, a): ...
    @classmethod
    def c(cls, a): ...
    @staticmethod
    def s(a): ...
    def packed(*args): ...
    def __new__(cls, a): ...
    def __init_subclass__(cls, flag=False): ...
    @abc.abstractmethod
    async def w(self): ...
    @staticmethod
    @functools.cache
    def t(self_like): ...
)");
  EXPECT_EQ(SignatureOf(symbols, "m.C.m"), "m(a)");
  EXPECT_EQ(SignatureOf(symbols, "m.C.c"), "c(a)");
  EXPECT_TRUE(Get(symbols, "m.C.c").is_class_method);
  EXPECT_EQ(SignatureOf(symbols, "m.C.s"), "s(a)");
  EXPECT_TRUE(Get(symbols, "m.C.s").is_static);
  EXPECT_EQ(SignatureOf(symbols, "m.C.packed"), "packed(*args)");
  EXPECT_EQ(SignatureOf(symbols, "m.C.__new__"), "__new__(cls, a)");  // a static method
  EXPECT_TRUE(Get(symbols, "m.C.__new__").is_static);
  EXPECT_EQ(SignatureOf(symbols, "m.C.__init_subclass__"), "__init_subclass__(flag=False)");
  EXPECT_TRUE(Get(symbols, "m.C.w").is_abstract);
  EXPECT_EQ(SignatureOf(symbols, "m.C.t"), "t(self_like)");
}

TEST(SymbolExtractorTest, PropertiesAreOneSymbolEach) {
  const auto symbols = SymbolsOf(R"(
class C(Base):
    @property
    def size(self) -> int:
        """How big."""
    @size.setter
    def size(self, value: int) -> None: ...
    @size.deleter
    def size(self): ...
    @functools.cached_property
    def parts(self) -> list[str]: ...
    @Base.colour.setter
    def colour(self, value): ...
    def _get(self): ...
    old = property(_get)
    @abc.abstractproperty
    def need(self): ...
)");
  const Symbol size = Get(symbols, "m.C.size");
  EXPECT_EQ(size.kind, SymbolKind::kProperty);
  EXPECT_EQ(size.annotation, "int");
  EXPECT_EQ(size.doc.summary, "How big.");
  EXPECT_EQ(size.decorators, std::vector<std::string>{"property"});
  EXPECT_EQ(Get(symbols, "m.C.parts").kind, SymbolKind::kProperty);
  EXPECT_EQ(Get(symbols, "m.C.colour").kind, SymbolKind::kProperty);
  EXPECT_EQ(Get(symbols, "m.C.old").kind, SymbolKind::kProperty);
  EXPECT_TRUE(Get(symbols, "m.C.need").is_abstract);
  EXPECT_EQ(std::count_if(symbols.begin(), symbols.end(),
                          [](const Symbol& s) { return s.name == "size"; }),
            1);
}

TEST(SymbolExtractorTest, DecoratorsBelongToTheirOwnDefinition) {
  // The inner definition ends where the decorated one ends.
  const auto symbols = SymbolsOf(R"(
@outer_one
class C:
    def last(self):
        def inner(): ...
@first
@second(1, b="x")
def f(): ...
)");
  EXPECT_EQ(Get(symbols, "m.C").decorators, std::vector<std::string>{"outer_one"});
  EXPECT_TRUE(Get(symbols, "m.C.last").decorators.empty());
  EXPECT_TRUE(Get(symbols, "m.C.last").signature.is_exact);
  EXPECT_TRUE(Get(symbols, "m.C.last.<locals>.inner").decorators.empty());
  EXPECT_EQ(Get(symbols, "m.C").range.start_line, 2);
  EXPECT_EQ(Get(symbols, "m.C.last").range.start_line, 4);
  EXPECT_EQ(Get(symbols, "m.f").decorators,
            (std::vector<std::string>{"first", "second(1, b=\"x\")"}));
  EXPECT_FALSE(Get(symbols, "m.f").signature.is_exact);
}

TEST(SymbolExtractorTest, RangesAreLinesAndBytes) {
  const std::string source =
      "import os\n\n@cached\ndef f(a,\n      b):\n    \"\"\"Doc.\"\"\"\n    return 1\n\n\nX = 1\n";
  const auto symbols = SymbolsOf(source);
  const Symbol f = Get(symbols, "m.f");
  EXPECT_EQ(f.range.start_line, 3);
  EXPECT_EQ(f.range.end_line, 7);
  EXPECT_EQ(source.substr(f.range.start_byte, 7), "@cached");
  EXPECT_EQ(source.substr(f.range.end_byte - 8, 8), "return 1");
  EXPECT_EQ(f.name_range.start_line, 4);
  EXPECT_EQ(source.substr(f.name_range.start_byte, 1), "f");
  EXPECT_EQ(f.body_range.start_line, 6);
  EXPECT_EQ(Get(symbols, "m.X").range.start_line, 10);
  EXPECT_EQ(Get(symbols, "m").range.start_line, 1);
}

TEST(SymbolExtractorTest, OverloadsAllStay) {
  const auto symbols = SymbolsOf(R"(
@overload
def get(key: int) -> int: ...
@typing.overload
def get(key: str) -> str: ...
def get(key): return key
)");
  std::vector<std::string> found;
  for (const Symbol& symbol : symbols) {
    if (symbol.name != "get") continue;
    found.push_back((symbol.is_overload ? "overload " : "") +
                    FormatSignature("get", symbol.signature));
  }
  EXPECT_EQ(found, (std::vector<std::string>{"overload get(key: int) -> int",
                                             "overload get(key: str) -> str", "get(key)"}));
}

TEST(SymbolExtractorTest, TheLastDefinitionCountsUnlessItIsConditional) {
  const auto symbols = SymbolsOf(R"(
def twice(a): ...
def twice(a, b): ...
if FAST:
    def either(a): ...
else:
    def either(a, b): ...
try:
    def same(a): ...
except ImportError:
    def same(a): ...
)");
  EXPECT_EQ(SignatureOf(symbols, "m.twice"), "twice(a, b)");
  EXPECT_EQ(SignatureOf(symbols, "m.either"), "~either(a)");  // either may be called
  EXPECT_EQ(SignatureOf(symbols, "m.same"), "same(a)");
}

TEST(SymbolExtractorTest, DefinitionsBeatAssignments) {
  const auto symbols = SymbolsOf(R"(
def plain(a): ...
plain = trace(plain)
fallback = None
def fallback(a): ...
try:
    Fast = native.Fast
except AttributeError:
    class Fast:
        def __init__(self, a): ...
)");
  EXPECT_EQ(SignatureOf(symbols, "m.plain"), "~plain(a)");
  EXPECT_EQ(Get(symbols, "m.fallback").kind, SymbolKind::kFunction);
  EXPECT_EQ(Get(symbols, "m.Fast").kind, SymbolKind::kClass);
}

TEST(SymbolExtractorTest, TypeParametersOfClassesAndFunctions) {
  const auto symbols = SymbolsOf(R"(
class Box[T: Hashable = int](Base[T], metaclass=Meta):
    def put(self, item: T) -> None: ...
def first[T, *Ts, **P](xs: list[T]) -> T: ...
def plain(xs): ...
)");
  EXPECT_EQ(Get(symbols, "m.Box").type_parameters, "[T: Hashable]");  // the default is left out
  EXPECT_EQ(Get(symbols, "m.first").type_parameters, "[T, *Ts, **P]");
  EXPECT_EQ(Get(symbols, "m.plain").type_parameters, "");
  EXPECT_EQ(Get(symbols, "m.Box").bases, std::vector<std::string>{"Base[T]"});
  EXPECT_EQ(SignatureOf(symbols, "m.Box.put"), "put(item: T) -> None");
  EXPECT_EQ(SignatureOf(symbols, "m.first"), "first(xs: list[T]) -> T");
}

TEST(SymbolExtractorTest, DefinitionsOfOtherBranchesAreKeptBesideTheFirst) {
  const auto symbols = SymbolsOf(R"(
if sys.version_info > (3, 12):
    def load(path): ...
else:
    def load(path, encoding="utf-8"): ...
try:
    class Fast: ...
except ImportError:
    class Fast: ...
def again(a): ...
def again(b): ...
)");
  EXPECT_EQ(SignatureOf(symbols, "m.load"), "~load(path)");
  EXPECT_EQ(Get(symbols, "m.load").alternatives,
            (std::vector<Alternative>{{"load(path, encoding=\"utf-8\")", 5}}));
  EXPECT_EQ(Get(symbols, "m.Fast").alternatives, (std::vector<Alternative>{{"class Fast", 9}}));
  EXPECT_TRUE(Get(symbols, "m.again").alternatives.empty());  // the first is gone for good
}

TEST(SymbolExtractorTest, StubFiles) {
  const auto symbols = SymbolsOf(R"(
from typing import overload
VERSION: str
def query(sql: str, *, limit: int = ...) -> DataFrame: ...
class Session:
    user: str
    @property
    def open(self) -> bool: ...
    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, url: str) -> None: ...
    def close(self) -> None: ...
)");
  EXPECT_EQ(SignatureOf(symbols, "m.query"), "query(sql: str, *, limit: int = ...) -> DataFrame");
  EXPECT_EQ(Get(symbols, "m.Session.open").kind, SymbolKind::kProperty);
  EXPECT_EQ(SignatureOf(symbols, "m.Session").substr(0, 1), "~");  // several ways
}

TEST(SymbolExtractorTest, DefinitionsInsideStatements) {
  const auto symbols = SymbolsOf(R"(
with lock:
    def a(): ...
for x in y:
    def b(): ...
else:
    def c(): ...
while True:
    class D: ...
try:
    pass
except* E:
    def e(): ...
finally:
    def f(): ...
match v:
    case 1:
        def g(): ...
if a:
    pass
elif b:
    def h(): ...
)");
  for (const char* name : {"m.a", "m.b", "m.c", "m.D", "m.e", "m.f", "m.g", "m.h"}) {
    EXPECT_TRUE(Has(symbols, name)) << name;
  }
}

}  // namespace
}  // namespace inhouse
