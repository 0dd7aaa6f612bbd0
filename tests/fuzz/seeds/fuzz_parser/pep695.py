ptype X[T: int] = list[T]
class A[*Ts, **P]: ...
def f[T](x: T) -> T: return x
print "old"
exec "x"
