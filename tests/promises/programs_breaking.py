"""Programs that were written to find what the others miss: ways to reach code, and what looks like a change."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== closures in a loop over a cell
-- range(3) --> range(4)
def made():
    hs = []
    for k in range(3):
        hs.append(lambda x: x + k)
    return hs
hs = made()
@@ [h(x) for h in hs]

== a decorator that is a class
-- * self.k --> + self.k
class Deco:
    def __init__(self, k): self.k = k
    def __call__(self, f):
        def inner(x): return f(x) * self.k
        return inner
@Deco(4)
def g(x): return x + 1
@@ g(x)

== a class decorator that adds a method
-- x + 1 --> x + 2
def deco(cls):
    def extra(self, x): return x + 1
    cls.extra = extra
    return cls
@deco
class A: pass
@@ A().extra(x)

== a descriptor with a name of its own
-- * 10 --> * 11
class D:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, owner): return len(self.name) * 10
class A:
    attr = D()
@@ A().attr + x

== a metaclass's __call__
-- * 2 --> * 3
class M(type):
    def __call__(cls, x): return x * 2
class A(metaclass=M): pass
@@ A(x)

== a metaclass's property
-- + 1 --> + 2
class M(type):
    @property
    def k(cls): return cls.base + 1
class A(metaclass=M):
    base = 5
@@ A.k + x

== a generic class
-- + 1 --> + 2
from typing import Generic, TypeVar
T = TypeVar('T')
class Box(Generic[T]):
    def __init__(self, v: T): self.v = v
    def get(self): return self.v + 1
@@ Box[int](x).get()

== a protocol's default method
-- + 1 --> + 2
from typing import Protocol
class P(Protocol):
    def m(self, x): return x + 1
class A(P): pass
@@ A().m(x)

== singledispatchmethod, an implementation
-- + 1 --> + 2
from functools import singledispatchmethod
class A:
    @singledispatchmethod
    def m(self, x): return 0
    @m.register
    def _(self, x: int): return x + 1
@@ A().m(x)

== __match_args__
-- ('a', 'b') --> ('b', 'a')
class P:
    __match_args__ = ('a', 'b')
    def __init__(self): self.a, self.b = 1, 2
def g(p):
    match p:
        case P(a, b): return a * 10 + b
@@ g(P()) + x

== a star import shadows a helper
-- from two import * --> from one import *
from one import *
from two import *
@@ g(x)
#: one.py
def g(x): return x + 1
#: two.py
def g(x): return x + 2

== a conditional import
-- env: WAY=a --> WAY=b
import os
if os.environ['WAY'] == 'a':
    from one import g
else:
    from two import g
@@ g(x)
#: one.py
def g(x): return x + 1
#: two.py
def g(x): return x + 2

== a fallback import
-- + 1 --> + 2
try:
    from fast_not_there import g
except ImportError:
    from slow import g
@@ g(x)
#: slow.py
def g(x): return x + 1

== __class_getitem__
-- * 2 --> * 3
class A:
    def __class_getitem__(cls, k): return k * 2
@@ A[x]

== __getattr__ of a module
-- 10 --> 11
import lazy
@@ lazy.anything + x
#: lazy.py
def __getattr__(name): return len(name) + 10

== __getattr__ of a module, imported by name inside
-- 10 --> 11
def g(x):
    from lazy import anything
    return anything + x
@@ g(x)
#: lazy.py
def __getattr__(name): return len(name) + 10

== a relative import inside a function
-- + 1 --> + 2
from pkg.a import g
@@ g(x)
#: pkg/__init__.py
#: pkg/a.py
def g(x):
    from .sub.b import h
    from . import c
    return h(x) + c.K
#: pkg/sub/__init__.py
#: pkg/sub/b.py
def h(x): return x + 1
#: pkg/c.py
K = 5

== an async generator and an async context manager
-- i * 2 --> i * 3
import asyncio
from contextlib import asynccontextmanager
@asynccontextmanager
async def cm(): yield 1
async def gen(n):
    for i in range(n): yield i * 2
async def main(x):
    async with cm() as k:
        return [i + k async for i in gen(x)]
def g(x): return asyncio.run(main(x))
@@ g(x)

== an enum's __new__
-- * 10 --> * 11
from enum import Enum
class E(Enum):
    A = 1
    def __new__(cls, v):
        o = object.__new__(cls)
        o._value_ = v * 10
        return o
@@ E.A.value + x

== a NamedTuple's method
-- + 1 --> + 2
from typing import NamedTuple
class P(NamedTuple):
    a: int
    b: int = 5
    def total(self): return self.a + self.b + 1
@@ P(x).total()

== cooperative super over a diamond
-- super().m(x) * 2 --> super().m(x) * 3
class R:
    def m(self, x): return x
class B(R):
    def m(self, x): return super().m(x) * 2
class C(R):
    def m(self, x): return super().m(x) + 1
class D(B, C): pass
@@ D().m(x)

== a function made by types.FunctionType with other globals
-- K=1 --> K=2
import types
def proto(x): return x + K
h = types.FunctionType(proto.__code__, dict(K=1))
@@ h(x)

== a property made by a helper
-- * 2 --> * 3
def scaled(name):
    def get(self): return getattr(self, name) * 2
    return property(get)
class A:
    def __init__(self): self.v = 5
    twice = scaled('v')
@@ A().twice + x

== a chained map
-- 'a': 1 --> 'a': 2
from collections import ChainMap
M = ChainMap({'b': 1}, {'a': 1})
@@ M['a'] + x

== a weak reference's object
-- k = 1 --> k = 2
import weakref
class A: k = 1
a = A()
r = weakref.ref(a)
@@ r().k + x

== an operator.methodcaller
-- 'up' --> 'down'
from operator import methodcaller
class A:
    def up(self): return 1
    def down(self): return 2
call = methodcaller('up')
@@ call(A()) + x

== an exception group
-- ValueError('a') --> TypeError('a')
def g(x):
    out = 0
    try:
        raise ExceptionGroup('g', [ValueError('a')])
    except* ValueError:
        out = 1
    except* TypeError:
        out = 2
    return out + x
@@ g(x)

== __eq__ and __hash__ of a key
-- self.k % 2 --> self.k % 3
class K:
    def __init__(self, k): self.k = k
    def __hash__(self): return hash(self.k % 2)
    def __eq__(self, o): return self.k % 2 == o.k % 2
@@ len({K(1), K(3), K(x + 1)})

== __format__ in an f-string
-- <{ --> ({
class V:
    def __format__(self, spec): return f"<{spec}"
@@ f"{V():abc}" * x

== a helper bound by one of two branches of the function
-- + 1 --> + 2
def g(x):
    if x > 1:
        from one import h
    else:
        from two import h
    return h(x)
@@ g(x)
#: one.py
def h(x): return x + 1
#: two.py
def h(x): return x + 10

== a function that another function makes global
-- + 1 --> + 2
def make():
    global h
    def h(x): return x + 1
make()
@@ h(x)

== a conditional class attribute
-- FAST = True --> FAST = False
FAST = True
class A:
    if FAST:
        def m(self, x): return x + 1
    else:
        def m(self, x): return x + 2
@@ A().m(x)

== a closure's function that is bound anew
-- use(b) --> use(c)
def made():
    f = lambda x: x
    def run(x): return f(x)
    def use(g):
        nonlocal f
        f = g
    return run, use
a, b, c = (lambda x: x + 1), (lambda x: x + 2), (lambda x: x + 3)
run, use = made()
use(b)
@@ run(x)

== a class made by type
-- + 1 --> + 2
def m(self, x): return x + 1
A = type('A', (), {'m': m})
@@ A().m(x)

== a bound method made by hand
-- A(1) --> A(2)
import types
class A:
    def __init__(self, k): self.k = k
def m(self, x): return x + self.k
h = types.MethodType(m, A(1))
@@ h(x)

== a callable object bound by hand
-- C(1) --> C(2)
import types
class C:
    def __init__(self, k): self.k = k
    def __call__(self, obj, x): return x + self.k
h = types.MethodType(C(1), object())
@@ h(x)

== sys.modules by a constant name
-- + 1 --> + 2
import sys, helpers
def g(x): return sys.modules['helpers'].g(x)
@@ g(x)
#: helpers.py
def g(x): return x + 1

== importlib by a constant name
-- + 1 --> + 2
import importlib
def g(x): return importlib.import_module('helpers').g(x)
@@ g(x)
#: helpers.py
def g(x): return x + 1

== importlib by a relative constant name
-- + 1 --> + 2
from pkg.a import g
@@ g(x)
#: pkg/__init__.py
#: pkg/a.py
import importlib
def g(x): return importlib.import_module('.b', 'pkg').h(x)
#: pkg/b.py
def h(x): return x + 1

== importlib by a constant name, relative to its own package
-- + 1 --> + 2
from pkg.a import g
@@ g(x)
#: pkg/__init__.py
#: pkg/a.py
from importlib import import_module
def g(x): return import_module('.b', __package__).h(x)
#: pkg/b.py
def h(x): return x + 1

== __import__ by a constant name
-- + 1 --> + 2
def g(x): return __import__('helpers').g(x)
@@ g(x)
#: helpers.py
def g(x): return x + 1

== vars of a module
-- + 1 --> + 2
import helpers
def g(x): return vars(helpers)['g'](x)
@@ g(x)
#: helpers.py
def g(x): return x + 1

== a callback of ExitStack
-- append(x + 1) --> append(x + 2)
from contextlib import ExitStack
def h(out, x): out.append(x + 1)
def g(x):
    out = []
    with ExitStack() as stack:
        stack.callback(h, out, x)
    return out
@@ g(x)

== an itemgetter of a constant
-- KEY = 'a' --> KEY = 'b'
from operator import itemgetter
KEY = 'a'
def g(x): return sorted([{'a': 1, 'b': 2}, {'a': 2, 'b': 1}], key=itemgetter(KEY))[0]['a'] + x
@@ g(x)

== a width in an f-string
-- WIDTH = 5 --> WIDTH = 6
WIDTH = 5
def g(x): return len(f"{x:{WIDTH}}")
@@ g(x)

== a table of aggregations
-- s.max() --> s.min()
-- needs: pandas
import pandas as pd
AGG = {'b': lambda s: int(s.max())}
T = pd.DataFrame({'a': [1, 1], 'b': [2, 3]})
def g(x): return T.groupby('a').agg(AGG)['b'].tolist()[0] + x
@@ g(x)

== a helper given to pipe and assign
-- d['a'] * K --> d['a'] + K
-- needs: pandas
import pandas as pd
K = 10
def add(d): return d.assign(b=lambda d: d['a'] * K)
T = pd.DataFrame({'a': [1, 2]})
def g(x): return int(T.pipe(add)['b'].sum()) + x
@@ g(x)

== a scorer
-- + 1 --> + 2
-- needs: sklearn
import numpy as np
from sklearn.metrics import make_scorer
from sklearn.dummy import DummyRegressor
def loss(a, b): return float(np.abs(a - b).sum()) + 1
SCORER = make_scorer(loss)
X, Y = np.ones((3, 1)), np.arange(3.0)
def g(x): return SCORER(DummyRegressor().fit(X, Y), X, Y) + x
@@ g(x)

== a column transformer with a lambda
-- runs: 2
-- v * 2 --> v * 3
-- needs: sklearn
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import FunctionTransformer
CT = ColumnTransformer([('a', FunctionTransformer(lambda v: v * 2), [0])])
def g(x): return float(CT.fit_transform(np.ones((2, 1))).sum()) + x
@@ g(x)

== a cross-validation with an estimator of the project
-- self.k_ = 1 --> self.k_ = 2
-- needs: sklearn
import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import cross_val_predict
class E(RegressorMixin, BaseEstimator):
    def fit(self, X, y):
        self.k_ = 1
        return self
    def predict(self, X): return np.full(len(X), self.k_)
X, Y = np.ones((6, 1)), np.arange(6.0)
def g(x): return int(cross_val_predict(E(), X, Y, cv=2).sum()) + x
@@ g(x)

== metadata in annotations that are read
-- 'kg' --> 'lb'
from typing import Annotated, get_type_hints
class C:
    w: Annotated[float, 'kg']
def g(x): return get_type_hints(C, include_extras=True)['w'].__metadata__[0] * x
@@ g(x)

== a registry by __init_subclass__, by a name at run time
-- + 1 --> + 2
class Base:
    registry = {}
    def __init_subclass__(cls): Base.registry[cls.__name__] = cls
class A(Base):
    def m(self, x): return x + 1
def g(x, name): return Base.registry[name]().m(x)
@@ g(x, 'A')

== a builtin that is replaced
-- + 1 --> + 2
import builtins
def mine(x): return 5 + 1
builtins.oct = mine
def g(x): return oct(x)
@@ g(x)

== a patched helper for one call
-- + 10 --> + 20
-- runs: 2
from unittest import mock
import helpers
@checkpoint
def f(x):
    print("ran")
    return helpers.g(x)
print(f(3))
with mock.patch('helpers.g', lambda x: x + 10):
    print(f(3))
print(f(3))
#: helpers.py
def g(x): return x + 1

== a nested default from a global
-- K = 1 --> K = 2
K = 1
def g(x):
    def inner(y, k=K): return y + k
    return inner(x)
@@ g(x)

== a copied function
-- + 1 --> + 2
import copy
def h(x): return x + 1
h2 = copy.copy(h)
@@ h2(x)

== a class method that makes its own subclass
-- x + 1 --> x + 2
class A:
    @classmethod
    def make(cls):
        class Sub(cls):
            def m(self, x): return x + 1
        return Sub()
@@ A.make().m(x)

== keywords of a constant
-- 'b': 2 --> 'b': 3
KW = {'a': 1, 'b': 2}
def h(a, b): return a * 10 + b
@@ h(**KW) + x

== a property of a module's object
-- 'one' --> 'two'
import conf
@@ conf.settings.name * x
#: conf.py
class Settings:
    @property
    def name(self): return 'one'
settings = Settings()

== a submodule that is imported late, of a package that is handed on
-- x + 1 --> x + 2
def use(p, x): return p.util.g(x)
def f0(x):
    import pkg.util
    return use(pkg, x)
@@ f0(x)
#: pkg/__init__.py
#: pkg/util.py
def g(x): return x + 1

== the types of np.vectorize
-- needs: numpy
-- [int] --> [float]
import numpy as np
def h(v): return v
g = np.vectorize(h, otypes=[int])
@@ str(g([x])[0])

== the default of a class of make_dataclass
-- =5 --> =6
from dataclasses import make_dataclass, field
A = make_dataclass("A", [("v", int, field(default=5))])
@@ A().v + x

== a name of a module by its __dict__
-- K = 5 --> K = 6
import conf
@@ conf.__dict__["K"] + x
#: conf.py
K = 5

== a stencil of numba
-- needs: numba
-- a[0] + a[1] --> a[0] - a[1]
import numba, numpy as np
@numba.stencil
def k(a): return a[0] + a[1]
@@ int(k(np.arange(float(x + 3))).sum())

== a typed dict of numba
-- needs: numba
-- = 2.0 --> = 3.0
import numba
from numba.typed import Dict
D = Dict.empty(numba.int64, numba.float64)
D[1] = 2.0
@@ float(D[1]) + x
""",
)

