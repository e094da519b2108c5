"""What does not count: counters, logs, printing, memos. A second call hits, and leaves them alone."""

from __future__ import annotations

import pytest

PROGRAMS = {
    "a list that is appended to": """
        calls = []
        @checkpoint
        def f(x):
            ran()
            calls.append(x)
            return x + 1
        f(1), f(1)
        print(calls)
    """,
    "a counter": """
        n = 0
        @checkpoint
        def f(x):
            global n
            ran()
            n += 1
            return x + 1
        f(1), f(1)
        print(n)
    """,
    "a counter in a closure": """
        def make():
            n = 0
            @checkpoint
            def f(x):
                nonlocal n
                ran()
                n += 1
                return x + 1
            return f, lambda: n
        f, count = make()
        f(1), f(1)
        print(count())
    """,
    "printing": """
        @checkpoint
        def f(x):
            ran()
            print("working on", x)
            return x + 1
        f(1), f(1)
    """,
    "a log in a dict": """
        log = {}
        @checkpoint
        def f(x):
            ran()
            log[x] = "done"
            return x + 1
        f(1), f(1)
        print(log)
    """,
    "a logger": """
        import logging
        logger = logging.getLogger("mine")
        @checkpoint
        def f(x):
            ran()
            logger.info("working on %s", x)
            return x + 1
        f(1), f(1)
    """,
    "a hand-made memo in a helper": """
        _cache = {}
        def helper(x):
            if x not in _cache:
                _cache[x] = x * x
            return _cache[x]
        @checkpoint
        def f(x):
            ran()
            return helper(x)
        print(f(3), f(3))
    """,
    "a memo in a default": """
        @checkpoint
        def f(x, memo={}):
            ran()
            if x not in memo:
                memo[x] = x * x
            return memo[x]
        print(f(3), f(3), f(3, {}))
    """,
    "a lazily made model": """
        _model = None
        def model():
            global _model
            if _model is None:
                _model = {"weights": [1, 2]}
            return _model
        @checkpoint
        def f(x):
            ran()
            return model()["weights"][0] + x
        print(f(3), f(3))
    """,
    "functools.lru_cache on a helper": """
        import functools
        @functools.lru_cache
        def helper(x):
            return x * x
        @checkpoint
        def f(x):
            ran()
            return helper(x)
        print(f(3), f(3))
    """,
    "a cached_property of an argument": """
        import functools
        class A:
            def __init__(self): self.x = 3
            @functools.cached_property
            def big(self): return self.x * 100
        @checkpoint
        def f(a):
            ran()
            return a.big
        a = A()
        print(f(a), f(a))
    """,
    "effects in a block": """
        calls, n = [], 0
        for _ in range(2):
            with InlineCheckpoint(watch=[], produce=["y"]):
                ran()
                calls.append(1)
                print("working")
                y = 4
        print(len(calls), y)
    """,
}

PRELUDE = """
from Lutil.checkpoints import InlineCheckpoint, checkpoint
def ran():
    with open("ran.log", "a") as file:
        file.write("x")
"""


COUNTED = """
class Stats:
    def __init__(self):
        self.n = {n}
        self.rows = [0] * {n}
    def total(self):
        return self.n
class Watched(Stats):
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2)
stats, watched = Stats(), Watched()
def bump():
    stats.n += 1
@checkpoint
def read_below(x):
    stats.n += 1
    return x + stats.n
@checkpoint
def read_by_method(x):
    bump()
    return x + stats.total()
@checkpoint
def read_by_length(x):
    stats.rows.append(x)
    return x + len(stats.rows)
@checkpoint
def read_as_a_whole(x):
    bump()
    return x + len(str(vars(stats)))
@checkpoint
def given_by_setdefault(x):
    return x + stats.__dict__.setdefault("n", 3)
@checkpoint
def set_for_others(x):
    stats.n = x
print({call}(5), stats.n)
"""


@pytest.mark.parametrize(
    "call", ["read_below", "read_by_method", "read_by_length", "read_as_a_whole", "given_by_setdefault"]
)
def test_a_counter_on_an_object_that_is_read_counts(program, call):
    program.write("from Lutil.checkpoints import checkpoint" + COUNTED.format(n=1, call=call))
    first = program.run()
    program.write("from Lutil.checkpoints import checkpoint" + COUNTED.format(n=20, call=call))
    second = program.run(LUTIL_DISABLE="1")
    assert first != second
    assert program.run() == second


def test_what_is_set_on_an_object_is_set_by_a_hit_too(program):
    program.write("from Lutil.checkpoints import checkpoint" + COUNTED.format(n=1, call="set_for_others"))
    assert [program.run() for _ in range(2)] == ["None 5\n"] * 2


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_does_not_count_does_not_miss_in_this_process_nor_in_the_next(program, name):
    import textwrap

    program.write(PRELUDE + textwrap.dedent(PROGRAMS[name]))
    program.run("-W", "error", "main.py")
    log = program.folder / "ran.log"
    assert log.read_text() == "x"
    program.run("-W", "error", "main.py")
    assert log.read_text() == "x"
