"""Changes of classes and of what they dispatch to: each counts."""

from programs import recompute

PLUS = ("+ 1", "+ 2")

CASES = [
    recompute("a method", "class A:\n    def m(self, x): return x + 1\n@@ A().m(x)", PLUS),
    recompute("a method that calls a method", "class A:\n    def k(self, x): return x + 1\n    def m(self, x): return self.k(x)\n@@ A().m(x)", PLUS),
    recompute("a helper of a method", "def g(x): return x + 1\nclass A:\n    def m(self, x): return g(x)\n@@ A().m(x)", PLUS),
    recompute("a method of a global instance", "class A:\n    def m(self, x): return x + 1\na = A()\n@@ a.m(x)", PLUS),
    recompute("the state of a global instance", "class A:\n    def __init__(self, k): self.k = k\na = A(1)\n@@ a.k + x", ("A(1)", "A(2)")),
    recompute("a bound method", "class A:\n    def m(self, x): return x + 1\nm = A().m\n@@ m(x)", PLUS),
    recompute(
        "the state behind a bound method",
        "class A:\n    def __init__(self, k): self.k = k\n    def m(self, x): return x * self.k\nm = A(1).m\n@@ m(x)",
        ("A(1)", "A(2)"),
    ),
    recompute("a callable object", "class A:\n    def __call__(self, x): return x + 1\na = A()\n@@ a(x)", PLUS),
    recompute("an operator method", "class A:\n    def __add__(self, x): return x + 1\na = A()\n@@ a + x", ("x + 1", "x + 2")),
    recompute("__getattr__", "class A:\n    def __getattr__(self, n): return len(n) + 1\n@@ A().ab", PLUS),
    recompute("__init__", "class A:\n    def __init__(self, x): self.k = x + 1\n@@ A(x).k", PLUS),
    recompute("__new__", "class A:\n    def __new__(cls, x): return x + 1\n@@ A(x)", PLUS),
    recompute("__iter__", "class A:\n    def __iter__(self): return iter([1 + 1])\n@@ list(A())", ("1 + 1", "1 + 2")),
    recompute("a property", "class A:\n    @property\n    def p(self): return 1 + 1\n@@ A().p", ("1 + 1", "1 + 2")),
    recompute("a property's setter", "class A:\n    p = property(lambda s: s.k, lambda s, v: s.__dict__.update(k=v + 1))\ndef g(x):\n    a = A()\n    a.p = x\n    return a.p\n@@ g(x)", PLUS),
    recompute("a cached property", "from functools import cached_property\nclass A:\n    @cached_property\n    def p(self): return 1 + 1\n@@ A().p", ("1 + 1", "1 + 2")),
    recompute("a static method", "class A:\n    @staticmethod\n    def m(x): return x + 1\n@@ A.m(x)", PLUS),
    recompute("a class method", "class A:\n    @classmethod\n    def m(cls, x): return x + 1\n@@ A.m(x)", PLUS),
    recompute("a class attribute that a class method reads", "class A:\n    k = 1\n    @classmethod\n    def m(cls, x): return x * cls.k\n@@ A.m(x)", ("k = 1", "k = 2")),
    recompute("a static method becomes a class method", "class A:\n    @staticmethod\n    def m(*a): return len(a)\n@@ A.m(x)", ("staticmethod", "classmethod")),
    recompute("a class attribute", "class A:\n    k = 1\n@@ A.k + x", ("k = 1", "k = 2")),
    recompute("a class attribute through an instance", "class A:\n    k = 1\na = A()\n@@ a.k + x", ("k = 1", "k = 2")),
    recompute("a class attribute that is changed later", "class A:\n    k = [1]\nA.k.append(5)\n@@ sum(A.k) + x", ("append(5)", "append(6)")),
    recompute("a class attribute set on the class later", "class A:\n    k = 1\nA.k = 5\n@@ A.k + x", ("A.k = 5", "A.k = 6")),
    recompute("a base class", "class B:\n    def m(self, x): return x + 1\nclass A(B): pass\n@@ A().m(x)", PLUS),
    recompute("a base class in another file", "from base import B\nclass A(B): pass\n@@ A().m(x)\n#: base.py\nclass B:\n    def m(self, x): return x + 1", PLUS),
    recompute("super()", "class B:\n    def m(self, x): return x + 1\nclass A(B):\n    def m(self, x): return super().m(x)\n@@ A().m(x)", PLUS),
    recompute("the order of bases", "class B:\n    k = 1\nclass C:\n    k = 2\nclass A(B, C): pass\n@@ A().k", ("B, C)", "C, B)")),
    recompute("a base class that gains an override", "class B:\n    k = 1\nclass A(B):\n    pass\n@@ A().k", ("    pass", "    k = 2")),
    recompute("a metaclass", "class M(type):\n    def m(cls, x): return x + 1\nclass A(metaclass=M): pass\n@@ A.m(x)", PLUS),
    recompute("a metaclass in another file", "from meta import M\nclass A(metaclass=M): pass\n@@ len(A) * x\n#: meta.py\nclass M(type):\n    def __len__(cls): return 1 + 1", ("1 + 1", "1 + 2")),
    recompute("a descriptor", "class D:\n    def __get__(self, o, t): return 1 + 1\nclass A:\n    d = D()\n@@ A().d * x", ("1 + 1", "1 + 2")),
    recompute("the state of a descriptor", "class D:\n    def __init__(self, k): self.k = k\n    def __get__(self, o, t): return self.k\nclass A:\n    d = D(1)\n@@ A().d * x", ("D(1)", "D(2)")),
    recompute("__init_subclass__", "class B:\n    def __init_subclass__(cls): cls.k = 1\nclass A(B): pass\n@@ A.k * x", ("cls.k = 1", "cls.k = 2")),
    recompute("a class decorator", "def deco(c):\n    c.k = 1\n    return c\n@deco\nclass A: pass\n@@ A.k * x", ("c.k = 1", "c.k = 2")),
    recompute("a nested class", "class A:\n    class B:\n        k = 1\n@@ A.B.k * x", ("k = 1", "k = 2")),
    recompute("an abstract class's concrete method", "import abc\nclass B(abc.ABC):\n    def t(self, x): return x + 1\n    @abc.abstractmethod\n    def m(self): ...\nclass A(B):\n    def m(self): return 1\n@@ A().t(x)", PLUS),
    recompute("a class with slots", "class A:\n    __slots__ = ('k',)\n    def __init__(self): self.k = 1\na = A()\n@@ a.k * x", ("self.k = 1", "self.k = 2")),
    recompute("a dataclass default", "from dataclasses import dataclass\n@dataclass\nclass A:\n    k: int = 1\n@@ A().k * x", ("= 1", "= 2")),
    recompute("a dataclass factory", "from dataclasses import dataclass, field\ndef make(): return [1]\n@dataclass\nclass A:\n    k: list = field(default_factory=make)\n@@ A().k * x", ("[1]", "[2]")),
    recompute("a dataclass's own method", "from dataclasses import dataclass\n@dataclass\nclass A:\n    k: int = 1\n    def m(self): return self.k + 1\n@@ A().m() * x", PLUS),
    recompute("the order of dataclass fields", "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int = 0\n    b: int = 0\n@@ A(x).a", ("a: int = 0\n    b: int = 0", "b: int = 0\n    a: int = 0")),
    recompute("an option of a dataclass", "from dataclasses import dataclass\n@dataclass(order=True)\nclass A:\n    k: int = 1\n@@ hasattr(A(), '__hash__') and A.__hash__ is None", ("order=True", "frozen=True")),
    recompute("an annotation that makes a field", "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int = 1\n    b = 2\n@@ repr(A(x)).replace(' ', '')", ("b = 2", "b: int = 2")),
    recompute("an annotation that is read", "import typing\ndef g(a: int): return a\n@@ str(typing.get_type_hints(g))", ("a: int", "a: float")),
    recompute("an annotation of a field that a helper reads", "import typing\nclass A:\n    a: int\ndef g(c): return str(typing.get_type_hints(c))\n@@ g(A)", ("a: int", "a: float")),
    recompute("a docstring that is read", "def g():\n    'Say.'\n@@ g.__doc__ * x", ("Say.", "Tell.")),
    recompute("a class docstring that is read", "class A:\n    'Say.'\n@@ A.__doc__ * x", ("Say.", "Tell.")),
    recompute("an enum's value", "import enum\nclass E(enum.Enum):\n    A = 1\n@@ E.A.value * x", ("A = 1", "A = 2")),
    recompute("an enum's members", "import enum\nclass E(enum.Enum):\n    A = 1\n@@ len(E) * x", ("A = 1", "A = 1\n    B = 2")),
    recompute("an enum's method", "import enum\nclass E(enum.Enum):\n    A = 1\n    def m(self): return 1 + 1\n@@ E.A.m() * x", ("1 + 1", "1 + 2")),
    recompute("an enum in another file, as a default", "from colours import Colour\ndef g(c=Colour.RED): return c.value\n@@ g() * x\n#: colours.py\nimport enum\nclass Colour(enum.IntEnum):\n    RED = 1", ("RED = 1", "RED = 2")),
    recompute("a named tuple's default", "from typing import NamedTuple\nclass P(NamedTuple):\n    a: int = 1\n@@ P().a * x", ("= 1", "= 2")),
    recompute("collections.namedtuple", "from collections import namedtuple\nP = namedtuple('P', 'a b')\n@@ P(x, 2).a", ("'a b'", "'b a'")),
    recompute("the base of a singledispatch", "from functools import singledispatch\n@singledispatch\ndef g(x): return x + 1\n@@ g(x)", PLUS),
    recompute("an implementation of a singledispatch", "from functools import singledispatch\n@singledispatch\ndef g(x): return x\n@g.register\ndef _(x: int): return x + 1\n@@ g(x)", PLUS),
    recompute("an implementation that is registered in another module", "from generic import g\nimport ints\n@@ g(x)\n#: generic.py\nfrom functools import singledispatch\n@singledispatch\ndef g(x): return x\n#: ints.py\nfrom generic import g\ng.register(int)(lambda x: x + 1)", PLUS),
    recompute("a singledispatch gains an implementation", "from functools import singledispatch\n@singledispatch\ndef g(x): return x\n# more\n@@ g(x)", ("# more", "g.register(int)(lambda x: x + 1)")),
    recompute("a singledispatchmethod", "from functools import singledispatchmethod\nclass A:\n    @singledispatchmethod\n    def m(self, x): return x\n    @m.register\n    def _(self, x: int): return x + 1\n@@ A().m(x)", PLUS),
    recompute("an exception class", "class E(Exception):\n    def __str__(self): return 'e1'\n@@ str(E())", ("e1", "e2")),
    recompute("a partialmethod", "from functools import partialmethod\nclass A:\n    def m(self, k, x): return x * k\n    n = partialmethod(m, 2)\n@@ A().n(x)", ("m, 2", "m, 3")),
    recompute("total_ordering over a method", "from functools import total_ordering\n@total_ordering\nclass A:\n    def __init__(self, k): self.k = k\n    def __eq__(self, o): return self.k == o.k\n    def __lt__(self, o): return self.k < o.k\n@@ A(1) > A(2)", ("self.k < o.k", "self.k > o.k")),
    recompute(
        "a checkpointed method",
        """
        class A:
            def __init__(self, k): self.k = k
            @checkpoint
            def f(self, x):
                print("ran")
                return self.helper(x)
            def helper(self, x): return x * self.k + 1
        print(A(2).f(3))
        """,
        PLUS,
    ),
    recompute(
        "the state of the object whose method is checkpointed",
        """
        class A:
            def __init__(self, k): self.k = k
            @checkpoint
            def f(self, x):
                print("ran")
                return x * self.k
        print(A(2).f(3))
        """,
        ("A(2)", "A(3)"),
    ),
    recompute(
        "a checkpointed class method",
        """
        class A:
            k = 1
            @classmethod
            @checkpoint
            def f(cls, x):
                print("ran")
                return x * cls.k
        print(A.f(3))
        """,
        ("k = 1", "k = 2"),
    ),
]
