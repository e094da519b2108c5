"""What code reaches without naming it: names inside of texts, values of context variables, derived classes."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== a name in the text of a query
-- K = 1 --> K = 2
-- needs: pandas
import pandas as pd
K = 1
T = pd.DataFrame({'a': [1, 2, 3]})
def g(x, t): return len(t.query("a > @K"))
@@ g(x, T)

== a name in the text of a query of a block's helper module
-- K = 1 --> K = 2
-- needs: pandas
import pandas as pd
from helpers import g
T = pd.DataFrame({'a': [1, 2, 3]})
@@ g(T)
#: helpers.py
K = 1
def g(t): return int(t.eval("b = a + @K")['b'].sum())

== a function in the text of a query
-- + 1 --> + 2
-- needs: pandas
import pandas as pd
def h(s): return s + 1
T = pd.DataFrame({'a': [1, 2, 3]})
@@ len(T.query("@h(a) > 2"))

== a cell in the text of a query
-- made(1) --> made(2)
-- needs: pandas
import pandas as pd
T = pd.DataFrame({'a': [1, 2, 3]})
def made(k):
    def g(t):
        assert k
        return len(t.query("a > @k"))
    return g
g = made(1)
@@ g(T)

== a name in an f-string that is a query
-- K = 1 --> K = 2
-- needs: pandas
import pandas as pd
K = 1
T = pd.DataFrame({'a': [1, 2, 3]})
def g(x, t): return len(t.query(f"a > @K and a < {x}"))
@@ g(x, T)

== a local of a block in the text of a query
-- k = 1 --> k = 2
-- needs: pandas
import pandas as pd
T = pd.DataFrame({'a': [1, 2, 3]})
def main():
    k = 1
    with InlineCheckpoint():
        print('ran')
        n = len(T.query("a > @k"))
    print(n)
main()

== a function in a formula
-- v + 1 --> v + 2
import sys
def scaled(v): return v + 1
class smf:
    @staticmethod
    def ols(formula, data):
        return eval(formula.split('~')[1], sys._getframe(1).f_globals, data)
def g(x): return smf.ols('y ~ scaled(a)', data={'a': x})
@@ g(x)

== a constant in one side of a formula
-- K = 1 --> K = 2
import sys
K = 1
def dmatrix(formula, data): return eval(formula, sys._getframe(1).f_globals, data)
def g(x): return dmatrix('(a - K)', {'a': x})
@@ g(x)

== a helper's function in a global expression
-- v + 1 --> v + 2
-- needs: polars
import polars as pl
import helpers
E = pl.col('a').map_batches(helpers.h, return_dtype=pl.Int64)
def g(x): return pl.DataFrame({'a': [x]}).select(E)['a'][0]
@@ g(x)
#: helpers.py
def h(v): return v + 1

== a helper of a function in a global expression
-- v + 1 --> v + 2
-- needs: polars
import polars as pl
import helpers
def own(v): return helpers.h(v)
E = pl.col('a').map_batches(own, return_dtype=pl.Int64)
def g(x): return pl.DataFrame({'a': [x]}).select(E)['a'][0]
@@ g(x)
#: helpers.py
def h(v): return v + 1

== a helper's function in the plan of a lazy frame
-- v + 1 --> v + 2
-- needs: polars
import polars as pl
import helpers
F = pl.DataFrame({'a': [1]}).lazy().with_columns(pl.col('a').map_batches(helpers.h, return_dtype=pl.Int64))
def g(x): return F.collect()['a'][0] + x
@@ g(x)
#: helpers.py
def h(v): return v + 1

== a helper's function that a lazy frame maps over its batches
-- v + 1 --> v + 2
-- needs: polars
import polars as pl
import helpers
def own(frame): return frame.with_columns(a=helpers.h(frame['a']))
F = pl.DataFrame({'a': [1]}).lazy().map_batches(own)
def g(x): return F.collect()['a'][0] + x
@@ g(x)
#: helpers.py
def h(v): return v + 1

== a function of the script itself that a lazy frame maps over its batches
-- * 2 --> * 3
-- needs: polars
import polars as pl
def own(frame): return frame.with_columns(a=frame['a'] * 2)
F = pl.DataFrame({'a': [1]}).lazy().map_batches(own)
def g(x): return F.collect()['a'][0] + x
@@ g(x)

== a helper's function over the groups of a lazy frame
-- v + 1 --> v + 2
-- needs: polars
import polars as pl
import helpers
def own(frame): return frame.with_columns(a=helpers.h(frame['a']))
F = pl.DataFrame({'a': [1]}).lazy().group_by('a').map_groups(own, schema={'a': pl.Int64})
def g(x): return F.collect()['a'][0] + x
@@ g(x)
#: helpers.py
def h(v): return v + 1

== a helper's function over windows in a global expression
-- v + 1 --> v + 2
-- needs: polars
import polars as pl
import helpers
E = pl.col('a').rolling_map(lambda s: helpers.h(s.sum()), 1)
def g(x): return pl.DataFrame({'a': [x]}).select(E)['a'][0]
@@ g(x)
#: helpers.py
def h(v): return v + 1

== a helper's function in the names of a global expression
-- v + 'b' --> v + 'c'
-- needs: polars
import polars as pl
import helpers
E = pl.col('a').name.map(helpers.h)
def g(x): return pl.DataFrame({'a': [x]}).select(E).columns
@@ g(x)
#: helpers.py
def h(v): return v + 'b'

== a helper's function that numpy made a universal one
-- v + 1 --> v + 2
-- needs: numpy
import numpy as np
import helpers
U = np.frompyfunc(helpers.h, 1, 1)
def g(x): return U(np.arange(x)).tolist()
@@ g(x)
#: helpers.py
def h(v): return v + 1

== a frame in the text of SQL
-- [1] --> [2]
-- needs: polars
import polars as pl
T = pl.DataFrame({'a': [1]})
def g(x): return pl.sql("select a from T").collect()['a'][0] + x
@@ g(x)

== a frame that is joined in the text of SQL
-- [5] --> [6]
-- needs: polars
import polars as pl
A = pl.DataFrame({'k': [1]})
B = pl.DataFrame({'k': [1], 'b': [5]})
def g(x):
    return pl.sql(f"SELECT b + {x} AS c FROM A\nJOIN B ON A.k = B.k", eager=True)['c'][0]
@@ g(x)

== a local of a block in the text of SQL
-- k = [1] --> k = [2]
-- needs: polars
import polars as pl
def main():
    k = [1]
    T = pl.DataFrame({'a': k})
    with InlineCheckpoint():
        print('ran')
        n = pl.sql("select a from T", eager=True)['a'][0]
    print(n)
main()

== the value of a context variable
-- VAR.set(1) --> VAR.set(2)
from contextvars import ContextVar
VAR = ContextVar('VAR', default=0)
VAR.set(1)
def g(x): return VAR.get() + x
@@ g(x)

== the default of a context variable
-- default=0 --> default=5
from contextvars import ContextVar
VAR = ContextVar('VAR', default=0)
def g(x): return VAR.get() + x
@@ g(x)

== whether a context variable has a value
-- # set --> VAR.set(1)
from contextvars import ContextVar
VAR = ContextVar('VAR')
# set
def g(x): return VAR.get(5) + x
@@ g(x)

== a context variable that the computation sets
-- VAR.set(VAR.get() + 1) --> VAR.set(VAR.get() + 2)
-- runs: 3
from contextvars import ContextVar
VAR = ContextVar('VAR', default=0)
@checkpoint
def f(x):
    print("ran")
    VAR.set(VAR.get() + 1)
    return VAR.get()
print(f(3), VAR.get(), f(3), VAR.get(), f(3), VAR.get())

== subclasses of a project class
-- + 1 --> + 2
class Base: pass
class A(Base):
    def m(self, x): return x + 1
def g(x): return sum(c().m(x) for c in Base.__subclasses__())
@@ g(x)

== a subclass in another module
-- + 1 --> + 2
from base import Base
import plugins
def g(x): return sum(c().m(x) for c in Base.__subclasses__())
@@ g(x)
#: base.py
class Base: pass
#: plugins.py
from base import Base
class A(Base):
    def m(self, x): return x + 1

== a subclass more, of a subclass
-- # more --> class C(B): pass
class Base: pass
class B(Base): pass
# more
def count(): return sum(len(c.__subclasses__()) + 1 for c in Base.__subclasses__())
@@ count()

== a subclass more between two calls
-- x + 20 --> x + 21
-- runs: 2
class Base: pass
class A(Base):
    def m(self, x): return x + 1
def g(x): return sum(c().m(x) for c in Base.__subclasses__())
@checkpoint
def f(x):
    print("ran")
    return g(x)
print(f(3))
class B(Base):
    def m(self, x): return x + 20
print(f(3))
""",
)

