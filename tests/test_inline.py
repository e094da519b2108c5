"""`InlineCheckpoint`: what it refuses, before anything runs, and what it reads off a block without lists."""

from __future__ import annotations

import contextlib
import types

import pytest

from Lutil.checkpoints import (
    BlockError,
    ComplexParamsIdentifyWarning,
    InlineCheckpoint,
    NotSavedWarning,
    UnboundNameError,
    UnfingerprintableError,
    UnknownNameError,
    UnproducedNameWarning,
    configure,
)

ran: list[object] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


def mark(x):
    ran.append(x)
    return x


# What is refused.


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"watch": "data", "produce": ["x"]}, TypeError, r"watch takes a list.*watch=\['data'\]"),
        ({"watch": [], "produce": "x"}, TypeError, r"produce takes a list"),
        ({"watch": [1], "produce": ["x"]}, TypeError, "1"),
        ({"watch": ["a b"], "produce": ["x"]}, ValueError, "'a b' is no name"),
        ({"watch": ["f()"], "produce": ["x"]}, ValueError, r"'f\(\)' is no name"),
        ({"watch": ["d[i]"], "produce": ["x"]}, ValueError, r"'d\[i\]' is no name"),
        ({"watch": [], "produce": [""]}, ValueError, "'' is no name"),
        ({"watch": [], "produce": ["x.1"]}, ValueError, "'x.1' is no name"),
    ],
)
def test_malformed_lists_are_refused_before_the_block(options, error, says):
    with pytest.raises(error, match=says):
        InlineCheckpoint(**options)


def test_options_are_given_by_name_only():
    with pytest.raises(TypeError):
        InlineCheckpoint(["a"], ["b"])


def leaves_by_return():
    with InlineCheckpoint(watch=[], produce=["x"]):
        x = mark(1)
        return x  # noqa: RET504


def leaves_by_yield():
    with InlineCheckpoint(watch=[], produce=["x"]):
        x = mark(1)
        yield x


def leaves_by_break():
    for _ in [1]:
        with InlineCheckpoint(watch=[], produce=["x"]):
            x = mark(1)
            if x:
                break
    return x + 0


def leaves_by_continue():
    for _ in [1]:
        with InlineCheckpoint(watch=[], produce=["x"]):
            x = mark(1)
            if x:
                continue
            x = 2
    return x


@pytest.mark.parametrize("word", ["return", "yield", "break", "continue"])
def test_control_flow_that_leaves_the_block_is_refused_with_word_and_place(word):
    with pytest.raises(BlockError, match=rf"test_inline\.py:\d+.*`{word}`"):
        list(globals()[f"leaves_by_{word}"]() or ())
    assert ran == []


def test_control_flow_inside_the_block_is_fine():
    for _ in range(2):
        with InlineCheckpoint(watch=[], produce=["x"]):
            x = 0
            for i in mark(range(10)):
                if i == 2:
                    continue
                if i == 5:
                    break
                x += i
        assert x == 0 + 1 + 3 + 4
    assert len(ran) == 1


@pytest.mark.parametrize("item", ["missing", "ran.missing", "table['missing']"])
def test_an_unknown_watched_name_is_refused_by_name_and_place(item):
    table = {}
    with (
        pytest.raises(UnknownNameError, match=r"test_inline\.py:\d+.*missing"),
        InlineCheckpoint(watch=[item], produce=["x"]),
    ):
        x = mark(1)  # noqa: F841
    assert ran == []
    assert table == {}


def test_a_produced_name_that_is_never_assigned_is_refused():
    with pytest.raises(BlockError, match="`other`"), InlineCheckpoint(watch=[], produce=["other"]):
        x = mark(1)
    assert ran == []
    with contextlib.suppress(NameError):
        x  # noqa: B018


def test_a_produced_name_that_is_left_unbound_is_an_error_that_names_it():
    holder = types.SimpleNamespace()
    for item in ("y", "holder.part"):
        with pytest.raises(UnboundNameError, match=item), InlineCheckpoint(watch=[], produce=[item], ignore=["holder"]):
            if mark(0):
                y = 1
                holder.part = y


def test_a_watched_value_that_cannot_be_compared_is_refused():
    numbers = (n for n in range(3))
    with pytest.raises(UnfingerprintableError, match="numbers"), InlineCheckpoint(watch=["numbers"], produce=["x"]):
        x = mark(list(numbers))  # noqa: F841
    assert ran == []


def test_it_must_be_entered_by_a_with():
    with pytest.raises(BlockError, match="with"), contextlib.ExitStack() as stack:
        stack.enter_context(InlineCheckpoint(watch=[], produce=["x"]))


