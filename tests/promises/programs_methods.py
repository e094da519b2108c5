"""Methods that are kept bound, and callable objects inside of wrappers: they count with what they are bound to."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== a bound draw
-- 3).random --> 4).random
-- runs: 3
import random
draw = random.Random(3).random
def g(x): return round(draw(), 6) + x
@@ g(x)

== a bound match
-- 'a+' --> 'aa'
import re
match = re.compile('a+').match
def g(x): return match('aaa').end() + x
@@ g(x)

== a bound get
-- 'a': 1 --> 'a': 2
table = {'a': 1}
get = table.get
def g(x): return get('a') + x
@@ g(x)

== a bound __getitem__
-- 'a': 1 --> 'a': 2
get = {'a': 1}.__getitem__
def g(x): return get('a') + x
@@ g(x)

== a bound method in a cell
-- 'a': 1 --> 'a': 2
def made(get):
    def g(x): return get('a') + x
    return g
g = made({'a': 1}.get)
@@ g(x)

== a bound method as class attribute
-- 'a+' --> 'aa'
import re
class T:
    match = re.compile('a+').match
def g(x): return T.match('aaa').end() + x
@@ g(x)

== a bound method as attribute of an object
-- 'a+' --> 'aa'
import re
class T:
    def __init__(self): self.match = re.compile('a+').match
t = T()
def g(x): return t.match('aaa').end() + x
@@ g(x)

== a bound method as default
-- 'a+' --> 'aa'
import re
def g(x, match=re.compile('a+').match): return match('aaa').end() + x
@@ g(x)

== a bound method as keyword-only default
-- 'a+' --> 'aa'
import re
def g(x, *, match=re.compile('a+').match): return match('aaa').end() + x
@@ g(x)

== a bound method in a dict
-- 'a+' --> 'aa'
import re
T = {'m': re.compile('a+').match}
def g(x): return T['m']('aaa').end() + x
@@ g(x)

== a bound method in a list
-- 'a+' --> 'aa'
import re
T = [re.compile('a+').match]
def g(x): return [t('aaa').end() for t in T][0] + x
@@ g(x)

== a bound method in a partial
-- 'a+' --> 'aa'
import re
from functools import partial
m = partial(re.compile('a+').match, 'aaa')
def g(x): return m().end() + x
@@ g(x)

== a partial of a callable object
-- A(2) --> A(5)
from functools import partial
class A:
    def __init__(self, k): self.k = k
    def __call__(self, x): return x * self.k
m = partial(A(2), 3)
def g(x): return m() + x
@@ g(x)

== the class of a partial's callable object
-- x * self --> x + self
from functools import partial
class A:
    def __init__(self, k): self.k = k
    def __call__(self, x): return x * self.k
m = partial(A(2), 3)
def g(x): return m() + x
@@ g(x)

== join of another text
-- ','.join --> ';'.join
join = ','.join
def g(x): return join(['a', str(x)])
@@ g(x)

== a built-in class method of a project class
-- return 1 --> return 2
class D(dict):
    def __missing__(self, key): return 1
made = D.fromkeys
def g(x): return made('a')['b'] + x
@@ g(x)

== a static method that is a callable object
-- A(2) --> A(5)
class A:
    def __init__(self, k): self.k = k
    def __call__(self, x): return x * self.k
class B:
    m = staticmethod(A(2))
def g(x): return B.m(3) + x
@@ g(x)

== a property of a callable object
-- A(2) --> A(5)
class A:
    def __init__(self, k): self.k = k
    def __call__(self, x): return self.k
class B:
    m = property(A(2))
def g(x): return B().m + x
@@ g(x)

== a property of a partial
-- (h, 2) --> (h, 5)
from functools import partial
def h(k, self): return k
class B:
    m = property(partial(h, 2))
def g(x): return B().m + x
@@ g(x)

== a wrapped callable object
-- A(2) --> A(5)
from functools import wraps
class A:
    def __init__(self, k): self.k = k
    def __call__(self, x): return x * self.k
a = A(2)
a.__name__ = 'a'
def deco(f):
    @wraps(f)
    def inner(*args): return inner.__wrapped__(*args)
    return inner
h = deco(a)
def g(x): return h(x)
@@ g(x)

== a bound draw of numpy
-- rng(3) --> rng(4)
-- runs: 3
-- needs: numpy
import numpy as np
draw = np.random.default_rng(3).normal
def g(x): return round(float(draw()), 6) + x
@@ g(x)

== a bound method of a frame
-- 'a': [1, 2] --> 'a': [1, 5]
-- needs: pandas
import pandas as pd
total = pd.DataFrame({'a': [1, 2]}).sum
def g(x): return int(total()['a']) + x
@@ g(x)

== a bound method of an array
-- [1, 2] --> [1, 5]
-- needs: numpy
import numpy as np
total = np.array([1, 2]).sum
def g(x): return int(total()) + x
@@ g(x)

== a bound test of a set
-- {1, 2} --> {3}
has = {1, 2}.__contains__
def g(x): return has(3)
@@ g(x)

== a bound method as global, code
-- + 1 --> + 2
class A:
    def m(self, x): return x + 1
a = A()
h = a.m
@@ h(x)

== a bound method as global, state
-- A(1) --> A(2)
class A:
    def __init__(self, k): self.k = k
    def m(self, x): return x + self.k
h = A(1).m
@@ h(x)

== a bound method in a container, state
-- A(1) --> A(2)
class A:
    def __init__(self, k): self.k = k
    def m(self, x): return x + self.k
H = {'m': A(1).m}
def g(x, way): return H[way](x)
@@ g(x, 'm')

== a bound method in a list, code of a base class
-- + self.k --> - self.k
class B:
    def m(self, x): return x + self.k
class A(B):
    def __init__(self, k): self.k = k
H = [A(1).m]
@@ [h(x) for h in H]

== a bound method as argument, state
-- A(1) --> A(2)
class A:
    def __init__(self, k): self.k = k
    def m(self, x): return x + self.k
@checkpoint
def f(h, x):
    print("ran")
    return h(x)
print(f(A(1).m, 3))

== a bound method as argument, code of a helper
-- + 1 --> + 2
def deep(x): return x + 1
class A:
    def m(self, x): return deep(x)
@checkpoint
def f(h, x):
    print("ran")
    return h(x)
print(f(A().m, 3))

== a partial of a bound method as argument
-- A(1) --> A(2)
from functools import partial
class A:
    def __init__(self, k): self.k = k
    def m(self, y, x): return x + self.k + y
@checkpoint
def f(h, x):
    print("ran")
    return h(x)
print(f(partial(A(1).m, 5), 3))

== a partial of a bound method as global
-- A(1) --> A(2)
from functools import partial
class A:
    def __init__(self, k): self.k = k
    def m(self, y, x): return x + self.k + y
h = partial(A(1).m, 5)
@@ h(x)

== a partialmethod's argument
-- 5) --> 6)
from functools import partialmethod
class A:
    def m(self, y, x): return x + y
    five = partialmethod(m, 5)
a = A()
@@ a.five(x)

== a bound classmethod as global, code
-- + cls.k --> - cls.k
class A:
    k = 1
    @classmethod
    def m(cls, x): return x + cls.k
h = A.m
@@ h(x)

== a bound classmethod as global, its class
-- k = 5 --> k = 6
class A:
    k = 1
    @classmethod
    def m(cls, x): return x + cls.k
class B(A): k = 5
h = B.m
@@ h(x)

== a bound classmethod as argument
-- k = 5 --> k = 6
class A:
    k = 1
    @classmethod
    def m(cls, x): return x + cls.k
class B(A): k = 5
@checkpoint
def f(h, x):
    print("ran")
    return h(x)
print(f(B.m, 3))

== a classmethod taken through an instance
-- k = 5 --> k = 6
class A:
    k = 5
    @classmethod
    def m(cls, x): return x + cls.k
h = A().m
@@ h(x)

== a method of a metaclass
-- + 1 --> + 2
class M(type):
    def m(cls, x): return x + 1
class A(metaclass=M): pass
h = A.m
@@ h(x)

== a bound method of a callback list
-- x + self.k --> x + self.k * 2
class Log:
    def __init__(self, k): self.k = k
    def on(self, x): return x + self.k
class Trainer:
    def __init__(self): self.callbacks = []
    def add(self, c): self.callbacks.append(c)
    def run(self, x):
        for c in self.callbacks: x = c(x)
        return x
t = Trainer()
t.add(Log(1).on)
@@ t.run(x)

== a bound method kept by its own object
-- + 1 --> + 2
class A:
    def __init__(self): self.h = self.m
    def m(self, x): return x + 1
a = A()
@@ a.h(x)

== what a bound method changes in its object
-- += 1 --> += 2
-- runs: 3
class A:
    def __init__(self): self.n = 0
    def m(self, x):
        self.n += 1
        return self.n + x
a = A()
h = a.m
@checkpoint
def f(x):
    print("ran")
    return h(x)
print(f(3), a.n, f(3), a.n, f(3), a.n)

== a checkpointed bound method
-- A(1) --> A(2)
class A:
    def __init__(self, k): self.k = k
    def m(self, x):
        print("ran")
        return x + self.k
f = checkpoint(A(1).m)
print(f(3), f(3))

== a checkpointed partial of a bound method
-- A(1) --> A(2)
from functools import partial
class A:
    def __init__(self, k): self.k = k
    def m(self, y, x):
        print("ran")
        return x + self.k + y
f = checkpoint(partial(A(1).m, 5))
print(f(3), f(3))

== a checkpointed callable object
-- A(1) --> A(2)
class A:
    def __init__(self, k): self.k = k
    def __call__(self, x):
        print("ran")
        return x + self.k
f = checkpoint(A(1))
print(f(3), f(3))

== a method patched on one instance
-- x + 10 --> x + 11
import types
class A:
    def m(self, x): return x + 1
a = A()
a.m = types.MethodType(lambda self, x: x + 10, a)
@@ a.m(x)
""",
)

