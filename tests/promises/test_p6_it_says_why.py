"""P6: every run has a reason that names what changed; what never helps says so, once."""

from __future__ import annotations

import datetime as dt
import logging

import pytest

from Lutil.checkpoints import InlineCheckpoint, UnstableInputWarning, UnwatchedNameWarning, checkpoint
from Lutil.checkpoints.model._entry import Header
from Lutil.checkpoints.model._key import FORMAT_VERSION, Part, PartKind
from Lutil.checkpoints.model._outcome import Cause, Reason
from Lutil.checkpoints.model._provenance import Provenance
from Lutil.checkpoints.report._ledger import Ran
from Lutil.checkpoints.report._reasons import explained, sentence
from Lutil.checkpoints.store import FileStore

PIPELINE = """
from Lutil.checkpoints import checkpoint
K = {k}
def clean(rows):
    return [row + {add} for row in rows]
@checkpoint
def features(rows, bins=20):
    return [K * row % bins for row in clean(rows)]
features({rows}, bins={bins})
"""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bins": 30}, "argument `bins` changed 20 -> 30"),
        ({"rows": [1, 2, 4]}, "argument `rows[2]` changed 3 -> 4"),
        ({"add": 5}, "code of `clean` changed"),
        ({"k": 8}, "global `K` changed 7 -> 8"),
    ],
)
def test_a_run_names_what_changed(program, change, says):
    usual = {"k": 7, "add": 1, "rows": [1, 2, 3], "bins": 20}
    program.write(PIPELINE.format(**usual))
    program.run(LUTIL_EXPLAIN="1")
    assert "running features: first run" in program.errors
    program.write(PIPELINE.format(**{**usual, **change}))
    program.run(LUTIL_EXPLAIN="1")
    assert f"recomputing features: {says}" in program.errors
    program.run(LUTIL_EXPLAIN="1")
    assert "running" not in program.errors
    assert "recomputing" not in program.errors
    assert "1 skipped, 0 run" in program.errors


def test_code_is_shown_as_a_diff_in_which_comments_do_not_appear(program):
    usual = {"k": 7, "add": 1, "rows": [1], "bins": 20}
    program.write(PIPELINE.format(**usual))
    program.run()
    changed = (
        PIPELINE.format(**{**usual, "add": 2})
        .replace("def clean", "# a comment\ndef clean")
        .replace("    return [row", "    # more\n    return [row")
    )
    program.write(changed.replace("features([1], bins=20)", "print(features.explain([1]).details())"))
    said = program.run()
    assert "-    return [row + 1 for row in rows]" in said
    assert "+    return [row + 2 for row in rows]" in said
    assert "comment" not in said
    assert "more\n" not in said


def test_recompute_and_expiry_are_reasons(caplog):
    @checkpoint(expires=0)
    def f(x):
        return x

    with caplog.at_level(logging.INFO, logger="Lutil.checkpoints"):
        f(1)
        f(1)
        f(1, __recompute__=True)
    said = [
        record.getMessage()
        for record in caplog.records
        if "running" in record.getMessage() or "recomp" in record.getMessage()
    ]
    assert "first run" in said[0]
    assert "expired" in said[1]
    assert "recompute asked" in said[2]


def test_a_block_explains_itself():
    a = 1
    with InlineCheckpoint(watch=["a"], produce=["b"]) as cp:
        b = a
    assert str(cp.explain()) == "b ran: first run"
    a = 2
    with InlineCheckpoint(watch=["a"], produce=["b"]):
        b = a
    assert b == 2


def test_an_unwatched_name_is_named_once_with_both_ways_out():
    a, factor = 1, 3
    with pytest.warns(UnwatchedNameWarning, match=r"`factor`.*watch.*ignore") as said:
        for _ in range(3):
            with InlineCheckpoint(watch=["a"], produce=["b"]):
                b = a * factor
    assert len(said) == 1
    with InlineCheckpoint(watch=["a"], produce=["b"], ignore=["factor"]):
        b = a * factor
    assert b == 3


UNSTABLE = """
import time, warnings
from Lutil.checkpoints import checkpoint
STAMP = time.time_ns()
@checkpoint
def f(x):
    time.sleep(0.06)
    return x, STAMP
f(1)
"""


def test_three_misses_for_one_undeclared_input_are_named_with_the_way_out(program):
    program.write(UNSTABLE)
    for _ in range(3):
        program.run()
        assert "UnstableInputWarning" not in program.errors
    program.run()
    assert 'ignore=["STAMP"]' in program.errors
    assert "UnstableInputWarning" in program.errors


