"""Classes and functions that a library generates: they count by what they are generated from."""

from programs import table

COUNTS = table(
    "recompute",
    r"""
== pydantic validate_call
-- v + 1 --> v + 2
-- needs: pydantic
import pydantic
@pydantic.validate_call
def g(v: int): return v + 1
@@ g("3")

== pydantic validate_call of a model
-- le=10 --> le=2
-- needs: pydantic
import pydantic
class M(pydantic.BaseModel):
    v: int = pydantic.Field(le=10)
@pydantic.validate_call
def g(m: M): return m.v
def h():
    try: return g({"v": 3})
    except pydantic.ValidationError: return "no"
@@ h()

== pydantic validate_call option
-- "strict": False --> "strict": True
-- needs: pydantic
import pydantic
@pydantic.validate_call(config={"strict": False})
def g(m: int): return m
def h():
    try: return g("3")
    except pydantic.ValidationError: return "no"
@@ h()

== pydantic TypeAdapter
-- le=10 --> le=2
-- needs: pydantic
import pydantic
from typing import Annotated
T = pydantic.TypeAdapter(Annotated[int, pydantic.Field(le=10)])
def h():
    try: return T.validate_python(3)
    except pydantic.ValidationError: return "no"
@@ h()

== pydantic create_model
-- (int, 1) --> (int, 2)
-- needs: pydantic
import pydantic
M = pydantic.create_model("M", a=(int, 1))
@@ M().a

== pydantic dataclass
-- a: int = 1 --> a: int = 2
-- needs: pydantic
import pydantic.dataclasses
@pydantic.dataclasses.dataclass
class M:
    a: int = 1
@@ M().a

== pydantic after validator
-- v + 1 --> v + 2
-- needs: pydantic
import pydantic
from typing import Annotated
def up(v): return v + 1
class M(pydantic.BaseModel):
    a: Annotated[int, pydantic.AfterValidator(up)]
@@ M(a=x).a

== pydantic schema description
-- A city. --> A town.
-- needs: pydantic
import pydantic
class M(pydantic.BaseModel):
    "A city."
    a: int
TOOLS = [M]
def h(): return [t.model_json_schema()["description"] for t in TOOLS]
@@ h()

== attrs pipe
-- v + 1 --> v + 2
-- needs: attrs
import attrs
def up(v): return v + 1
@attrs.define
class A:
    a: int = attrs.field(converter=attrs.converters.pipe(int, up))
@@ A(x).a

== attrs default if none
-- =5) --> =6)
-- needs: attrs
import attrs
@attrs.define
class A:
    a: int = attrs.field(converter=attrs.converters.default_if_none(default=5))
@@ A(None).a

== attrs validator bound
-- le(10) --> le(2)
-- needs: attrs
import attrs
@attrs.define
class A:
    a: int = attrs.field(validator=attrs.validators.le(10))
def h():
    try: return A(3).a
    except ValueError: return "no"
@@ h()

== attrs default
-- default=1 --> default=2
-- needs: attrs
import attrs
@attrs.frozen
class A:
    a: int = attrs.field(default=1)
@@ A().a

== attrs factory
-- [1] --> [2]
-- needs: attrs
import attrs
def make(): return [1]
@attrs.frozen
class A:
    a: list = attrs.field(factory=make)
@@ A().a

== attrs eq off
-- eq=True --> eq=False
-- needs: attrs
import attrs
@attrs.define
class A:
    a: int = attrs.field(eq=True)
@@ A(1) == A(2)

== attrs frozen
-- frozen=False --> frozen=True
-- needs: attrs
import attrs
@attrs.define(frozen=False)
class A:
    a: int = 1
def h():
    v = A()
    try: v.a = 2
    except attrs.exceptions.FrozenInstanceError: return "no"
    return v.a
@@ h()

== attrs on_setattr
-- v + 1 --> v + 2
-- needs: attrs
import attrs
def up(inst, attrib, v): return v + 1
@attrs.define
class A:
    a: int = attrs.field(default=1, on_setattr=up)
def h():
    v = A()
    v.a = 3
    return v.a
@@ h()

== attrs repr function
-- '<1>' --> '<2>'
-- needs: attrs
import attrs
@attrs.define
class A:
    a: int = attrs.field(default=1, repr=lambda v: '<1>')
@@ repr(A())

== attrs own method
-- + 1 --> + 2
-- needs: attrs
import attrs
@attrs.define
class A:
    a: int = 1
    def __eq__(self, other): return self.a + 1 == other
@@ A(1) == 2

== attrs order
-- order=True --> order=False
-- needs: attrs
import attrs
@attrs.define(order=True)
class A:
    a: int = 1
def h():
    try: return A(1) < A(2)
    except TypeError: return "no"
@@ h()

== beartype helper
-- v + 1 --> v + 2
-- needs: beartype
from beartype import beartype
@beartype
def g(v: int) -> int: return v + 1
@@ g(x)

== beartype annotation
-- v: int --> v: str
-- needs: beartype
from beartype import beartype
@beartype
def g(v: int): return 1
def h():
    try: return g(3)
    except Exception: return "no"
@@ h()

== beartype class
-- v + 1 --> v + 2
-- needs: beartype
from beartype import beartype
@beartype
class A:
    def g(self, v: int) -> int: return v + 1
@@ A().g(x)

== frozen dataclass through make_dataclass
-- 1)] --> 2)]
import dataclasses
A = dataclasses.make_dataclass("A", [("a", int, 1)])
@@ A().a

== total_ordering
-- self.a < --> self.a >
import functools
@functools.total_ordering
class A:
    def __init__(self, a): self.a = a
    def __eq__(self, o): return self.a == o.a
    def __lt__(self, o): return self.a < o.a
@@ A(1) >= A(2)

== namedtuple default
-- 1,) --> 2,)
import collections
P = collections.namedtuple("P", "a", defaults=(1,))
@@ P().a

== NamedTuple default
-- int = 1 --> int = 2
from typing import NamedTuple
class P(NamedTuple):
    a: int = 1
@@ P().a

== dataclass nested through a library
-- b: int = 1 --> b: int = 2
-- needs: pydantic
import dataclasses, pydantic
@dataclasses.dataclass
class B:
    b: int = 1
@dataclasses.dataclass
class A:
    a: B
T = pydantic.TypeAdapter(A)
@@ T.validate_python({"a": {}}).a.b
""",
)

