"""A block is skipped wherever a block can stand: each program runs twice, in fresh processes.

In each, `ran(x)` records that a statement of a block was executed and returns x. The first process must
record something and the second nothing, and both must print the same.
"""

from __future__ import annotations

import textwrap

import pytest

PRELUDE = """
import sys
from Lutil.checkpoints import InlineCheckpoint, checkpoint
def ran(x):
    with open("ran.log", "a") as file:
        file.write("ran\\n")
    return x
"""

SITUATIONS = {
    "module": """
        a = 2
        with InlineCheckpoint(watch=["a"], produce=["b"]):
            b = ran(a) + 1
        print(b)
    """,
    "one-line body": """
        with InlineCheckpoint(watch=[], produce=["b"]): b = ran(3)
        print(b)
    """,
    "as target": """
        with InlineCheckpoint(watch=[], produce=["b"]) as cp:
            b = ran(3)
        print(b, type(cp).__name__)
    """,
    "multi-line header": """
        a = 1
        with InlineCheckpoint(
            watch=["a"],
            produce=[
                "b",
            ],
        ) as cp:
            b = ran(a)
        print(b)
    """,
    "second of two items": """
        import contextlib
        with contextlib.nullcontext(5) as n, InlineCheckpoint(watch=["n"], produce=["b"]) as cp:
            b = ran(n)
        print(b, n)
    """,
    "parenthesised items": """
        import contextlib
        with (
            contextlib.nullcontext(5) as n,
            InlineCheckpoint(watch=["n"], produce=["b"]),
        ):
            b = ran(n)
        print(b, n)
    """,
    "function, producing locals": """
        def f(a):
            with InlineCheckpoint(watch=["a"], produce=["b", "c"]):
                b = ran(a)
                c = b * 2
            d = c + 1
            return a, b, c, d
        print(f(1), f(2))
    """,
    "method": """
        class A:
            def __init__(self): self.x = 3
            def m(self, k):
                with InlineCheckpoint(watch=["self.x", "k"], produce=["y"]):
                    y = ran(self.x * k)
                return y
        print(A().m(2))
    """,
    "closure with a cell": """
        def f():
            x = 0
            def get(): return x
            with InlineCheckpoint(watch=[], produce=["x"]):
                x = ran(3)
            return x, get()
        print(f())
    """,
    "nonlocal": """
        def f():
            x = 0
            def g():
                nonlocal x
                with InlineCheckpoint(watch=[], produce=["x"]):
                    x = ran(9)
            g()
            return x
        print(f())
    """,
    "global": """
        def f():
            global G
            with InlineCheckpoint(watch=[], produce=["G"]):
                G = ran(9)
        f()
        print(G)
    """,
    "loop": """
        out = []
        for i in range(4):
            with InlineCheckpoint(watch=["i"], produce=["s"]):
                s = ran(i * i)
            out.append(s)
        print(out)
    """,
    "recursion": """
        def f(n):
            with InlineCheckpoint(watch=["n"], produce=["r"]):
                r = ran(1) if n == 0 else n * f(n - 1)
            return r
        print(f(4))
    """,
    "generator": """
        def g():
            for i in range(3):
                with InlineCheckpoint(watch=["i"], produce=["v"]):
                    v = ran(i) + 10
                yield v
        print(list(g()))
    """,
    "coroutines": """
        import asyncio
        async def g(i):
            with InlineCheckpoint(watch=["i"], produce=["v"]):
                await asyncio.sleep(0)
                v = ran(i) + 10
            return v
        async def main():
            return await asyncio.gather(*[g(i) for i in range(4)])
        print(asyncio.run(main()))
    """,
    "class body": """
        class K:
            with InlineCheckpoint(watch=[], produce=["a"]):
                a = ran(4)
            b = a + 1
        print(K.a, K.b)
    """,
    "nested blocks": """
        with InlineCheckpoint(watch=[], produce=["a", "b"]):
            a = ran(1)
            with InlineCheckpoint(watch=["a"], produce=["b"]):
                b = ran(a) + 1
        print(a, b)
    """,
    "try, if, while around it": """
        i = 0
        while i < 2:
            i += 1
            try:
                if i:
                    with InlineCheckpoint(watch=["i"], produce=["b"]):
                        b = ran(i)
            finally:
                print(b)
    """,
    "attribute and subscript": """
        from types import SimpleNamespace
        f, d = SimpleNamespace(f=SimpleNamespace(b=None), a=2), {"k": 1}
        with InlineCheckpoint(watch=["f.a", "d['k']"], produce=["f.f.b", "d['n']"]):
            f.f.b = ran(f.a)
            d["n"] = d["k"] + 1
        print(f.f.b, d)
    """,
    "other threads": """
        import threading
        results = []
        def ran(n, x):  # in a file of its own: where two append to one at once, neither is kept
            with open(f"ran{n}.log", "a") as file:
                file.write("ran\\n")
            return x
        def work(n):
            for i in range(3):
                with InlineCheckpoint(watch=["n", "i"], produce=["v"]):
                    v = ran(n, n * i)
                results.append(v)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(sorted(results))
    """,
}


