"""Changes of the computation's own code: each of them counts."""

from programs import table

CASES = table(
    "recompute",
    r'''
== an operator
@@ x + 1
-->
@@ x - 1

== a constant
@@ x + 1
-->
@@ x + 2

== the type of a constant
@@ x + 1
-->
@@ x + 1.0

== True for 1
@@ [x, 1]
-->
@@ [x, True]

== the sign of zero
@@ x * 0.0
-->
@@ x * -0.0

== a text
@@ 'a' * x
-->
@@ 'b' * x

== bytes for text
@@ 'a' * x
-->
@@ b'a' * x

== a tuple of constants
@@ x in (1, 2)
-->
@@ x in (1, 3)

== a set of constants
@@ x in {1, 2}
-->
@@ x in {1, 3}

== where two texts are cut
@@ ['a', 'bc', x]
-->
@@ ['ab', 'c', x]

== an f-string
@@ f'{x}a'
-->
@@ f'{x}b'

== the format in an f-string
@@ f'{x:.1f}'
-->
@@ f'{x:.2f}'

== the conversion in an f-string
@@ f'{str(x)!s}'
-->
@@ f'{str(x)!r}'

== a lambda
@@ (lambda a: a + x)(1)
-->
@@ (lambda a: a - x)(1)

== the default of a lambda
@@ (lambda a=1: a * 10)()
-->
@@ (lambda a=2: a * 10)()

== a list comprehension
@@ [i for i in range(x)]
-->
@@ [i + 1 for i in range(x)]

== the filter of a comprehension
@@ [i for i in range(x)]
-->
@@ [i for i in range(x) if i]

== a dict comprehension
@@ {i: 1 for i in range(x)}
-->
@@ {i: 2 for i in range(x)}

== a generator expression
@@ sum(i for i in range(x))
-->
@@ sum(i * i for i in range(x))

== a walrus
@@ (n := x) + n
-->
@@ (n := 5) + n

== a comparison
@@ x < 3
-->
@@ x <= 3

== and, or
@@ x and 0
-->
@@ x or 0

== a condition
@@ 1 if x else 2
-->
@@ 1 if not x else 2

== the name of an attribute
@@ x.real + 1j
-->
@@ x.imag + 1j

== the name of a method
@@ 'aB'.upper() * x
-->
@@ 'aB'.lower() * x

== the name of a keyword
@@ dict(a=x)
-->
@@ dict(b=x)

== a slice
@@ 'abcdef'[:x]
-->
@@ 'abcdef'[x:]

== which builtin is called
@@ max(x, 5)
-->
@@ min(x, 5)

== a number above the small ones
@@ x + 123456789
-->
@@ x + 123456780

== a default
-- x=1 --> x=2
@checkpoint
def f(x=1):
    print("ran")
    return x
print(f(), f())

== a keyword-only default
-- x=1 --> x=2
@checkpoint
def f(*, x=1):
    print("ran")
    return x
print(f())

== a mutable default
-- 2] --> 3]
@checkpoint
def f(x=[1, 2]):
    print("ran")
    return sum(x)
print(f())

== a function as default
-- x + 1 --> x + 2
def g(x): return x + 1
@checkpoint
def f(x, step=g):
    print("ran")
    return step(x)
print(f(1))

== a default of a helper
-- by=1 --> by=2
def g(x, by=1): return x + by
@@ g(x)

== a keyword-only default of a helper
-- by=1 --> by=2
def g(x, *, by=1): return x + by
@@ g(x)

== a nested function
-- a + 1 --> a + 2
@checkpoint
def f(x):
    print("ran")
    def g(a): return a + 1
    return g(x)
print(f(3))

== the order of two statements
-- x += 1\n    x *= 2 --> x *= 2\n    x += 1
@checkpoint
def f(x):
    print("ran")
    x += 1
    x *= 2
    return x
print(f(3))

== a pattern of match
-- case 3 --> case 4
@checkpoint
def f(x):
    print("ran")
    match x:
        case 3: return "three"
        case _: return "other"
print(f(3))

== the exception that is caught
-- KeyError --> IndexError
@checkpoint
def f(x):
    print("ran")
    try:
        return {}[x]
    except KeyError:
        return 1
    except LookupError:
        return 2
print(f(3))

== break in a loop
-- break --> continue
@checkpoint
def f(x):
    print("ran")
    for i in range(x):
        if i == 1:
            break
    return i
print(f(3))

== a local class
-- k = 1 --> k = 2
@checkpoint
def f(x):
    print("ran")
    class A:
        k = 1
    return A.k + x
print(f(3))

== a statement of a block
-- y + 1 --> y + 2
x = 3
with InlineCheckpoint(watch=["x"], produce=["y", "z"]):
    print("ran")
    y = x + 1
    z = y + 1
print(y, z)

== a nested function in a block
-- a + 1 --> a + 2
with InlineCheckpoint(watch=[], produce=["y"]):
    print("ran")
    def g(a): return a + 1
    y = g(1)
print(y)

== a block in a function, with its locals
-- main(1) --> main(2)
def main(n):
    k = n + 1
    with InlineCheckpoint():
        print("ran")
        y = [k for _ in range(2)]
    return y
print(main(1))

== a decorator that is applied below the checkpoint
-- @add(1) --> @add(2)
import functools
def add(n):
    def wrap(g):
        @functools.wraps(g)
        def inner(*args):
            return g(*args) + n
        return inner
    return wrap
@checkpoint
@add(1)
def f(x):
    print("ran")
    return x
print(f(3))

== the code of such a decorator
-- + 1 --> + 2
import functools
def add(g):
    @functools.wraps(g)
    def inner(*args):
        return g(*args) + 1
    return inner
@checkpoint
@add
def f(x):
    print("ran")
    return x
print(f(3))

== such a decorator taken away
-- @twice\n -->
def twice(g):
    def inner(*args):
        return g(*args) * 2
    return inner
@checkpoint
@twice
def f(x):
    print("ran")
    return x
print(f(3))

== a coroutine
-- x + 1 --> x + 2
import asyncio
async def g(x):
    await asyncio.sleep(0)
    return x + 1
@checkpoint
async def f(x):
    print("ran")
    return await g(x)
print(asyncio.run(f(3)))

== a generator that is called
-- yield i --> yield -i
def g(n):
    for i in range(n):
        yield i
@@ list(g(x))

== code from exec, without any source
-- x + 1 --> x + 2
text = """
@checkpoint
def f(x):
    print("ran")
    return g(x)
def g(x): return x + 1
"""
import textwrap
exec(textwrap.dedent(text))
print(f(3))
''',
)
