"""Changes of classes: each counts."""

from programs import table

CASES = table(
    "recompute",
    r"""
== a method
-- + 1 --> + 2
class A:
    def m(self, x): return x + 1
@@ A().m(x)

== a method of a class whose metaclass raises for what is not there
-- x * 1 --> x * 7
class Meta(type):
    def __getattr__(cls, name): return cls.known[name]
class Settings(metaclass=Meta):
    known = {'lr': 1}
    def scale(self, x): return x * 1
@@ Settings().scale(x) + Settings.lr

== what the metaclass of a class gives
-- 'lr': 1 --> 'lr': 2
class Meta(type):
    def __getattr__(cls, name): return cls.known[name]
class Settings(metaclass=Meta):
    known = {'lr': 1}
@@ Settings.lr + x

== an item of a dict whose items are attributes
-- lr=3 --> lr=4
class AttrDict(dict):
    __getattr__ = dict.__getitem__
CFG = AttrDict(lr=3)
def g(x): return CFG.lr * x
@@ g(x)

== a method that calls a method
-- + 1 --> + 2
class A:
    def k(self, x): return x + 1
    def m(self, x): return self.k(x)
@@ A().m(x)

== a helper of a method
-- + 1 --> + 2
def g(x): return x + 1
class A:
    def m(self, x): return g(x)
@@ A().m(x)

== a method of a global instance
-- + 1 --> + 2
class A:
    def m(self, x): return x + 1
a = A()
@@ a.m(x)

== the state of a global instance
-- A(1) --> A(2)
class A:
    def __init__(self, k): self.k = k
a = A(1)
@@ a.k + x

== a bound method
-- + 1 --> + 2
class A:
    def m(self, x): return x + 1
m = A().m
@@ m(x)

== the state behind a bound method
-- A(1) --> A(2)
class A:
    def __init__(self, k): self.k = k
    def m(self, x): return x * self.k
m = A(1).m
@@ m(x)

== a callable object
-- + 1 --> + 2
class A:
    def __call__(self, x): return x + 1
a = A()
@@ a(x)

== an operator method
-- x + 1 --> x + 2
class A:
    def __add__(self, x): return x + 1
a = A()
@@ a + x

== __getattr__
-- + 1 --> + 2
class A:
    def __getattr__(self, n): return len(n) + 1
@@ A().ab

== __init__
-- + 1 --> + 2
class A:
    def __init__(self, x): self.k = x + 1
@@ A(x).k

== __new__
-- + 1 --> + 2
class A:
    def __new__(cls, x): return x + 1
@@ A(x)

== __iter__
-- 1 + 1 --> 1 + 2
class A:
    def __iter__(self): return iter([1 + 1])
@@ list(A())

== a property
-- 1 + 1 --> 1 + 2
class A:
    @property
    def p(self): return 1 + 1
@@ A().p

== a property's setter
-- + 1 --> + 2
class A:
    p = property(lambda s: s.k, lambda s, v: s.__dict__.update(k=v + 1))
def g(x):
    a = A()
    a.p = x
    return a.p
@@ g(x)

== a cached property
-- 1 + 1 --> 1 + 2
from functools import cached_property
class A:
    @cached_property
    def p(self): return 1 + 1
@@ A().p

== a static method
-- + 1 --> + 2
class A:
    @staticmethod
    def m(x): return x + 1
@@ A.m(x)

== a class method
-- + 1 --> + 2
class A:
    @classmethod
    def m(cls, x): return x + 1
@@ A.m(x)

== a class attribute that a class method reads
-- k = 1 --> k = 2
class A:
    k = 1
    @classmethod
    def m(cls, x): return x * cls.k
@@ A.m(x)

== a static method becomes a class method
-- staticmethod --> classmethod
class A:
    @staticmethod
    def m(*a): return len(a)
@@ A.m(x)

== a class attribute
-- k = 1 --> k = 2
class A:
    k = 1
@@ A.k + x

== a class attribute through an instance
-- k = 1 --> k = 2
class A:
    k = 1
a = A()
@@ a.k + x

== a class attribute that is changed later
-- append(5) --> append(6)
class A:
    k = [1]
A.k.append(5)
@@ sum(A.k) + x

== a class attribute set on the class later
-- A.k = 5 --> A.k = 6
class A:
    k = 1
A.k = 5
@@ A.k + x

== a base class
-- + 1 --> + 2
class B:
    def m(self, x): return x + 1
class A(B): pass
@@ A().m(x)

== a base class in another file
-- + 1 --> + 2
from base import B
class A(B): pass
@@ A().m(x)
#: base.py
class B:
    def m(self, x): return x + 1

== super()
-- + 1 --> + 2
class B:
    def m(self, x): return x + 1
class A(B):
    def m(self, x): return super().m(x)
@@ A().m(x)

== the order of bases
-- B, C) --> C, B)
class B:
    k = 1
class C:
    k = 2
class A(B, C): pass
@@ A().k

== a base class that gains an override
--     pass -->     k = 2
class B:
    k = 1
class A(B):
    pass
@@ A().k

== a metaclass
-- + 1 --> + 2
class M(type):
    def m(cls, x): return x + 1
class A(metaclass=M): pass
@@ A.m(x)

== a metaclass in another file
-- 1 + 1 --> 1 + 2
from meta import M
class A(metaclass=M): pass
@@ len(A) * x
#: meta.py
class M(type):
    def __len__(cls): return 1 + 1

== a descriptor
-- 1 + 1 --> 1 + 2
class D:
    def __get__(self, o, t): return 1 + 1
class A:
    d = D()
@@ A().d * x

== the state of a descriptor
-- D(1) --> D(2)
class D:
    def __init__(self, k): self.k = k
    def __get__(self, o, t): return self.k
class A:
    d = D(1)
@@ A().d * x

== __init_subclass__
-- cls.k = 1 --> cls.k = 2
class B:
    def __init_subclass__(cls): cls.k = 1
class A(B): pass
@@ A.k * x

== a class decorator
-- c.k = 1 --> c.k = 2
def deco(c):
    c.k = 1
    return c
@deco
class A: pass
@@ A.k * x

== a nested class
-- k = 1 --> k = 2
class A:
    class B:
        k = 1
@@ A.B.k * x

== an abstract class's concrete method
-- + 1 --> + 2
import abc
class B(abc.ABC):
    def t(self, x): return x + 1
    @abc.abstractmethod
    def m(self): ...
class A(B):
    def m(self): return 1
@@ A().t(x)

== a class with slots
-- self.k = 1 --> self.k = 2
class A:
    __slots__ = ('k',)
    def __init__(self): self.k = 1
a = A()
@@ a.k * x
""",
)