def source(name):
    return PRELUDE + textwrap.dedent(SITUATIONS[name])


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_block_is_skipped_in_the_second_process(program, name):
    program.write(source(name))
    first = program.run(seed=1)
    logs = [*program.folder.glob("ran*.log")]
    assert logs
    for log in logs:
        log.unlink()
    assert program.run(seed=2) == first
    assert not [*program.folder.glob("ran*.log")], program.errors


@pytest.mark.parametrize("how", ["-c", "-", "-i", "coverage", "pdb", "trace"])
def test_a_block_is_skipped_however_the_program_is_run(program, how):
    text = source("module") + source("function, producing locals")[len(PRELUDE) :]
    program.write(text)
    log = program.folder / "ran.log"
    ways = {
        "-c": (("-c", text), None),
        "-": (("-",), text),
        "-i": (("-i", "-q"), text.replace("\n    with", "\n    with") + "\n"),
        "coverage": (("-m", "coverage", "run", "main.py"), None),
        "pdb": (
            ("-m", "pdb", "-c", "b 12", "-c", "c", "-c", "n", "-c", "n", "-c", "c", "-c", "q", "main.py"),
            "q\nq\n",
        ),
        "trace": (("-m", "trace", "--count", "-C", "counts", "main.py"), None),
    }
    arguments, typed = ways[how]
    if how == "-i":
        program.write(as_typed(text), "typed.py")
        typed = (program.folder / "typed.py").read_text()
    first = program.run(*arguments, input=typed, check=how != "pdb")
    assert log.exists(), program.errors
    log.unlink()
    program.run(*arguments, input=typed, check=how != "pdb")
    assert not log.exists(), program.errors
    assert "(1, 1, 2, 3) (2, 2, 4, 5)" in first


def as_typed(text):
    """Return a program as one types it at the prompt: an empty line after each indented block."""
    lines = []
    for line in text.splitlines():
        if not line.strip():
            continue
        if lines and lines[-1].startswith((" ", "\t")) and not line.startswith((" ", "\t")):
            lines.append("")
        lines.append(line)
    return "\n".join([*lines, "", ""])


def test_pytest_cov_sees_hits_and_misses(program):
    program.write(
        """
        from Lutil.checkpoints import InlineCheckpoint
        def compute(a):
            with InlineCheckpoint(watch=["a"], produce=["b"]):
                b = a + 1
            c = b + 1
            return c
    """,
        "computing.py",
    )
    program.write(
        """
        from computing import compute
        def test_twice():
            assert [compute(1), compute(1)] == [3, 3]
    """,
        "test_it.py",
    )
    found = program.run(
        "-m", "pytest", "-q", "-p", "no:randomly", "--cov=computing", "--cov-report=term-missing", "test_it.py"
    )
    assert "1 passed" in found
    assert "100%" in found


def test_an_exception_passes_unchanged_and_keeps_nothing(program):
    program.write(
        PRELUDE
        + textwrap.dedent("""
        for _ in range(2):
            try:
                with InlineCheckpoint(watch=[], produce=["x"]):
                    x = ran(1)
                    raise KeyError("mine")
            except KeyError as error:
                print(error, error.__traceback__.tb_next, error.__context__)
    """)
    )
    assert program.run() == "'mine' None None\n" * 2
    assert (program.folder / "ran.log").read_text() == "ran\nran\n"


