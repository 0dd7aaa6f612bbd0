p"""Doc."""
import house as h
class A(h.B):
    """A.

    Args:
        x: The x.
    """
    y: int = 3
    def f(self, a, /, *b, c=1, **d) -> int:
        return h.run(self.y, k=a)
