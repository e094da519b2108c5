"""A process that makes functions, classes, cells and keys without end does not grow by what we remember of them."""

from __future__ import annotations

import json
import os

import pytest

PROGRAM = """
    import collections, functools, gc, itertools, json, random, sys, types, weakref
    import Lutil.checkpoints.ipython._cell, Lutil.checkpoints.faces._explain
    from Lutil.checkpoints import InlineCheckpoint, checkpoint, configure
    from Lutil.checkpoints.store import MemoryStore

    kind, first, second = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    TABLES = (dict, list, set, collections.deque, collections.abc.MutableMapping, weakref.WeakSet)

    def tables():
        found = {}
        for name, module in list(sys.modules.items()):
            if name.startswith("Lutil.checkpoints"):
                for key, value in list(vars(module).items()):
                    if key.startswith("__"):
                        continue
                    if isinstance(value, TABLES):
                        found[f"{name}.{key}"] = len(value)
                    elif isinstance(value, functools._lru_cache_wrapper):
                        found[f"{name}.{key}"] = value.cache_info().currsize
                    elif type(value).__module__.startswith("Lutil"):
                        state = getattr(value, "__dict__", {})
                        found |= {f"{name}.{key}.{k}": len(v) for k, v in state.items() if isinstance(v, TABLES)}
        return found

    store = MemoryStore()
    def forget():
        global store
        for made in (applied, keyed, drawn):
            made.clear()

    @checkpoint(store=store)
    def applied(f, x):
        return f(x)

    @checkpoint(store=store)
    def keyed(x):
        return x

    @checkpoint(store=store)
    def drawn(x):
        return random.random()

    def closure(i):
        box, kept = [i], {}
        def inner(x):
            kept.setdefault(x, x)
            return box[0] + x
        return inner

    def local_class(i):
        class Local:
            factor = i
            @functools.cached_property
            def p(self):
                return self.factor
            def __call__(self, x):
                return x * self.factor + self.p
        return Local()

    def decorated(i):
        cache = {}
        @functools.lru_cache
        def helper(x):
            return x + i
        @checkpoint(store=store, name="decorated")
        def g(x):
            if x not in cache:
                cache[x] = helper(x)
            return cache[x]
        return g

    def in_space(text, name, **names):
        exec(compile(text, name, "exec"), {"__name__": "__main__", "store": store, **names})

    def module(i):
        space = types.ModuleType(f"module{i}")
        space.__file__ = f"/nowhere/module{i}.py"
        space.applied = applied
        exec(compile(f"def h(x): return x + {i}\\nh.__defaults__ = ({i},)\\napplied(h, 1)", space.__file__, "exec"), vars(space))

    def block(i):
        text = f"with InlineCheckpoint(store=store, ignore=['z{i}']):\\n    y{i} = len('a') + {i}\\n    z{i} = 1\\n"
        in_space(text, f"<cell {i}>", InlineCheckpoint=InlineCheckpoint)

    def named(i):
        checkpoint(store=store, name=f"name{i}")(lambda: i)()

    def refused(i):
        checkpoint(store=store, name=f"refused{i}")(lambda: (n for n in [i]))()

    def thread_class(i):
        import threading
        threading.Thread = type("Mine", (threading.Thread.__mro__[-2],), {})
        keyed(i)

    KINDS = {
        "keys": keyed, "draws": drawn, "closures": lambda i: applied(closure(i), i),
        "lambdas": lambda i: applied(eval(f"lambda x: x + {i}"), i), "classes": lambda i: applied(local_class(i), i),
        "decorated": lambda i: decorated(i)(i), "blocks": block, "modules": module, "names": named, "refused": refused,
        "replaced": thread_class,
    }
    import warnings
    warnings.simplefilter("ignore")
    for i in range(first):
        KINDS[kind](i)
    gc.collect()
    before = tables()
    for i in range(first, second):
        KINDS[kind](i)
        if i % 500 == 0:
            forget()
    gc.collect()
    after = tables()
    print(json.dumps({name: (before.get(name, 0), size) for name, size in after.items() if size > before.get(name, 0)}))
"""

KINDS = ["keys", "closures", "lambdas", "classes", "decorated", "blocks", "modules", "names", "refused", "replaced"]
LOWER = """
    import sys
    import Lutil.checkpoints, Lutil.checkpoints.faces._block as inline, Lutil.checkpoints.state._filled_memos as keeping
    import Lutil.checkpoints.report._ledger as ledger, Lutil.checkpoints.model.process._limits as limits, Lutil.checkpoints.code.plan._reach as reach
    import Lutil.checkpoints.observe._stand_ins as standins
    original = limits.make_room
    lower = lambda table, most: original(table, max(4, most // 64))
    for module in list(sys.modules.values()):
        if getattr(module, "make_room", None) is original:
            module.make_room = lower
    reach._LIMIT, reach._CLOSURES, inline._KEPT, standins._MOST_MADE = 16, 4, 8, 30
    keeping._MOST = keeping._limit[0] = ledger._MOST = 64
"""
BOUNDED = {"parse", "_parse", "_remembered", "_from_code", "_counts_among_all", "names_secret", "path_names_secret"}
"""Caches of `functools` with a limit; `_searched` holds weak references to the modules that are loaded."""