class Holder:
    def __init__(self):
        self.inner = Inner()


class Inner:
    pass


def test_a_complex_attribute_of_a_watched_object_is_warned_of():
    holder = Holder()
    says = r"A complicated object is an attribute of <\S+Holder object at 0x\w+>, it may cause mistake"
    with pytest.warns(ComplexParamsIdentifyWarning, match=says):
        with InlineCheckpoint(watch=["holder"], produce=["x"]):
            x = mark(holder is not None)
    assert x


# What it can be told.


def test_recompute_runs_and_overwrites():
    for recompute in (False, True, False):
        with InlineCheckpoint(watch=[], produce=["x"], ignore=["ran"], recompute=recompute) as cp:
            x = mark(len(ran))
        assert cp.hit is (x == 1 and len(ran) == 2 and not recompute)
    assert ran == [0, 1]


def test_disabled_it_is_a_plain_block():
    configure(disable=True)
    for _ in range(2):
        with InlineCheckpoint(watch=[], produce=["x"]) as cp:
            x = mark(1)
        assert not cp.hit
    assert ran == [x, x]


def test_name_version_and_store_are_those_of_the_function(tmp_path):
    for version in (1, 1, True):
        with InlineCheckpoint(watch=[], produce=["x"], name="step", version=version, store=tmp_path / "own"):
            x = mark(1)
    assert ran == [1, 1]
    assert x
    assert len(list((tmp_path / "own" / "v1" / "step").rglob("*.entry"))) == 2


def test_one_object_may_be_entered_again_and_again():
    cp = InlineCheckpoint(watch=["i"], produce=["x"])
    for i in (1, 2, 1, 2):
        with cp:
            x = mark(i)
        assert x == i
    assert ran == [1, 2]


# Blocks without lists.


def test_names_read_are_watched_and_names_assigned_are_produced(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        import types
        rows, k, config = [3, 1], 2, types.SimpleNamespace(lr=1, seed=2)
        table, found = {"a": 1}, []
        with InlineCheckpoint() as cp:
            print("ran", end=" ")
            doubled = [k * row for row in rows]
            table["b"] = config.lr
            found.append(doubled[0])
            k += 1
            for i in range(3):
                last = i
            if rows[0] > 100:
                never = 1
            import math
            (w := 5)
            try:
                1 / 0
            except ZeroDivisionError as error:
                said = str(error)
            with open(__file__) as file:
                size = len(file.readline())
            gone = 1
            del gone
        print(doubled, table, found, k, i, last, "never" in globals(), math.pi, w, said, size, "gone" in globals(), "error" in globals())
        assert {"rows", "k", "table", "found"} <= set(cp.watch) and any(p.startswith("config") for p in cp.watch), cp.watch
        assert {"doubled", "k", "i", "last", "math", "w", "said", "size"} <= set(cp.produce), cp.produce
    """)
    first = program.run("-W", "error", "main.py")
    assert first.startswith("ran ")
    assert program.run("-W", "error", "main.py") == first.removeprefix("ran ")


def test_names_private_to_the_block_are_not_kept_in_functions():
    def f(rows):
        with InlineCheckpoint() as cp:
            lock = __import__("threading").Lock()
            with lock:
                total = mark(sum(rows))
            helper = total + 1  # noqa: F841
        return total, cp.produce

    assert f([1, 2]) == f([1, 2]) == (3, ("total",))
    assert len(ran) == 1


def test_a_name_read_in_the_next_turn_of_a_loop_is_kept():
    def f():
        state = 0
        out = []
        for i in range(3):
            with InlineCheckpoint():
                state = mark(state + i)
            out.append(state)
        return out

    assert f() == f() == [0, 1, 3]
    assert len(ran) == 3


def test_nonlocal_global_and_class_bodies():
    def outer():
        x = 1

        def inner():
            nonlocal x
            with InlineCheckpoint():
                x = mark(x + 1)

        inner()
        return x

    assert outer() == outer() == 2
    assert len(ran) == 1
    for _ in range(2):

        class K:
            a = 1
            with InlineCheckpoint():
                b = mark(a + 1)

        assert K.b == 2
    assert len(ran) == 2


def test_ignored_names_neither_count_nor_are_produced():
    def f(n):
        verbose = n
        with InlineCheckpoint(ignore=["verbose"]) as cp:
            x = mark(1 + 0 * verbose)
        return x, cp.watch

    assert f(1) == f(2) == (1, ())
    assert len(ran) == 1


@pytest.mark.parametrize("statement", ["exec('x = 1')", "globals()['x'] = 1", "from math import *"])
def test_a_block_that_may_bind_names_unseen_asks_for_the_list(program, statement):
    program.write(f"""
        from Lutil.checkpoints import InlineCheckpoint
        with InlineCheckpoint():
            {statement}
    """)
    program.run(check=False)
    assert "BlockError" in program.errors
    assert "produce=[...]" in program.errors


def test_definitions_inside_the_block_are_not_kept_and_say_so(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        with InlineCheckpoint():
            def f(): return 1
        print(f())
    """)
    for _ in range(2):
        assert program.run() == "1\n"
        assert "NotSavedWarning" in program.errors
        assert "above the block" in program.errors


