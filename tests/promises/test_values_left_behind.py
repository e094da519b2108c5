"""Programs that once left a wrong value behind, or cost a result."""

from __future__ import annotations

import functools
import random
import threading
import warnings

import numpy as np
import pytest

from Lutil.checkpoints import InlineCheckpoint, NotSavedWarning, UnfingerprintableError, checkpoint

ran: list[object] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


def mark(x):
    ran.append(x)
    return x


def test_a_name_that_is_bound_on_some_ways_only_keeps_its_own_value_on_the_others():
    def f(x, r):
        with InlineCheckpoint():
            if x:
                r = 1
            mark(0)
        return r

    assert [f(0, "a"), f(0, "b"), f(1, "a"), f(1, "b")] == ["a", "b", 1, 1]
    count = len(ran)
    assert [f(0, "a"), f(0, "b"), f(1, "a"), f(1, "b"), f(1, "c")] == ["a", "b", 1, 1, 1]
    assert len(ran) == count

    def listed(x, r):
        with InlineCheckpoint(watch=["x"], produce=["r"]):
            if x:
                r = 1
            mark(0)
        return r

    assert [listed(0, "a"), listed(0, "b"), listed(0, "a")] == ["a", "b", "a"]

    def looped(xs, last):
        with InlineCheckpoint():
            for last in xs:  # noqa: B007, PLR1704
                pass
            mark(0)
        return last

    assert [looped([], 1), looped([], 2), looped([5], 1), looped([5], 2)] == [1, 2, 5, 5]


def test_a_name_that_only_a_helper_binds_is_no_sign_that_the_block_has_bound_another(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        def helper():
            global shown
            shown = [1]
        def run(items):
            global last, shown
            with InlineCheckpoint() as cp:
                helper()
                for last in items:
                    shown = [last]
            return last, cp.hit
        found = []
        for last in (5, 5, 6):
            shown = [0]
            found.append(run([]))
        print(found)
    """)
    assert program.run() == "[(5, False), (5, True), (6, False)]\n"


def test_a_local_that_a_block_reads_and_binds_anew_is_bound_by_a_hit():
    def f(x):
        with InlineCheckpoint():
            x = mark(x) + 1
        return x  # noqa: RET504

    assert [f(1), f(1)] == [2, 2]
    assert len(ran) == 1


def test_a_block_without_lists_that_reads_an_iterator_runs_each_time():
    numbers = iter([1, 2, 3])
    found = []
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(2):
            with InlineCheckpoint() as cp:
                first = mark(next(numbers))
            found.append((first, cp.hit))
    assert found == [(1, False), (2, False)]
    assert [str(one.message).split(":")[0] for one in said] == ["first runs each time and is not kept"]
    assert said[0].category is NotSavedWarning
    assert "`numbers` cannot be compared" in str(cp.explain())


def test_a_version_that_cannot_be_compared_is_refused_for_a_block():
    with pytest.raises(UnfingerprintableError, match="version"), InlineCheckpoint(version=iter([])):
        x = mark(0)  # noqa: F841
    assert ran == []


def test_an_output_is_the_argument_that_it_was_and_not_an_equal_one():
    @checkpoint
    def second(a, b):
        return b

    one, two = [0], [0]
    assert second(one, one) is one
    assert second(one, two) is two
    assert second(one, two) is two


def test_arrays_that_share_memory_are_not_taken_for_equal_ones_that_do_not():
    @checkpoint
    def total(big, part):
        part += 1
        return float(big.sum())

    assert total(np.zeros((2, 4)), np.zeros(4)) == 0.0
    big = np.zeros((2, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert total(big, big[1]) == 4.0


def test_the_order_of_keywords_counts_where_the_function_can_see_it():
    @checkpoint
    def names(**columns):
        return list(columns)

    assert names(a=1, b=2) == ["a", "b"]
    assert names(b=2, a=1) == ["b", "a"]


def test_the_object_of_a_bound_method_is_moved_by_a_hit():
    @checkpoint
    def call(function):
        return function()

    results = []
    for _ in range(2):
        source = random.Random(3)
        items = [1, 2, 3]
        results.append([call(source.random), call(source.random), source.random(), call(items.pop), items])
    assert results[0] == results[1]
    assert results[0][3:] == [3, [1, 2]]


class Broken:
    def __getattribute__(self, name):
        raise RuntimeError("outside of context")


proxy = Broken()


def helper_that_may_look(x):
    return proxy if x > 100 else x


def test_a_reached_object_that_raises_when_it_is_looked_at_is_a_blind_spot():
    @checkpoint
    def f(x):
        return mark(helper_that_may_look(x)) + 1

    assert [f(1), f(1)] == [2, 2]
    assert len(ran) == 1
    assert "proxy" in f.explain(1).details()


def test_warnings_as_errors_do_not_cost_a_result():
    @checkpoint
    def f(x):
        return threading.Lock()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(1) is not None


def test_a_block_may_name_its_own_object():
    for hit in (False, True):
        with InlineCheckpoint() as cp:
            y = mark(cp is not None)
        assert cp.hit is hit
        assert y
    assert len(ran) == 1


@functools.singledispatch
def kind(x):
    return "object"


def test_an_implementation_that_is_registered_later_counts():
    @checkpoint
    def f(x):
        return kind(x)

    assert f(1) == "object"
    kind.register(int, lambda x: "int")
    assert f(1) == "int"
