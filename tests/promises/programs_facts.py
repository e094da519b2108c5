"""What is true of a class although its body does not hold it, and of modules with a class of their own."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== an object that is pickled by its name
-- S(1) --> S(2)
class S:
    def __init__(self, k): self.k = k
    def __reduce__(self): return "SETTING"
SETTING = S(1)
@@ SETTING.k + x

== a function that is pickled by its name alone
-- return 1 --> return 2
class By:
    def __init__(self, name): self.name = name
    def __reduce__(self): return By, (self.name,)
    def __call__(self): return globals()[self.name.partition(":")[2]]()
def one(): return 1
B = By("__main__:one")
@@ B() + x

== singledispatch of an ABC
-- R.register(B) --> pass
import abc, functools
class R(abc.ABC): pass
class B: pass
R.register(B)
@functools.singledispatch
def g(v): return "none"
@g.register
def _(v: R): return "R"
@@ g(B())

== virtual subclass of a library ABC
-- Sequence.register(B) --> pass
from collections.abc import Sequence
class B: pass
Sequence.register(B)
@@ isinstance(B(), Sequence)

== virtual subclass of a library ABC by module
-- collections.abc.Sequence.register(B) --> pass
import collections.abc
class B: pass
collections.abc.Sequence.register(B)
@@ isinstance(B(), collections.abc.Sequence)

== type alias
-- list[int] --> list[str]
-- needs: pydantic
import typing
A = list[int]
def h(): return typing.get_args(A)[0].__name__
@@ h()

== module class
-- return 1 --> return 2
import cfg
@@ cfg.rate
#: cfg.py
import sys, types
class M(types.ModuleType):
    @property
    def rate(self): return 1
sys.modules[__name__].__class__ = M

== enum boundary strict
-- KEEP --> CONFORM
import enum
class P(enum.IntFlag, boundary=enum.KEEP):
    R = 1
@@ int(P(9))

== NewType chain
-- , int) --> , float)
from typing import NewType
A = NewType("A", int)
B = NewType("B", A)
def h(v):
    t = B
    while hasattr(t, "__supertype__"): t = t.__supertype__
    return t(v)
@@ h(x)

== generic base
-- [User] --> [Order]
from typing import Generic, TypeVar, get_args
T = TypeVar("T")
class User: n = 1
class Order: n = 2
class Base(Generic[T]):
    def table(self): return get_args(type(self).__orig_bases__[0])[0].n
class Repo(Base[User]): pass
@@ Repo().table()

== generic base content
-- n = 1 --> n = 2
from typing import Generic, TypeVar, get_args
T = TypeVar("T")
class User: n = 1
class Base(Generic[T]):
    def table(self): return get_args(type(self).__orig_bases__[0])[0].n
class Repo(Base[User]): pass
@@ Repo().table()
""",
)

HITS = table(
    "hit",
    r"""
== generic bases
-- return v + 1 --> return  v  +  1
import typing
G = typing.TypeVar("G")
class N: n = 1
class B(typing.Generic[G]): pass
class C(B[dict[str, N]]): n = 1
class D(B[typing.Callable[[int], "N"]]): n = 1
class E(B[typing.Literal["a", 1]]): n = 1
class F(B[typing.Annotated[int, N()]]): n = 1
class H(B[typing.Union[int, None]]): n = 1
def g(v): return v + 1
@@ g(x) + C.n + D.n + E.n + F.n + H.n

== ABC caches
-- return v + 1 --> return  v  +  1
import abc
from collections.abc import Sequence
class R(abc.ABC): pass
class S(R): pass
class B: pass
class C: pass
S.register(B)
R.register(C)
Sequence.register(B)
def g(v): return v + 1
@@ [g(x), isinstance(B(), R), isinstance(3, R), isinstance(C(), Sequence), issubclass(list, Sequence)]

== singledispatch of many
-- return v + 1 --> return  v  +  1
import functools, collections.abc
@functools.singledispatch
def g(v): return v + 1
@g.register
def _(v: list): return 2
@g.register(dict)
@g.register(collections.abc.Set)
def _(v): return 3
g(2)
@@ g(x) + g([]) + g({})
""",
)