def test_the_same_within_a_process():
    import itertools

    counter = itertools.count()
    box = [0]

    @checkpoint
    def f(x):
        return x, box[0]

    with pytest.warns(UnstableInputWarning, match=r"`box`") as said:
        for _ in range(6):
            box[0] = next(counter)
            f(1)
    assert len(said) == 1


def test_a_loop_that_moves_its_own_generator_is_not_called_unstable(program):
    program.write("""
        import numpy as np
        from Lutil.checkpoints import checkpoint
        rng = np.random.default_rng(42)
        np.random.seed(1)
        ran = []
        @checkpoint
        def draw(n):
            ran.append(n)
            return float(rng.normal(size=n).sum())
        @checkpoint
        def legacy(n):
            ran.append(n)
            return float(np.random.normal(size=n).sum())
        print(len({f(10) for f in (draw, legacy) for _ in range(6)}), len(ran))
    """)
    assert [program.run(), program.run()] == ["12 12\n", "12 0\n"]
    assert program.errors == ""


def test_after_an_edit_every_call_names_the_edit_and_not_the_call_before(program):
    text = """
        from Lutil.checkpoints import checkpoint
        def helper(x):
            return x + {n}
        @checkpoint
        def f(x):
            return helper(x)
        for i in range(3):
            f(i)
    """
    program.write(text.replace("{n}", "1"))
    program.run()
    program.write(text.replace("{n}", "2"))
    program.run(LUTIL_EXPLAIN="1")
    assert program.errors.count("recomputing f: code of `helper` changed") == 3


def test_a_reached_value_that_is_slow_to_hash_is_named_once_with_size_and_time(program):
    program.write("""
        import time
        from Lutil.checkpoints import checkpoint
        class Large:
            def __fingerprint__(self):
                end = time.thread_time() + 0.1
                while time.thread_time() < end:
                    pass
                return 1
        class Waiting:
            def __fingerprint__(self):
                time.sleep(0.1)
                return 1
        BIG, SMALL = Large(), Waiting()
        @checkpoint
        def f(x):
            return BIG is not None and SMALL is not None and x
        f(1), f(1), f(2)
    """)
    program.run("-W", "always", "main.py")
    assert program.errors.count("SlowInputWarning") == 1
    assert "f reads `BIG` (<Large>)" in program.errors
    assert " ms of CPU per call" in program.errors
    assert "File(...)" in program.errors
    assert "ignore" not in program.errors, "what is left out can make a result stale"


def test_what_cannot_be_kept_is_called_by_the_name_that_the_program_gives_it(program):
    program.write("""
        import sqlite3, threading
        from concurrent.futures import ThreadPoolExecutor
        from Lutil.checkpoints import InlineCheckpoint, checkpoint
        numbers = [1, 2]
        with InlineCheckpoint():
            with ThreadPoolExecutor(2) as pool:
                squares = list(pool.map(lambda x: x * x, numbers))
        with InlineCheckpoint(ignore=["other"]):
            with ThreadPoolExecutor(2) as other:
                cubes = list(other.map(lambda x: x * x * x, numbers))
        with InlineCheckpoint(produce=["found"]):
            found = {"at": [threading.Lock()]}
        @checkpoint
        def f(x):
            return [x, threading.Lock()]
        f(1)
        state = []
        @checkpoint
        def g(x):
            state.append((len(state), threading.Lock()))
        g(1)
    """)
    program.run()
    told = [line for line in program.errors.splitlines() if "not kept" in line]
    assert "`pool._work_queue` cannot be saved" in told[0]
    assert told[0].endswith('; ignore=["pool"] leaves it out')
    assert "`found['at'][0]` cannot be saved" in told[1]
    assert "`result[1]` cannot be saved" in told[2]
    assert "`what it changed[" in told[3]
    assert len(told) == 4
    assert "ignore=" not in told[1]


@pytest.mark.parametrize(
    ("text", "says"),
    [(b"def f(): return 1", "library `python` changed 3.8.1 -> "), (b"def f(): return 2", "code of `f` changed")],
)
def test_another_python_is_the_reason_where_no_code_was_edited(tmp_path, text, says):
    store, code = FileStore(tmp_path), Part(PartKind.CODE, "f", b"1" * 16, kept=b"def f(): return 1")
    earlier = Provenance("f", "", 0.0, 1.0, "3.8.1", (code, Part(PartKind.ARGUMENT, "x", b"x" * 16)))
    store.put("f", "0" * 32, Header(0.0, 1.0), b"", [], earlier.to_bytes())
    parts = (code._replace(digest=b"2" * 16, kept=text), *earlier.parts[1:])
    run = Ran("f", Reason(Cause.FIRST_RUN), parts=parts, stores=[store], began=1.0, compared=False)
    assert sentence(explained(run)).startswith(says)


