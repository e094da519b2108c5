"""Dicts that a computation fills: a cache, read by its keys, is a memo; a registry counts and is put back."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== a registry of numbers
-- len(ids) --> len(ids) + 1
-- runs: 3
ids = {}
def number(w):
    if w not in ids:
        ids[w] = len(ids)
    return ids[w]
@checkpoint
def f(x):
    print("ran")
    return number(x)
print(f('a'), f('b'), f('c'), list(ids.items()))

== a registry by setdefault
-- len(ids) --> len(ids) + 1
-- runs: 3
ids = {}
@checkpoint
def f(x):
    print("ran")
    return ids.setdefault(x, len(ids))
print(f('a'), f('b'), f('c'), list(ids.items()))

== a registry that makes its own numbers
-- len(ids)) --> len(ids) + 1)
-- runs: 3
from collections import defaultdict
ids = defaultdict(lambda: len(ids))
@checkpoint
def f(x):
    print("ran")
    return ids[x]
print(f('a'), f('b'), f('c'), list(ids.items()))

== a dict that is only asked
-- True, False --> False, True
-- runs: 2
seen = {}
def new(x, yes=True, no=False):
    if x in seen:
        return no
    seen[x] = 1
    return yes
def g(x): return new(x, True, False)
@checkpoint
def f(x):
    print("ran")
    return g(x)
print(f(1), f(1), list(seen))

== a registry that is walked through
-- sorted(reg) --> sorted(reg)[::-1]
-- runs: 2
reg = {}
def add(x):
    reg[x] = x
    return sorted(reg)
@checkpoint
def f(x):
    print("ran")
    return add(x)
print(f(1), f(2), list(reg))

== a registry that is returned
-- reg[x] = 1 --> reg[x] = 2
-- runs: 2
reg = {}
@checkpoint
def f(x):
    print("ran")
    reg[x] = 1
    return dict(reg)
print(f(1), f(2), list(reg))

== a registry in a cell
-- len(ids) --> len(ids) + 1
-- runs: 3
def made():
    ids = {}
    def number(w):
        if w not in ids:
            ids[w] = len(ids)
        return ids[w]
    return number, ids
number, ids = made()
@checkpoint
def f(x):
    print("ran")
    return number(x)
print(f('a'), f('b'), f('c'), list(ids.items()))

== a registry of another module, by two names
-- len(ids) --> len(ids) + 1
-- runs: 3
from reg import ids, number
@checkpoint
def f(x):
    print("ran")
    number(x)
    return ids[x]
print(f('a'), f('b'), f('c'), list(ids.items()))
#: reg.py
ids = {}
def number(w):
    if w not in ids:
        ids[w] = len(ids)

== a table that is filled once and used whole
-- 'a': 1 --> 'a': 2
-- runs: 2
table = {}
def lazily():
    if not table:
        table.update({'a': 1})
    return table
@checkpoint
def f(x):
    print("ran")
    return sum(lazily().values())
print(f(1), f(1), f(1))
""",
)

SAME = table(
    "hit",
    r"""
== a memo of bounded size
_cache = {}
def g(x):
    if x not in _cache:
        if len(_cache) >= 100:
            _cache.clear()
        _cache[x] = x * x
    return _cache[x]
@@ g(x)

== a memo that drops its eldest
from collections import OrderedDict
_cache = OrderedDict()
def g(x):
    if x in _cache:
        _cache.move_to_end(x)
        return _cache[x]
    while len(_cache) > 10:
        _cache.popitem(last=False)
    _cache[x] = x * x
    return _cache[x]
@@ g(x)

== a memo that drops its first key
_cache = {}
def g(x):
    if x not in _cache:
        if len(_cache) > 10:
            _cache.pop(next(iter(_cache)))
        _cache[x] = x * x
    return _cache[x]
@@ g(x)

== a memo by get
_cache = {}
def g(x):
    r = _cache.get(x)
    if r is None:
        r = _cache[x] = x * x
    return r
@@ g(x)

== a memo by setdefault
_cache = {}
def g(x): return _cache.setdefault(x, x * x)
@@ g(x)

== a memo whose size is logged
import logging
_cache = {}
def g(x):
    if x not in _cache:
        _cache[x] = x * x
        logging.debug('%d kept', len(_cache))
    return _cache[x]
@@ g(x)

== a memo of pairs
_cache = {}
def g(x):
    key = (x, 'a')
    if key in _cache:
        return _cache[key][0]
    _cache[key] = (x * x, 'b')
    return _cache[key][0]
@@ g(x)

== a memo of a method, by its class
class A:
    _cache = {}
    def get(self, x):
        if x not in A._cache:
            A._cache[x] = x * x
        return A._cache[x]
def g(x): return A().get(x)
@@ g(x)

== a memo of memos
_cache = {}
def g(x):
    inner = _cache.setdefault('squares', {})
    if x not in inner:
        inner[x] = x * x
    return inner[x]
@@ g(x)

== a memo that is asked here and read there
import helpers
def g(x):
    if x not in helpers.cache:
        helpers.fill(x)
    return helpers.read(x)
@@ g(x)
#: helpers.py
cache = {}
def fill(x): cache[x] = x * x
def read(x): return cache[x]

== a lazily filled table that is read by key
_table = {}
def load():
    if not _table:
        _table['a'] = 1
        _table['b'] = 2
def g(x):
    load()
    return _table['a'] + x
@@ g(x)
""",
)