@pytest.mark.parametrize("kind", KINDS)
def test_no_table_grows_without_limit(program, kind):
    """With limits that are lower, so that some hundreds of functions meet all of them."""
    program.write(LOWER, "lower.py")
    program.write(PROGRAM.replace("import collections,", "import lower, collections,"))
    grown = json.loads(program.run("main.py", kind, "300", "600"))
    found = {name: size for name, size in grown.items() if name.rpartition(".")[2] not in {*BOUNDED, "_searched"}}
    assert {name: size for name, size in found.items() if size[1] - size[0] > 100} == {}


def test_every_cache_of_functools_has_a_limit(program):
    program.write("""
        import functools, importlib, pkgutil, sys
        import Lutil.checkpoints
        for found in pkgutil.walk_packages(Lutil.checkpoints.__path__, "Lutil.checkpoints."):
            if ".testing" not in found.name and not found.name.endswith("_skip_monitoring"):
                importlib.import_module(found.name)
        for name, module in sorted(sys.modules.items()):
            if name.startswith("Lutil.checkpoints"):
                for key, value in vars(module).items():
                    if isinstance(value, functools._lru_cache_wrapper) and value.cache_info().maxsize is None:
                        if value.__wrapped__.__code__.co_argcount:
                            print(f"{name}.{key}")
    """)
    assert program.run() == ""


def test_ordinals_are_not_given_twice_when_too_many_are_counted(monkeypatch):
    from Lutil.checkpoints.observe.surroundings import _turns

    monkeypatch.setattr(_turns, "_MOST", len(_turns._next) + 3)
    first = [_turns.turn("many a") for _ in range(4)]
    for other in range(10):
        _turns.turn(f"many {other}")
    assert _turns.turn("many a", peek=True) >= 4
    assert _turns.turn("many a") not in first


MEMORY = """
    import functools, gc, os, sys, tracemalloc, warnings
    warnings.simplefilter("ignore")
    tracemalloc.start()
    import lower
    from Lutil.checkpoints import InlineCheckpoint, checkpoint

    kind, times = sys.argv[1], int(sys.argv[2])

    @checkpoint
    def f(x):
        return x + 1

    def function(i):
        space = {"checkpoint": checkpoint, "__name__": "__main__"}
        text = f"def helper(x): return x * {i}\\n@checkpoint(name='g')\\ndef g(x): return helper(x) + {i}\\n"
        exec(compile(text, f"<functions {i}>", "exec"), space)
        space["g"](1), space["g"](1)

    def cell(i):
        exec(compile(f"with InlineCheckpoint():\\n    y = [k for k in range({i % 5})]\\n", f"<cell {i}>", "exec"), globals())

    work = {"hits": lambda i: f(i % 20), "runs": f, "functions": function, "cells": cell}[kind]

    def held():
        for name, module in list(sys.modules.items()):
            if name.startswith("Lutil"):
                for value in list(vars(module).values()):
                    if isinstance(value, functools._lru_cache_wrapper) and value.cache_info().maxsize:
                        value.cache_clear()  # these have limits, but high ones
        gc.collect()
        return tracemalloc.get_traced_memory()[0], len(gc.get_objects())

    for i in range(times):
        work(i)
    before = held()
    for i in range(times, 2 * times):
        work(i)
    after = held()
    print(*((b - a) / times for a, b in zip(before, after)))
"""


@pytest.mark.parametrize(
    ("kind", "times", "most"), [("hits", 4000, 2), ("runs", 400, 100), ("functions", 150, 400), ("cells", 150, 400)]
)
def test_memory_does_not_grow_with_what_is_done(program, kind, times, most):
    """Bytes and objects that are left for each hit, run, function that is gone, cell that is run again."""
    program.write(LOWER, "lower.py")
    program.write(MEMORY)
    size, objects = map(float, program.run("main.py", kind, str(times)).split())
    assert size < most
    assert objects < 1


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are counted on Linux")  # noqa: PTH112
def test_stores_that_are_left_behind_keep_no_descriptors(program):
    program.write("""
        import gc, os
        from Lutil.checkpoints import checkpoint
        from Lutil.checkpoints.store import FileStore
        for number in range(150):
            f = checkpoint(store=f"store{number}")(lambda: 1)
            f(), f()
        gc.collect()
        stores = [one for one in gc.get_objects() if type(one) is FileStore]
        print(len(stores) <= 64, len(os.listdir("/proc/self/fd")) < 64 + 30)
    """)
    assert program.run().strip() == "True True"
    for number in (0, 149):  # what those had not written yet, when room was made for others, or at the end
        assert program.folder.joinpath(f"store{number}").is_dir()
        ledger = "".join(file.read_text() for file in program.folder.glob(f"store{number}/v1/_ledger/*.jsonl"))
        assert '"hits"' in ledger