def test_an_edit_is_named_where_two_functions_go_by_one_name(program):
    text = """
        import functools
        from Lutil.checkpoints import checkpoint
        def deco(f):
            @functools.wraps(f)
            def w(*a): return f(*a) + ADDED
            return w
        @deco
        def helper(x): return x
        def other(x): return x * FACTOR
        @checkpoint
        def main(x): return helper(x) + other(x)
        main(1)
    """
    for added, factor, says in (("1", "2", "first run"), ("5", "2", "code of `helper` changed"), ("1", "2", ""),
                                ("1", "3", "code of `other` changed")):  # fmt: skip
        program.write(text.replace("ADDED", added).replace("FACTOR", factor))
        program.run(LUTIL_EXPLAIN="1")
        assert f" main: {says}\n" in program.errors or (not says and "1 skipped" in program.errors)


def test_of_two_earlier_runs_the_one_is_named_from_which_least_has_changed(program):
    program.write("""
        import glob, os
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def total():
            return sum(int(open(file).read()) for file in sorted(glob.glob("data/*.csv")))
        total()
    """)
    data = program.folder / "data"
    data.mkdir()
    (data / "1.csv").write_text("1")
    program.run()
    (data / "2.csv").write_text("2")
    program.run()
    (data / "2.csv").unlink()
    (data / "readme.txt").write_text("none")
    program.run(LUTIL_EXPLAIN="1")
    assert "recomputing total: listing `data` changed" in program.errors


def test_a_miss_for_another_rule_version_says_that_the_rules_changed(program):
    """The first run after an update of the package, over the entries of the version before."""
    program.write("""
        from Lutil.checkpoints import checkpoint, Store
        @checkpoint
        def f(x): return x + 1
        print(f.explain(1).reason.cause if not f.is_cached(1) else "hit", f(1))
    """)
    program.run()
    (entry,) = program.folder.rglob("*.entry")
    store, key = FileStore(program.folder / ".Lutil-checkpoint", min_free=0), entry.stem
    old = store.provenance("f", key).replace(b'"rules":%d' % FORMAT_VERSION, b'"rules":1')
    assert b'"rules":1' in old
    entry.unlink()
    store.put("f", "0" * 32, Header(1.0, 1.0, rules=1), b"", [], old)
    assert program.run() == "Lutil compares by new rules in this version 2\n"
    assert program.run() == "hit 2\n"
    entry.unlink()
    program.run(LUTIL_EXPLAIN="1")
    assert "recomputing f: Lutil compares by new rules in this version" in program.errors


def test_all_that_a_block_cannot_keep_is_named_with_what_can_be_done_there(program):
    program.write("""
        import threading
        from Lutil.checkpoints import InlineCheckpoint, checkpoint
        with InlineCheckpoint():
            def early(x): return x
            class Late: pass
            n = 3
        with InlineCheckpoint():
            x = 1
            x2 = {"a": threading.Lock()}
            rows = (i for i in range(3))
        with InlineCheckpoint():
            steps = (i for i in range(3))
        print(list(steps))
        @checkpoint
        def f(x):
            return {"a": threading.Lock(), "b": [1, threading.Lock()], "c": 1}
        f(1)
    """)
    program.run()
    told = [line for line in program.errors.splitlines() if "not kept" in line]
    assert len(told) == 4
    assert "early: the block has run, and what it left is not kept: `early` cannot" in told[0]
    assert "define functions and classes above the block; nor can `Late`" in told[0]
    assert "`x2['a']` cannot be saved" in told[1]
    assert "nor can `rows`: cannot pickle 'generator'" in told[1]
    assert told[1].endswith('; ignore=["x2", "rows"] leaves them out')
    assert told[2].endswith("; the code below reads `steps`: make it there, of what can be kept")
    assert "f: the result is returned but not kept: `result['a']` cannot be saved" in told[3]
    assert "nor can `result['b'][1]`" in told[3]
    assert "the block" not in told[3]


UNKEPT = """
import threading
from Lutil.checkpoints import InlineCheckpoint, checkpoint
n = {n}
with InlineCheckpoint() as first:
    x = [n, threading.Lock()]
with InlineCheckpoint() as second:
    x = n + 2
@checkpoint
def f(k):
    return k, threading.Lock()
f({n})
print(first.explain(), "|", f.explain({n}))
"""


