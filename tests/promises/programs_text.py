"""Changes of the text of code that leave its meaning as it is: none of them counts."""

from programs import table

CASES = table(
    "hit",
    r'''
== a comment
-- return x + 1 --> # why\n    return x + 1  # because
def g(x):
    return x + 1
@@ g(x)

== a comment in the computation itself
-- (x + 1) --> (x + 1)  # because
@@ (x + 1)

== a comment above
-- def g --> # A helper.\n#\n# It helps.\ndef g
def g(x):
    return x + 1
@@ g(x)

== a docstring
--     return -->     """Say."""\n    return
def g(x):
    return x + 1
@@ g(x)

== another docstring
-- 'Say.' --> 'Say more.'
def g(x):
    'Say.'
    return x + 1
@@ g(x)

== a docstring that goes
--     'Say.'\n -->
def g(x):
    'Say.'
    return x + 1
@@ g(x)

== a docstring of a module
-- K = 1 --> """Say."""\nK = 1
import helpers
@@ helpers.g(x)
#: helpers.py
K = 1
def other(x): return x - 1
def g(x): return x + 1

== a docstring of a class
--     k -->     """Say."""\n    k
class A:
    k = 1
@@ A().k

== a docstring of a nested function
-- def h(): return x --> def h():\n        'Say.'\n        return x
def g(x):
    def h(): return x
    return h()
@@ g(x)

== blank lines
--     return --> \n\n    return
def g(x):
    return x + 1
@@ g(x)

== the computation moves down
-- def g --> \n\n\n\n\ndef g
def g(x):
    return x + 1
@@ g(x)

== a long formatted function
def g(x):
    total = 0
    for i in range(x):
        if i % 2 and i > 0 or i == 0:
            total += max(i, 1)
    return "a" + str((total, x))
@@ g(x)
-->
def g(x):
    total = 0

    for i in range(
        x,
    ):
        if (
            i % 2
            and i > 0
            or i == 0
        ):
            total += max(
                i,
                1,
            )
    return (
        'a'
        + str(
            (total, x),
        )
    )
@@ g(x)

== quotes
-- 'a' --> "a"
@@ 'a' * x

== how a text is written
-- 'ab' --> ('a' 'b')
@@ 'ab' * x

== how a number is written
-- 1000 --> 1_000
@@ 1000 + x

== a number in another base
-- 255 --> 0xFF
@@ 255 + x

== brackets
-- x + 1 * 2 --> (x) + (1 * 2)
@@ x + 1 * 2

== indentation
--     return x -->         return x
def g(x):
    return x + 1
@@ g(x)

== semicolons
-- a = x; return a --> a = x\n    return a
def g(x):
    a = x; return a
@@ g(x)

== an annotation that nothing reads
-- def g(x): --> def g(x: int) -> int:
def g(x):
    return x + 1
@@ g(x)

== another annotation
-- int --> float
def g(x: int):
    return x + 1
@@ g(x)

== an annotation of a local
-- a = x --> a: int = x
def g(x):
    a = x
    return a
@@ g(x)

== an annotation of a global
-- K = 1 --> K: int = 1
K = 1
@@ x + K

== an annotation of a class attribute
-- k = 1 --> k: int = 1
class A:
    k = 1
@@ A.k

== an annotation on the computation
-- (x): --> (x: int) -> int:
@checkpoint
def f(x):
    print("ran")
    return x
print(f(3))

== from __future__ import annotations in a helper's file
-- def g --> from __future__ import annotations\ndef g
import helpers
@@ helpers.g(x)
#: helpers.py
def g(x: int): return x + 1

== a typed signature under TYPE_CHECKING
-- def g --> from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\ndef g
def g(x):
    return x + 1
@@ g(x)
''',
)
