"""Project code that stands on classes of libraries and on modules: methods, accessors, __getattr__."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== a method that the project put on frames
-- + 1 --> + 2
-- needs: pandas
import pandas as pd
def clean(self): return int(self['a'].sum()) + 1
pd.DataFrame.clean = clean
T = pd.DataFrame({'a': [1, 2]})
def g(x, t): return t.clean() + x
@@ g(x, T)

== a method that the project put on frames, of an argument
-- + 1 --> + 2
-- needs: pandas
import pandas as pd
pd.DataFrame.clean = lambda self: int(self['a'].sum()) + 1
@checkpoint
def f(t):
    print("ran")
    return t.clean()
print(f(pd.DataFrame({'a': [1, 2]})))

== an accessor of frames
-- + self.k --> - self.k
-- needs: pandas
import pandas as pd
@pd.api.extensions.register_dataframe_accessor("geo")
class Geo:
    k = 1
    def __init__(self, df): self.df = df
    def area(self): return int(self.df['a'].sum()) + self.k
@checkpoint
def f(t):
    print("ran")
    return t.geo.area()
print(f(pd.DataFrame({'a': [1, 2]})))

== an accessor of frames that are made inside
-- + 1 --> + 2
-- needs: pandas
import pandas as pd
@pd.api.extensions.register_series_accessor("geo")
class Geo:
    def __init__(self, s): self.s = s
    def area(self): return int(self.s.sum()) + 1
def g(x): return pd.Series([x]).geo.area()
@@ g(x)

== a namespace of polars
-- + 1 --> + 2
-- needs: polars
import polars as pl
@pl.api.register_dataframe_namespace("geo")
class Geo:
    def __init__(self, df): self.df = df
    def area(self): return int(self.df['a'].sum()) + 1
@checkpoint
def f(t):
    print("ran")
    return t.geo.area()
print(f(pl.DataFrame({'a': [1, 2]})))

== a method put on frames between two calls
-- + 10 --> + 20
-- needs: pandas
-- runs: 2
import pandas as pd
pd.DataFrame.clean = lambda self: 1
@checkpoint
def f(t):
    print("ran")
    return t.clean()
T = pd.DataFrame({'a': [1, 2]})
print(f(T))
pd.DataFrame.clean = lambda self: int(self['a'].sum()) + 10
print(f(T))

== a patched method of a class of the standard library
-- + 1 --> + 2
import json
def default(self, o): return len(str(o)) + 1
json.JSONEncoder.default = default
class Enc(json.JSONEncoder): pass
def g(x): return json.dumps([{x}], cls=Enc)
@@ g(x)

== a patched method of a named class of the standard library
-- + 1 --> + 2
import json
json.JSONEncoder.default = lambda self, o: len(str(o)) + 1
def g(x): return json.JSONEncoder().encode([{x}])
@@ g(x)

== a property put on a class of a library
-- + 1 --> + 2
-- needs: sklearn
from sklearn.preprocessing import StandardScaler
StandardScaler.extra = property(lambda self: 5 + 1)
def g(x): return StandardScaler().extra + x
@@ g(x)

== __getattr__ of a module, with its own helper
-- + 10 --> + 11
import lazy
@@ lazy.anything + x
#: lazy.py
def helper(name): return len(name) + 10
def __getattr__(name): return helper(name)
""",
)

SAME = table(
    "hit",
    r"""
== a method on frames that is not used
-- + 1 --> + 2
-- needs: pandas
import pandas as pd
pd.DataFrame.clean = lambda self: int(self['a'].sum()) + 1
T = pd.DataFrame({'a': [1, 2]})
def g(x, t): return int(t['a'].sum()) + x
@@ g(x, T)

== a protocol's first object
from typing import Protocol
class P(Protocol):
    def __init__(self): self.k = 1
    def m(self, x): return x + self.k
class A(P): pass
@@ A().m(x)

== a protocol that is looked at
from typing import Protocol, runtime_checkable
@runtime_checkable
class P(Protocol):
    def m(self, x): ...
class A:
    def m(self, x): return x + 1
def g(x): return A().m(x) if isinstance(A(), P) else 0
@@ g(x)
""",
)