IMPORTS = {
    "a name of a module": ("from helpers import g", "g(x)"),
    "a module": ("import helpers", "helpers.g(x)"),
    "a module of a package": ("from pkg import util", "util.g(x)"),
    "a module under another name": ("import pkg.util as u", "u.g(x)"),
    "a package with its module": ("import pkg.util", "pkg.util.g(x)"),
}


@pytest.mark.parametrize("loaded", [True, False], ids=["loaded before", "not loaded before"])
@pytest.mark.parametrize("case", IMPORTS)
@pytest.mark.parametrize("place", ["function", "module"])
def test_what_a_block_imports_itself_counts(program, place, case, loaded):
    statement, call = IMPORTS[case]
    lines = ["x = 3", "with InlineCheckpoint() as cp:", f"    {statement}", f"    y = {call}", "print(y, cp.hit)"]
    body = "def run():\n    " + "\n    ".join(lines) + "\nrun()\n" if place == "function" else "\n".join(lines) + "\n"
    head = "import helpers, pkg.util\n" if loaded else ""
    program.write(f"{head}from Lutil.checkpoints import InlineCheckpoint\n{body}")
    program.write("", "pkg/__init__.py")
    for number in (1, 2):
        for name in ("helpers.py", "pkg/util.py"):
            program.write(f"def g(x): return x + {number}\n", name)
        assert program.run() == f"{3 + number} False\n"
        assert program.run() == f"{3 + number} True\n"


def test_vars_of_something_binds_no_names(program):
    program.write("""
        import argparse
        from Lutil.checkpoints import InlineCheckpoint
        args = argparse.Namespace(lr=1)
        with InlineCheckpoint() as cp:
            y = vars(args)["lr"]
        print(y, cp.hit)
    """)
    assert [program.run(), program.run()] == ["1 False\n", "1 True\n"]


def test_blocks_are_skipped_in_many_threads_while_a_hook_is_slow(program):
    program.write("""
        import sys, threading
        from Lutil.checkpoints import InlineCheckpoint
        sys.setswitchinterval(1e-5)
        errors, missed = [], []
        def work(count):
            for _ in range(count):
                try:
                    with InlineCheckpoint() as cp:
                        y = open("main.py").read()[:3]
                    missed.append(1) if not cp.hit else None
                except BaseException as error:
                    errors.append(error)
        work(2)
        sys.addaudithook(lambda name, args: [None for _ in range(300)])
        threads = [threading.Thread(target=work, args=(200,)) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        print(errors[:1], len(missed))
    """)
    assert program.run() == "[] 1\n"


def test_a_name_that_an_except_clause_binds_for_a_while_neither_recomputes_nor_names_the_block(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        for _ in range(3):
            with InlineCheckpoint() as cp:
                try:
                    1 / 0
                except ZeroDivisionError as error:
                    text = str(error)
            print(cp.hit, cp.explain().name, text)
    """)
    first = "False text division by zero\n"
    again = "True text division by zero\n"
    assert [program.run(), program.run()] == [first + again * 2, again * 3]


def test_lists_of_a_block_can_be_asked_for_where_all_is_switched_off(program):
    program.write("""
        from IPython.core.interactiveshell import InteractiveShell
        cell = "from Lutil.checkpoints import InlineCheckpoint\\nwith InlineCheckpoint() as cp:\\n    a = 1\\n"
        InteractiveShell.instance().run_cell(cell + "print(cp.produce)").raise_error()
    """)
    assert program.run(LUTIL_DISABLE="1") == "('a',)\n"


def test_blocks_of_one_script_that_produce_the_same_name_are_not_earlier_ones_of_each_other(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        df = [1, 2]
        with InlineCheckpoint():
            df = df + [3]
        with InlineCheckpoint():
            df = [x for x in df if x > 1]
        with InlineCheckpoint():
            df = sorted(df)
    """)
    program.run(LUTIL_EXPLAIN="1")
    assert program.errors.count("running df: first run") == 3