SAME = table(
    "hit",
    r"""
== an address in a text beside a query
-- needs: pandas
-- host = 1 --> host = 2
import pandas as pd
host = 1
def g(x, t): return len(t.query("a > 1")) + x
@@ g(x, pd.DataFrame({'a': [1, 2]}))

== a local in the text of a query
-- k = 5 --> k = 6
-- needs: pandas
import pandas as pd
k = 5
def g(t):
    k = 1
    return len(t.query("a > @k"))
T = pd.DataFrame({'a': [1, 2]})
@@ g(T)

== a column in the text of SQL that is called like a global
-- a = 1 --> a = 2
import sqlite3
a = 1
def g(x):
    con = sqlite3.connect(':memory:')
    try: return con.execute(f'select a + {x} from (select 1 as a)').fetchone()[0]
    finally: con.close()
@@ g(x)

== a mail address beside a method of that name
-- model = 1 --> model = 2
class Net:
    def eval(self): return self
    def query(self, text): return len(text)
model = 1
def g(x): return Net().eval().query("someone@example.org") + x
@@ g(x)

== a context variable that is put back
from contextvars import ContextVar
VAR = ContextVar('VAR', default=0)
def g(x):
    token = VAR.set(x)
    try:
        return VAR.get()
    finally:
        VAR.reset(token)
@@ g(x)

== a subclass of another class
-- class C(Other): pass --> class C(Other): x = 1
class Base: pass
class Other: pass
class B(Base): pass
class C(Other): pass
def g(x): return len(Base.__subclasses__()) + x
@@ g(x)
""",
)
