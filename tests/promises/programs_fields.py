"""Changes of what classes are made from, and of what is dispatched by type: each counts."""

from programs import table

CASES = table(
    "recompute",
    r"""
== a dataclass default
-- = 1 --> = 2
from dataclasses import dataclass
@dataclass
class A:
    k: int = 1
@@ A().k * x

== a dataclass factory
-- [1] --> [2]
from dataclasses import dataclass, field
def make(): return [1]
@dataclass
class A:
    k: list = field(default_factory=make)
@@ A().k * x

== the metadata of a dataclass field
-- 'unit': 1 --> 'unit': 2
import dataclasses
from units import total
@dataclasses.dataclass
class D:
    a: int = dataclasses.field(default=1, metadata={'unit': 1})
@@ total(D(x))
#: units.py
import dataclasses
def total(o): return sum(getattr(o, f.name) * f.metadata['unit'] for f in dataclasses.fields(o))

== a function in the metadata of a dataclass field
-- v + 1 --> v + 2
import dataclasses
def h(v): return v + 1
@dataclasses.dataclass
class D:
    a: int = dataclasses.field(default=1, metadata={'h': h})
@@ sum(f.metadata['h'](x) for f in dataclasses.fields(D))

== a dataclass's own method
-- + 1 --> + 2
from dataclasses import dataclass
@dataclass
class A:
    k: int = 1
    def m(self): return self.k + 1
@@ A().m() * x

== the order of dataclass fields
-- a: int = 0\n    b: int = 0 --> b: int = 0\n    a: int = 0
from dataclasses import dataclass
@dataclass
class A:
    a: int = 0
    b: int = 0
@@ A(x).a

== an option of a dataclass
-- order=True --> frozen=True
from dataclasses import dataclass
@dataclass(order=True)
class A:
    k: int = 1
@@ hasattr(A(), '__hash__') and A.__hash__ is None

== an annotation that makes a field
-- b = 2 --> b: int = 2
from dataclasses import dataclass
@dataclass
class A:
    a: int = 1
    b = 2
@@ repr(A(x)).replace(' ', '')

== an annotation that is read
-- a: int --> a: float
import typing
def g(a: int): return a
@@ str(typing.get_type_hints(g))

== an annotation of a field that a helper reads
-- a: int --> a: float
import typing
class A:
    a: int
def g(c): return str(typing.get_type_hints(c))
@@ g(A)

== a docstring that is read
-- Say. --> Tell.
def g():
    'Say.'
@@ g.__doc__ * x

== a class docstring that is read
-- Say. --> Tell.
class A:
    'Say.'
@@ A.__doc__ * x

== an enum's value
-- A = 1 --> A = 2
import enum
class E(enum.Enum):
    A = 1
@@ E.A.value * x

== a private table of an enum
-- {'A': 1} --> {'A': 2}
import enum
class E(enum.Enum):
    A = 1
    __weights = {'A': 1}
    @property
    def weight(self): return self.__weights[self.name]
@@ E.A.weight * x

== data that is put on an enum
-- _k = 1 --> _k = 2
import enum
class E(enum.Enum):
    A = 1
E._k = 1
@@ E.A._k * x

== an enum's members
-- A = 1 --> A = 1\n    B = 2
import enum
class E(enum.Enum):
    A = 1
@@ len(E) * x

== an enum's method
-- 1 + 1 --> 1 + 2
import enum
class E(enum.Enum):
    A = 1
    def m(self): return 1 + 1
@@ E.A.m() * x

== an enum in another file, as a default
-- RED = 1 --> RED = 2
from colours import Colour
def g(c=Colour.RED): return c.value
@@ g() * x
#: colours.py
import enum
class Colour(enum.IntEnum):
    RED = 1

== a named tuple's default
-- = 1 --> = 2
from typing import NamedTuple
class P(NamedTuple):
    a: int = 1
@@ P().a * x

== collections.namedtuple
-- 'a b' --> 'b a'
from collections import namedtuple
P = namedtuple('P', 'a b')
@@ P(x, 2).a

== the base of a singledispatch
-- + 1 --> + 2
from functools import singledispatch
@singledispatch
def g(x): return x + 1
@@ g(x)

== an implementation of a singledispatch
-- + 1 --> + 2
from functools import singledispatch
@singledispatch
def g(x): return x
@g.register
def _(x: int): return x + 1
@@ g(x)

== an implementation that is registered in another module
-- + 1 --> + 2
from generic import g
import ints
@@ g(x)
#: generic.py
from functools import singledispatch
@singledispatch
def g(x): return x
#: ints.py
from generic import g
g.register(int)(lambda x: x + 1)

== a singledispatch gains an implementation
-- # more --> g.register(int)(lambda x: x + 1)
from functools import singledispatch
@singledispatch
def g(x): return x
# more
@@ g(x)

== a singledispatchmethod
-- + 1 --> + 2
from functools import singledispatchmethod
class A:
    @singledispatchmethod
    def m(self, x): return x
    @m.register
    def _(self, x: int): return x + 1
@@ A().m(x)

== an exception class
-- e1 --> e2
class E(Exception):
    def __str__(self): return 'e1'
@@ str(E())

== a partialmethod
-- m, 2 --> m, 3
from functools import partialmethod
class A:
    def m(self, k, x): return x * k
    n = partialmethod(m, 2)
@@ A().n(x)

== total_ordering over a method
-- self.k < o.k --> self.k > o.k
from functools import total_ordering
@total_ordering
class A:
    def __init__(self, k): self.k = k
    def __eq__(self, o): return self.k == o.k
    def __lt__(self, o): return self.k < o.k
@@ A(1) > A(2)

== a checkpointed method
-- + 1 --> + 2
class A:
    def __init__(self, k): self.k = k
    @checkpoint
    def f(self, x):
        print("ran")
        return self.helper(x)
    def helper(self, x): return x * self.k + 1
print(A(2).f(3))

== the state of the object whose method is checkpointed
-- A(2) --> A(3)
class A:
    def __init__(self, k): self.k = k
    @checkpoint
    def f(self, x):
        print("ran")
        return x * self.k
print(A(2).f(3))

== a checkpointed class method
-- k = 1 --> k = 2
class A:
    k = 1
    @classmethod
    @checkpoint
    def f(cls, x):
        print("ran")
        return x * cls.k
print(A.f(3))
""",
)