AUTORELOADING = """
import itertools, os, sys, time
from pathlib import Path
from IPython.core.interactiveshell import InteractiveShell
sys.path.insert(0, "")
shell = InteractiveShell.instance()
times = itertools.count(time.time() + 5, 5)
def run(cell):
    shell.run_cell(cell).raise_error()
def renew(text):
    Path("lib_auto.py").write_text(text)
    later = next(times)
    os.utime("lib_auto.py", (later, later))
run("%load_ext autoreload\\n%autoreload 2")
"""


def test_autoreload_renews_a_checkpoint_that_another_module_has_bound(program):
    library = (
        "from Lutil.checkpoints import checkpoint\n@checkpoint\ndef g(x): return x + {}\ndef plain(x): return x + {}\n"
    )
    program.write(library.format(1, 1), "lib_auto.py")
    program.write(AUTORELOADING, "autoreloading.py")
    program.write(f"""
        from autoreloading import renew, run
        run("import lib_auto\\nfrom lib_auto import g, plain")
        run("print(g(1), lib_auto.g(1), plain(1))")
        renew({library.format(50, 50)!r})
        run("print(g(1), lib_auto.g(1), plain(1))")
    """)
    assert program.run().splitlines() == ["2 2 2", "51 51 51"]


def test_autoreload_keeps_the_classes_of_a_module_with_a_checkpoint(program):
    library = (
        "from Lutil.checkpoints import checkpoint\n@checkpoint\ndef g(x): return x + 1\n"
        "class M:\n    k = 2\n    def go(self): return self.k\n"
    )
    program.write(library, "lib_auto.py")
    program.write(AUTORELOADING, "autoreloading.py")
    program.write("""
        from autoreloading import renew, run
        run("import lib_auto\\nfrom lib_auto import g, M")
        show = "print(g(1), lib_auto.g is g, M().go(), lib_auto.M is M)"
        run(show)
        edits = ("x + 1", "x + 5"), ("k = 2", "k = 7"), ("self.k", "self.k * 10"), ("@checkpoint", ""), ("x + 5", "x + 6")
        for old, new in edits:
            renew(open("lib_auto.py").read().replace(old, new))
            run(show)
    """)
    assert program.run().splitlines() == [
        "2 True 2 True", "6 True 2 True", "6 True 7 True", "6 True 70 True", "6 True 70 True", "7 True 70 True",
    ]  # fmt: skip


def test_a_function_that_is_given_other_code_or_defaults_counts_anew_at_once(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        def helper(a=1, *, b=2):
            return a, b
        @checkpoint
        def f(x, y=5):
            return x, y, helper()
        inner = f.__wrapped__
        def change(what):
            exec(what)
            return f(0)
        print(f(0), f(0))
        for what in (
            "helper.__defaults__ = (True,)", "helper.__kwdefaults__ = {'b': 2.0}",
            "del helper.__kwdefaults__; helper.__kwdefaults__ = {'b': 3}",
            "helper.__code__ = (lambda *a, **k: 'other').__code__", "inner.__code__ = (lambda x, y=5: 'whole').__code__",
        ):
            print(change(what))
    """)
    assert program.run().splitlines() == [
        "(0, 5, (1, 2)) (0, 5, (1, 2))",
        "(0, 5, (True, 2))",
        "(0, 5, (True, 2.0))",
        "(0, 5, (True, 3))",
        "(0, 5, 'other')",
        "whole",
    ]


def test_a_hit_between_the_news_of_a_change_and_the_change_does_not_hide_it(program):
    program.write("""
        import sys
        from Lutil.checkpoints import checkpoint
        def helper():
            return 1
        @checkpoint
        def f():
            return helper()
        seen = [f(), f()]
        def between(event, args):
            if event == "object.__setattr__" and args[0] is helper:
                seen.extend((f(), f()))
        sys.addaudithook(between)  # called after ours, and before the change
        helper.__code__ = (lambda: 2).__code__
        print(seen, f(), f())
    """)
    assert program.run() == "[1, 1, 1, 1] 2 2\n"


def test_a_program_that_a_cell_starts_with_an_exclamation_mark_is_said_to_be_out_of_sight(program):
    program.write("""
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance()
        shell.run_cell("from Lutil.checkpoints import InlineCheckpoint")
        shell.run_cell("with InlineCheckpoint():\\n    text = !echo 1").raise_error()
    """)
    program.run("-W", "always", "main.py")
    assert "whose reads are not seen" in program.errors
