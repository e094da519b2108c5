"""Changes of functions, classes and objects that are arguments or watched, and of declared inputs: each counts."""

from programs import recompute

PLUS = ("+ 1", "+ 2")
CALL = """
@checkpoint
def f(g, x):
    print("ran")
    return g(x)
"""

CASES = [
    recompute("a function as argument", f"def a(x): return x + 1\n{CALL}print(f(a, 3))", PLUS),
    recompute("a helper of a function as argument", f"def b(x): return x + 1\ndef a(x): return b(x)\n{CALL}print(f(a, 3))", PLUS),
    recompute("a lambda as argument", f"{CALL}print(f(lambda x: x + 1, 3))", PLUS),
    recompute("a global of a function as argument", f"K = 1\ndef a(x): return x + K\n{CALL}print(f(a, 3))", ("K = 1", "K = 2")),
    recompute("a cell of a function as argument", f"def make(n): return lambda x: x + n\n{CALL}print(f(make(1), 3))", ("make(1)", "make(2)")),
    recompute("a partial as argument", f"from functools import partial\ndef a(k, x): return x + k\n{CALL}print(f(partial(a, 1), 3))", ("a, 1", "a, 2")),
    recompute("a class as argument", f"class A(int):\n    def __repr__(self): return str(int(self) + 1)\n{CALL}print(f(A, 3))", PLUS),
    recompute("a bound method as argument", f"class A:\n    def m(self, x): return x + 1\n{CALL}print(f(A().m, 3))", PLUS),
    recompute("the class of an argument", "class A:\n    def m(self, x): return x + 1\n@checkpoint\ndef f(a, x):\n    print('ran')\n    return a.m(x)\nprint(f(A(), 3))", PLUS),
    recompute("the base class of an argument", "class B:\n    def m(self, x): return x + 1\nclass A(B): pass\n@checkpoint\ndef f(a, x):\n    print('ran')\n    return a.m(x)\nprint(f(A(), 3))", PLUS),
    recompute("a function in a list as argument", "def a(x): return x + 1\n@checkpoint\ndef f(gs, x):\n    print('ran')\n    return [g(x) for g in gs]\nprint(f([a], 3))", PLUS),
    recompute("a function of another module as argument", f"import helpers\n{CALL}print(f(helpers.a, 3))\n#: helpers.py\nK = 1\ndef a(x): return x + K", ("K = 1", "K = 2")),
    recompute("a dataclass argument's method", "from dataclasses import dataclass\n@dataclass\nclass C:\n    lr: int = 1\n    def scaled(self): return self.lr + 1\n@checkpoint\ndef f(c):\n    print('ran')\n    return c.scaled()\nprint(f(C()))", PLUS),
    recompute("an enum argument", "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 2\n@checkpoint\ndef f(e):\n    print('ran')\n    return e.value\nprint(f(E.A))", ("f(E.A)", "f(E.B)")),
    recompute("a watched function", "def a(x): return x + 1\nwith InlineCheckpoint(watch=['a'], produce=['y']):\n    print('ran')\n    y = a(3)\nprint(y)", PLUS),
    recompute("a watched list", "v = [1, 2]\nwith InlineCheckpoint(watch=['v'], produce=['y']):\n    print('ran')\n    y = sum(v)\nprint(y)", ("2]", "3]")),
    recompute("a watched attribute", "class A: pass\na = A()\na.k = 1\na.l = 5\nwith InlineCheckpoint(watch=['a.k'], produce=['y']):\n    print('ran')\n    y = a.k\nprint(y)", ("a.k = 1", "a.k = 2")),
    recompute("a watched item", "d = {'b': 1}\nwith InlineCheckpoint(watch=[\"d['b']\"], produce=['y']):\n    print('ran')\n    y = d['b']\nprint(y)", ("1}", "2}")),
    recompute("a global that a helper of a block reads, with a list of what is watched", "K = 1\ndef g(v): return v + K\nv = 3\nwith InlineCheckpoint(watch=['v'], produce=['y']):\n    print('ran')\n    y = g(v)\nprint(y)", ("K = 1", "K = 2")),
    recompute("a watched value of a function", "import helpers\n@checkpoint(watch=['LEVEL'])\ndef f(x):\n    print('ran')\n    return helpers.read(x)\nLEVEL = 1\nhelpers.TABLE = {'LEVEL': LEVEL}\nprint(f(3))\n#: helpers.py\nTABLE = {}\ndef read(x): return x + globals()['TABLE']['LEVEL']", ("LEVEL = 1", "LEVEL = 2")),
    recompute("the version", "@checkpoint(version=1)\ndef f(x):\n    print('ran')\n    return x\nprint(f(3))", ("version=1", "version=2"), silent=True),
    recompute("the version of a block", "with InlineCheckpoint(version=1):\n    print('ran')\n    y = 1\nprint(y)", ("version=1", "version=2"), silent=True),
    recompute("a part that stays below one that is ignored", "from types import SimpleNamespace as N\n@checkpoint(ignore=['args.workers'])\ndef f(args):\n    print('ran')\n    return args.lr\nprint(f(N(lr=1, workers=2)))", ("lr=1", "lr=2")),
    recompute("a name that is produced in another way", "with InlineCheckpoint(watch=[], produce=['a']):\n    print('ran')\n    a = b = 1\nprint(a)", ("a = b = 1", "a = b = 2")),
    recompute(
        "a file that is read",
        """
        def load():
            with open("data.txt") as file:
                return file.read().strip()
        @@ load() * x
        #: data.txt
        one
        """,
        ("one", "two"),
    ),
    recompute(
        "a file read by a decorated function that is called",
        """
        from pathlib import Path
        @checkpoint
        def load(name):
            return Path(name).read_text().strip()
        @checkpoint
        def f(x):
            print("ran")
            return load("data.txt") * x
        print(load("data.txt"), f(3))
        #: data.txt
        one
        """,
        ("one", "two"),
    ),
    recompute(
        "a file that did not exist",
        """
        import os
        from pathlib import Path
        def load():
            return Path("over.txt").read_text().strip() if os.path.exists("over.txt") else "none"
        @@ load()
        """,
        after="""
        import os
        from pathlib import Path
        def load():
            return Path("over.txt").read_text().strip() if os.path.exists("over.txt") else "none"
        @@ load()
        #: over.txt
        some
        """,
    ),
]
