"""Changes of the computation's own code: each of them counts."""

from programs import recompute

EXPRESSIONS = {
    "an operator": ("x + 1", "x - 1"),
    "a constant": ("x + 1", "x + 2"),
    "the type of a constant": ("x + 1", "x + 1.0"),
    "True for 1": ("[x, 1]", "[x, True]"),
    "the sign of zero": ("x * 0.0", "x * -0.0"),
    "a text": ("'a' * x", "'b' * x"),
    "bytes for text": ("'a' * x", "b'a' * x"),
    "a tuple of constants": ("x in (1, 2)", "x in (1, 3)"),
    "a set of constants": ("x in {1, 2}", "x in {1, 3}"),
    "where two texts are cut": ("['a', 'bc', x]", "['ab', 'c', x]"),
    "an f-string": ("f'{x}a'", "f'{x}b'"),
    "the format in an f-string": ("f'{x:.1f}'", "f'{x:.2f}'"),
    "the conversion in an f-string": ("f'{str(x)!s}'", "f'{str(x)!r}'"),
    "a lambda": ("(lambda a: a + x)(1)", "(lambda a: a - x)(1)"),
    "the default of a lambda": ("(lambda a=1: a * 10)()", "(lambda a=2: a * 10)()"),
    "a list comprehension": ("[i for i in range(x)]", "[i + 1 for i in range(x)]"),
    "the filter of a comprehension": ("[i for i in range(x)]", "[i for i in range(x) if i]"),
    "a dict comprehension": ("{i: 1 for i in range(x)}", "{i: 2 for i in range(x)}"),
    "a generator expression": ("sum(i for i in range(x))", "sum(i * i for i in range(x))"),
    "a walrus": ("(n := x) + n", "(n := 5) + n"),
    "a comparison": ("x < 3", "x <= 3"),
    "and, or": ("x and 0", "x or 0"),
    "a condition": ("1 if x else 2", "1 if not x else 2"),
    "the name of an attribute": ("x.real + 1j", "x.imag + 1j"),
    "the name of a method": ("'aB'.upper() * x", "'aB'.lower() * x"),
    "the name of a keyword": ("dict(a=x)", "dict(b=x)"),
    "a slice": ("'abcdef'[:x]", "'abcdef'[x:]"),
    "which builtin is called": ("max(x, 5)", "min(x, 5)"),
    "a number above the small ones": ("x + 123456789", "x + 123456780"),
}

CASES = [recompute(name, f"@@ {old}", after=f"@@ {new}") for name, (old, new) in EXPRESSIONS.items()]

