"""Equal inputs that come about in another way, and what is ignored or not read: none of it counts."""

from programs import table

CASES = table(
    "hit",
    r"""
== a keyword becomes positional in the call
-- k=2)) --> 2))
@checkpoint
def f(x, k=1):
    print("ran")
    return x + k
print(f(3, k=2))

== a default is spelled out in the call
-- f(3) --> f(3, k=1)
@checkpoint
def f(x, k=1):
    print("ran")
    return x + k
print(f(3))

== the order of keywords in the call
-- a=1, b=2 --> b=2, a=1
@checkpoint
def f(a, b):
    print("ran")
    return a - b
print(f(a=1, b=2))

== an equal argument from another place
-- f([1, 2]) --> f(list(range(1, 3)))
@checkpoint
def f(v):
    print("ran")
    return sum(v)
print(f([1, 2]))

== an equal array in another layout
-- np.ones((3, 4)) --> np.asfortranarray(np.ones((3, 4)))
-- needs: numpy
import numpy as np
@checkpoint
def f(v):
    print("ran")
    return float(v.sum())
print(f(np.ones((3, 4))))

== an equal global from another place
-- [1, 2] --> list(range(1, 3))
L = [1, 2]
@@ x + sum(L)

== an equal cell
-- make(2) --> make(1 + 1)
def make(n):
    return lambda x: x + n
g = make(2)
@@ g(x)

== the order in which a set was filled
-- {'a', 'b', 'c'} --> set('cab')
S = {'a', 'b', 'c'}
@@ 'a' in S

== an ignored parameter
-- verbose=0)) --> verbose=5))
@checkpoint(ignore=["verbose"])
def f(x, verbose=0):
    print("ran")
    return x
print(f(3, verbose=0))

== an ignored part of a parameter
-- workers=2 --> workers=8
from types import SimpleNamespace as N
@checkpoint(ignore=["args.workers"])
def f(args):
    print("ran")
    return args.lr
print(f(N(lr=1, workers=2)))

== an ignored attribute of a pydantic model, and one that it does not declare
-- M(lr=1, out='a', tag='a') --> M(lr=1, out='b')
-- needs: pydantic
import pydantic
class M(pydantic.BaseModel, extra='allow'):
    lr: int
    out: str = ''
@checkpoint(ignore=["m.out", "m.tag"])
def f(m):
    print("ran")
    return m.lr
print(f(M(lr=1, out='a', tag='a')))

== an ignored field of a frozen dataclass with slots
-- D(1, 'a') --> D(1, 'b')
from dataclasses import dataclass
@dataclass(frozen=True, slots=True)
class D:
    lr: int
    out: str
@checkpoint(ignore=["d.out"])
def f(d):
    print("ran")
    return d.lr
print(f(D(1, 'a')))

== an ignored attribute of self
-- A(1) --> A(2)
class A:
    def __init__(self, n): self.n = n
    @checkpoint(ignore=["self.n"])
    def f(self, x):
        print("ran")
        return x
print(A(1).f(3))

== an ignored global of a helper's module
-- LEVEL = 1 --> LEVEL = 2
import helpers
@checkpoint(ignore=["helpers.LEVEL"])
def f(x):
    print("ran")
    return helpers.g(x)
print(f(3))
#: helpers.py
LEVEL = 1
def g(x): return x + 1 if LEVEL else x

== an ignored name of a block
-- workers = 1 --> workers = 2
workers = 1
with InlineCheckpoint(ignore=['workers']):
    print('ran')
    y = 1 if workers else 0
print(y)

== a variable of the environment that is not read
-- env: MODE=a OTHER=a --> MODE=a OTHER=b
import os
@@ os.getenv('MODE')

== a file that is touched
from pathlib import Path
@@ Path('data.txt').read_text() * x
#: data.txt
one

== a file that is not read
-- #: other.txt\none --> #: other.txt\ntwo
from pathlib import Path
@@ Path('data.txt').read_text() * x
#: data.txt
one
#: other.txt
one

== the wrapper of another decorated function
-- @checkpoint\ndef inner --> @checkpoint(ignore=[])\ndef inner
@checkpoint
def inner(x): return x + 1
@@ inner(x)

== equal code in two files
-- import one\n --> import two as one\n
-- #: one.py --> #: two.py
import one
@@ one.g(x)
#: one.py
def g(x): return x + 1
""",
)
