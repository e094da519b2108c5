"""Memos and Lutil's own objects: that the computation fills them does not count."""

from programs import table

CASES = table(
    "hit",
    r"""
== a hand-made memo
_cache = {}
def g(x):
    if x not in _cache:
        _cache[x] = x * x
    return _cache[x]
@@ g(x)

== a memo by try
_cache = {}
def g(x):
    try:
        return _cache[x]
    except KeyError:
        _cache[x] = r = x * x
        return r
@@ g(x)

== a memo as default
def g(x, _seen={}):
    if x not in _seen:
        _seen[x] = x * x
    return _seen[x]
@@ g(x)

== a memo on a function
def g(x):
    if x not in g.memo:
        g.memo[x] = x * x
    return g.memo[x]
g.memo = {}
@@ g(x)

== a memo on a class
class A:
    _cache = {}
    def get(self, x):
        if x not in self._cache:
            self._cache[x] = x * x
        return self._cache[x]
def g(x): return A().get(x)
@@ g(x)

== a memo in a closure
def memo(h):
    seen = {}
    def inner(x):
        if x not in seen:
            seen[x] = h(x)
        return seen[x]
    return inner
@memo
def g(x): return x * x
@@ g(x)

== a lazy model
_model = None
def model():
    global _model
    if _model is None:
        _model = {'w': [1, 2]}
    return _model
def g(x): return model()['w'][0] + x
@@ g(x)

== a lazy model that is an object
class Model:
    def __init__(self): self.w = [1, 2]
_model = None
def model():
    global _model
    if _model is None:
        _model = Model()
    return _model
def g(x): return model().w[0] + x
@@ g(x)

== a lazy attribute
class A:
    def __init__(self): self._model = None
    def model(self):
        if self._model is None:
            self._model = [1, 2]
        return self._model
a = A()
def g(x): return a.model()[0] + x
@@ g(x)

== a singleton
class A:
    _one = None
    @classmethod
    def get(cls):
        if cls._one is None:
            cls._one = cls()
        return cls._one
def g(x): return x + bool(A.get())
@@ g(x)

== functools.lru_cache
import functools
@functools.lru_cache(maxsize=8)
def h(x): return x * x
def g(x): return h(x)
@@ g(x)

== functools.cache on a method
import functools
class A:
    @functools.cache
    def m(self, x): return x * x
a = A()
def g(x): return a.m(x)
@@ g(x)

== a cached_property of a global
from functools import cached_property
class A:
    k = 2
    @cached_property
    def big(self): return self.k * 100
a = A()
def g(x): return a.big + x
@@ g(x)

== a compiled pattern made when it is needed
import re
_p = None
def g(x):
    global _p
    if _p is None:
        _p = re.compile('a+')
    return len(_p.findall('aa b a')) + x
@@ g(x)

== a decorated function that is called
@checkpoint
def h(x): return x * x
def g(x): return h(x)
@@ g(x)

== a decorated function that was used before
-- # first --> h(5), h(6)
@checkpoint
def h(x): return x * x
# first
def g(x): return h(x)
@@ g(x)

== a decorated method of a global
class A:
    @checkpoint
    def m(self, x): return x * x
a = A()
def g(x): return a.m(x)
@@ g(x)

== a block in a helper
def g(x):
    with InlineCheckpoint(watch=['x'], produce=['r']):
        r = x * x
    return r
@@ g(x)

== a block that stays as a global
with InlineCheckpoint(watch=[], produce=['k']) as cp:
    k = 1
def g(x): return x + k
@@ g(x)

== a cached_property of an argument
from functools import cached_property
class A:
    def __init__(self): self.x = 3
    @cached_property
    def big(self): return self.x * 100
@checkpoint
def f(a):
    print("ran")
    return a.big
a = A()
f(a)
print(f(a), f(A()))

== a logger of an argument
import logging
class A:
    def __init__(self, name):
        self.x = 3
        self.logger = logging.getLogger(name)
@checkpoint
def f(a):
    print("ran")
    a.logger.debug("x")
    return a.x
print(f(A("one")), f(A("one")))

== a reload without a change
import importlib, helpers
@checkpoint
def f(x):
    print("ran")
    return helpers.g(x)
print(f(3))
importlib.reload(helpers)
print(f(3))
#: helpers.py
class A: k = 1
def g(x): return x + A.k

== a source file that is edited after the import
import helpers
from pathlib import Path
Path("helpers.py").write_text("def g(x): return x + 100")
@@ helpers.g(x)
#: helpers.py
def g(x): return x + 1

== tracing and profiling
-- # here --> sys.settrace(lambda *a: None)
import sys
# here
@@ x + 1
""",
)
