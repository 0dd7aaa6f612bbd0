#include "indexer/python/signature_reader.h"

#include <gtest/gtest.h>

#include <tuple>

#include "tests/python/symbols_of.h"

namespace inhouse {
namespace {

using testing::Get;
using testing::SignatureOf;
using testing::SymbolsOf;

std::string Read(std::string_view source) { return SignatureOf(SymbolsOf(source), "m.f"); }

TEST(SignatureReaderTest, ReadsEveryKindOfParameter) {
  const auto symbols =
      SymbolsOf("def f(a, b: int, /, c, d=1, *rest, e, g: str = 'x', **more): ...");
  const Signature signature = Get(symbols, "m.f").signature;
  std::vector<std::tuple<std::string, ParameterKind, std::string>> got;
  for (const Parameter& p : signature.parameters) {
    got.emplace_back(p.name, p.kind, p.default_value.value_or("-"));
  }
  using K = ParameterKind;
  EXPECT_EQ(got, (std::vector<std::tuple<std::string, ParameterKind, std::string>>{
                     {"a", K::kPositionalOnly, "-"},
                     {"b", K::kPositionalOnly, "-"},
                     {"c", K::kPositionalOrKeyword, "-"},
                     {"d", K::kPositionalOrKeyword, "1"},
                     {"rest", K::kVarPositional, "-"},
                     {"e", K::kKeywordOnly, "-"},
                     {"g", K::kKeywordOnly, "'x'"},
                     {"more", K::kVarKeyword, "-"}}));
  EXPECT_TRUE(signature.is_exact);
}

// What Python 3.11's inspect.signature prints for the same definitions (3.12 for
// type parameters), wherever it prints defaults and annotations as written.
TEST(SignatureReaderTest, FormatsAsInspectDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"def f(): ...", "f()"},
      {"def f(a, b): ...", "f(a, b)"},
      {"def f(a, /): ...", "f(a, /)"},
      {"def f(a, /, b): ...", "f(a, /, b)"},
      {"def f(a, /, *, b): ...", "f(a, /, *, b)"},
      {"def f(*, a): ...", "f(*, a)"},
      {"def f(*, a=1, b): ...", "f(*, a=1, b)"},
      {"def f(*args, a): ...", "f(*args, a)"},
      {"def f(*args, **kwargs): ...", "f(*args, **kwargs)"},
      {"def f(a=1, /, b=2, *, c=3): ...", "f(a=1, /, b=2, *, c=3)"},
      {"def f(a: int = 1) -> str: ...", "f(a: int = 1) -> str"},
      {"def f(a: int, *b: str, **c: float) -> None: ...", "f(a: int, *b: str, **c: float) -> None"},
      {"def f(a, b=(1, 2), c=[], d={}): ...", "f(a, b=(1, 2), c=[], d={})"},
      {"def f(a='x', b=\"y\"): ...", "f(a='x', b=\"y\")"},
      {"def f(a=None, b=...): ...", "f(a=None, b=...)"},
      {"def f(a=-1, b=1e-3, c=0x10): ...", "f(a=-1, b=1e-3, c=0x10)"},
      {"def f(a: 'Foo' = None): ...", "f(a: 'Foo' = None)"},
      {"def f(a: dict[str, list[int]] | None = None): ...",
       "f(a: dict[str, list[int]] | None = None)"},
      {"def f(a: Callable[[int, str], bool] = print): ...",
       "f(a: Callable[[int, str], bool] = print)"},
      {"def f(a=lambda x, y=2: x): ...", "f(a=lambda x, y=2: x)"},
      {"def f(*args: *Ts): ...", "f(*args: *Ts)"},
      {"def f(**kwargs: Unpack[Options]): ...", "f(**kwargs: Unpack[Options])"},
      {"def f[T](x: T, *rest: T) -> list[T]: ...", "f(x: T, *rest: T) -> list[T]"},
      {"def f[**P, T: (int, str)](x: Callable[P, T]) -> T: ...", "f(x: Callable[P, T]) -> T"},
      {"async def f(a): ...", "f(a)"},
      {"def f(größe, 名前=1): ...", "f(größe, 名前=1)"},
      {"def f(print, match, type=1, case=2): ...", "f(print, match, type=1, case=2)"},
  };
  for (const auto& [source, expected] : cases) EXPECT_EQ(Read(source), expected) << source;
}

