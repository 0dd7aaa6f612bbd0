// What symbols say about values, types, deprecation and docstrings; whole files
// and limits. Names, receivers and redefinitions: symbol_extractor_test.cc.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "indexer/python/symbol_extractor.h"
#include "tests/python/symbols_of.h"
#include "tests/support/golden.h"

namespace inhouse {
namespace {

using testing::Get;
using testing::Has;
using testing::SymbolsOf;

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
  EXPECT_EQ(Get(symbols, "m.Pair").type_parameters, "[T]");
  EXPECT_EQ(Get(symbols, "m.UserIds").value, "list[int]");
}

TEST(SymbolExtractorTest, DocstringsInParenthesesAndOfSeveralParts) {
  const auto symbols = SymbolsOf(R"(
def a():
    ("Loads it.")
def b():
    (  # said in two parts
        "Loads it "
        "twice."
    )
def c():
    (("Deep."))
def d():
    ("no", "docstring")
def e():
    "From 1 \N{EN DASH} 2."
)");
  EXPECT_EQ(Get(symbols, "m.a").doc.summary, "Loads it.");
  EXPECT_EQ(Get(symbols, "m.b").doc.summary, "Loads it twice.");
  EXPECT_EQ(Get(symbols, "m.c").doc.summary, "Deep.");
  EXPECT_EQ(Get(symbols, "m.d").doc.summary, "");
  EXPECT_EQ(Get(symbols, "m.e").doc.summary, "From 1 – 2.");
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
