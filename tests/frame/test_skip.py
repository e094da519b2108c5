"""On a hit no statement of the body runs, whatever stands around it and inside."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import weakref

import pytest
from frame_support import RAN, Found, Skipped, define, ran
from hypothesis import given, settings
from hypothesis import strategies as st

from Lutil.checkpoints.frame import Skip, find_block
from Lutil.checkpoints.model._errors import BlockError

BODIES = {
    "call": "ran()\nran()",
    "try": "try:\n    ran()\nfinally:\n    ran()",
    "try except": "try:\n    ran()\nexcept BaseException:\n    ran()",
    "try star": "try:\n    ran()\nexcept* ValueError:\n    ran()",
    "for": "for i in ran():\n    ran()",
    "for break": "for i in ran():\n    if i:\n        break\n    continue\nelse:\n    ran()",
    "while": "while True:\n    ran()\n    break",
    "with": "with A(ran()):\n    ran()",
    "with as": "with A(ran()) as a, A(ran()) as b:\n    ran()",
    "def": "def g(a=ran()):\n    return a",
    "lambda": "x = (lambda: ran())()",
    "class": "class K:\n    ran()",
    "decorated": "@ran\ndef g():\n    pass",
    "import": "import this_module_does_not_exist",
    "docstring": '"doc"\nran()',
    "only docstring": '"doc"',
    "ellipsis": "...",
    "pass": "pass",
    "pass then": "pass\nran()",
    "del": "del never_bound",
    "assert": "assert ran() == 1",
    "raise": "raise ValueError",
    "augmented": "q = ran(); q += 1",
    "list comprehension": "x = [ran() for i in range(3)]",
    "nested comprehension": "x = {i: [ran() for j in range(i)] for i in range(3)}",
    "generator expression": "x = list(ran() for i in range(3))",
    "global": "global GG\nGG = ran()",
    "if": "if ran():\n    ran()\nelif ran():\n    ran()\nelse:\n    ran()",
    "ternary": "x = ran() if ran() else ran()",
    "match": "match ran():\n    case [a, *_]:\n        ran()\n    case _:\n        ran()",
    "walrus": "print(w := ran())",
    "f-string": "x = f'{ran()!r:>{ran()}}'",
    "star": "a, *b = ran()",
    "annotated": "x: int = ran()",
    "chained": "x = y = ran() < ran() < ran()",
    "many names": "\n".join(f"n{i} = ran({i})" for i in range(300)),
    "long jump": "if ran():\n" + "\n".join(f"    n{i % 9} = [ran({i}), ran()]" for i in range(300)),
}
HEADERS = {
    "plain": "with S():",
    "as": "with S() as c:",
    "further item": "with S() as c, A(ran()) as a:",
    "earlier item": "with A() as a, S() as c:",
    "several lines": "with S(\n    1,\n    2,\n) as c:",
    "parenthesised": "with (\n    A() as a,\n    S(\n    1) as\n    c,\n):",
    "twice skipped": "with A(), S(), S(ran()) as d:",
}
PLACES = {
    "function": "def f():\n    x = 1\n{}\n    return x\nf()",
    "module": "x = 1\n{}\ny = x",
    "class": "class Q:\n    x = 1\n{}\n    y = x",
    "generator": "def f():\n    x = 1\n    yield x\n{}\n    yield x\nassert list(f()) == [1, 1]",
    "coroutine": "import asyncio\nasync def f():\n    x = 1\n    await asyncio.sleep(0)\n{}\n    return x\nasyncio.run(f())",
    "closure": "def o():\n    q = x = 1\n    def f():\n        nonlocal q\n{}\n        return q\n    return f()\nassert o() == 1",
    "loop": "def f():\n    x = 1\n    for _ in range(3):\n        A()\n{}\n    return x\nf()",
    "after 300 names": "\n".join(f"v{i} = 0" for i in range(300)) + "\nx = 1\n{}\ny = x",
    "in handlers": (
        "def f():\n    x = 1\n    try:\n        1 / 0\n    except ZeroDivisionError:\n{}\n    finally:\n{}\n    return x\nf()"
    ),
}


def indent(text, depth):
    return "".join(" " * depth + line for line in text.splitlines(keepends=True))


def place(where, header, body):
    text = f"{header}\n{indent(body, 4)}"
    template = PLACES[where]
    depths = [
        8 if where in {"closure", "loop", "in handlers"} else 4 if where not in {"module", "after 300 names"} else 0
    ]
    return template.replace("{}", indent(text, depths[0]))


def allowed(where, body):
    if body == "global":
        return where not in {"in handlers", "loop"}
    if body == "augmented":
        return where != "closure"
    return True


@pytest.fixture(autouse=True)
def _nothing_ran():
    RAN.clear()
    tracer = sys.gettrace()
    yield
    assert sys.gettrace() is tracer
    assert sys.exc_info() == (None, None, None)


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("header", HEADERS)
def test_no_statement_of_any_body_runs(where, header):
    for name, body in BODIES.items():
        if allowed(where, name):
            define(place(where, HEADERS[header], body))
            assert RAN == [], (where, header, name)


@pytest.mark.parametrize("where", ["function", "module", "class", "generator", "coroutine"])
def test_a_body_on_the_line_of_its_header_does_not_run(where):
    for header in ("with S(): ran()", "with S() as c: ran(); ran()", "with A(), S() as c: x = ran()"):
        define(PLACES[where].replace("{}", indent(header, 0 if where == "module" else 4)))
        assert RAN == []


def test_the_as_name_is_bound_by_a_skip():
    space = define("""
        def f():
            with S() as c:
                ran()
            return c, (lambda: c)()
        with S() as m: ran()
        class K:
            with S() as k: ran()
    """)
    first, second = space["f"]()
    assert first is second
    assert isinstance(first, Skipped)
    assert isinstance(space["m"], Skipped)
    assert isinstance(space["K"].k, Skipped)


def test_hits_and_misses_alternate_in_one_frame():
    space = define("""
        def f():
            n = 0
            for i in range(10):
                with (S() if i % 2 else A()):
                    n += 1
            return n
    """)
    assert space["f"]() == 5


def test_recursion_skips_in_the_frames_that_ask_for_it():
    space = define("""
        def f(n):
            with (S(values={"r": 0}) if n % 2 else F()) as c:
                r = 1 + (f(n - 1) if n else 0)
            return r
    """)
    assert [space["f"](n) for n in range(5)] == [1, 0, 1, 0, 1]


def test_blocks_nest():
    space = define("""
        def f():
            out = []
            with A():
                with S(): ran()
                out.append(1)
                with F():
                    with S() as d:
                        ran()
                    out.append(2)
            with S():
                with S(): ran()
            return out
    """)
    assert space["f"]() == [1, 2]
    assert RAN == []


def test_a_hit_in_every_clause_of_a_try():
    space = define("""
        def f():
            out = []
            for i in range(3):
                try:
                    with S(): ran()
                    1 / 0
                except ZeroDivisionError:
                    with S(): ran()
                    out.append(i)
                finally:
                    with S(): ran()
                    out.append("f")
            return out
    """)
    assert space["f"]() == [0, "f", 1, "f", 2, "f"]
    assert RAN == []


def test_coroutines_interleave():
    space = define("""
        import asyncio
        async def g(n):
            with (S(values={"x": n}) if n % 2 else F()):
                await asyncio.sleep(0)
                x = -n
            await asyncio.sleep(0)
            with S() as c:
                await asyncio.sleep(ran())
                async with A() as a:
                    async for _ in A():
                        pass
            return x
        async def main():
            return await asyncio.gather(*[g(n) for n in range(6)])
    """)
    assert asyncio.run(space["main"]()) == [0, 1, -2, 3, -4, 5]
    assert RAN == []


def test_threads_mix_hits_and_misses_of_one_function():
    space = define("""
        def work(n, out):
            for i in range(300):
                with (S() if (i + n) % 2 else F()) as c:
                    out[n] += 1
                assert type(c) is (S if (i + n) % 2 else F)
    """)
    out, errors = [0] * 4, []

    def run(n):
        try:
            space["work"](n, out)
        except BaseException as error:  # noqa: BLE001 - reported below
            errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert errors == []
    assert out == [150] * 4


def test_exceptions_of_the_body_and_around_it_are_untouched():
    space = define("""
        def f():
            try:
                raise KeyError(1)
            except KeyError as error:
                with S(): ran()
                seen = sys.exc_info()[1] is error, error.__context__
            seen += sys.exc_info()
            try:
                with A(): 1 / 0
            except ZeroDivisionError as error:
                return (*seen, error.__context__, error.__traceback__.tb_next)
    """, sys=sys)  # fmt: skip
    assert space["f"]() == (True, None, None, None, None, None, None)
    assert RAN == []


def test_exec_with_namespaces_of_its_own():
    for local in ({}, None):
        space = {"S": Skipped, "ran": ran}
        text = "with S(values={'x': 4}): x = ran()\nwith S() as c:\n ran()\nk = x"
        exec(text, space, *([local] if local is not None else []))
        assert (local or space)["k"] == 4
    assert RAN == []


def test_a_skip_that_did_not_fire_says_so_and_restores_twice():
    skip = Skip()
    assert not skip.fired(None)
    assert not skip.fired(KeyboardInterrupt)
    skip.restore()
    skip.restore()


def test_an_armed_skip_that_never_fired_does_not_skip_the_next_entry():
    """An interrupt between arming and skipping, as the loop that catches it would see it."""

    class Interrupted:
        def __init__(self, number):
            self.number = number

        def __enter__(self):
            frame = sys._getframe(1)
            block = find_block(frame)
            if self.number == 0:
                self.skip = Skip()
                self.skip.arm(frame, block)
                raise KeyboardInterrupt

        def __exit__(self, *exc):
            return False

    def f():
        for number in range(2):
            try:
                with Interrupted(number):
                    ran(number)
            except KeyboardInterrupt:
                pass

    before = sys.gettrace()
    f()
    sys.settrace(before)
    assert RAN == [1]


def test_blocks_are_one_object_per_code_and_die_with_it():
    space = define("""
        def f():
            with F() as first: pass
            with F() as second: pass
            return first.block, second.block
    """)
    one, two = space["f"]()
    assert one is not two
    assert space["f"]() == (one, two)
    assert one.code is space["f"].__code__
    gone = weakref.ref(one)
    del one, two, space
    Found.last = None
    gc.collect()
    assert gone() is None


def test_rerun_cells_leave_nothing_behind():
    from Lutil.checkpoints.frame import _block_facts

    for number in range(3):
        define(f"with S(): ran({number})", known_to_linecache=False)
    gc.collect()
    before = len(_block_facts.KNOWN)
    for number in range(50):
        define(f"with S(): ran({number})", known_to_linecache=False)
    gc.collect()
    assert len(_block_facts.KNOWN) <= before


def test_blocks_not_entered_by_a_with_are_refused():
    import contextlib

    class Sub(Skipped):
        def __enter__(self):
            return super().__enter__()

    with pytest.raises(BlockError, match="directly by a `with`"), contextlib.ExitStack() as stack:
        stack.enter_context(Skipped())
    with pytest.raises(BlockError, match="directly by a `with`"), Sub():
        pass
    with pytest.raises(BlockError, match=r"test_skip\.py:\d+"):
        Skipped().__enter__()


@pytest.mark.parametrize("target", ["o.x", "o['k']", "(a, b)", "[a, b]", "*o,"])
def test_targets_other_than_a_name_are_refused(target):
    with pytest.raises(BlockError, match="plain name"):
        define(f"o = {{}}\nwith S() as {target}: ran()" if target != "*o," else "with S() as (*o,): ran()")
    assert RAN == []


def programs():
    leaf = st.sampled_from([body for name, body in BODIES.items() if len(body) < 90 and name != "global"])
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map("\n".join),
            inner.map(lambda text: "try:\n" + indent(text, 4) + "\nfinally:\n" + indent(text, 4)),
            inner.map(lambda text: "for k in ran():\n" + indent(text, 4)),
            inner.map(lambda text: "with A() as h:\n" + indent(text, 4)),
            inner.map(lambda text: "if ran():\n" + indent(text, 4) + "\nelse:\n" + indent(text, 4)),
        ),
        max_leaves=6,
    )


@settings(max_examples=60, deadline=None)
@given(programs(), st.sampled_from(sorted(HEADERS)), st.sampled_from(["function", "module", "class", "in handlers"]))
def test_generated_bodies_do_not_run(body, header, where):
    define(place(where, HEADERS[header], body), known_to_linecache=False)
    assert RAN == []
