"""Project code behind libraries, and compiled code: changes of it count."""

from programs import table

CASES = table(
    "recompute",
    r"""
== project code in a package that was installed from a folder
-- + 1 --> + 2
import sys
sys.path.insert(0, "lib/site-packages")
import lib

@@ lib.g(x)
#: lib/site-packages/lib/__init__.py
def g(x): return x + 1
#: lib/site-packages/lib-1.0.dist-info/METADATA
Name: lib
Version: 1.0
#: lib/site-packages/lib-1.0.dist-info/RECORD
lib/__init__.py,,
#: lib/site-packages/lib-1.0.dist-info/direct_url.json
{"url": "file:///somewhere", "dir_info": {}}

== a compiled project module
-- !compiled one --> !compiled two
-- silent
import _xxhash
@@ _xxhash.xxh32_intdigest(b'a') * x
#: _xxhash.so
!compiled one

== a compiled module of a project package
-- !compiled one --> !compiled two
-- silent
from pkg import _xxhash as n
@@ n.xxh32_intdigest(b'a') * x
#: pkg/__init__.py
#: pkg/_xxhash.so
!compiled one

== a compiled function imported by name
-- !compiled one --> !compiled two
-- silent
from _xxhash import xxh32_intdigest as d
@@ d(b'a') * x
#: _xxhash.so
!compiled one

== a loaded shared library
-- !compiled one --> !compiled two
-- silent
import ctypes, os
lib = ctypes.CDLL(os.path.abspath('lib.so'))
@@ hasattr(lib, 'PyInit__xxhash')
#: lib.so
!compiled one

== a function of a loaded shared library
-- !compiled one --> !compiled two
-- silent
import ctypes, os
g = ctypes.PyDLL(os.path.abspath('lib.so')).PyInit__xxhash
@@ g.__name__
#: lib.so
!compiled one

== behind np.vectorize
-- + 1 --> + 2
-- needs: numpy
import numpy as np
def a(x): return x + 1
g = np.vectorize(a)
@@ int(g(x))

== behind np.frompyfunc
-- + 1 --> + 2
-- needs: numpy
import numpy as np
def a(x): return x + 1
@@ np.frompyfunc(a, 1, 1)(x)

== behind DataFrame.apply
-- + 1 --> + 2
-- needs: pandas
import pandas as pd
def a(x): return x + 1
T = pd.DataFrame({'a': [1]})
@@ int(T['a'].apply(a).sum()) * x

== behind FunctionTransformer
-- + 1 --> + 2
-- needs: sklearn
from sklearn.preprocessing import FunctionTransformer
import numpy as np
def a(x): return x + 1
t = FunctionTransformer(a)
@@ float(t.transform(np.ones((2, 2))).sum()) * x

== behind a FunctionTransformer in a watched pipeline
-- + 1 --> + 2
-- needs: sklearn
from sklearn.preprocessing import FunctionTransformer
from sklearn.pipeline import make_pipeline
import numpy as np
def a(x): return x + 1
p = make_pipeline(FunctionTransformer(a))
with InlineCheckpoint(watch=['p'], produce=['y']):
    print('ran')
    y = float(p.fit_transform(np.ones((2, 2))).sum())
print(y)

== a parameter of an estimator
-- =True --> =False
-- needs: sklearn
from sklearn.preprocessing import StandardScaler
import numpy as np
s = StandardScaler(with_mean=True).fit(np.arange(4.0).reshape(-1, 1))
@@ float(s.transform(np.ones((1, 1)))[0, 0]) * x

== a project class below a library's
-- + 1 --> + 2
-- needs: sklearn
from sklearn.base import BaseEstimator
class E(BaseEstimator):
    def fit(self, x): return x + 1
@@ E().fit(x)

== behind numba
-- + 1 --> + 2
-- needs: numba
import numba
@numba.njit
def a(x): return x + 1
@@ a(x)

== behind tenacity
-- + 1 --> + 2
-- needs: tenacity
import tenacity
@tenacity.retry(stop=tenacity.stop_after_attempt(2))
def a(x): return x + 1
@@ a(x)

== a pydantic model
-- = 1 --> = 2
-- needs: pydantic
import pydantic
class M(pydantic.BaseModel):
    k: int = 1
@@ M().k * x

== a pydantic validator
-- + 1 --> + 2
-- needs: pydantic
import pydantic
class M(pydantic.BaseModel):
    k: int
    @pydantic.field_validator('k')
    @classmethod
    def up(cls, v): return v + 1
@@ M(k=x).k

== an attrs class
-- = 1 --> = 2
-- needs: attr
import attr
@attr.s(auto_attribs=True)
class A:
    k: int = 1
@@ A().k * x

== behind joblib
-- + 1 --> + 2
-- needs: joblib
import joblib
def a(x): return x + 1
@@ joblib.Parallel(n_jobs=1)([joblib.delayed(a)(x)])
""",
)
