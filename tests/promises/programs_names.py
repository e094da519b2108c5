"""Functions of one name: they share an entry if their code and all that they reach are equal, and only then."""

from programs import table

CASES = table(
    "hit",
    r"""
== two closures of one code share what is equal only
-- runs: 2
def make(n):
    @checkpoint
    def f(x):
        print("ran")
        return x + n
    return f
print(make(1)(3), make(2)(3), make(1)(3), make(1 + 1)(3))

== methods of one name in two classes
-- runs: 2
class A:
    @checkpoint
    def f(self, x):
        print("ran")
        return x + 1
class B:
    @checkpoint
    def f(self, x):
        print("ran")
        return x + 2
print(A().f(3), B().f(3), A().f(3), B().f(3))

== two lambdas on one line
-- runs: 2
a, b = checkpoint(lambda x: (print("ran"), x + 1)[1]), checkpoint(lambda x: (print("ran"), x + 2)[1])
print(a(3), b(3), a(3), b(3))

== two functions of one name
-- runs: 2
import one, two
print(one.f(3), two.f(3), one.f(3), two.f(3))
#: one.py
@checkpoint
def f(x):
    print("ran")
    return x + 1
#: two.py
@checkpoint
def f(x):
    print("ran")
    return x + 2

== functions of one name and one code in two files
import one, two
print(one.f(3), two.f(3))
#: one.py
@checkpoint
def f(x):
    print("ran")
    return x + 1
#: two.py
@checkpoint
def f(x):
    print("ran")
    return x + 1
""",
)
