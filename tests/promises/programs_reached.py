"""Changes of code that the computation reaches by calling it, directly or through something: each counts."""

from programs import table

CASES = table(
    "recompute",
    r"""
== a helper
-- + 1 --> + 2
def g(x): return x + 1
@@ g(x)

== a helper of a helper of a helper
-- + 1 --> + 2
def a(x): return x + 1
def b(x): return a(x)
def c(x): return b(x)
@@ c(x)

== a helper that stands below
-- + 1 --> + 2
def main():
    @@ g(x)
def g(x): return x + 1
main()

== a helper imported by name
-- + 1 --> + 2
from helpers import g
@@ g(x)
#: helpers.py
def g(x): return x + 1

== a helper under an alias
-- + 1 --> + 2
from helpers import g as h
@@ h(x)
#: helpers.py
def g(x): return x + 1

== module.helper
-- + 1 --> + 2
import helpers
@@ helpers.g(x)
#: helpers.py
def g(x): return x + 1

== a module under an alias
-- + 1 --> + 2
import helpers as h
@@ h.g(x)
#: helpers.py
def g(x): return x + 1

== package.module.helper
-- + 1 --> + 2
import pkg.mod
@@ pkg.mod.g(x)
#: pkg/__init__.py
#: pkg/mod.py
def g(x): return x + 1

== a module from a package without __init__
-- + 1 --> + 2
from space import mod
@@ mod.g(x)
#: space/mod.py
def g(x): return x + 1

== a name handed on by a package
-- + 1 --> + 2
from pkg import g
@@ g(x)
#: pkg/__init__.py
from .mod import g
#: pkg/mod.py
from ._deep import K, inner
def g(x): return inner(x)
#: pkg/_deep.py
K = 1
def inner(x): return x + 1

== a helper imported by *
-- + 1 --> + 2
from helpers import *
@@ g(x)
#: helpers.py
def g(x): return x + 1

== an import inside the function
-- + 1 --> + 2
@checkpoint
def f(x):
    print("ran")
    import helpers
    return helpers.g(x)
print(f(3))
#: helpers.py
def g(x): return x + 1

== an import of a name inside the function
-- + 1 --> + 2
@checkpoint
def f(x):
    print("ran")
    from pkg.helpers import g
    return g(x)
print(f(3))
#: pkg/__init__.py
#: pkg/helpers.py
def g(x): return x + 1

== an import inside a helper
-- + 1 --> + 2
def h(x):
    import helpers as hp
    return hp.g(x)
@@ h(x)
#: helpers.py
def g(x): return x + 1

== an import inside the function for what it registers
-- t + 1 --> t + 2
from base import Base
def g(x):
    import plugin
    return Base.known['P']().f(x)
@@ g(x)
#: base.py
class Base:
    known = {}
    def __init_subclass__(cls): Base.known[cls.__name__] = cls
#: plugin.py
from base import Base
class P(Base):
    def f(self, t): return t + 1

== an import of a submodule inside a helper for what it registers
-- t + 1 --> t + 2
import pkg.registry
@@ pkg.registry.create('h', x)
#: pkg/__init__.py
#: pkg/registry.py
known = {}
def create(name, t):
    if name not in known:
        import pkg.plugin
    return known[name](t)
#: pkg/plugin.py
from pkg.registry import known
def h(t): return t + 1
known['h'] = h

== an import in a block
-- + 1 --> + 2
with InlineCheckpoint(watch=[], produce=["y"]):
    print("ran")
    from helpers import g
    y = g(1)
print(y)
#: helpers.py
def g(x): return x + 1

== modules that import each other
-- + 1 --> + 2
import one
@@ one.a(x)
#: one.py
import two
def a(x): return two.b(x) if x else 0
#: two.py
import one
def b(x): return one.a(x - 1) + 1

== recursion
-- + 1 --> + 2
def g(n): return n and g(n - 1) + 1
@@ g(x)

== recursion of the computation itself
-- + 1 --> + 2
@checkpoint
def f(n):
    return 0 if n == 0 else f(n - 1) + 1
@checkpoint
def g(n):
    print("ran")
    return f(n)
print(g(3))

== mutual recursion
-- n != 0 and --> n > 0 and not
def even(n): return n == 0 or odd(n - 1)
def odd(n): return n != 0 and even(n - 1)
@@ even(x)

== an item of a dict of functions
-- + 1 --> + 2
def a(x): return x + 1
D = {"a": a}
@@ D["a"](x)

== any item of a dict of functions, where it is chosen at run time
-- + 1 --> + 2
def a(x): return x + 1
def b(x): return x - 1
D = {"a": a, "b": b}
@checkpoint
def f(x, way):
    print("ran")
    return D[way](x)
print(f(3, "a"))

== a list of functions
-- + 1 --> + 2
def a(x): return x + 1
L = [a, abs]
@@ [g(x) for g in L]

== the order of a list of functions
-- abs, str --> str, abs
L = [abs, str]
@@ [g(x) for g in L]

== functions in nested containers
-- + 1 --> + 2
def a(x): return x + 1
STEPS = [("first", {"run": a})]
@@ [step["run"](x) for _, step in STEPS]

== a registry filled by a decorator in another module
-- + 1 --> + 2
from registry import STEPS
import steps
@@ [g(x) for g in STEPS.values()]
#: registry.py
STEPS = {}
def step(g):
    STEPS[g.__name__] = g
    return g
#: steps.py
from registry import step
@step
def a(x): return x + 1

== a partial's function
-- + 1 --> + 2
from functools import partial
def a(k, x): return x + 1
p = partial(a, 5)
@@ p(x)

== a partial's argument
-- 5 --> 6
from functools import partial
def a(k, x): return x + k
p = partial(a, 5)
@@ p(x)

== a partial's keyword
-- 5 --> 6
from functools import partial
def a(x, k): return x + k
p = partial(a, k=5)
@@ p(x)

== a wrapped helper
-- + 1 --> + 2
import functools
def twice(g):
    @functools.wraps(g)
    def inner(x): return g(x) * 2
    return inner
@twice
def g(x): return x + 1
@@ g(x)

== the wrapper of a helper
-- * 2 --> * 3
import functools
def twice(g):
    @functools.wraps(g)
    def inner(x): return g(x) * 2
    return inner
@twice
def g(x): return x + 1
@@ g(x)

== a helper behind functools.lru_cache
-- + 1 --> + 2
import functools
@functools.lru_cache
def g(x): return x + 1
@@ g(x)

== a context manager
-- + 1 --> + 2
from contextlib import contextmanager
@contextmanager
def g(x):
    yield x + 1
def h(x):
    with g(x) as y:
        return y
@@ h(x)

== a function handed to map
-- + 1 --> + 2
def g(x): return x + 1
@@ list(map(g, [x]))

== a key function
-- [:1] --> [1:]
def g(s): return s[:1]
@@ sorted(['ab', 'ba', 'aa'], key=g)

== a lambda held by a global
-- + 1 --> + 2
g = lambda x: x + 1
@@ g(x)

== one of two lambdas on one line
-- + 1 --> + 2
a, b = (lambda x: x + 1), (lambda x: x - 1)
@@ a(x)

== another decorated function
-- + 1 --> + 2
@checkpoint
def inner(x):
    return x + 1
@@ inner(x)

== a helper of another decorated function
-- + 1 --> + 2
def deep(x): return x + 1
@checkpoint
def inner(x):
    return deep(x)
@@ inner(x)

== a decorated function of another module
-- + 1 --> + 2
import helpers
@@ helpers.inner(x)
#: helpers.py
@checkpoint
def inner(x):
    return x + 1

== a computation that stands in another module
-- + 1 --> + 2
from job import f
print(f(3))
#: job.py
from helpers import g
@checkpoint
def f(x):
    print("ran")
    return g(x)
#: helpers.py
def g(x): return x + 1

== a function bound anew after the definition
-- + 1 --> + 2
def g(x): return x
@checkpoint
def f(x):
    print("ran")
    return g(x)
def better(x): return x + 1
g = better
print(f(3))

== a function that is patched in another module
-- + 1 --> + 2
import helpers
def better(x): return x + 1
helpers.g = better
@@ helpers.h(x)
#: helpers.py
def g(x): return x
def h(x): return g(x)

== an attribute of a function
-- g.by = 1 --> g.by = 2
def g(x): return x + g.by
g.by = 1
@@ g(x)

== getattr with a constant name
-- + 1 --> + 2
import helpers
@@ getattr(helpers, 'g')(x)
#: helpers.py
def g(x): return x + 1

== operator.attrgetter at hand
-- + 1 --> + 2
def g(x): return x + 1
class N: pass
n = N()
n.g = g
@@ n.g(x)

== which of two functions a name means
-- g = a --> g = b
def a(x): return x + 1
def b(x): return x - 1
g = a
@@ g(x)
""",
)