SAME = table(
    "hit",
    r"""
== an overload's annotation
-- (x: int) -> int --> (x: bool) -> bool
from typing import overload
@overload
def h(x: int) -> int: ...
@overload
def h(x: str) -> str: ...
def h(x): return x + 1
@@ h(x)

== abstract methods of a base reordered
-- def a(self): ...\n    @abstractmethod\n    def b(self): ... --> def b(self): ...\n    @abstractmethod\n    def a(self): ...
from abc import ABC, abstractmethod
class Base(ABC):
    @abstractmethod
    def a(self): ...
    @abstractmethod
    def b(self): ...
class C(Base):
    def a(self): return 1
    def b(self): return 2
@@ C().a() + x

== a generic class first used with another type
-- Box[int] --> Box[str]; Box[int]
from typing import Generic, TypeVar
T = TypeVar('T')
class Box(Generic[T]):
    def __init__(self, v): self.v = v
Box[int]
def g(x): return Box(x).v
@@ g(x)

== a virtual subclass registered before
from abc import ABC
class B(ABC): pass
class A: pass
B.register(A)
def g(x): return x + isinstance(A(), B) + isinstance(3, B)
@@ g(x)

== a dataclass whose repr is used before
-- # before --> repr(C(1)); C(1) == C(2)
from dataclasses import dataclass
@dataclass
class C:
    a: int
# before
def g(x): return C(x).a
@@ g(x)

== an enum looked up before
-- # before --> E(1), E['A'], list(E)
from enum import Enum, Flag
class E(Enum):
    A = 1
    B = 2
# before
def g(x): return E(1).value + x
@@ g(x)

== a flag combined before
-- # before --> F.A | F.B
from enum import Flag, auto
class F(Flag):
    A = auto()
    B = auto()
# before
def g(x): return (F.A | F.B).value + x
@@ g(x)

== singledispatch called before
-- # before --> h(1), h('a')
from functools import singledispatch
@singledispatch
def h(x): return 0
@h.register
def _(x: int): return x + 1
# before
@@ h(x)

== singledispatchmethod called before
-- # before --> A().m(1), A().m('a')
from functools import singledispatchmethod
class A:
    @singledispatchmethod
    def m(self, x): return 0
    @m.register
    def _(self, x: int): return x + 1
# before
@@ A().m(x)

== a frame looked at before
-- # before --> T.describe(); T['a'].mean(); T.index.is_unique; T.groupby('a').size()
-- needs: pandas
import pandas as pd
T = pd.DataFrame({'a': [1, 2, 2]})
# before
def g(x): return int(T['a'].sum()) + x
@@ g(x)

== a fitted estimator used before
-- # before --> s.transform(np.ones((1, 1))); repr(s); s.get_params()
-- needs: sklearn
import numpy as np
from sklearn.preprocessing import StandardScaler
s = StandardScaler().fit(np.arange(4.0).reshape(-1, 1))
# before
def g(x): return float(s.transform(np.ones((1, 1)))[0, 0]) + x
@@ g(x)

== a timing decorator
import functools, time
def timed(f):
    @functools.wraps(f)
    def inner(*a, **k):
        start = time.perf_counter()
        try:
            return f(*a, **k)
        finally:
            TIMES.append(time.perf_counter() - start)
    return inner
TIMES = []
@timed
def g(x): return x + 1
@@ g(x)

== a counting decorator by a nonlocal
-- n = 0 --> n = 7
import functools
def counted(f):
    n = 0
    @functools.wraps(f)
    def inner(*a):
        nonlocal n
        n += 1
        return f(*a)
    return inner
@counted
def g(x): return x + 1
@@ g(x)

== an argparse namespace with a name that is not read
-- '--run', 'one' --> '--run', 'two'
import argparse
p = argparse.ArgumentParser()
p.add_argument('--lr', type=float, default=1.0)
p.add_argument('--run')
args = p.parse_args(['--run', 'one'])
def g(x): return x * args.lr
@@ g(x)

== a weak cache
import weakref
class V:
    def __init__(self, v): self.v = v
cache = weakref.WeakValueDictionary()
def get(x):
    v = cache.get(x)
    if v is None:
        v = cache[x] = V(x)
    return v
def g(x): return get(x).v + 1
@@ g(x)

== an itertools.count for ids that nobody reads
import itertools
ids = itertools.count()
class A:
    def __init__(self, x): self.x = x
def g(x): return A(x).x
@@ g(x)

== a lazily imported module kept in a global
_np = None
def numpy():
    global _np
    if _np is None:
        import math
        _np = math
    return _np
def g(x): return numpy().floor(2.5) + x
@@ g(x)

== an object with a lock and a logger as state
import threading, logging
class Service:
    def __init__(self, k):
        self.k = k
        self.lock = threading.Lock()
        self.log = logging.getLogger('s')
    def run(self, x):
        with self.lock:
            self.log.debug('run')
            return x + self.k
s = Service(1)
@@ s.run(x)

== a plugin table that is filled by imports, in another order of unrelated imports
-- import unrelated\nimport plug --> import plug\nimport unrelated
import unrelated
import plug
from reg import REG
@@ REG['a'](x)
#: reg.py
REG = {}
#: plug.py
from reg import REG
REG['a'] = lambda x: x + 1
#: unrelated.py
K = 1

== __init__ of a package gains an unrelated name
-- from .a import g --> from .a import g\nfrom .b import h
from pkg import g
@@ g(x)
#: pkg/__init__.py
from .a import g
#: pkg/a.py
def g(x): return x + 1
#: pkg/b.py
def h(x): return x + 2

== the file of a class with a logger of its own
-- from a import M --> from b import M
from a import M
m = M()
@@ m.fit(x)
#: a.py
import logging
class M:
    def __init__(self): self.log, self.w = logging.getLogger(__name__), 2
    def fit(self, x):
        self.log.debug("fit")
        return self.w + x
#: b.py
import logging
class M:
    def __init__(self): self.log, self.w = logging.getLogger(__name__), 2
    def fit(self, x):
        self.log.debug("fit")
        return self.w + x

== a jitclass of numba
-- needs: numba
-- def noise(): pass --> def noise(): return 1
import numba
from numba.experimental import jitclass
@jitclass([("v", numba.int64)])
class A:
    def __init__(self, v): self.v = v
    def m(self): return self.v + 1
def noise(): pass
@@ A(x).m()
""",
)
