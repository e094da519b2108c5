"""Changes of code that the computation reaches by calling it, directly or through something: each counts."""

from programs import recompute

PLUS = ("+ 1", "+ 2")

CASES = [
    recompute("a helper", "def g(x): return x + 1\n@@ g(x)", PLUS),
    recompute(
        "a helper of a helper of a helper",
        """
        def a(x): return x + 1
        def b(x): return a(x)
        def c(x): return b(x)
        @@ c(x)
        """,
        PLUS,
    ),
    recompute("a helper that stands below", "def main():\n    @@ g(x)\ndef g(x): return x + 1\nmain()", PLUS),
    recompute("a helper imported by name", "from helpers import g\n@@ g(x)\n#: helpers.py\ndef g(x): return x + 1", PLUS),
    recompute("a helper under an alias", "from helpers import g as h\n@@ h(x)\n#: helpers.py\ndef g(x): return x + 1", PLUS),
    recompute("module.helper", "import helpers\n@@ helpers.g(x)\n#: helpers.py\ndef g(x): return x + 1", PLUS),
    recompute("a module under an alias", "import helpers as h\n@@ h.g(x)\n#: helpers.py\ndef g(x): return x + 1", PLUS),
    recompute(
        "package.module.helper",
        """
        import pkg.mod
        @@ pkg.mod.g(x)
        #: pkg/__init__.py
        #: pkg/mod.py
        def g(x): return x + 1
        """,
        PLUS,
    ),
    recompute(
        "a module from a package without __init__",
        "from space import mod\n@@ mod.g(x)\n#: space/mod.py\ndef g(x): return x + 1",
        PLUS,
    ),
    recompute(
        "a name handed on by a package",
        """
        from pkg import g
        @@ g(x)
        #: pkg/__init__.py
        from .mod import g
        #: pkg/mod.py
        from ._deep import K, inner
        def g(x): return inner(x)
        #: pkg/_deep.py
        K = 1
        def inner(x): return x + 1
        """,
        PLUS,
    ),
    recompute("a helper imported by *", "from helpers import *\n@@ g(x)\n#: helpers.py\ndef g(x): return x + 1", PLUS),
    recompute(
        "an import inside the function",
        """
        @checkpoint
        def f(x):
            print("ran")
            import helpers
            return helpers.g(x)
        print(f(3))
        #: helpers.py
        def g(x): return x + 1
        """,
        PLUS,
    ),
    recompute(
        "an import of a name inside the function",
        """
        @checkpoint
        def f(x):
            print("ran")
            from pkg.helpers import g
            return g(x)
        print(f(3))
        #: pkg/__init__.py
        #: pkg/helpers.py
        def g(x): return x + 1
        """,
        PLUS,
    ),
    recompute(
        "an import inside a helper",
        """
        def h(x):
            import helpers as hp
            return hp.g(x)
        @@ h(x)
        #: helpers.py
        def g(x): return x + 1
        """,
        PLUS,
    ),
    recompute(
        "an import in a block",
        """
        with InlineCheckpoint(watch=[], produce=["y"]):
            print("ran")
            from helpers import g
            y = g(1)
        print(y)
        #: helpers.py
        def g(x): return x + 1
        """,
        PLUS,
    ),
    recompute(
        "modules that import each other",
        """
        import one
        @@ one.a(x)
        #: one.py
        import two
        def a(x): return two.b(x) if x else 0
        #: two.py
        import one
        def b(x): return one.a(x - 1) + 1
        """,
        PLUS,
    ),
    recompute("recursion", "def g(n): return n and g(n - 1) + 1\n@@ g(x)", PLUS),
    recompute(
        "recursion of the computation itself",
        """
        @checkpoint
        def f(n):
            return 0 if n == 0 else f(n - 1) + 1
        @checkpoint
        def g(n):
            print("ran")
            return f(n)
        print(g(3))
        """,
        PLUS,
    ),
    recompute(
        "mutual recursion",
        """
        def even(n): return n == 0 or odd(n - 1)
        def odd(n): return n != 0 and even(n - 1)
        @@ even(x)
        """,
        ("n != 0 and", "n > 0 and not"),
    ),
    recompute("an item of a dict of functions", 'def a(x): return x + 1\nD = {"a": a}\n@@ D["a"](x)', PLUS),
    recompute(
        "any item of a dict of functions, where it is chosen at run time",
        """
        def a(x): return x + 1
        def b(x): return x - 1
        D = {"a": a, "b": b}
        @checkpoint
        def f(x, way):
            print("ran")
            return D[way](x)
        print(f(3, "a"))
        """,
        PLUS,
    ),
    recompute("a list of functions", "def a(x): return x + 1\nL = [a, abs]\n@@ [g(x) for g in L]", PLUS),
    recompute("the order of a list of functions", "L = [abs, str]\n@@ [g(x) for g in L]", ("abs, str", "str, abs")),
    recompute(
        "functions in nested containers",
        'def a(x): return x + 1\nSTEPS = [("first", {"run": a})]\n@@ [step["run"](x) for _, step in STEPS]',
        PLUS,
    ),
    recompute(
        "a registry filled by a decorator in another module",
        """
        from registry import STEPS
        import steps
        @@ [g(x) for g in STEPS.values()]
        #: registry.py
        STEPS = {}
        def step(g):
            STEPS[g.__name__] = g
            return g
        #: steps.py
        from registry import step
        @step
        def a(x): return x + 1
        """,
        PLUS,
    ),
    recompute("a partial's function", "from functools import partial\ndef a(k, x): return x + 1\np = partial(a, 5)\n@@ p(x)", PLUS),
    recompute("a partial's argument", "from functools import partial\ndef a(k, x): return x + k\np = partial(a, 5)\n@@ p(x)", ("5", "6")),
    recompute("a partial's keyword", "from functools import partial\ndef a(x, k): return x + k\np = partial(a, k=5)\n@@ p(x)", ("5", "6")),
    recompute(
        "a wrapped helper",
        """
        import functools
        def twice(g):
            @functools.wraps(g)
            def inner(x): return g(x) * 2
            return inner
        @twice
        def g(x): return x + 1
        @@ g(x)
        """,
        PLUS,
    ),
    recompute(
        "the wrapper of a helper",
        """
        import functools
        def twice(g):
            @functools.wraps(g)
            def inner(x): return g(x) * 2
            return inner
        @twice
        def g(x): return x + 1
        @@ g(x)
        """,
        ("* 2", "* 3"),
    ),
    recompute("a helper behind functools.lru_cache", "import functools\n@functools.lru_cache\ndef g(x): return x + 1\n@@ g(x)", PLUS),
    recompute(
        "a context manager",
        """
        from contextlib import contextmanager
        @contextmanager
        def g(x):
            yield x + 1
        def h(x):
            with g(x) as y:
                return y
        @@ h(x)
        """,
        PLUS,
    ),
    recompute("a function handed to map", "def g(x): return x + 1\n@@ list(map(g, [x]))", PLUS),
    recompute("a key function", "def g(s): return s[:1]\n@@ sorted(['ab', 'ba', 'aa'], key=g)", ("[:1]", "[1:]")),
    recompute("a lambda held by a global", "g = lambda x: x + 1\n@@ g(x)", PLUS),
    recompute("one of two lambdas on one line", "a, b = (lambda x: x + 1), (lambda x: x - 1)\n@@ a(x)", PLUS),
    recompute(
        "another decorated function",
        """
        @checkpoint
        def inner(x):
            return x + 1
        @@ inner(x)
        """,
        PLUS,
    ),
    recompute(
        "a helper of another decorated function",
        """
        def deep(x): return x + 1
        @checkpoint
        def inner(x):
            return deep(x)
        @@ inner(x)
        """,
        PLUS,
    ),
    recompute(
        "a decorated function of another module",
        """
        import helpers
        @@ helpers.inner(x)
        #: helpers.py
        @checkpoint
        def inner(x):
            return x + 1
        """,
        PLUS,
    ),
    recompute(
        "a computation that stands in another module",
        """
        from job import f
        print(f(3))
        #: job.py
        from helpers import g
        @checkpoint
        def f(x):
            print("ran")
            return g(x)
        #: helpers.py
        def g(x): return x + 1
        """,
        PLUS,
    ),
    recompute(
        "a function bound anew after the definition",
        """
        def g(x): return x
        @checkpoint
        def f(x):
            print("ran")
            return g(x)
        def better(x): return x + 1
        g = better
        print(f(3))
        """,
        PLUS,
    ),
    recompute(
        "a function that is patched in another module",
        """
        import helpers
        def better(x): return x + 1
        helpers.g = better
        @@ helpers.h(x)
        #: helpers.py
        def g(x): return x
        def h(x): return g(x)
        """,
        PLUS,
    ),
    recompute(
        "an attribute of a function",
        "def g(x): return x + g.by\ng.by = 1\n@@ g(x)",
        ("g.by = 1", "g.by = 2"),
    ),
    recompute("getattr with a constant name", "import helpers\n@@ getattr(helpers, 'g')(x)\n#: helpers.py\ndef g(x): return x + 1", PLUS),
    recompute("operator.attrgetter at hand", "def g(x): return x + 1\nclass N: pass\nn = N()\nn.g = g\n@@ n.g(x)", PLUS),
    recompute(
        "which of two functions a name means",
        "def a(x): return x + 1\ndef b(x): return x - 1\ng = a\n@@ g(x)",
        ("g = a", "g = b"),
    ),
]
