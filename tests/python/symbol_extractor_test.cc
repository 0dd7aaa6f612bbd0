#include "indexer/python/symbol_extractor.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/python/symbols_of.h"
#include "tests/support/golden.h"

namespace inhouse {
namespace {

using testing::Get;
using testing::Has;
using testing::SignatureOf;
using testing::SymbolsOf;

std::vector<std::string> Names(const std::vector<Symbol>& symbols) {
  std::vector<std::string> names;
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

TEST(SymbolExtractorTest, ConstantsHaveTheirValuesAsWritten) {
  const auto symbols = SymbolsOf(R"(
LIMIT = 10_000
RATE: Final[float] = 0.5
NAMES = (
    "a",  # first
    "b",
)
ONE = ("a",)
A = B = {"k": [1, 2]}
X, (Y, *Z) = load()
[P, Q] = load()
TOTAL += 1
declared: int
obj.attribute = 3
_ = gettext
__version__ = "1.2"
if DEBUG:
    LEVEL = 1
else:
    LEVEL = 2
def f():
    local = 1
)");
  const auto value = [&](const char* name) { return Get(symbols, name).value; };
  EXPECT_EQ(value("m.LIMIT"), "10_000");
  EXPECT_EQ(value("m.RATE"), "0.5");
  EXPECT_EQ(Get(symbols, "m.RATE").annotation, "Final[float]");
  EXPECT_EQ(value("m.NAMES"), "(\"a\", \"b\")");
  EXPECT_EQ(value("m.ONE"), "(\"a\",)");
  EXPECT_EQ(value("m.A"), "{\"k\": [1, 2]}");
  EXPECT_EQ(value("m.B"), "{\"k\": [1, 2]}");
  for (const char* name : {"m.X", "m.Y", "m.Z", "m.P", "m.Q"}) {
    EXPECT_EQ(Get(symbols, name).kind, SymbolKind::kConstant) << name;
    EXPECT_EQ(value(name), "") << name;
  }
  EXPECT_EQ(value("m.__version__"), "\"1.2\"");
  EXPECT_EQ(value("m.LEVEL"), "1");
  for (const char* name :
       {"m.TOTAL", "m.declared", "m.attribute", "m._", "m.local", "m.f.<locals>.local"}) {
    EXPECT_FALSE(Has(symbols, name)) << name;
  }
}

TEST(SymbolExtractorTest, LongValuesAreCut) {
  const auto symbols = SymbolsOf("X = \"" + std::string(500, 'x') + "\"\n");
  EXPECT_TRUE(Get(symbols, "m.X").value.ends_with("…"));
  EXPECT_LE(Get(symbols, "m.X").value.size(), 203u);
}

TEST(SymbolExtractorTest, FieldsAndClassConstants) {
  const auto symbols = SymbolsOf(R"(
@dataclass
class D:
    a: int
    b: str = "x"
    KIND: ClassVar[str] = "d"
    QUOTED: "ClassVar[int]" = 1
    plain = 3
class P(Protocol):
    name: str
    def run(self) -> None: ...
class C:
    LIMIT: int = 3
    size: int
class Model(BaseModel):
    a: int = 1
class Child(Model):
    b: int = 2
)");
  const auto kind = [&](const char* name) { return Get(symbols, name).kind; };
  EXPECT_EQ(kind("m.D.a"), SymbolKind::kField);
  EXPECT_EQ(kind("m.D.b"), SymbolKind::kField);
  EXPECT_EQ(kind("m.D.KIND"), SymbolKind::kConstant);
  EXPECT_EQ(kind("m.D.QUOTED"), SymbolKind::kConstant);
  EXPECT_EQ(kind("m.D.plain"), SymbolKind::kConstant);
  EXPECT_EQ(kind("m.P.name"), SymbolKind::kField);
  EXPECT_EQ(kind("m.C.LIMIT"), SymbolKind::kConstant);
  EXPECT_EQ(kind("m.C.size"), SymbolKind::kField);
  EXPECT_EQ(kind("m.Child.b"), SymbolKind::kField);  // of a model by inheritance
}

TEST(SymbolExtractorTest, TypeAliases) {
  const auto symbols = SymbolsOf(R"(
UserIds: TypeAlias = list[int]
Old: "typing.TypeAlias" = "dict[str, int]"
type Row = dict[str, object]
type Pair[T] = tuple[T, T]
Made = TypeAliasType("Made", list[int])
)");
  for (const char* name : {"m.UserIds", "m.Old", "m.Row", "m.Pair", "m.Made"}) {
    EXPECT_EQ(Get(symbols, name).kind, SymbolKind::kTypeAlias) << name;
  }
  EXPECT_EQ(Get(symbols, "m.Row").value, "dict[str, object]");
  EXPECT_EQ(Get(symbols, "m.Pair").name, "Pair");
  EXPECT_EQ(Get(symbols, "m.UserIds").value, "list[int]");
}

TEST(SymbolExtractorTest, TypeParametersOfClassesAndFunctions) {
  const auto symbols = SymbolsOf(R"(
class Box[T: Hashable = int](Base[T], metaclass=Meta):
    def put(self, item: T) -> None: ...
def first[T, *Ts, **P](xs: list[T]) -> T: ...
)");
  EXPECT_EQ(Get(symbols, "m.Box").bases, std::vector<std::string>{"Base[T]"});
  EXPECT_EQ(SignatureOf(symbols, "m.Box.put"), "put(item: T) -> None");
  EXPECT_EQ(SignatureOf(symbols, "m.first"), "first(xs: list[T]) -> T");
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

TEST(SymbolExtractorTest, DeprecationFromEverySource) {
  const auto symbols = SymbolsOf(R"(
@deprecated("use cdp.query instead")
def by_decorator(): ...
@deprecated(version="1.2", reason="Use cdp.fetch_all() for that")
def by_keywords(): ...
@_api.deprecated("3.8", alternative="cdp.stream")
def by_alternative(): ...
@deprecated
def bare(): ...
@typing_extensions.deprecated(
    "old, "
    "use cdp.in_two_parts"
)
def joined(): ...
def by_warning(a):
    """Old."""
    warnings.warn("by_warning is deprecated, use new_way() instead", DeprecationWarning, stacklevel=2)
    return new_way(a)
def by_format(a):
    warnings.warn(f"{a} is deprecated; use cdp.formatted", category=PendingDeprecationWarning)
def by_future():
    warnings.warn("by_future is deprecated and will be removed", FutureWarning)
def sometimes(a=None):
    if a:
        warnings.warn("a is deprecated", DeprecationWarning)
def other_warning():
    warnings.warn("slow", FutureWarning)
def by_directive():
    """Fetch.

    .. deprecated:: 2.0
       Use :func:`cdp.load` instead.
    """
class Old:
    def __init__(self):
        warnings.warn("Old is deprecated, use cdp.New", DeprecationWarning)
@deprecated("use cdp.Newer")
class Older: ...
)");
  const auto replacement = [&](const char* name) {
    const Symbol symbol = Get(symbols, name);
    return symbol.deprecated ? symbol.deprecated->replacement : "none";
  };
  EXPECT_EQ(replacement("m.by_decorator"), "cdp.query");
  EXPECT_EQ(replacement("m.by_keywords"), "cdp.fetch_all");
  EXPECT_EQ(Get(symbols, "m.by_keywords").deprecated->message, "Use cdp.fetch_all() for that");
  EXPECT_EQ(replacement("m.by_alternative"), "cdp.stream");
  EXPECT_EQ(replacement("m.bare"), "");
  EXPECT_EQ(replacement("m.joined"), "cdp.in_two_parts");
  EXPECT_EQ(replacement("m.by_warning"), "new_way");
  EXPECT_EQ(replacement("m.by_format"), "cdp.formatted");
  EXPECT_EQ(replacement("m.by_future"), "");
  EXPECT_EQ(replacement("m.sometimes"), "none");
  EXPECT_EQ(replacement("m.other_warning"), "none");
  EXPECT_EQ(replacement("m.by_directive"), "cdp.load");
  EXPECT_EQ(replacement("m.Old"), "cdp.New");
  EXPECT_EQ(replacement("m.Older"), "cdp.Newer");
}

TEST(SymbolExtractorTest, DocstringsOfModulesClassesAndFunctions) {
  const auto symbols = SymbolsOf(
      "# -*- coding: utf-8 -*-\n"
      "'''Module text.'''\n"
      "class C:\n"
      "    # a comment first\n"
      "    r\"\"\"Class \\d text.\"\"\"\n"
      "def f():\n"
      "    'One ' 'sentence \\u00b5\\x41\\101\\n.'\n"
      "def g():\n"
      "    f'''not {a} docstring'''\n"
      "def h():\n"
      "    b'bytes'\n"
      "def i(): 'inline.'\n");
  EXPECT_EQ(Get(symbols, "m").doc.summary, "Module text.");
  EXPECT_EQ(Get(symbols, "m.C").doc.summary, "Class \\d text.");
  EXPECT_EQ(Get(symbols, "m.f").doc.summary, "One sentence µAA .");
  EXPECT_TRUE(Get(symbols, "m.g").doc.empty());
  EXPECT_TRUE(Get(symbols, "m.h").doc.empty());
  EXPECT_EQ(Get(symbols, "m.i").doc.summary, "inline.");
}

TEST(SymbolExtractorTest, ADocstringAfterAPageOfComments) {
  std::string source;
  for (int i = 0; i < 200; ++i) source += "# licence\n";
  EXPECT_EQ(Get(SymbolsOf(source + "\"\"\"The text.\"\"\"\n"), "m").doc.summary, "The text.");
}

TEST(SymbolExtractorTest, EmptyAndHopelessFilesHaveTheModuleAlone) {
  for (const char* source : {"", "\n\n", "# nothing\n", "}}}}", "<html></html>", "\t"}) {
    const auto symbols = SymbolsOf(source);
    ASSERT_GE(symbols.size(), 1u) << source;
    EXPECT_EQ(symbols[0].kind, SymbolKind::kModule);
  }
}

TEST(SymbolExtractorTest, EndlessNestingIsNoTrouble) {
  std::string source = "x = " + std::string(20'000, '(') + std::string(20'000, ')') + "\n";
  source += "y = a";
  for (int i = 0; i < 50'000; ++i) source += "+a";
  source += "\ndef f(): ...\n";
  EXPECT_TRUE(Has(SymbolsOf(source), "m.f"));
  std::string nested;
  for (size_t i = 0; i < 150; ++i) {
    nested += std::string(i, ' ') + testing::Numbered("def f", i) + "():\n";
  }
  EXPECT_TRUE(Has(SymbolsOf(nested + std::string(150, ' ') + "pass\n"), "m.f0.<locals>.f1"));
}

TEST(SymbolExtractorTest, TakesNoMoreThanItsLimit) {
  std::string source;
  for (size_t i = 0; i < kMaxSymbols + 10; ++i) source += testing::Numbered("a", i) + "=1\n";
  EXPECT_EQ(SymbolsOf(source).size(), kMaxSymbols);
}

// One line a symbol: everything that a reader of the index would see.
std::string Describe(const Symbol& s) {
  std::string line = s.qualified_name + " [" + SymbolKindName(s.kind) + "] " +
                     std::to_string(s.range.start_line) + "-" + std::to_string(s.range.end_line);
  const bool callable = s.kind == SymbolKind::kFunction || s.kind == SymbolKind::kMethod ||
                        s.kind == SymbolKind::kClass;
  if (callable) line.append(" ").append(FormatSignature(s.name, s.signature));
  if (!s.value.empty()) line += " = " + s.value;
  if (!s.annotation.empty()) line += " : " + s.annotation;
  for (const std::string& base : s.bases) line += " <" + base + ">";
  for (const std::string& decorator : s.decorators) line += " @" + decorator;
  const std::pair<bool, const char*> flags[] = {{!s.is_public, "private"},
                                                {s.is_static, "static"},
                                                {s.is_class_method, "classmethod"},
                                                {s.is_abstract, "abstract"},
                                                {s.is_overload, "overload"},
                                                {s.signature.is_async, "async"},
                                                {s.signature.is_generator, "generator"},
                                                {callable && !s.signature.is_exact, "inexact"}};
  for (const auto& [set, word] : flags) {
    if (set) line += std::string(" ") + word;
  }
  if (!s.doc.summary.empty()) line += " \"" + s.doc.summary + "\"";
  if (s.deprecated) line += " deprecated(" + s.deprecated->replacement + ")";
  return line + "\n";
}

TEST(SymbolExtractorTest, ALibraryFileAsAWhole) {
  const std::string source = testing::ReadAll(std::filesystem::path(INHOUSE_SOURCE_DIR) /
                                              "tests/golden/symbols/library.py.txt");
  std::string text;
  for (const Symbol& symbol : SymbolsOf(source, "house.library")) text += Describe(symbol);
  testing::ExpectGolden("symbols/library.txt", text);
}

}  // namespace
}  // namespace inhouse