HITS = table(
    "hit",
    r"""
== a dataclass that went through cloudpickle
-- return 2 * self.rate --> return  2  *  self.rate
import dataclasses, cloudpickle
@dataclasses.dataclass(order=True)
class C:
    rate: float
    def double(self): return 2 * self.rate
@checkpoint
def f(config):
    print("ran")
    return config.double()
c = C(0.5)
print(f(c), f(cloudpickle.loads(cloudpickle.dumps(c))), f(c))

== beartype
-- return v + 1 --> return  v  +  1
-- needs: beartype
from beartype import beartype, BeartypeConf
@beartype
def g(v: int) -> int: return v + 1
@beartype(conf=BeartypeConf(is_pep484_tower=True))
def h(v: float, k: int = 0) -> float: return v
@beartype
class A:
    def g(self, v: int) -> int: return v
@@ g(x) + h(x) + A().g(x)

== pydantic of many kinds
-- return v + 1 --> return  v  +  1
-- needs: pydantic
import pydantic, enum
from typing import Annotated, Literal
class E(enum.Enum):
    A = 1
class N(pydantic.BaseModel):
    e: E = E.A
    s: Literal["a"] = "a"
class M(pydantic.BaseModel):
    model_config = {"extra": "allow"}
    n: N = pydantic.Field(default_factory=N)
    m: "M | None" = None
    @pydantic.field_validator("n")
    @classmethod
    def check(cls, v): return v
    @pydantic.computed_field
    @property
    def c(self) -> int: return 1
T = pydantic.TypeAdapter(list[M])
V = M.__pydantic_validator__
@pydantic.validate_call
def g(v: int, n: N | None = None): return v + 1
@@ g(x) + len(T.validate_python([{}])) + M().c

== pydantic validator of a model as a value
-- return v + 1 --> return  v  +  1
-- needs: pydantic
import pydantic
class M(pydantic.BaseModel):
    a: int = 1
    b: "M | None" = None
V = M.__pydantic_validator__
S = M.__pydantic_serializer__
def g(v): return v + 1
@@ g(x) + V.validate_python({}).a + len(S.to_json(M()))

== attrs of many kinds
-- return v + 1 --> return  v  +  1
-- needs: attrs
import attr, attrs
def g(v): return v + 1
@attrs.frozen
class A: x: str
@attrs.define(unsafe_hash=True, order=True)
class B:
    x: str = attrs.field(validator=attrs.validators.instance_of(str), on_setattr=attrs.setters.frozen)
    y: list = attrs.field(factory=list, converter=attrs.Converter(lambda v, f: v, takes_field=True))
    z: int = attrs.Factory(lambda self: 1, takes_self=True)
    @x.validator
    def check(self, attribute, value): pass
@attr.s(hash=True)
class C: x = attr.ib(default=1)
@attrs.frozen(cache_hash=True)
class D:
    x: str
    def own(self): return self.x
@attrs.define(auto_exc=True)
class X(Exception): m: str = ""
@@ [g(x), A("a").x, B("b"), hash(C()) * 0, D("k"), {D("k"): 1}[D("k")], str(X("q"))]

== attrs instances as arguments
-- return v + 1 --> return  v  +  1
-- needs: attrs
import attrs
@attrs.frozen(cache_hash=True)
class D:
    x: str
d = D("k")
def g(v): return v + 1
@checkpoint
def f(d):
    print("ran")
    return g(hash(d) * 0)
print(f(d))
hash(d)
print(f(d), f(D("k")))

== enum, namedtuple, TypedDict
-- return v + 1 --> return  v  +  1
import enum, collections, typing
class E(enum.Flag):
    A = enum.auto()
    B = enum.auto()
class F(enum.StrEnum):
    A = "a"
P = collections.namedtuple("P", "a b", defaults=(1,))
class N(typing.NamedTuple):
    a: int = 1
class T(typing.TypedDict, total=False):
    a: int
G = typing.TypeVar("G")
class B(typing.Generic[G]): pass
def g(v): return v + 1
@@ [g(x), (E.A | E.B).value, F.A.value, P(1).b, N().a, T(a=1)]
""",
)
