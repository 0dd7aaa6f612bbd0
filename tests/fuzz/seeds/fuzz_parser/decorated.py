p@dataclass(frozen=True)
class R:
    a: int
    b: "str" = field(default="x")
@property
def p(self): yield 1
@overload
def o(a: int): ...
def o(a): global g; g = lambda q, *r: [z for z in q if (w := z)]
