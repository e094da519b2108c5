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


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_does_not_count_does_not_miss_in_this_process_nor_in_the_next(program, name):
    import textwrap

    program.write(PRELUDE + textwrap.dedent(PROGRAMS[name]))
    program.run("-W", "error", "main.py")
    log = program.folder / "ran.log"
    assert log.read_text() == "x"
    program.run("-W", "error", "main.py")
    assert log.read_text() == "x"
