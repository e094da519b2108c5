"""Docstrings, annotations and sources that are read through values: prompts are made of them."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== docs through getattr
-- Weather. --> Rain.
TOOLS = {}
def tool(fn):
    TOOLS[fn.__name__] = fn
    return fn
@tool
def weather(city):
    "Weather."
@@ [getattr(t, "__doc__") for t in TOOLS.values()]

== docs through inspect.getdoc
-- Weather. --> Rain.
import inspect
class W:
    "Weather."
TOOLS = [W()]
@@ [inspect.getdoc(t) for t in TOOLS]

== docs of an argument
-- Weather. --> Rain.
def weather(city):
    "Weather."
@checkpoint
def f(tools):
    print("ran")
    return [t.__doc__ for t in tools]
print(f([weather]))

== docs through vars
-- Weather. --> Rain.
class W:
    "Weather."
TOOLS = [W]
@@ [vars(t)["__doc__"] for t in TOOLS]

== source through inspect
-- one --> two
import inspect
def weather(city): return city  # one
TOOLS = [weather]
def h(): return [inspect.getsource(t)[-4:-1] for t in TOOLS]
@@ h()

== signature through a registry
-- city: int --> city: str
import inspect
def weather(city: int): return city
TOOLS = [weather]
@@ [str(inspect.signature(t)) for t in TOOLS]

== type hints of a class in a registry
-- v: int --> v: str
import typing
class Q:
    v: int
def weather(q: Q): return q
TOOLS = [weather]
def h(): return [[str(typing.get_type_hints(c)) for c in typing.get_type_hints(t).values()] for t in TOOLS]
@@ h()

== a function that a type is annotated with
-- v + 1 --> v + 2
import typing
def step(v): return v + 1
class Q:
    v: typing.Annotated[int, step] = 1
def h(): return [hint.__metadata__[0](1) for hint in typing.get_type_hints(Q, include_extras=True).values()]
@@ h()

== a function that the type of a field is annotated with
-- v + 1 --> v + 2
import dataclasses, typing
def step(v): return v + 1
@dataclasses.dataclass
class Q:
    v: typing.Annotated[int, step] = 1
@@ [field.type.__metadata__[0](1) for field in dataclasses.fields(Q)]

== an object that a type is annotated with
-- Range(1) --> Range(2)
import typing
class Range:
    def __init__(self, n): self.n = n
    def __call__(self, v): return v + self.n
class Q:
    v: typing.Annotated[int, Range(1)] = 1
def h(): return [hint.__metadata__[0](1) for hint in typing.get_type_hints(Q, include_extras=True).values()]
@@ h()

== the class of an object that a type is annotated with, in an argument
-- v + self.n --> v - self.n
import typing
class Range:
    def __init__(self, n): self.n = n
    def __call__(self, v): return v + self.n
class Q:
    v: typing.Annotated[int, Range(1)] = 1
def h(q): return [hint.__metadata__[0](1) for hint in typing.get_type_hints(type(q), include_extras=True).values()]
q = Q()
@@ h(q)

== annotations by attribute
-- v: int --> v: str
def weather(v: int): return v
TOOLS = [weather]
@@ [str(t.__annotations__) for t in TOOLS]
""",
)

HITS = table(
    "hit",
    r"""
== docs of a helper that nobody reads
-- "one" --> "two"
import functools
def g(v):
    "one"
    return v + 1
T = {"a": g}
@functools.lru_cache
def h(v):
    "one"
    return v
@@ T["a"](x) + h(x) + vars(type("A", (), {"k": 1}))["k"]

== docs of what a library wraps with functools alone
-- "one" --> "two"
import functools, contextlib
@functools.singledispatch
def g(v):
    "one"
    return v + 1
@@ g(x)
""",
)