def test_what_was_not_kept_is_the_reason_in_the_next_process_too(program):
    program.write(UNKEPT.format(n=1))
    program.run(LUTIL_EXPLAIN="1")
    assert "running x: first run" in program.errors
    said = program.run(LUTIL_EXPLAIN="1")
    assert (
        "recomputing x: an earlier result was not kept: `x[1]` cannot be saved: cannot pickle '_thread.lock'"
        in program.errors
    )
    assert "recomputing f: an earlier result was not kept: `result[" in program.errors
    assert said.count("an earlier result was not kept") == 2
    program.write(UNKEPT.format(n=5))
    program.run(LUTIL_EXPLAIN="1")
    assert "recomputing f: an earlier result was not kept" in program.errors, "nothing of this code ever was"
    program.write(UNKEPT.format(n=1).replace("threading.Lock()", "0"))
    said = program.run()
    assert "cannot be saved" not in said


def test_a_secret_in_the_reason_of_a_lost_result_is_not_written_down(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        class Odd:
            def __reduce__(self): raise ValueError("password=hunter2swordfish")
        @checkpoint
        def f(k): return Odd()
        f(1)
    """)
    program.run()
    kept = b"".join(
        path.read_bytes() for path in program.folder.rglob("*") if path.is_file() and path.name != "main.py"
    )
    assert b"hunter2" not in kept


ITEMS = """
from Lutil.checkpoints import checkpoint
@checkpoint
def slow(x, k=1):
    return x * {factor}
print([slow(x) for x in range({count})], slow(100, k={k}))
"""


def test_a_new_item_is_another_call_and_an_edited_parameter_a_change(program):
    program.write(ITEMS.format(factor=2, count=2, k=1))
    program.run(LUTIL_EXPLAIN="1")
    assert program.errors.count("running slow: first run") == 1
    assert "running slow: another call, argument `x` differs 0 -> 1" in program.errors
    assert "recomputing" not in program.errors
    program.write(ITEMS.format(factor=2, count=3, k=1))
    program.run(LUTIL_EXPLAIN="1")
    assert "running slow: another call, argument `x` differs" in program.errors
    assert "recomputing" not in program.errors
    program.write(ITEMS.format(factor=2, count=3, k=5))
    program.run(LUTIL_EXPLAIN="1")
    assert "recomputing slow: argument `k` changed 1 -> 5" in program.errors
    assert "another call" not in program.errors
    program.write(ITEMS.format(factor=3, count=2, k=5))
    program.run(LUTIL_EXPLAIN="1")
    assert program.errors.count("recomputing slow: code of `slow` changed") == 3


def test_one_parameter_stands_before_many_rows():
    @checkpoint(name="f")
    def f(rows, options, bins):
        return bins

    options = {"weights": list(range(48)), "lr": 0.1}
    f(list(range(48)), options, 20)
    other = {"weights": list(range(1, 49)), "lr": 0.2}
    said = str(f.explain([n + 1 for n in range(48)], options, 30))
    assert "argument `bins` changed 20 -> 30 (and" in said
    assert "argument `options['lr']` changed 0.1 -> 0.2 (and" in str(f.explain(list(range(48)), other, 20))


def test_inputs_that_do_not_take_a_change_say_why_and_speak_of_no_class(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(a, b):
            a.append(1)
            return a
        one = [0]
        f(one, one)
        print(f.explain([0], [0]))
        f([0], [0])
        print(f.explain([0], [0]))
    """)
    said = program.run(LUTIL_EXPLAIN="1")
    assert "recomputing f: an earlier result does not fit these inputs: the" in program.errors
    assert "in another way than they did in the run" in program.errors
    assert "class or function" not in program.errors + said


def test_a_stream_that_nobody_seeded_names_what_moved_it_and_the_way_out(program):
    program.write("""
        import random
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def fit(n): return [random.random() for _ in range(n)]
        @checkpoint
        def search(n): return [random.random() for _ in range(n)]
        fit(2), search(3)
        print(fit.explain(2))
    """)
    said = program.run()
    assert "random stream `random` stands elsewhere, moved by search: seed it, or pass random_state=" in said


def test_values_that_differ_at_their_end_show_as_much_of_it_as_there_is_room_for():
    @checkpoint(name="report")
    def report(day):
        return day.year

    report(dt.date(2020, 1, 1))
    assert "`day` changed …date(2020, 1, 1) -> …date(2020, 2, 1)" in str(report.explain(dt.date(2020, 2, 1)))
