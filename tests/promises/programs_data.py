"""Changes of data that reached code reads, and of environment variables: each counts."""

from programs import table

CASES = table(
    "recompute",
    r"""
== a global
-- K = 1 --> K = 2
K = 1
@@ x + K

== the type of a global
-- K = 1 --> K = 1.0
K = 1
@@ x + K

== a global of a helper
-- K = 1 --> K = 2
K = 1
def g(x): return x + K
@@ g(x)

== a global of another module
-- K = 1 --> K = 2
from helpers import g
@@ g(x)
#: helpers.py
K = 1
def g(x): return x + K

== module.constant
-- K = 1 --> K = 2
import conf
@@ x + conf.K
#: conf.py
K = 1

== an imported constant
-- K = 1 --> K = 2
from conf import K
@@ x + K
#: conf.py
K = 1

== an imported constant under an alias
-- K = 1 --> K = 2
from conf import K as L
@@ x + L
#: conf.py
K = 1

== a constant of a package
-- K = 1 --> K = 2
import pkg.conf
@@ x + pkg.conf.K
#: pkg/__init__.py
#: pkg/conf.py
K = 1

== a constant that is imported inside
-- K = 1 --> K = 2
@checkpoint
def f(x):
    print("ran")
    from conf import K
    return x + K
print(f(3))
#: conf.py
K = 1

== a constant computed from another module's
-- K = 1 --> K = 2
import conf
TWICE = conf.K * 2
@@ x + TWICE
#: conf.py
K = 1

== an item of a dict
-- 'lr': 1 --> 'lr': 2
C = {'lr': 1, 'seed': 5}
@@ x + C['lr']

== any item of a dict that is handed on
-- 5 --> 55
C = {'lr': 1, 'seed': 5}
def g(x, c): return x + len(str(c))
@@ g(x, C)

== the order of a dict
-- 'a': 1, 'b': 2 --> 'b': 2, 'a': 1
C = {'a': 1, 'b': 2}
@@ list(C)

== a nested item
-- 2] --> 3]
C = {'model': {'layers': [1, 2]}}
@@ x + sum(C['model']['layers'])

== a global that is changed in place
-- append(2) --> append(3)
L = [1]
L.append(2)
@@ x + sum(L)

== a global that another module changes
-- = 5 --> = 6
import conf, setup_
@@ x + conf.C['k']
#: conf.py
C = {'k': 1}
#: setup_.py
import conf
conf.C['k'] = 5

== a module attribute that the script sets
-- K = 5 --> K = 6
import conf
conf.K = 5
@@ x + conf.K
#: conf.py
K = 1

== an attribute of a namespace
-- lr=1 --> lr=2
from types import SimpleNamespace
cfg = SimpleNamespace(lr=1, seed=5)
@@ x + cfg.lr

== a set
-- 'b' --> 'c'
S = {'a', 'b'}
@@ 'c' in S

== a name that is unbound at first
-- def g --> K = 1\ndef g
def g(x):
    try:
        return x + K
    except NameError:
        return x
@@ g(x)

== a builtin that is shadowed
-- @@ --> def len(x): return 5\n@@
@@ len([x, x])

== a cell
-- make(1) --> make(2)
def make(n):
    @checkpoint
    def f(x):
        print("ran")
        return x + n
    return f
print(make(1)(3))

== a cell of a helper
-- make(1) --> make(2)
def make(n):
    def g(x): return x + n
    return g
g = make(1)
@@ g(x)

== a cell that is changed in place
-- append(5) --> append(6)
def make():
    seen = [1]
    def g(x): return x + sum(seen)
    return g, seen
g, seen = make()
seen.append(5)
@@ g(x)

== a function in a cell
-- + 1 --> + 2
def a(x): return x + 1
def make(step):
    return lambda x: step(x)
g = make(a)
@@ g(x)

== a global array
-- arange(4) --> arange(5)
-- needs: numpy
import numpy as np
W = np.arange(4)
@@ int(W.sum()) + x

== one item of a global array
-- = 1\n --> = 2\n
-- needs: numpy
import numpy as np
W = np.zeros(1000)
W[700] = 1
@@ float(W.sum()) + x

== a global frame
-- 2] --> 3]
-- needs: pandas
import pandas as pd
T = pd.DataFrame({'a': [1, 2]})
@@ int(T['a'].sum()) + x

== a frame in a global context of SQL
-- [1] --> [2]
-- needs: polars
import polars as pl
T = pl.SQLContext(t=pl.DataFrame({'a': [1]}))
@@ T.execute('select a from t', eager=True)['a'][0] + x

== a frame's column name
-- 'a' --> 'b'
-- needs: pandas
import pandas as pd
T = pd.DataFrame({'a': [1, 2]})
@@ list(T)

== a global path
-- 'a' --> 'b'
from pathlib import Path
P = Path('a')
@@ str(P) * x

== a compiled pattern
-- compile('a') --> compile('b')
import re
R = re.compile('a')
@@ bool(R.match('a'))

== a global date
-- 1) --> 2)
import datetime
D = datetime.date(2024, 1, 1)
@@ str(D)

== a global changed between two calls of one process
-- C["k"] = 2 --> C["k"] = 3
-- runs: 2
C = {"k": 1}
@checkpoint
def f(x):
    print("ran")
    return x + C["k"]
print(f(3))
C["k"] = 2
print(f(3))
C["k"] = 1
print(f(3))

== a function replaced between two calls of one process
-- + 10 --> + 11
-- runs: 2
def g(x): return x + 1
@checkpoint
def f(x):
    print("ran")
    return g(x)
print(f(3))
def g(x): return x + 10
print(f(3))

== the code of a function replaced between two calls
-- + 10 --> + 11
-- runs: 2
def g(x): return x + 1
def h(x): return x + 10
@checkpoint
def f(x):
    print("ran")
    return g(x)
print(f(3))
g.__code__ = h.__code__
print(f(3))

== a method replaced between two calls
-- + 10 --> + 11
-- runs: 2
class A:
    def m(self, x): return x + 1
@checkpoint
def f(x):
    print("ran")
    return A().m(x)
print(f(3))
A.m = lambda self, x: x + 10
print(f(3))

== a default replaced between two calls
-- (10,) --> (11,)
-- runs: 2
def g(x, k=1): return x + k
@checkpoint
def f(x):
    print("ran")
    return g(x)
print(f(3))
g.__defaults__ = (10,)
print(f(3))

== a module reloaded with a change
-- + 10 --> + 11
-- runs: 2
import importlib, helpers
from pathlib import Path
@checkpoint
def f(x):
    print("ran")
    return helpers.g(x)
print(f(3))
Path("helpers.py").write_text("def g(x): return x + 10")
importlib.reload(helpers)
print(f(3))
#: helpers.py
def g(x): return x + 1

== a block's global changed between two entries
-- 10 --> 11
-- runs: 2
K = 1
for n in range(3):
    with InlineCheckpoint():
        print("ran")
        y = K + 1
    print(y)
    K = 10 if n == 0 else 1

== a global that the computation itself reads and writes
-- n = 0 --> n = 5
-- runs: 2
n = 0
@checkpoint
def f(x):
    global n
    print("ran")
    n += 1
    return n
print(f(3), f(3), n)

== a set that is read and filled
-- seen = set() --> seen = {5}
-- runs: 2
seen = set()
@checkpoint
def new(x):
    print("ran")
    r = x not in seen
    seen.add(x)
    return r
print(new(1), new(1), sorted(seen))
""",
)
