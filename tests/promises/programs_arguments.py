"""Changes of functions, classes and objects that are arguments or watched, and of declared inputs: each counts."""

from programs import table

CASES = table(
    "recompute",
    r"""
== a function as argument
-- + 1 --> + 2
def a(x): return x + 1

@checkpoint
def f(g, x):
    print("ran")
    return g(x)
print(f(a, 3))

== a helper of a function as argument
-- + 1 --> + 2
def b(x): return x + 1
def a(x): return b(x)

@checkpoint
def f(g, x):
    print("ran")
    return g(x)
print(f(a, 3))

== what is hung on a function that is an argument
-- a.weight = 1 --> a.weight = 5
def a(x): return x
a.weight = 1

@checkpoint
def f(g, x):
    print("ran")
    return g.weight * x
print(f(a, 3))

== the name that a function was given which is an argument
-- percentile_%s --> p%s
def percentile(n):
    def percentile_(x): return x * n
    percentile_.__name__ = "percentile_%s" % n
    return percentile_

@checkpoint
def f(functions, x):
    print("ran")
    return {one.__name__: one(x) for one in functions}
print(f([percentile(5), percentile(95)], 3))

== the name that a function was given which is a global
-- "one" --> "other"
def a(x): return x
a.__name__ = "one"
@@ (a.__name__, x)

== the name that a class was given which is an argument
-- "One" --> "Other"
class A: pass
A.__name__ = "One"

@checkpoint
def f(cls):
    print("ran")
    return cls.__name__
print(f(A))

== the name that a library's decorator leaves on a wrapper
-- a.__name__ = "one" --> a.__name__ = "other"
import functools
def wrapped(g):
    @functools.wraps(g, updated=())
    def wrapper(x): return g(x)
    del wrapper.__wrapped__
    return wrapper
def a(x): return x
a.__name__ = "one"

@checkpoint
def f(g):
    print("ran")
    return g.__name__
print(f(wrapped(a)))

== the version of a checkpoint that is called
-- version=1 --> version=2
-- env: A=1 --> A=2
import os
@checkpoint(version=1)
def inner(x): return x + int(os.environ["A" * (x > 0)])
def helper(x): return inner(x)
@@ helper(x)

== a value that a checkpoint which is called watches
-- watch=[[1]] --> watch=[[2]]
-- silent
@checkpoint(watch=[[1]])
def inner(x): return x + 1
@@ inner(x)

== a global that a checkpoint which is called watches
-- K = 1 --> K = 2
K = 1
NAME = "K"
@checkpoint(watch=["K"])
def inner(x): return x + globals()[NAME]
@@ inner(x)

== the version of a checkpointed method that is called
-- version=1 --> version=2
-- silent
class A:
    @checkpoint(version=1)
    def inner(self, x): return x + 1
a = A()
@@ a.inner(x)

== a lambda as argument
-- + 1 --> + 2
@checkpoint
def f(g, x):
    print("ran")
    return g(x)
print(f(lambda x: x + 1, 3))

== a global of a function as argument
-- K = 1 --> K = 2
K = 1
def a(x): return x + K

@checkpoint
def f(g, x):
    print("ran")
    return g(x)
print(f(a, 3))

== a cell of a function as argument
-- make(1) --> make(2)
def make(n): return lambda x: x + n

@checkpoint
def f(g, x):
    print("ran")
    return g(x)
print(f(make(1), 3))

== a partial as argument
-- a, 1 --> a, 2
from functools import partial
def a(k, x): return x + k

@checkpoint
def f(g, x):
    print("ran")
    return g(x)
print(f(partial(a, 1), 3))

== a class as argument
-- + 1 --> + 2
class A(int):
    def __repr__(self): return str(int(self) + 1)

@checkpoint
def f(g, x):
    print("ran")
    return g(x)
print(f(A, 3))

== a bound method as argument
-- + 1 --> + 2
class A:
    def m(self, x): return x + 1

@checkpoint
def f(g, x):
    print("ran")
    return g(x)
print(f(A().m, 3))

== the class of an argument
-- + 1 --> + 2
class A:
    def m(self, x): return x + 1
@checkpoint
def f(a, x):
    print('ran')
    return a.m(x)
print(f(A(), 3))

== the base class of an argument
-- + 1 --> + 2
class B:
    def m(self, x): return x + 1
class A(B): pass
@checkpoint
def f(a, x):
    print('ran')
    return a.m(x)
print(f(A(), 3))

== a function in a list as argument
-- + 1 --> + 2
def a(x): return x + 1
@checkpoint
def f(gs, x):
    print('ran')
    return [g(x) for g in gs]
print(f([a], 3))

== a function of another module as argument
-- K = 1 --> K = 2
import helpers

@checkpoint
def f(g, x):
    print("ran")
    return g(x)
print(f(helpers.a, 3))
#: helpers.py
K = 1
def a(x): return x + K

== a dataclass argument's method
-- + 1 --> + 2
from dataclasses import dataclass
@dataclass
class C:
    lr: int = 1
    def scaled(self): return self.lr + 1
@checkpoint
def f(c):
    print('ran')
    return c.scaled()
print(f(C()))

== an enum argument
-- f(E.A) --> f(E.B)
import enum
class E(enum.Enum):
    A = 1
    B = 2
@checkpoint
def f(e):
    print('ran')
    return e.value
print(f(E.A))

== a watched function
-- + 1 --> + 2
def a(x): return x + 1
with InlineCheckpoint(watch=['a'], produce=['y']):
    print('ran')
    y = a(3)
print(y)

== a watched list
-- 2] --> 3]
v = [1, 2]
with InlineCheckpoint(watch=['v'], produce=['y']):
    print('ran')
    y = sum(v)
print(y)

== a watched attribute
-- a.k = 1 --> a.k = 2
class A: pass
a = A()
a.k = 1
a.l = 5
with InlineCheckpoint(watch=['a.k'], produce=['y']):
    print('ran')
    y = a.k
print(y)

== a watched item
-- 1} --> 2}
d = {'b': 1}
with InlineCheckpoint(watch=["d['b']"], produce=['y']):
    print('ran')
    y = d['b']
print(y)

== a global that a helper of a block reads, with a list of what is watched
-- K = 1 --> K = 2
K = 1
def g(v): return v + K
v = 3
with InlineCheckpoint(watch=['v'], produce=['y']):
    print('ran')
    y = g(v)
print(y)

== a watched value of a function
-- LEVEL = 1 --> LEVEL = 2
import helpers
@checkpoint(watch=['LEVEL'])
def f(x):
    print('ran')
    return helpers.read(x)
LEVEL = 1
helpers.TABLE = {'LEVEL': LEVEL}
print(f(3))
#: helpers.py
TABLE = {}
def read(x): return x + globals()['TABLE']['LEVEL']

== the version
-- version=1 --> version=2
-- silent
@checkpoint(version=1)
def f(x):
    print('ran')
    return x
print(f(3))

== the version of a block
-- version=1 --> version=2
-- silent
with InlineCheckpoint(version=1):
    print('ran')
    y = 1
print(y)

== a part that stays below one that is ignored
-- lr=1 --> lr=2
from types import SimpleNamespace as N
@checkpoint(ignore=['args.workers'])
def f(args):
    print('ran')
    return args.lr
print(f(N(lr=1, workers=2)))

== a name that is produced in another way
-- a = b = 1 --> a = b = 2
with InlineCheckpoint(watch=[], produce=['a']):
    print('ran')
    a = b = 1
print(a)

== a file that is read
-- one --> two
def load():
    with open("data.txt") as file:
        return file.read().strip()
@@ load() * x
#: data.txt
one

== a file read by a decorated function that is called
-- one --> two
from pathlib import Path
@checkpoint
def load(name):
    return Path(name).read_text().strip()
@checkpoint
def f(x):
    print("ran")
    return load("data.txt") * x
print(load("data.txt"), f(3))
#: data.txt
one

== a file that did not exist
import os
from pathlib import Path
def load():
    return Path("over.txt").read_text().strip() if os.path.exists("over.txt") else "none"
@@ load()
-->
import os
from pathlib import Path
def load():
    return Path("over.txt").read_text().strip() if os.path.exists("over.txt") else "none"
@@ load()
#: over.txt
some
""",
)