def test_each_list_wins_on_its_own():
    a, b = 1, 2
    for b in (2, 3):
        with InlineCheckpoint(produce=["x"]) as cp:
            x = mark(a + b)
            y = 1
        assert cp.produce == ("x",)
        assert set(cp.watch) == {"a", "b"}
    assert ran == [3, 4]
    y = 2
    for b in (2, 3):
        with InlineCheckpoint(watch=["a"], ignore=["b"]) as cp:
            z = mark(a + b)
        assert cp.produce == ("z",)
    assert z == 3
    assert len(ran) == 3
    assert (x, y) == (4, 2)


def test_a_name_that_is_used_below_and_not_in_produce_is_named_once_with_both_ways_out():
    total, n = 0, 3
    with pytest.warns(UnproducedNameWarning, match=r"`total`.*add \"total\" to produce.*ignore") as said:
        for _ in range(3):
            with InlineCheckpoint(watch=["n"], produce=["squares"]):
                squares = [i * i for i in range(n)]
                total, scratch = sum(squares), 1
                squares.append(scratch)
    assert len(said) == 1
    assert total == 5
    for _ in range(2):
        with InlineCheckpoint(watch=["n"], produce=["squares"], ignore=["total"]):
            squares = list(range(n))
            total = sum(squares)
    for n in (1, 2):
        with InlineCheckpoint(watch=["n"], produce=["squares"]):
            total = n
            squares = [total] * n
        total = 7
    assert (total, squares) == (7, [2, 2])


def test_what_is_used_below_is_told_at_module_level_as_well(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        with InlineCheckpoint(produce=["a"]):
            a = 1
            b = 2
            c = 3
        print([c for c in (a, b)])
    """)
    program.run("-W", "always", "main.py")
    assert program.errors.count("UnproducedNameWarning") == 1
    assert "`b`" in program.errors


def test_a_block_that_produces_nothing_is_named_after_the_data_that_it_changes():
    rows, extra = [1], 2
    with InlineCheckpoint() as cp:
        print("adding")
        rows.append(extra)
    assert str(cp.explain()) == "rows ran: first run"


def test_produce_shows_attributes_and_subscripts_that_the_block_assigns_by_itself():
    from types import SimpleNamespace

    f, table, key = SimpleNamespace(a=1, b=0, c=SimpleNamespace(d=0)), {"rows": [1, 2]}, "other"
    for turn in range(2):
        f.b, f.c.d, table["sum"], table["other"] = 0, 0, 0, 0
        with InlineCheckpoint() as cp:
            f.b = f.a + 1
            f.c.d += 2
            table["sum"] = sum(table["rows"])
            table[key] = 5
            made = {}
            made["x"] = 1
        assert cp.hit == bool(turn)
        assert cp.produce == ("made", "f.b", "f.c.d", "table['sum']")
        assert (f.b, f.c.d, table["sum"], table["other"]) == (2, 2, 3, 5)


def test_a_change_of_what_a_block_reads_is_one_of_a_watched_value():
    for size in (3, 4):
        with InlineCheckpoint() as cp:
            zeros = [0] * size
    assert str(cp.explain()) == "zeros ran: watched `size` changed 3 -> 4"
    assert len(zeros) == 4


def test_a_model_that_is_fitted_in_place_needs_no_mention():
    import numpy as np
    from sklearn.linear_model import LinearRegression

    features, target = np.arange(6.0).reshape(3, 2), np.arange(3.0)
    for _ in range(2):
        model = LinearRegression()
        with InlineCheckpoint():
            mark(1)
            model.fit(features, target)
        assert model.coef_.shape == (2,)
    assert len(ran) == 1
    with pytest.warns(NotSavedWarning, match="handle"), InlineCheckpoint():
        handle = open(__file__)  # noqa: SIM115
    handle.close()


def test_of_a_plain_namespace_only_the_attributes_that_are_read_count(program):
    program.write("""
        import argparse, dataclasses, sys, types
        from Lutil.checkpoints import InlineCheckpoint, checkpoint
        extra = float(sys.argv[1])
        args = argparse.Namespace(lr=0.1, out=extra)
        space = types.SimpleNamespace(lr=0.1, out=extra)
        @dataclasses.dataclass
        class Config:
            lr: float
            out: float
            @property
            def double(self): return 2 * self.out
        config = Config(0.1, extra)
        @checkpoint
        def f():
            print("f", end=" ")
            return args.lr
        @checkpoint
        def whole():
            print("whole", end=" ")
            return vars(args)["out"]
        @checkpoint
        def derived():
            print("derived", end=" ")
            return config.double
        with InlineCheckpoint() as cp:
            print("block", end=" ")
            x = space.lr + config.lr + args.lr
        assert set(cp.watch) == {"space.lr", "config.lr", "args.lr"}, cp.watch
        print(f(), whole(), derived(), x)
    """)
    assert program.run("main.py", "1") == "block f whole derived 0.1 1.0 2.0 0.30000000000000004\n"
    assert program.run("main.py", "2") == "whole derived 0.1 2.0 4.0 0.30000000000000004\n"


def test_what_a_block_only_prints_is_no_input_of_it(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        ran, rows = [], [1, 2]
        for step in range(3):
            with InlineCheckpoint() as cp:
                print("step", step)
                total = sum(rows)
            ran.append(not cp.hit)
        print(ran, cp.watch)
    """)
    assert program.run() == "step 0\n[True, False, False] ('rows',)\n"


