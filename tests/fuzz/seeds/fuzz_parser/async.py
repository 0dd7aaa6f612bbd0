pasync def f():
    async with open() as (a, b):
        await a.x[1:2](*b, **c)
match x:
    case {"a": [1, *r], **k} | P(q=1) as z if z:
        pass