CASES += [
    recompute(
        "a default",
        """
        @checkpoint
        def f(x=1):
            print("ran")
            return x
        print(f(), f())
        """,
        ("x=1", "x=2"),
    ),
    recompute(
        "a keyword-only default",
        """
        @checkpoint
        def f(*, x=1):
            print("ran")
            return x
        print(f())
        """,
        ("x=1", "x=2"),
    ),
    recompute(
        "a mutable default",
        """
        @checkpoint
        def f(x=[1, 2]):
            print("ran")
            return sum(x)
        print(f())
        """,
        ("2]", "3]"),
    ),
    recompute(
        "a function as default",
        """
        def g(x): return x + 1
        @checkpoint
        def f(x, step=g):
            print("ran")
            return step(x)
        print(f(1))
        """,
        ("x + 1", "x + 2"),
    ),
    recompute(
        "a default of a helper",
        """
        def g(x, by=1): return x + by
        @@ g(x)
        """,
        ("by=1", "by=2"),
    ),
    recompute(
        "a keyword-only default of a helper",
        """
        def g(x, *, by=1): return x + by
        @@ g(x)
        """,
        ("by=1", "by=2"),
    ),
    recompute(
        "a nested function",
        """
        @checkpoint
        def f(x):
            print("ran")
            def g(a): return a + 1
            return g(x)
        print(f(3))
        """,
        ("a + 1", "a + 2"),
    ),
    recompute(
        "the order of two statements",
        """
        @checkpoint
        def f(x):
            print("ran")
            x += 1
            x *= 2
            return x
        print(f(3))
        """,
        ("x += 1\n    x *= 2", "x *= 2\n    x += 1"),
    ),
    recompute(
        "a pattern of match",
        """
        @checkpoint
        def f(x):
            print("ran")
            match x:
                case 3: return "three"
                case _: return "other"
        print(f(3))
        """,
        ("case 3", "case 4"),
    ),
    recompute(
        "the exception that is caught",
        """
        @checkpoint
        def f(x):
            print("ran")
            try:
                return {}[x]
            except KeyError:
                return 1
            except LookupError:
                return 2
        print(f(3))
        """,
        ("KeyError", "IndexError"),
    ),
    recompute(
        "break in a loop",
        """
        @checkpoint
        def f(x):
            print("ran")
            for i in range(x):
                if i == 1:
                    break
            return i
        print(f(3))
        """,
        ("break", "continue"),
    ),
    recompute(
        "a local class",
        """
        @checkpoint
        def f(x):
            print("ran")
            class A:
                k = 1
            return A.k + x
        print(f(3))
        """,
        ("k = 1", "k = 2"),
    ),
    recompute(
        "a statement of a block",
        """
        x = 3
        with InlineCheckpoint(watch=["x"], produce=["y", "z"]):
            print("ran")
            y = x + 1
            z = y + 1
        print(y, z)
        """,
        ("y + 1", "y + 2"),
    ),
    recompute(
        "a nested function in a block",
        """
        with InlineCheckpoint(watch=[], produce=["y"]):
            print("ran")
            def g(a): return a + 1
            y = g(1)
        print(y)
        """,
        ("a + 1", "a + 2"),
    ),
    recompute(
        "a block in a function, with its locals",
        """
        def main(n):
            k = n + 1
            with InlineCheckpoint():
                print("ran")
                y = [k for _ in range(2)]
            return y
        print(main(1))
        """,
        ("main(1)", "main(2)"),
    ),
    recompute(
        "a decorator that is applied below the checkpoint",
        """
        import functools
        def add(n):
            def wrap(g):
                @functools.wraps(g)
                def inner(*args):
                    return g(*args) + n
                return inner
            return wrap
        @checkpoint
        @add(1)
        def f(x):
            print("ran")
            return x
        print(f(3))
        """,
        ("@add(1)", "@add(2)"),
    ),
    recompute(
        "the code of such a decorator",
        """
        import functools
        def add(g):
            @functools.wraps(g)
            def inner(*args):
                return g(*args) + 1
            return inner
        @checkpoint
        @add
        def f(x):
            print("ran")
            return x
        print(f(3))
        """,
        ("+ 1", "+ 2"),
    ),
    recompute(
        "such a decorator taken away",
        """
        def twice(g):
            def inner(*args):
                return g(*args) * 2
            return inner
        @checkpoint
        @twice
        def f(x):
            print("ran")
            return x
        print(f(3))
        """,
        ("@twice\n", ""),
    ),
    recompute(
        "a coroutine",
        """
        import asyncio
        async def g(x):
            await asyncio.sleep(0)
            return x + 1
        @checkpoint
        async def f(x):
            print("ran")
            return await g(x)
        print(asyncio.run(f(3)))
        """,
        ("x + 1", "x + 2"),
    ),
    recompute(
        "a generator that is called",
        """
        def g(n):
            for i in range(n):
                yield i
        @@ list(g(x))
        """,
        ("yield i", "yield -i"),
    ),
    recompute(
        "code from exec, without any source",
        """
        text = '''
        @checkpoint
        def f(x):
            print("ran")
            return g(x)
        def g(x): return x + 1
        '''
        import textwrap
        exec(textwrap.dedent(text))
        print(f(3))
        """,
        ("x + 1", "x + 2"),
    ),
]