def test_what_a_block_assigns_of_modules_classes_and_functions_is_bound_by_a_hit(program):
    program.write("""
        import os, sys, types
        from Lutil.checkpoints import InlineCheckpoint
        class Config:
            lr = depth = 1
        settings = types.ModuleType("settings")
        settings.DEPTH = 1
        def helper():
            return 1
        big = len(sys.argv) > 1
        Config.depth = 7 if big else 1
        with InlineCheckpoint() as cp:
            Config.lr = settings.DEPTH = 3
            os.environ["STAGE"], os.environ["API_TOKEN"] = "prod", "hu" + "sh"
            helper.mark = [4]
            if helper() > 1:
                Config.depth = 5
            done = True
        print(cp.hit, Config.lr, settings.DEPTH, os.environ["STAGE"], helper.mark, Config.depth, "API_TOKEN" in os.environ)
    """)
    assert program.run() == "False 3 3 prod [4] 1 True\n"
    assert program.run("main.py", "big") == "True 3 3 prod [4] 7 False\n"
    stored = b"".join(file.read_bytes() for file in program.folder.rglob("*.entry"))
    assert b"prod" in stored
    assert b"hush" not in stored


def test_a_variable_that_is_watched_by_a_marker_is_not_asked_for_again(program):
    program.write("""
        import os
        from Lutil.checkpoints import Env, InlineCheckpoint
        with InlineCheckpoint(watch=[Env("STAGE")], produce=["stage"]):
            stage = os.environ["STAGE"]
        print(stage)
    """)
    assert program.run("-W", "error", "main.py", STAGE="a") == "a\n"
    assert program.run("-W", "error", "main.py", STAGE="b") == "b\n"


def test_a_name_that_only_the_text_of_a_query_below_reads_is_bound_by_a_hit(program):
    program.write("""
        import pandas as pd
        from Lutil.checkpoints import InlineCheckpoint
        limit = 5
        def above(frame):
            with InlineCheckpoint() as cp:
                limit = frame.x.mean()
                temporary = iter([limit])
            return cp.hit, frame.query("x > @limit").x.tolist()
        print(above(pd.DataFrame({"x": [1, 2, 3]})))
    """)
    assert program.run() == "(False, [3])\n"
    assert program.run() == "(True, [3])\n"


@pytest.mark.parametrize("looks", ["inspect.currentframe().f_locals['made']", "sys._getframe().f_locals['made']"])
def test_a_name_that_the_frame_is_asked_for_below_is_bound_by_a_hit(program, looks):
    program.write(f"""
        import inspect, sys
        from Lutil.checkpoints import InlineCheckpoint
        def f():
            with InlineCheckpoint() as cp:
                made = 3
            return cp.hit, {looks}
        print(f())
    """)
    assert program.run() == "(False, 3)\n"
    assert program.run() == "(True, 3)\n"
