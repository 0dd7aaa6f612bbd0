#include "indexer/python/constructors.h"

#include <gtest/gtest.h>

#include "indexer/python/call_text.h"
#include "tests/python/symbols_of.h"

namespace inhouse {
namespace {

using testing::Get;
using testing::SignatureOf;
using testing::SymbolsOf;

struct Case {
  const char* source;    // defines class C
  const char* expected;  // "~" in front: inexact
};

void ExpectAll(std::initializer_list<Case> cases) {
  for (const Case& c : cases)
    EXPECT_EQ(SignatureOf(SymbolsOf(c.source), "m.C"), c.expected) << c.source;
}

TEST(ConstructorsTest, OwnInitAndNew) {
  ExpectAll({
      {"class C:\n  def __init__(self, a, *, b=1): ...\n", "C(a, *, b=1)"},
      {"class C:\n  def __init__(self, a: int) -> None: ...\n", "C(a: int)"},
      {"class C:\n  def __new__(cls, a, b): ...\n", "C(a, b)"},
      {"class C:\n  def __new__(cls, a): ...\n  def __init__(self, *args, **kwargs): ...\n",
       "C(a)"},
      {"class C:\n  def __new__(cls, *args, **kwargs): ...\n  def __init__(self, a): ...\n",
       "C(a)"},
      {"class C: ...\n", "C()"},
      {"class C(object): ...\n", "C()"},
      {"class C(abc.ABC, Generic[T], Protocol): ...\n", "C()"},
      {"class C(metaclass=abc.ABCMeta): ...\n", "C()"},
      {"class C(metaclass=Registry):\n  def __init__(self, a): ...\n", "~C(a)"},
      {"class C(Base, flag=True):\n  def __init__(self, a): ...\n", "C(a)"},
      {"class C(Base): ...\n", "~C(*args, **kwargs)"},
      {"class C(Exception): ...\n", "~C(*args, **kwargs)"},
      {"class C(make_base()): ...\n", "~C(*args, **kwargs)"},
      {"@unknown\nclass C:\n  def __init__(self, a): ...\n", "~C(a)"},
      {"@functools.total_ordering\nclass C:\n  def __init__(self, a): ...\n", "C(a)"},
      {"class C:\n  @inject\n  def __init__(self, a): ...\n", "~C(a)"},
      {"class C:\n  @overload\n  def __init__(self, a): ...\n  @overload\n  def __init__(self, a, "
       "b): ...\n"
       "  def __init__(self, *args): ...\n",
       "C(*args)"},
  });
}

TEST(ConstructorsTest, InheritedInPythonsOrder) {
  ExpectAll({
      {"class A:\n  def __init__(self, a): ...\nclass C(A): ...\n", "C(a)"},
      {"class A:\n  def __init__(self, a): ...\nclass B(A): ...\nclass C(B): ...\n", "C(a)"},
      // A mixin without a constructor does not hide the next base's.
      {"class Mixin:\n  def log(self): ...\nclass A:\n  def __init__(self, a): ...\n"
       "class C(Mixin, A): ...\n",
       "C(a)"},
      // A diamond: C, A, B, Top.
      {"class Top:\n  def __init__(self, t): ...\nclass A(Top): ...\nclass B(Top):\n"
       "  def __init__(self, b): ...\nclass C(A, B): ...\n",
       "C(b)"},
      {"class Mixin: ...\nclass C(Mixin, elsewhere.Base): ...\n", "~C(*args, **kwargs)"},
      {"class A:\n  def __init__(self, a): ...\nclass C(A, elsewhere.Base): ...\n", "C(a)"},
      {"@unknown\nclass A:\n  def __init__(self, a): ...\nclass C(A): ...\n", "~C(a)"},
      {"class A(metaclass=Meta):\n  def __init__(self, a): ...\nclass C(A): ...\n", "~C(a)"},
      {"class Outer:\n  class A:\n    def __init__(self, a): ...\nclass C(Outer.A): ...\n", "C(a)"},
      {"class C(C): ...\n", "~C(*args, **kwargs)"},
      {"class A(C): ...\nclass C(A): ...\n", "C()"},  // no such class can exist; no endless loop
  });
  const auto symbols = SymbolsOf(
      "def f():\n  class A:\n    def __init__(self, a): ...\n"
      "  class B(A): ...\n");
  EXPECT_EQ(SignatureOf(symbols, "m.f.<locals>.B"), "B(a)");
}

// Expected values: inspect.signature of these classes under Python 3.11.
TEST(ConstructorsTest, Dataclasses) {
  ExpectAll({
      {"@dataclass\nclass C:\n  a: int\n  b: str = 'x'\n", "C(a: int, b: str = 'x')"},
      {"@dataclasses.dataclass(frozen=True)\nclass C:\n  a: int\n", "C(a: int)"},
      {"@dataclass\nclass C:\n  a: list = field(default_factory=list)\n", "C(a: list = list())"},
      {"@dataclass\nclass C:\n  a: list = field(default_factory=lambda: [1, 2])\n",
       "C(a: list = (lambda: [1, 2])())"},
      {"@dataclass\nclass C:\n  a: int = field(default=3, repr=False)\n", "C(a: int = 3)"},
      {"@dataclass\nclass C:\n  a: int = field(init=False, default=0)\n  b: int = 1\n",
       "C(b: int = 1)"},
      {"@dataclass\nclass C:\n  a: int = field(metadata={'init': 'init=False'})\n", "C(a: int)"},
      {"@dataclass\nclass C:\n  a: ClassVar[int] = 1\n  b: int = 2\n  c = 3\n", "C(b: int = 2)"},
      {"@dataclass\nclass C:\n  a: InitVar[int]\n  def __post_init__(self, a): ...\n",
       "C(a: InitVar[int])"},
      {"@dataclass(kw_only=True)\nclass C:\n  a: int\n  b: int = 1\n", "C(*, a: int, b: int = 1)"},
      {"@dataclass\nclass C:\n  a: int\n  _: KW_ONLY\n  b: int\n", "C(a: int, *, b: int)"},
      {"@dataclass\nclass C:\n  a: int = field(kw_only=True)\n  b: int\n", "C(b: int, *, a: int)"},
      {"@dataclass(init=False)\nclass C:\n  a: int\n", "C()"},
      {"@dataclass(init=False)\nclass C:\n  a: int\n  def __init__(self, x): ...\n", "C(x)"},
      {"@dataclass\nclass C:\n  a: int\n  def __init__(self, x): ...\n", "C(x)"},
      {"@dataclass\nclass A:\n  a: int\n  b: int = 1\n@dataclass\nclass C(A):\n  c: int = 2\n"
       "  a: str = 'n'\n",
       "C(a: str = 'n', b: int = 1, c: int = 2)"},
      {"@dataclass\nclass A:\n  a: int\n@dataclass\nclass B:\n  b: int\n@dataclass\nclass C(A, "
       "B):\n"
       "  c: int\n",
       "C(b: int, a: int, c: int)"},
      {"@dataclass\nclass A:\n  a: int\nclass C(A):\n  b: int = 1\n", "C(a: int)"},
      {"class A:\n  a: int = 1\n@dataclass\nclass C(A):\n  b: int\n", "C(b: int)"},
      {"class A:\n  def __init__(self, x): ...\n@dataclass\nclass C(A):\n  b: int\n", "C(b: int)"},
      {"@dataclass\nclass C(elsewhere.Base):\n  b: int\n", "~C(b: int)"},
      {"@dataclass\nclass C(Exception):\n  b: int\n", "C(b: int)"},
      {"@register\n@dataclass\nclass C:\n  b: int\n", "~C(b: int)"},
  });
}

TEST(ConstructorsTest, ADefaultThatWasCutAwayIsNotMissed) {
  const std::string source = "@dataclass\nclass C:\n  a: int = field(metadata={'text': '" +
                             std::string(300, 'x') + "'}, default=1)\n";
  EXPECT_EQ(SignatureOf(SymbolsOf(source), "m.C"), "~C(a: int)");
}

TEST(ConstructorsTest, NamedTuples) {
  ExpectAll({
      {"class C(NamedTuple):\n  x: int\n  y: int = 0\n", "C(x: int, y: int = 0)"},
      {"class A(typing.NamedTuple):\n  x: int\nclass C(A):\n  def area(self): ...\n", "C(x: int)"},
      {"C = namedtuple('C', 'x y')\n", "C(x, y)"},
      {"C = namedtuple('C', 'x, y')\n", "C(x, y)"},
      {"C = collections.namedtuple('C', ['x', 'y'], defaults=(0,))\n", "C(x, y=0)"},
      {"C = namedtuple('C', ('x', 'y'), defaults=[None] * 2)\n", "~C(*args, **kwargs)"},
      {"C = namedtuple('C', ('x',) + Base._fields)\n", "~C(*args, **kwargs)"},
      {"C = namedtuple('C', FIELDS)\n", "~C(*args, **kwargs)"},
      {"C = NamedTuple('C', [('x', int), ('y', list[str])])\n", "C(x: int, y: list[str])"},
      {"class C(namedtuple('C', 'x y')):\n  def area(self): ...\n", "C(x, y)"},
      {"class C(namedtuple('C', 'x y')):\n  def __new__(cls, x): ...\n", "C(x)"},
  });
}

TEST(ConstructorsTest, TypedDictsTakeAnyMappingToo) {
  ExpectAll({
      {"class C(TypedDict):\n  a: int\n  b: NotRequired[str]\n",
       "~C(*, a: int, b: NotRequired[str] = ...)"},
      {"class C(TypedDict, total=False):\n  a: Required[int]\n  b: str\n",
       "~C(*, a: Required[int], b: str = ...)"},
      {"class A(TypedDict, total = False):\n  a: int\nclass C(A):\n  b: str\n",
       "~C(*, a: int = ..., b: str)"},
  });
}

TEST(ConstructorsTest, EnumsAreCalledWithAValue) {
  ExpectAll({
      {"class C(Enum):\n  A = 1\n", "C(value)"},
      {"class C(str, enum.Enum):\n  A = 'a'\n", "C(value)"},
      {"class C(Enum):\n  A = (1, 2)\n  def __init__(self, x, y): ...\n", "C(value)"},
      {"class Base(Enum):\n  def label(self): ...\nclass C(Base):\n  A = 1\n", "C(value)"},
      {"class C(Enum): ...\n", "~C(value)"},  // C("Name", "A B") makes a new one
  });
}

// Expected values: inspect.signature of these classes with attrs 26.
TEST(ConstructorsTest, AttrsClasses) {
  ExpectAll({
      {"@attrs.define\nclass C:\n  a: int\n  _b: int = 2\n", "C(a: int, b: int = 2)"},
      {"@define\nclass C:\n  a: int = field(default=1)\n  b: list = field(factory=list)\n",
       "C(a: int = 1, b: list = list())"},
      {"@define\nclass C:\n  a: int = field(alias='first')\n", "C(first: int)"},
      {"@define\nclass C:\n  a: int = field()\n  @a.default\n  def _a(self): return 1\n",
       "C(a: int = ...)"},
      {"@define\nclass C:\n  a = field()\n  b: int = 3\n",
       "C(a)"},  // then annotations do not count
      {"@define(kw_only=True)\nclass C:\n  a: int\n", "C(*, a: int)"},
      {"@define\nclass C:\n  a: int = field(init=False)\n", "C()"},
      {"@attr.s\nclass C:\n  a = attr.ib()\n  b = attr.ib(3)\n  c: int = 4\n", "C(a, b=3)"},
      {"@attr.s(auto_attribs=True)\nclass C:\n  a: int\n  b: int = attr.ib(default=3)\n",
       "C(a: int, b: int = 3)"},
      {"@define\nclass A:\n  a: int\n@define\nclass C(A):\n  b: int\n", "C(a: int, b: int)"},
      {"@frozen\nclass C:\n  a: int\n  def __init__(self, x): ...\n", "C(x)"},
  });
}

TEST(ConstructorsTest, PydanticModelsAreInexact) {
  ExpectAll({
      {"class C(BaseModel):\n  a: int\n  b: str = 'x'\n", "~C(*, a: int, b: str = 'x')"},
      {"class C(pydantic.BaseModel):\n  a: int = Field(..., gt=0)\n  b: int = Field(3)\n"
       "  c: list = Field(default_factory=list)\n",
       "~C(*, a: int, b: int = 3, c: list = list())"},
      {"class C(BaseModel):\n  a: int = Field(alias='userId')\n", "~C(*, userId: int)"},
      {"class C(BaseModel):\n  model_config = ConfigDict(extra='forbid')\n  a: int\n"
       "  _secret: int = PrivateAttr(1)\n  KIND: ClassVar[str] = 'c'\n",
       "~C(*, a: int)"},
      {"class A(BaseModel):\n  a: int = 1\nclass C(A):\n  b: int = 2\n",
       "~C(*, a: int = 1, b: int = 2)"},
      {"class C(BaseModel):\n  def __init__(self, x): ...\n", "C(x)"},
  });
}

TEST(ConstructorsTest, RecordKinds) {
  const auto kind = [](const char* source) { return RecordKindOf(Get(SymbolsOf(source), "m.C")); };
  EXPECT_EQ(kind("@dataclass\nclass C: ...\n"), RecordKind::kDataclass);
  EXPECT_EQ(kind("@pydantic.dataclasses.dataclass\nclass C: ...\n"), RecordKind::kDataclass);
  EXPECT_EQ(kind("@attr.s\nclass C: ...\n"), RecordKind::kAttrs);
  EXPECT_EQ(kind("class C(typing.NamedTuple): ...\n"), RecordKind::kNamedTuple);
  EXPECT_EQ(kind("class C(TypedDict): ...\n"), RecordKind::kTypedDict);
  EXPECT_EQ(kind("class C(BaseSettings): ...\n"), RecordKind::kPydantic);
  EXPECT_EQ(kind("class C(int, Flag): ...\n"), RecordKind::kEnum);
  EXPECT_EQ(kind("@s\nclass C(Enumerable): ...\n"), RecordKind::kNone);
}

TEST(CallTextTest, SplitsArguments) {
  using Views = std::vector<std::string_view>;
  EXPECT_EQ(Elements("f(a, g(b, c), k=1)"), (Views{"a", "g(b, c)", "k=1"}));
  EXPECT_EQ(Elements("[ 'x, y', \"(\", {1: 2, 3: 4} ]"),
            (Views{"'x, y'", "\"(\"", "{1: 2, 3: 4}"}));
  EXPECT_EQ(Elements("f(a,)"), (Views{"a"}));
  EXPECT_EQ(Elements("f()"), Views{});
  EXPECT_EQ(Elements("f"), Views{});
  EXPECT_EQ(Elements(""), Views{});
  EXPECT_EQ(Elements("f('a\\', b', c"), (Views{"'a\\', b'", "c"}));
  EXPECT_EQ(Elements("f('''x, ' y''', z)"), (Views{"'''x, ' y'''", "z"}));
  EXPECT_EQ(KeywordArgument("f(a == b, default = 3, x=g(default=4))", "default"), "3");
  EXPECT_EQ(KeywordArgument("f(a == b)", "a"), "");
  EXPECT_EQ(KeywordArgument("f(my_default=1)", "default"), "");
  EXPECT_EQ(PositionalArgument("f(k=1, a, *rest, b)", 1), "b");
  EXPECT_EQ(PositionalArgument("f(a)", 1), "");
  EXPECT_TRUE(IsDisplay("(1, 2)"));
  EXPECT_FALSE(IsDisplay("(1,) * 2"));
  EXPECT_FALSE(IsDisplay("x"));
  EXPECT_FALSE(IsDisplay("(1"));
  std::string_view inside;
  EXPECT_TRUE(IsStringLiteral("'ab'", &inside));
  EXPECT_EQ(inside, "ab");
  EXPECT_TRUE(IsStringLiteral("r\"\"\"a'b\"\"\"", &inside));
  EXPECT_EQ(inside, "a'b");
  EXPECT_TRUE(IsStringLiteral("''", &inside));
  EXPECT_EQ(inside, "");
  for (const char* text : {"'a' + 'b'", "a", "", "'a", "'"})
    EXPECT_FALSE(IsStringLiteral(text, &inside)) << text;
}

}  // namespace
}  // namespace inhouse
