"""Changes of what stands beside the computation and is not reached: none of them counts."""

from programs import table

CASES = table(
    "hit",
    r"""
== functions change places
-- def a(x): return x + 1\ndef b(x): return a(x) --> def b(x): return a(x)\ndef a(x): return x + 1
def a(x): return x + 1
def b(x): return a(x)
@@ b(x)

== methods change places
--     def a(self): return 1\n    def b(self): return 2 -->     def b(self): return 2\n    def a(self): return 1
class A:
    def a(self): return 1
    def b(self): return 2
@@ A().a()

== a function in a global expression is moved
-- def own(v): --> # above\n\ndef own(v):
-- needs: polars
import polars as pl
def own(v): return v + 1
E = pl.col('a').map_batches(own, return_dtype=pl.Int64)
def g(x): return pl.DataFrame({'a': [x]}).select(E)['a'][0]
@@ g(x)

== another function of the file
-- x - 1 --> x - 2
import helpers
@@ helpers.g(x)
#: helpers.py
K = 1
def other(x): return x - 1
def g(x): return x + 1

== another function of the script
-- x - 1 --> x - 2
def other(x): return x - 1
def g(x):
    return x + 1
@@ g(x)

== another global of the file
-- K = 1 --> K = 2
import helpers
@@ helpers.g(x)
#: helpers.py
K = 1
def other(x): return x - 1
def g(x): return x + 1

== another global of the script
-- K = 1 --> K = 2
K = 1
def g(x):
    return x + 1
@@ g(x)

== another class of the file
-- K = 1 --> K = 1\nclass A: pass
import helpers
@@ helpers.g(x)
#: helpers.py
K = 1
def other(x): return x - 1
def g(x): return x + 1

== a further decorated function
-- def g --> @checkpoint\ndef other(x): return x\ndef g
def g(x):
    return x + 1
@@ g(x)

== a further method of an unreached class
-- return 1 --> return 2
class A:
    def m(self): return 1
def g(x):
    return x + 1
@@ g(x)

== an unused import
-- def g --> import json\ndef g
def g(x):
    return x + 1
@@ g(x)

== an unused import of a project module
-- K = 1 --> K = 2
import unused
@@ x + 1
#: unused.py
K = 1

== an import inside the function that is not used, of a loaded module
-- K = 1 --> K = 2
import unused
def g(x):
    import unused
    return x + 1
@@ g(x)
#: unused.py
K = 1

== a module that appears beside
def g(x):
    return x + 1
@@ g(x)
-->
def g(x):
    return x + 1
@@ g(x)
#: more.py
K = 1

== another item of a dict by constant key
-- 'seed': 5 --> 'seed': 6
C = {'lr': 1, 'seed': 5}
@@ x + C['lr']

== another function in a dict by constant key
-- -x --> -x - 1
def a(x): return x
def b(x): return -x
D = {'a': a, 'b': b}
@@ D['a'](x)

== how a module is imported stays, its file moves below
-- K = 1\n --> \n\n\nK = 1\n
import helpers
@@ helpers.g(x)
#: helpers.py
K = 1
def other(x): return x - 1
def g(x): return x + 1
""",
)
