"""What functions and objects hold that a library made at run time: an edit of any of it counts."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== tenacity stop
-- attempt(2) --> attempt(5)
-- runs: 2
-- needs: tenacity
from tenacity import retry, stop_after_attempt, wait_none
tries = []
@retry(stop=stop_after_attempt(2), wait=wait_none(), reraise=True)
def g():
    tries.append(1)
    if len(tries) < 4: raise ValueError
    return "answer"
def h():
    tries.clear()
    try: return g()
    except ValueError: return len(tries)
@@ h()

== funcy rpartial as a helper
-- a - b, 1) --> a - b, 2)
-- needs: funcy
import funcy
g = funcy.rpartial(lambda a, b: a - b, 1)
@@ g(x)

== funcy retry
-- retry(2 --> retry(3
-- runs: 2
-- needs: funcy
import funcy
tries = []
@funcy.retry(2, errors=ValueError)
def g():
    tries.append(1)
    if len(tries) < 3: raise ValueError
    return 1
def h():
    tries.clear()
    try: return g()
    except ValueError: return len(tries)
@@ h()

== funcy compose
-- b + 1 --> b + 2
-- needs: funcy
import funcy
g = funcy.compose(lambda a: a * 2, lambda b: b + 1)
@@ g(x)

== funcy partial in dict
-- gp(2) --> gp(3)
-- needs: funcy
import funcy
def gp(n): return funcy.rpartial(pow, n)
TABLE = {"a": gp(2)}
@@ TABLE["a"](x)

== argument: closures of toolz
-- pipe2(2) --> pipe2(3)
-- needs: toolz
import toolz
def pipe2(n): return toolz.compose(lambda v: v + 1, toolz.curry(pow)(n))
@checkpoint
def f(fn, x):
    print("ran")
    return fn(x)
print(f(pipe2(2), 3))

== toolz flip and juxt
-- 'k' --> 'm'
-- needs: toolz
import toolz
g = toolz.juxt(toolz.curried.get('k'), len)
@@ g({'k': 1, 'm': 2})

== toolz memoize key
-- + 1) --> + 2)
-- needs: toolz
import toolz
def body(v): return v
g = toolz.memoize(lambda v: body(v) + 1)
@@ g(x)

== toolz excepts default
-- return -1 --> return -2
-- needs: toolz
import toolz
def bad(v): return -1
g = toolz.excepts(ZeroDivisionError, lambda v: 1 / 0, bad)
@@ g(x)

== toolz complement of a curried
-- gt)(3) --> gt)(5)
-- needs: toolz
import toolz, operator
g = toolz.complement(toolz.curry(operator.gt)(3))
@@ g(x)

== wrapt decorator argument
-- scaled(2) --> scaled(3)
-- needs: wrapt
import wrapt
def scaled(k):
    @wrapt.decorator
    def wrapper(wrapped, instance, args, kwargs): return k * wrapped(*args, **kwargs)
    return wrapper
@scaled(2)
def g(v): return v
@@ g(x)

== wrapt decorator on a method
-- v + 1 --> v + 2
-- needs: wrapt
import wrapt
@wrapt.decorator
def traced(wrapped, instance, args, kwargs): return wrapped(*args, **kwargs)
class A:
    @traced
    def g(self, v): return v + 1
@@ A().g(x)

== wrapt decorator on a class
-- v + 1 --> v + 2
-- needs: wrapt
import wrapt
@wrapt.decorator
def traced(wrapped, instance, args, kwargs): return wrapped(*args, **kwargs)
@traced
class A:
    def g(self, v): return v + 1
@@ A().g(x)

== wrapt proxy with state
-- , 2) --> , 3)
-- needs: wrapt
import wrapt
class P(wrapt.ObjectProxy):
    def __init__(self, w, k):
        super().__init__(w)
        self._self_k = k
    def times(self): return self._self_k * len(self)
D = P([1, 2, 3], 2)
@@ D.times()

== wrapt proxy content
-- [1, 2 --> [4, 2
-- needs: wrapt
import wrapt
D = wrapt.ObjectProxy([1, 2, 3])
@@ sum(D)

== wrapt proxy as argument
-- [1, 2 --> [4, 2
-- needs: wrapt
import wrapt
@checkpoint
def f(x):
    print("ran")
    return sum(x)
print(f(wrapt.ObjectProxy([1, 2, 3])))

== wrapt under checkpoint
-- v + 1 --> v + 2
-- needs: wrapt
import wrapt
@wrapt.decorator
def traced(wrapped, instance, args, kwargs): return wrapped(*args, **kwargs)
@checkpoint
@traced
def f(v):
    print("ran")
    return v + 1
print(f(3))

== wrapt partial
-- , 2) --> , 3)
-- needs: wrapt
import wrapt
g = wrapt.PartialCallableObjectProxy(pow, 2)
@@ g(x)

== numpy vectorize excluded
-- otypes=[int] --> otypes=[float]
-- needs: numpy
import numpy as np
g = np.vectorize(lambda v: v + 1, otypes=[int])
@@ str(g([x]))

== numba options
-- fastmath=False --> fastmath=True
-- silent
-- needs: numba
import numba
@numba.njit(fastmath=False)
def g(v): return v + 1
@@ g(x)

== numba signatures
-- int64(float64) --> float64(float64)
-- needs: numba
import numba
@numba.njit("int64(float64)")
def g(v): return v / 2
@@ g(x)

== numba types of a ufunc
-- int64(float64) --> float64(float64)
-- needs: numba
import numba
@numba.vectorize(["int64(float64)"])
def g(v): return v / 2
@@ str(g(x))

== sklearn make_scorer
-- greater_is_better=True --> greater_is_better=False
-- needs: sklearn
from sklearn.metrics import make_scorer, mean_squared_error
from sklearn.dummy import DummyRegressor
S = make_scorer(mean_squared_error, greater_is_better=True)
def h():
    m = DummyRegressor().fit([[0], [1]], [0, 1])
    return float(S(m, [[0], [1]], [0, 1]))
@@ h()

== sklearn make_scorer own
-- sum(a) --> max(a)
-- needs: sklearn
from sklearn.metrics import make_scorer
from sklearn.dummy import DummyRegressor
def own(a, b): return float(sum(a))
S = make_scorer(own)
def h(): return float(S(DummyRegressor().fit([[0], [1]], [0, 1]), [[0], [1]], [1, 1]))
@@ h()

== operator getters
-- 'a') --> 'b')
import operator
g = operator.itemgetter('a')
@@ g({'a': 1, 'b': 2})

== operator methodcaller
-- 'a') --> 'b')
import operator
g = operator.methodcaller('replace', 'z', 'a')
@@ g('zb')

== partialmethod
-- , 1) --> , 2)
import functools
class A:
    def g(self, k, v): return k + v
    h = functools.partialmethod(g, 1)
@@ A().h(x)

== the key of cytoolz memoize
-- // 2 --> // 3
-- needs: cytoolz
import cytoolz
def key(args, kwargs): return args[0] // 2
@cytoolz.memoize(key=key)
def g(a): return a
@@ [g(i) for i in range(6)]

== the handler of cytoolz excepts
-- return 1 --> return 2
-- needs: cytoolz
import cytoolz
def handler(error): return 1
g = cytoolz.excepts(ValueError, int, handler)
@@ g("a")

== behind cytoolz complement
-- > 1 --> > 5
-- needs: cytoolz
import cytoolz
g = cytoolz.complement(lambda v: v > 1)
@@ g(3)

== the hook of a msgspec encoder
-- "N" --> "M"
-- needs: msgspec
import msgspec
def hook(value): return "N"
E = msgspec.json.Encoder(enc_hook=hook)
@@ E.encode(1j)

== the strictness of a msgspec decoder
-- strict=False --> strict=True
-- needs: msgspec
import msgspec
D = msgspec.json.Decoder(int, strict=False)
def g():
    try: return D.decode('"1"')
    except msgspec.ValidationError: return None
@@ g()

== the path of an XPath
-- "//a" --> "//b"
-- needs: lxml
from lxml import etree
P = etree.XPath("//a")
def g(): return [len(P(etree.XML(text))) for text in ("<a/>", "<a><b/></a>", "<b><b/></b>")]
@@ g()

== re pattern
-- a+ --> b+
import re
P = re.compile("a+").sub
@@ P("x", "aabb")

== json hook
-- v + 1 --> v + 2
import json
def hook(d): return {k: v + 1 for k, v in d.items()}
D = json.JSONDecoder(object_hook=hook)
@@ D.decode('{"a": 1}')

== json decode method
-- v + 1 --> v + 2
import json
def hook(d): return {k: v + 1 for k, v in d.items()}
loads = json.JSONDecoder(object_hook=hook).decode
@@ loads('{"a": 1}')

== json default
-- '1' --> '2'
import json
def default(v): return '1'
E = json.JSONEncoder(default=default)
@@ E.encode(object())

== json cls
-- '1' --> '2'
import json
class E(json.JSONEncoder):
    def default(self, v): return '1'
KW = {"cls": E}
@@ json.dumps(object(), **KW)

== json parse_float
-- round(float(s), 1) --> round(float(s), 2)
import json, functools
def pf(s): return round(float(s), 1)
loads = functools.partial(json.loads, parse_float=pf)
@@ loads('1.234')

== a watched library closure
-- a - b, 1) --> a - b, 2)
-- needs: funcy
import funcy
g = funcy.rpartial(lambda a, b: a - b, 1)
with InlineCheckpoint(watch=["g"], produce=["y"]):
    print("ran")
    y = g(5)
print(y)

== a closure under checkpoint
-- attempt(2) --> attempt(5)
-- silent
-- needs: tenacity
from tenacity import retry, stop_after_attempt, wait_none
@checkpoint
@retry(stop=stop_after_attempt(2), wait=wait_none(), reraise=True)
def f(v):
    print("ran")
    return v
print(f(3), f(3))
""",
)