SAME = table(
    "hit",
    r"""
== a bound draw from an equal generator
-- runs: 3
import random
draw = random.Random(3).random
def g(x): return round(draw(), 6) + x
@@ g(x)

== a bound append
-- registry = [] --> registry = [7]
registry = []
append = registry.append
def g(x):
    append(x)
    return x + 1
@@ g(x)

== a bound add
-- seen = set() --> seen = {7}
seen = set()
add = seen.add
def g(x):
    add(x)
    return x + 1
@@ g(x)

== a bound match of an equal pattern
-- 1.0 --> 1.00
import re
match = re.compile('a+').match
def g(x): return match('aaa').end() + x + 1.0
@@ g(x)

== a memo through its methods
_cache = {}
get, put = _cache.get, _cache.__setitem__
def g(x):
    r = get(x)
    if r is None:
        r = x * x
        put(x, r)
    return r
@@ g(x)

== draws imported by name, seeded
import random as r
from random import random, shuffle, getrandbits
def g(x):
    r.seed(1)
    l = list(range(10))
    shuffle(l)
    return round(random(), 5) + x + l[0]
@@ g(x)

== draws imported by name
from random import random, shuffle
def g(x):
    return x + (random() if x > 5 else 0) + (shuffle([]) if x > 6 else 0)
@@ g(x)

== draws of numpy imported by name
-- needs: numpy
from numpy.random import rand, permutation
def g(x):
    return x + (rand() if x > 5 else 0) + (permutation([]) if x > 6 else 0)
@@ g(x)

== a bound os.environ.get
-- env: B=1 SEC_TOKEN=1 --> B=2 SEC_TOKEN=2
import os
get = os.environ.get
def g(x): return x + int(get('A', '0'))
@@ g(x)

== a function of a compiled module under another name
-- from math import sin --> import math; sin = math.sin
from math import sin
def g(x): return sin(x) + len('a')
@@ g(x)

== a bound put of a queue
import queue
put = queue.SimpleQueue().put
def g(x):
    put(x)
    return x
@@ g(x)

== a bound draw as argument, of the global stream
import random
@checkpoint
def f(draw):
    print("ran")
    random.seed(3)
    return draw() < 2
print(f(random.random))

== draws of the module in a table
import random
T = {'u': random.random, 's': random.shuffle}
def g(x, way): return x + (T[way]() if x > 5 else 0)
@@ g(x, 'u')

== a partial of a draw of the module
import random
from functools import partial
u = partial(random.uniform, 0, 1)
def g(x): return x + (u() if x > 5 else 0)
@@ g(x)

== draws of numpy in a table
-- needs: numpy
import numpy as np
T = {'u': np.random.rand, 's': np.random.shuffle}
def g(x, way): return x + (T[way]() if x > 5 else 0)
@@ g(x, 'u')

== a default that draws from the module
import random
def g(x, draw=random.random): return x + (draw() if x > 5 else 0)
@@ g(x)

== an instance with a draw
import random
class A:
    def __init__(self): self.draw = random.gauss
a = A()
def g(x): return x + (a.draw(0, 1) if x > 5 else 0)
@@ g(x)

== a list that a bound method of a logger shows
-- calls = [] --> calls = [7]
import logging
info = logging.getLogger('a').info
calls = []
def g(x):
    calls.append(x)
    info('call %d', len(calls))
    return x + 1
@@ g(x)

== a bound method as global, another object of equal state
-- A(1).m --> A(2 - 1).m
class A:
    def __init__(self, k): self.k = k
    def m(self, x): return x + self.k
h = A(1).m
@@ h(x)

== a bound method as argument, equal state
-- A(1).m --> A(2 - 1).m
class A:
    def __init__(self, k): self.k = k
    def m(self, x): return x + self.k
@checkpoint
def f(h, x):
    print("ran")
    return h(x)
print(f(A(1).m, 3))

== a bound classmethod, an instance more
-- h = --> A(); h =
class A:
    k = 1
    @classmethod
    def m(cls, x): return x + cls.k
h = A.m
@@ h(x)
""",
)
