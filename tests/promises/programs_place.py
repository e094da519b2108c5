"""Code that moves, in its file or to another, and files that are renamed: none of it counts."""

from programs import table

CASES = table(
    "hit",
    r"""
== a helper's file is renamed
-- one --> two
from one import g
@@ g(x)
#: one.py
def g(x): return x + 1

== a package is renamed
-- one --> two
from one.mod import g
@@ g(x)
#: one/__init__.py
#: one/mod.py
K = 1
def g(x): return x + K

== a helper moves to another file
def g(x):
    return x + 1
@@ g(x)
-->
from helpers import g
@@ g(x)
#: helpers.py
def g(x):
    return x + 1

== a helper with a global moves with it
K = 1
def g(x): return x + K
@@ g(x)
-->
from helpers import g
@@ g(x)
#: helpers.py
K = 1
def g(x): return x + K

== the script is renamed
-- one --> two
#: one.py
@@ x + 1

== the script moves to another folder
-- one/ --> two/sub/
#: one/main.py
import helpers
@@ helpers.g(x)
#: one/helpers.py
def g(x): return x + 1

== the script is imported instead of run
class Point:
    def __init__(self, x): self.x = x
    def __repr__(self): return f"Point({self.x})"
def g(x): return Point(x)
@checkpoint
def f(x):
    print("ran")
    return g(x)
print(f(3))
-->
import job
print(job.f(3))
#: job.py
class Point:
    def __init__(self, x): self.x = x
    def __repr__(self): return f"Point({self.x})"
def g(x): return Point(x)
@checkpoint
def f(x):
    print("ran")
    return g(x)

== an imported module is run instead
import job
print(job.f(3))
#: job.py
class Point:
    def __init__(self, x): self.x = x
    def __repr__(self): return f"Point({self.x})"
def g(x): return Point(x)
@checkpoint
def f(x):
    print("ran")
    return g(x)
-->
class Point:
    def __init__(self, x): self.x = x
    def __repr__(self): return f"Point({self.x})"
def g(x): return Point(x)
@checkpoint
def f(x):
    print("ran")
    return g(x)
print(f(3))

== a class of the result moves to another file
class Point:
    def __init__(self, x): self.x = x
    def __repr__(self): return f"Point({self.x})"
def g(x): return Point(x)
@checkpoint
def f(x):
    print("ran")
    return g(x)
print(f(3))
-->
from shapes import Point

def g(x): return Point(x)
@checkpoint
def f(x):
    print("ran")
    return g(x)
print(f(3))
#: shapes.py
class Point:
    def __init__(self, x): self.x = x
    def __repr__(self): return f"Point({self.x})"

== a block is moved into another file
x = 3
with InlineCheckpoint():
    print('ran')
    y = x + 1
print(y)
-->
import job
print(job.y)
#: job.py
x = 3
with InlineCheckpoint():
    print('ran')
    y = x + 1

== lines above a block
-- with --> a = 1\nb = 2\nwith
with InlineCheckpoint():
    print('ran')
    y = [i for i in range(3)]
print(y)

== a comment in a block
--     y -->     # why\n\n    y
with InlineCheckpoint():
    print('ran')
    y = 1
print(y)

== a block moves below a condition
with InlineCheckpoint(watch=[], produce=['y']):
    print('ran')
    y = [1, 2]
print(y)
-->
if True:
    with InlineCheckpoint(watch=[], produce=['y']):
        print('ran')
        y = [1, 2]
print(y)

== bare __file__ and __name__
-- # one --> # two
def g(x): return x + (1 if __file__ and __name__ else 0)
@@ g(x)
# one

== bare __file__ of a file that is renamed
-- one --> two
from one import g
@@ g(x)
#: one.py
from pathlib import Path
def g(x): return x + bool(Path(__file__).parent)

== bare __name__ of a logger in a renamed file
-- one --> two
from one import g
@@ g(x)
#: one.py
import logging
def g(x):
    logging.getLogger(__name__).debug('g')
    return x + 1
""",
)