TEST(SignatureReaderTest, LinesAndCommentsBecomeOneLine) {
  EXPECT_EQ(Read("def f(\n"
                 "    sql: str,  # the query\n"
                 "    *,\n"
                 "    limit: int = (\n"
                 "        10\n"
                 "    ),\n"
                 "    columns: Sequence[\n"
                 "        str,\n"
                 "    ] = (\"a\",),\n"
                 "    names=[\n"
                 "        'a',\n"
                 "        'b',\n"
                 "    ],\n"
                 ") -> dict[\n"
                 "    str, int\n"
                 "]: ...\n"),
            "f(sql: str, *, limit: int = (10), columns: Sequence[str,] = (\"a\",), "
            "names=['a', 'b']) -> dict[str, int]");
}

TEST(SignatureReaderTest, KeepsWhatStringsHold) {
  EXPECT_EQ(Read("def f(a='x, )', b=\"\"\"p  q\n r\"\"\", c='#'): ...\n"),
            "f(a='x, )', b=\"\"\"p  q\n r\"\"\", c='#')");
}

TEST(SignatureReaderTest, CutsLongDefaultsAtACharacter) {
  const std::string text = Read("def f(a='" + std::string(118, 'x') + "ééé'): ...");
  EXPECT_TRUE(text.ends_with("…)")) << text;
  EXPECT_LT(text.size(), 140u);
}

TEST(SignatureReaderTest, KnowsAsyncAndGenerators) {
  const auto symbols = SymbolsOf(R"(
async def waits(): await x
def counts():
    for i in range(3):
        yield i
def delegates():
    x = yield from counts()
async def streams():
    yield 1
def makes():
    def inner(): yield 1
    return lambda: (yield)
def returns_generator():
    return (x for x in y)
)");
  const auto flags = [&](const char* name) {
    const Signature s = Get(symbols, name).signature;
    return std::string(s.is_async ? "a" : "") + (s.is_generator ? "g" : "");
  };
  EXPECT_EQ(flags("m.waits"), "a");
  EXPECT_EQ(flags("m.counts"), "g");
  EXPECT_EQ(flags("m.delegates"), "g");
  EXPECT_EQ(flags("m.streams"), "ag");
  EXPECT_EQ(flags("m.makes"), "");
  EXPECT_EQ(flags("m.makes.<locals>.inner"), "g");
  EXPECT_EQ(flags("m.returns_generator"), "");
}

TEST(SignatureReaderTest, PythonTwoTuplesAreInexact) {
  EXPECT_EQ(Read("def f(a, (b, c)):\n    pass\n").substr(0, 1), "~");
}

TEST(SignatureReaderTest, BrokenParametersAreInexact) {
  EXPECT_EQ(Read("def f(a, b=):\n    pass\n").substr(0, 1), "~");
  EXPECT_EQ(Read("def f(a, 1b):\n    pass\n").substr(0, 1), "~");
}

TEST(SignatureReaderTest, ThousandsOfParametersAreCutAndInexact) {
  std::string source = "def f(";
  for (size_t i = 0; i < 1000; ++i) source += testing::Numbered("a", i) + ", ";
  const auto symbols = SymbolsOf(source + "): pass\n");
  EXPECT_EQ(Get(symbols, "m.f").signature.parameters.size(), 256u);
  EXPECT_FALSE(Get(symbols, "m.f").signature.is_exact);
}

TEST(SignatureReaderTest, KnowsDecoratorsThatKeepTheSignature) {
  for (const char* keeps :
       {"property", "functools.cached_property", "staticmethod", "lru_cache(maxsize=None)",
        "functools.lru_cache", "functools.cache", "contextlib.contextmanager", "abc.abstractmethod",
        "typing.overload", "deprecated('use g')", "typing.no_type_check", "functools.wraps(f)",
        "retry(attempts=3)", "value.setter"}) {
    EXPECT_TRUE(KeepsSignature(keeps)) << keeps;
  }
  for (const char* changes : {"click.command()", "inject", "app.route('/cache')", "pytest.fixture",
                              "pass_session", "mock.patch('x.cache')", "registry['cache']",
                              "cache_with(x)", "functools.singledispatch", ""}) {
    EXPECT_FALSE(KeepsSignature(changes)) << changes;
  }
}

}  // namespace
}  // namespace inhouse
