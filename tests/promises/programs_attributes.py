"""Attributes of classes and objects that the computation changes: those that it never reads are effects."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== a count on the class that is read
-- made = 0 --> made = 5
-- runs: 3
class A:
    made = 0
    def __init__(self):
        type(self).made += 1
        self.number = A.made
@checkpoint
def f(x):
    print("ran")
    return A().number
print(f(3), f(3), f(3), A.made)

== a count by a class method
-- n = 0 --> n = 5
-- runs: 3
class A:
    n = 0
    @classmethod
    def next(cls):
        cls.n += 1
        return cls.n
@checkpoint
def f(x):
    print("ran")
    return A.next()
print(f(3), f(3), f(3), A.n)

== a class counter that is read through an object
-- n = 0 --> n = 7
-- runs: 3
class Model:
    n = 0
    def run(self, x):
        Model.n += 1
        return x
def g(x, m):
    m.run(x)
    return m.n
m = Model()
@@ g(x, m)

== a class counter that a callback reads
-- n = 0 --> n = 7
-- runs: 3
class Model:
    n = 0
    def run(self, x):
        Model.n += 1
        return x
@checkpoint
def f(m, back, x):
    print("ran")
    m.run(x)
    return back(m)
back = lambda m: m.n
print(f(Model(), back, 3), f(Model(), back, 3), f(Model(), back, 3))

== a class counter that getattr reads
-- n = 0 --> n = 7
-- runs: 3
class Model:
    n = 0
    def run(self, x, name):
        Model.n += 1
        return getattr(self, name)
@@ Model().run(x, 'n')

== a class counter that a dict shows
-- n = 0 --> n = 7
-- runs: 3
class Model:
    n = 0
    def run(self, x):
        Model.n += 1
        return x
def g(x):
    Model().run(x)
    return vars(Model)['n']
@@ g(x)

== a class counter that a pattern reads
-- n = 0 --> n = 7
-- runs: 3
class Model:
    n = 0
    def run(self, x):
        type(self).n += 1
        return x
def g(x):
    m = Model()
    m.run(x)
    match m:
        case Model(n=k):
            return k
@@ g(x)

== a class counter that a format reads
-- n = 0 --> n = 7
-- runs: 3
class Model:
    n = 0
    def run(self, x):
        type(self).n += 1
        return "{0.n}".format(self)
@@ Model().run(x)

== a class counter that a derived class reads
-- n = 0 --> n = 7
-- runs: 3
class Model:
    n = 0
    def run(self, x):
        Model.n += 1
        return x
class Other(Model):
    def run(self, x):
        super().run(x)
        return super().n
@@ Other().run(x)

== a class counter that attrgetter reads
-- n = 0 --> n = 7
-- runs: 3
from operator import attrgetter
class Model:
    n = 0
    def run(self, x):
        Model.n += 1
        return attrgetter('n')(self)
@@ Model().run(x)

== the length of a class's log
-- calls = [] --> calls = [7]
-- runs: 3
class Model:
    calls = []
    def run(self, x):
        self.calls.append(x)
        return len(self.calls)
@@ Model().run(x)

== a class's log that a generator walks through
-- calls = [] --> calls = [7]
-- runs: 3
class Model:
    calls = []
    def run(self, x):
        self.calls.append(x)
        return sum(c for c in self.calls)
@@ Model().run(x)

== a class counter that a property shows
-- n = 0 --> n = 7
-- runs: 3
class Model:
    n = 0
    @property
    def count(self): return self.n
    def run(self, x):
        type(self).n += 1
        return self.count
@@ Model().run(x)

== a class's default that its objects may change
-- rate = 1 --> rate = 2
class Model:
    rate = 1
    def run(self, x):
        if x > 100:
            self.rate = 5
        return x * self.rate
@@ Model().run(x)

== a class's default that nobody writes
-- rate = 1 --> rate = 2
-- silent
class Model:
    rate = 1
    def run(self, x): return x
@@ Model().run(x)
""",
)

SAME = table(
    "hit",
    r"""
== a log on a class
-- calls = [] --> calls = [7]
class Model:
    calls = []
    def run(self, x):
        Model.calls.append(1)
        return x + 1
@@ Model().run(x)

== a counter on a class by its name
-- count = 0 --> count = 7
class Model:
    count = 0
    def run(self, x):
        Model.count += 1
        return x + 1
@@ Model().run(x)

== a counter on a class by a class method
-- count = 0 --> count = 7
class Model:
    count = 0
    @classmethod
    def run(cls, x):
        cls.count += 1
        return x + 1
@@ Model.run(x)

== a counter on a class by type(self)
-- n = 0 --> n = 7
class Model:
    n = 0
    def run(self, x):
        type(self).n += 1
        return x + 1
@@ Model().run(x)

== a counter on a class by self.__class__
-- n = 0 --> n = 7
class Model:
    n = 0
    def run(self, x):
        self.__class__.n += 1
        return x + 1
@@ Model().run(x)

== a log on a class by self
-- calls = [] --> calls = [7]
class Model:
    calls = []
    def run(self, x):
        self.calls.append(x)
        return x + 1
@@ Model().run(x)

== a register of instances
-- all = [] --> all = [7]
class Model:
    all = []
    def __init__(self, x):
        self.x = x
        Model.all.append(self)
@@ Model(x).x

== a table of calls on a class
-- calls = {} --> calls = {7: 1}
class Model:
    calls = {}
    def run(self, x):
        self.calls[x] = 'done'
        return x + 1
@@ Model().run(x)

== a counter of a global object, which counts with its state
-- runs: 3
class Timer:
    def __init__(self): self.calls = 0
    def __call__(self, x):
        self.calls += 1
        return x + 1
timer = Timer()
@@ timer(x)

== a counting decorator, which counts with its state
-- runs: 3
class Counted:
    def __init__(self, g): self.g, self.n = g, 0
    def __call__(self, *args):
        self.n += 1
        return self.g(*args)
@Counted
def g(x): return x + 1
@@ g(x)
""",
)