HITS = table(
    "hit",
    r"""
== tenacity helper, everything
-- return v + 1 --> return  v  +  1
-- needs: tenacity
import tenacity
@tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_exponential(), before=lambda s: None,
                retry=tenacity.retry_if_exception_type((ValueError, OSError)))
def g(v): return v + 1
@@ g(x)

== tenacity object
-- return v + 1 --> return  v  +  1
-- needs: tenacity
import tenacity
R = tenacity.Retrying(stop=tenacity.stop_after_attempt(3))
def g(v): return v + 1
@@ R(g, x)

== tenacity async
-- return v + 1 --> return  v  +  1
-- needs: tenacity
import tenacity, asyncio
@tenacity.retry(stop=tenacity.stop_after_attempt(3))
async def g(v): return v + 1
@@ asyncio.run(g(x))

== funcy memoize and friends
-- return v + 1 --> return  v  +  1
-- needs: funcy
import funcy
@funcy.memoize
def g(v): return v + 1
@funcy.log_durations(lambda s: None)
def h(v): return v
@funcy.once
def k(): return 1
@@ g(x) + h(x) + g(x)

== funcy cache and throttle
-- return v + 1 --> return  v  +  1
-- needs: funcy
import funcy
@funcy.cache(60)
def g(v): return v + 1
@funcy.throttle(0.0)
def h(v): return v
@@ g(x) + (h(x) or 0)

== toolz memoize
-- return v + 1 --> return  v  +  1
-- needs: toolz
import toolz
@toolz.memoize
def g(v): return v + 1
@@ g(x) + g(x)

== toolz curry called
-- return a + b --> return  a  +  b
-- needs: toolz
import toolz
@toolz.curry
def g(a, b): return a + b
@@ g(x)(1) + g(x, 1)

== wrapt
-- return v + 1 --> return  v  +  1
-- needs: wrapt
import wrapt
@wrapt.decorator
def traced(wrapped, instance, args, kwargs):
    "doc"
    return wrapped(*args, **kwargs)
@traced
def g(v): return v + 1
@wrapt.synchronized
def h(v): return v
@@ g(x) + h(x)

== numba and vectorize
-- return v + 1 --> return  v  +  1
-- needs: numba numpy
import numba, numpy as np
@numba.njit(cache=False)
def g(v): return v + 1
@np.vectorize
def h(v): return v + 1
@numba.vectorize
def k(v): return v + 1
@numba.njit("int64(int64)")
def l(v): return v + 1
@numba.vectorize(["int64(int64)"])
def m(v): return v + 1
@@ g(x) + int(h(x)) + int(k(x)) + l(x) + int(m(x))

== contextmanagers
-- return v + 1 --> return  v  +  1
import contextlib
def g(v): return v + 1
@contextlib.contextmanager
def ctx(v): yield g(v)
def h(v):
    with ctx(v) as c: return c
@contextlib.contextmanager
def deco(): yield
@deco()
def k(v): return v
@@ h(x) + k(x)

== json coders
-- return v + 1 --> return  v  +  1
import json
def g(v): return v + 1
D = json.JSONDecoder(object_hook=lambda d: d)
E = json.JSONEncoder(default=str)
@@ g(x) + len(D.decode('{"a": 1}')) + len(E.encode({1: 2}))
""",
)
