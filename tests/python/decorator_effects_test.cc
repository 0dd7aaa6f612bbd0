// Which decorators keep what the function takes, and which may not.
#include "indexer/python/decorator_effects.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace inhouse {
namespace {

// "name: letters names; …"
std::string Effects(std::string_view source) {
  PythonParser parser;
  const Result<SyntaxTree> tree = parser.Parse(source);
  EXPECT_TRUE(tree.ok());
  std::string all;
  for (const DecoratorFact& fact : ReadDecoratorEffects(*tree)) {
    const std::string_view rest = source.substr(fact.name_byte);
    all += (all.empty() ? "" : "; ") + std::string(rest.substr(0, rest.find_first_of("(:"))) +
           ": " + EncodeEffect(fact.effect);
  }
  return all;
}

// Of `def d(f):` with a wrapper whose body is `body`, which `d` returns.
std::string Wrapper(std::string_view head, std::string_view body) {
  return Effects("def d(f):\n  @wraps(f)\n  def w(" + std::string(head) + "):\n    " +
                 std::string(body) + "\n  return w\n");
}

TEST(DecoratorEffectsTest, TheFunctionItself) {
  EXPECT_EQ(Effects("def d(f):\n  f.mark = 1\n  return f\n"), "d: pr");
  EXPECT_EQ(Effects("def d(f):\n  f = other(f)\n  return f\n"), "");
  EXPECT_EQ(Effects("def d(f):\n  if f.x:\n    return f\n  return other\n"), "");
  EXPECT_EQ(Effects("def d(f):\n  print(f)\n"), "");
  EXPECT_EQ(Effects("def d(f):\n  yield f\n  return f\n"), "");
}

TEST(DecoratorEffectsTest, AWrapperThatHandsItsArgumentsOn) {
  EXPECT_EQ(Wrapper("*args, **kwargs", "return f(*args, **kwargs)"), "d: pr");
  EXPECT_EQ(Wrapper("*a, **k", "log(len(a), k.get('x'))\n    return f(*a, **k)"), "d: pr");
  EXPECT_EQ(Wrapper("self, *args, **kwargs", "return f(self, *args, **kwargs)"), "d: pr self");
  EXPECT_EQ(Wrapper("*args, retry=3, **kwargs", "return f(*args, **kwargs)"), "d: pr retry");
  EXPECT_EQ(Wrapper("*args, **kwargs", "x = f(*args, **kwargs)\n    return str(x)"), "d: p");
  EXPECT_EQ(Wrapper("*args, **kwargs", "sig.bind(*args, **kwargs)\n    return f(*args, **kwargs)"),
            "d: pr");
}

TEST(DecoratorEffectsTest, AWrapperThatChangesThemSaysNothing) {
  EXPECT_EQ(Wrapper("*args", "return f(*args)"), "");
  EXPECT_EQ(Wrapper("*args, **kwargs", "return f(1, *args, **kwargs)"), "");
  EXPECT_EQ(Wrapper("*args, **kwargs", "return f(*args, x=1, **kwargs)"), "");
  EXPECT_EQ(Wrapper("*args, **kwargs", "return g(*args, **kwargs)"), "");
  EXPECT_EQ(Wrapper("*args, **kwargs", "kwargs.pop('x')\n    return f(*args, **kwargs)"), "");
  EXPECT_EQ(Wrapper("*args, **kwargs", "kwargs['x'] = 1\n    return f(*args, **kwargs)"), "");
  EXPECT_EQ(Wrapper("*args, **kwargs", "fix(kwargs)\n    return f(*args, **kwargs)"), "");
  EXPECT_EQ(Wrapper("*args, **kwargs", "args = args[1:]\n    return f(*args, **kwargs)"), "");
  EXPECT_EQ(Wrapper("*args, **kwargs", "del kwargs['x']\n    return f(*args, **kwargs)"), "");
  EXPECT_EQ(Wrapper("x, *args, **kwargs", "x = 1\n    return f(x, *args, **kwargs)"), "");
  EXPECT_EQ(Wrapper("*args, **kwargs",
                    "try:\n      return f(*args, **kwargs)\n    except TypeError:\n      pass"),
            "");
  EXPECT_EQ(Wrapper("*args, **kwargs",
                    "try:\n      return f(*args, **kwargs)\n    except Exception:\n      raise"),
            "d: pr");
}

TEST(DecoratorEffectsTest, AReplacedArgumentIsStillOne) {
  EXPECT_EQ(Wrapper("*args, **kwargs",
                    "if 'x' in kwargs:\n      kwargs['x'] = 1\n    return f(*args, **kwargs)"),
            "d: pr");
  EXPECT_EQ(Wrapper("*args, **kwargs",
                    "args = list(args)\n    args[0] = 1\n    return f(*args, **kwargs)"),
            "d: pr");
}

TEST(DecoratorEffectsTest, FactoriesAndBothAtOnce) {
  const std::string inner =
      "  def d(f):\n    @wraps(f)\n    def w(*a, **k):\n      return f(*a, **k)\n    return w\n";
  EXPECT_EQ(Effects("def make(x):\n" + inner + "  return d\n"), "make: cr");
  EXPECT_EQ(Effects("def make(x):\n  return lambda f: f\n"), "make: cr");
  EXPECT_EQ(Effects("def both(g=None):\n" + inner + "  return d if g is None else d(g)\n"),
            "both: pcr");
  EXPECT_EQ(Effects("def both(g=None):\n  if g is None:\n    return partial(both)\n  return g\n"),
            "both: pcr");
  // What the factory was given is not what is decorated.
  EXPECT_EQ(Effects("def make(x):\n  def d(f):\n    return x\n  return d\n"), "");
}

TEST(DecoratorEffectsTest, AnnotationsPromise) {
  EXPECT_EQ(Effects("def d(f: F) -> F:\n  return registry.add(lambda: f)\n"), "d: pr");
  EXPECT_EQ(Effects("def d(f: Callable[P, R]) -> Callable[P, S]:\n  return make(lambda: f)\n"),
            "d: p");
  EXPECT_EQ(Effects("def d(x) -> Callable[[F], F]:\n  return make(x)\n"), "d: cr");
  EXPECT_EQ(Effects("def d(f: Callable) -> Callable:\n  return make(lambda: f)\n"), "");
  EXPECT_EQ(Effects("def d(f: Callable[..., R]) -> Callable[..., R]:\n  return make(lambda: f)\n"),
            "");
}

TEST(DecoratorEffectsTest, Classes) {
  EXPECT_EQ(Effects("class D:\n  def __init__(self, x): pass\n  def __call__(self, f):\n"
                    "    return f\n"),
            "D: cr; __call__: pr");
  const std::string holds =
      "class D:\n  def __init__(self, f):\n    self.f = f\n  def __call__(self, *a, **k):\n"
      "    return self.f(*a, **k)\n";
  EXPECT_EQ(Effects(holds), "D: pf");
  EXPECT_EQ(Effects(holds + "  def __get__(self, i, o): pass\n"), "");
  EXPECT_EQ(Effects("class D:\n  def __init__(self, f):\n    self.f = f\n"
                    "  def __call__(self, *a, **k):\n    return self.g(*a, **k)\n"),
            "");
}

TEST(DecoratorEffectsTest, CommentsAndMissingPartsAreNoParameters) {
  const std::string_view comment =
      "class C:\n  def __init__(self, f):\n    self.f = f\n"
      "  def __call__(  # why\n      self, *a, **k):\n    return self.f(*a, **k)\n";
  std::string plain(comment);
  plain.erase(plain.find("  # why\n      "), 14);
  EXPECT_EQ(Effects(comment), Effects(plain));
  EXPECT_NE(Effects(plain), "");
  Effects("class C:\n  def __init__(self, f):\n    self.f = f\n  def __call__():\n    pass\n");
  Effects("class C:\n  def __init__(self, f):\n    self.f = f\n  __call__: T\n");
  Effects("def d(f):\n  def w(*a, **k):\n    return f(*a, **k)\n  w.__wrapped__: T\n  return w\n");
}

TEST(DecoratorEffectsTest, EncodingKeepsEverything) {
  DecoratorEffect effect{true, false, true, true, {"backend", "x"}};
  EXPECT_EQ(DecodeEffect(EncodeEffect(effect)), effect);
  EXPECT_EQ(DecodeEffect(""), DecoratorEffect());
}

TEST(DecoratorEffectsTest, NamesThatAreOnlyAnnotatedAreNoValues) {
  EXPECT_EQ(Effects("class D:\n  __call__: Hook\n  def __init__(self, f):\n    self.f: Any\n"
                    "    self.g: Any = f\n"),
            "");
}

}  // namespace
}  // namespace inhouse
