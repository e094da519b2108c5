"""`map` and `imap`: results in order, what is kept is read, what is missing runs, and nothing is left behind."""

from __future__ import annotations

import doctest
import functools
import itertools
import operator
import random
import textwrap
import threading
import types
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from Lutil.checkpoints import Env, File, Store, UnfingerprintableError, checkpoint, configure
from Lutil.checkpoints.computation._bulk import Bulk, Keyed
from Lutil.checkpoints.computation._computation import Computation
from Lutil.checkpoints.faces.map import _mapped
from Lutil.checkpoints.observe import _stand_ins, _watching
from Lutil.checkpoints.store.claims import _claims

WAYS = [{}, {"workers": 1}, {"workers": 3}]
ran = []


@pytest.fixture(autouse=True)
def nothing_has_run():
    ran.clear()
    yield
    assert not [one.name for one in threading.enumerate() if one.name.startswith("map")]
    assert not _watching._on
    assert not _watching._holds
    assert not _stand_ins._up
    assert not any(claims._table for claims in list(_claims._all))


@checkpoint(ignore=["ran"])
def square(x, power=2):
    ran.append(x)
    return [x**power]


@checkpoint(ignore=["ran"])
def fails_at_3(x):
    ran.append(x)
    if x == 3:
        raise ValueError(f"no {x}")
    return x


@pytest.mark.parametrize("how", WAYS)
def test_results_come_in_order_and_only_what_is_missing_runs(how):
    square(2)
    assert square.map([3, 2, 1], **how) == [[9], [4], [1]]
    assert sorted(ran) == [1, 2, 3]
    assert square.map([3, 2, 1, 4], **how) == [[9], [4], [1], [16]]
    assert sorted(ran) == [1, 2, 3, 4]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("how", WAYS)
def test_imap_yields_the_same_results(how, ordered):
    square.map([1, 4])
    found = [*square.imap(iter([4, 3, 2, 1]), ordered=ordered, **how)]
    assert (found if ordered else sorted(found, reverse=True)) == [[16], [9], [4], [1]]
    assert sorted(ran) == [1, 2, 3, 4]


def test_a_single_call_and_a_map_have_each_others_results():
    square(5, power=3)
    assert square.map([5], fixed={"power": 3}) == square.map([5], [3]) == [[125]]
    square.map([7])
    assert square(7) == [49]
    assert ran == [5, 7]


@pytest.mark.parametrize("how", WAYS)
def test_equal_items_run_once_and_each_has_a_copy_of_its_own(how):
    found = square.map([2, 1, 2, 2, 1], **how)
    assert found == [[4], [1], [4], [4], [1]]
    assert sorted(ran) == [1, 2]
    assert len({id(one) for one in found}) == 5


def test_equal_items_that_draw_from_a_stream_that_nobody_seeded_are_not_equal():
    @checkpoint(ignore=["ran"])
    def draw(_):
        ran.append(1)
        return random.random()

    found = draw.map([0] * 4)
    assert len(set(found)) == 4 == len(ran)


@pytest.mark.parametrize("how", WAYS)
def test_the_first_error_is_raised_with_its_item_when_what_ran_has_been_kept(how):
    with pytest.raises(ValueError, match="no 3") as found:
        fails_at_3.map([1, 2, 3, 4], **how)
    assert found.value.__notes__ == ["fails_at_3: item 2: x=3"]
    kept = [x for x in ran if x != 3]
    assert all(fails_at_3.is_cached(x) for x in kept)
    assert {1, 2} <= {*kept}


def test_after_an_error_nothing_is_started_any_more():
    with pytest.raises(ValueError, match="no 3"):
        fails_at_3.map([1, 3, *range(10, 50)])
    assert ran == [1, 3]


def test_the_error_of_the_first_failed_item_is_raised_and_what_runs_beside_it_is_kept():
    other_failed, entered = threading.Event(), threading.Event()

    @checkpoint
    def work(x):
        if x == 0:
            entered.set()
            assert other_failed.wait(30)
            raise KeyError("first by place")
        if x == 1:
            assert entered.wait(30)
            raise IndexError("first by time")
        return x

    with ThreadPoolExecutor(2) as pool:
        pool.submit(lambda: (entered.wait(30), other_failed.set()))
        with pytest.raises(KeyError, match="first by place"):
            work.map([0, 1], workers=2)


@pytest.mark.parametrize("how", WAYS)
def test_errors_can_stand_in_the_list(how):
    found = fails_at_3.map([1, 3, 2, 3], errors="return", **how)
    assert [type(one) for one in found] == [int, ValueError, int, ValueError]
    assert found[1].__notes__ == ["fails_at_3: item 1: x=3"]
    assert sorted(ran) == [1, 2, 3]


def test_imap_yields_what_was_done_before_an_error_then_raises_it():
    found = fails_at_3.imap([1, 2, 3, 4])
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(ValueError, match="no 3"):
        next(found)
    assert list(found) == []


def test_an_item_without_a_state_is_an_error_of_that_item():
    found = square.map([2, (n for n in ()), 3], errors="return")
    assert found[0] == [4]
    assert isinstance(found[1], (UnfingerprintableError, TypeError))
    assert found[2] == [9]


def test_a_secret_does_not_stand_in_the_note_of_an_error():
    @checkpoint
    def log_in(password):
        raise PermissionError

    with pytest.raises(PermissionError) as found:
        log_in.map(["tiger-1234"])
    assert found.value.__notes__ == ["log_in: item 0: password=…"]


def test_a_generator_is_taken_from_only_as_its_items_are_handed_out():
    taken = []
    found = square.imap((taken.append(n) or n for n in itertools.count()), workers=2)
    for n in range(100):
        assert next(found) == [n * n]
        assert len(taken) <= n + 1 + 32
    found.close()


def test_a_map_over_a_generator_takes_no_more_than_it_can_run():
    taken, go = [], threading.Event()

    @checkpoint
    def wait(x):
        assert go.wait(30)
        return x

    def items():
        for n in range(500):
            taken.append(n)
            if n == 499:
                assert go.is_set()
            yield n
        go.set()

    def release():
        while len(taken) < 10:
            pass
        assert len(taken) < 100
        go.set()

    with ThreadPoolExecutor(1) as pool:
        released = pool.submit(release)
        assert wait.map(items(), workers=2) == [*range(500)]
        released.result()


def test_a_generator_that_raises_ends_the_map_and_what_ran_is_kept():
    def items():
        yield from range(40)
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        square.map(items(), workers=2)
    assert ran
    assert all(square.is_cached(x) for x in ran)


def test_who_stops_early_ends_the_map():
    for found in square.imap(range(1000), workers=2):
        assert found == [0]
        break
    assert len(ran) < 1000
    assert threading.active_count() == len([one for one in threading.enumerate() if not one.name.startswith("map")])


def test_fixed_arguments_are_fingerprinted_once():
    looked = []

    class Config:
        def __fingerprint__(self):
            looked.append(1)
            return ("config",)

    @checkpoint(ignore=["looked"])
    def scaled(x, config):
        return x

    config = Config()
    scaled.map(range(40), fixed={"config": config})
    looked.clear()
    assert scaled.map(range(40), fixed={"config": config}) == [*range(40)]
    assert len(looked) == 1


def test_fixed_may_stand_before_the_items():
    @checkpoint
    def share(total, part, /, digits=0):
        return round(part / total, digits)

    assert share.map([1, 2], fixed={"total": 4, "digits": 2}) == [0.25, 0.5]
    assert share(4, 1, digits=2) == 0.25


def test_star_arguments_are_items_as_well():
    @checkpoint
    def added(first, *rest, **more):
        return first + sum(rest) + sum(more.values())

    assert added.map([1, 2], [10, 20], [100, 200], fixed={"c": 1000}) == [1111, 1222]


def test_the_shortest_iterable_ends_it():
    assert square.map([1, 2, 3], itertools.repeat(2)) == [[1], [4], [9]]
    assert square.map([1, 2, 3], [1, 1]) == [[1], [2]]
    assert square.map([]) == []


@pytest.mark.parametrize(
    ("args", "how", "error", "text"),
    [
        ((), {}, TypeError, "at least one iterable"),
        ((5,), {}, TypeError, "number 1 is a int"),
        (([1], 5), {}, TypeError, "number 2 is a int; what is the same for all items goes into fixed"),
        (([1],), {"workers": 2, "executor": ThreadPoolExecutor(1)}, TypeError, "both"),
        (([1],), {"workers": 0}, ValueError, "at least 1"),
        (([1],), {"workers": 1.5}, TypeError, "a number"),
        (([1],), {"workers": True}, TypeError, "a number"),
        (([1],), {"executor": 3}, TypeError, "an Executor|Executor is expected"),
        (([1],), {"errors": "ignore"}, ValueError, '"raise" or "return"'),
        (([1],), {"fixed": {"pwoer": 2}}, TypeError, "square.map .* fixed pwoer: .*pwoer"),
        (([1],), {"fixed": [2]}, TypeError, "fixed is a dict"),
        (([1], [2], [3]), {}, TypeError, "square.map with 3 iterable"),
        (([1],), {"fixed": {"x": 1, "power": 2}}, TypeError, "square.map with 1 iterable"),
        (([1],), {"chunksize": 2}, TypeError, "chunksize"),
    ],
)
@pytest.mark.parametrize("name", ["map", "imap"])
def test_wrong_arguments_are_said_before_anything_runs(name, args, how, error, text):
    with pytest.raises(error, match=text):
        getattr(square, name)(*args, **how)
    assert ran == []


def test_a_parameter_that_has_to_be_named_is_told_to_go_into_fixed():
    @checkpoint
    def scaled(x, *, scale):
        return x * scale

    for iterables in ([1, 2],), ([1, 2], [3, 4]):
        with pytest.raises(TypeError, match=r"fixed=\{'scale': \.\.\.\}"):
            scaled.map(*iterables)
    assert scaled.map([1, 2], fixed={"scale": 3}) == [3, 6]


def test_a_missing_argument_is_said_before_anything_runs():
    @checkpoint(ignore=["ran"])
    def both(a, b):
        ran.append(a)

    with pytest.raises(TypeError, match=r"both\.map with 1 iterable.*missing a required argument: 'b'"):
        both.map([1, 2])
    assert ran == []


@pytest.mark.parametrize("how", WAYS)
def test_recompute_runs_each_item_once(how):
    square.map([1, 2])
    ran.clear()
    assert square.map([1, 2, 2], __recompute__=True, **how) == [[1], [4], [4]]
    assert sorted(ran) == [1, 2]


@pytest.mark.parametrize("how", WAYS)
def test_with_the_cache_disabled_every_item_runs_and_nothing_is_written(how, own_folder):
    configure(disable=True)
    assert square.map([1, 2, 2], **how) == [[1], [4], [4]]
    assert sorted(ran) == [1, 2, 2]
    assert [*own_folder.iterdir()] == []


@pytest.mark.parametrize("how", WAYS)
def test_methods_are_mapped_with_their_instance(how):
    class Model:
        def __init__(self, scale):
            self.scale = scale

        @checkpoint(ignore=["ran"])
        def predict(self, x, offset=0):
            ran.append(x)
            return self.scale * x + offset

        @checkpoint
        @classmethod
        def named(cls, x):
            return cls.__name__, x

    model = Model(3)
    assert model.predict.map([1, 2], fixed={"offset": 1}, **how) == [4, 7]
    assert Model(3).predict.map([1, 2], fixed={"offset": 1}, **how) == [4, 7]
    assert sorted(ran) == [1, 2]
    assert Model(4).predict.map([1], **how) == [4]
    assert Model.named.map([1], **how) == [("Model", 1)]
    assert Model.predict.map([model, model], [5, 6], **how) == [15, 18]


@pytest.mark.parametrize("how", [{}, {"workers": 2}])
def test_a_map_in_an_item_of_a_map_does_not_deadlock(how):
    @checkpoint
    def inner(x):
        return x + 1

    @checkpoint
    def outer(n):
        return sum(inner.map(range(n), **how))

    assert outer.map([3, 4, 3], **how) == [6, 10, 6]
    assert outer.map([3, 4, 3], **how) == [6, 10, 6]


def test_what_an_inner_map_reads_belongs_to_the_outer_run(own_folder):
    data = own_folder / "data.txt"
    data.write_text("1")

    @checkpoint
    def inner(x):
        with open("data.txt") as file:
            return x + int(file.read())

    @checkpoint
    def outer(n):
        return inner.map(range(n), workers=2)

    assert outer(2) == [1, 2]
    data.write_text("10")
    assert outer(2) == [10, 11]


@pytest.mark.parametrize("how", WAYS)
def test_what_the_items_read_from_files_counts(how, own_folder):
    @checkpoint(ignore=["ran"])
    def lines(name):
        ran.append(name)
        with open(name) as file:
            return file.read()

    for name in "ab":
        (own_folder / name).write_text(name)
    assert lines.map("ab", **how) == ["a", "b"]
    (own_folder / "b").write_text("new")
    assert lines.map("ab", **how) == ["a", "new"]
    assert sorted(ran) == ["a", "b", "b"]


@pytest.mark.parametrize("how", WAYS)
def test_what_the_items_change_in_their_arguments_is_changed_by_a_hit_too(how):
    @checkpoint(ignore=["ran"])
    def add(items):
        ran.append(1)
        items.append(len(items))
        return len(items)

    for _ in range(2):
        given = [[1], [1, 2]]
        assert add.map(given, **how) == [2, 3]
        assert given == [[1, 1], [1, 2, 2]]
    assert len(ran) == 2


def test_a_fixed_argument_that_items_change_gives_no_wrong_result():
    @checkpoint(ignore=["ran"])
    def count(x, seen):
        ran.append(x)
        seen.append(x)
        return len(seen)

    for _ in range(2):
        seen = []
        assert count.map([5, 6, 7], fixed={"seen": seen}) == [1, 2, 3]
        assert seen == [5, 6, 7]
    assert ran == [5, 6, 7]
    assert count(5, [1, 2]) == 3


def test_what_changes_while_items_are_yielded_counts_for_those_that_are_taken_later():
    module = types.ModuleType("settings_of_the_test")
    source = "from Lutil.checkpoints import checkpoint\nFACTOR = 1\n@checkpoint\ndef scaled(x): return FACTOR * x\n"
    exec(source, vars(module))
    module.scaled.map(range(200))
    found = []
    for result in module.scaled.imap(range(200)):
        module.FACTOR = 2
        found.append(result)
    assert found[0] == 0
    assert found[100:] == [2 * n for n in range(100, 200)]


def test_a_result_that_cannot_be_kept_is_returned():
    @checkpoint(ignore=["ran"])
    def lock(x):
        ran.append(x)
        return threading.Lock()

    with pytest.warns(match="not kept"):
        found = lock.map([1, 1])
    assert all(hasattr(one, "acquire") for one in found)


def test_an_executor_of_threads_runs_the_items_and_stays_open():
    with ThreadPoolExecutor(2) as pool:
        assert square.map([1, 2, 3], executor=pool) == [[1], [4], [9]]
        assert pool.submit(len, "ab").result() == 2
    assert sorted(ran) == [1, 2, 3]


def test_an_item_that_somebody_else_cancels_is_told():
    class Cancelling(ThreadPoolExecutor):
        def submit(self, *_):
            future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    from concurrent.futures import CancelledError

    with pytest.raises(CancelledError):
        square.map([1], executor=Cancelling(1))


def test_a_failed_item_leaves_no_claim():
    entered, leave = threading.Event(), threading.Event()

    @checkpoint
    def once(x):
        if not entered.is_set():
            entered.set()
            raise ConnectionError
        leave.set()
        return x

    with pytest.raises(ConnectionError):
        once.map([1], workers=2)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(once, 1).result(30) == 1
    assert leave.is_set()


def test_a_store_of_its_own_is_used_by_map(own_folder):
    @checkpoint(store=own_folder / "mine")
    def f(x):
        return x

    f.map(range(3), workers=2)
    assert Store(own_folder / "mine").stats().entries == 3
    assert [one.name for one in own_folder.iterdir()] == ["mine"]


def test_the_summary_says_how_many_were_skipped(capsys):
    square.map([1, 2])
    assert capsys.readouterr().err == ""
    square.map([1, 2, 3], progress=True)
    told = capsys.readouterr().err.rpartition("\r")[2].strip().splitlines()[-1]
    assert told.startswith("square: 2 of 3 items skipped, which saved ")
    assert told.endswith("; 1 run")
    fails_at_3.map([1, 3], errors="return", progress=True)
    assert "fails_at_3: 0 of 2 items skipped; 1 run, 1 failed" in capsys.readouterr().err


def test_a_progress_bar_that_fails_costs_no_result(monkeypatch):
    import tqdm.auto

    def broken(*_, **__):
        raise OSError("no terminal")

    monkeypatch.setattr(tqdm.auto, "tqdm", broken)
    assert square.map([1, 2], progress=True) == [[1], [4]]


def test_a_failure_of_the_cache_costs_the_entry_and_not_the_result(lenient, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(Bulk, "make_key", broken)
    with pytest.warns(match="square: it runs without the cache"):
        assert square.map([1, 2]) == [[1], [4]]
    assert ran == [1, 2]


@pytest.mark.parametrize("name", ["map", "imap"])
def test_the_examples_of_the_docstrings_hold(name):
    test = doctest.DocTestFinder().find(getattr(_mapped.Mapped, name), name, globs={"checkpoint": checkpoint})[0]
    test.globs["__name__"] = "__main__"
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


class Point:
    def __init__(self, x):
        self.x = x


FACTS = {"a": 1}


@checkpoint(watch=["FACTS", Env("STAGE"), File("seen.txt")], version=3, ignore=["noise"])
def many(a, b=[], *rest, fixed=None, noise=0, **more):  # noqa: B006
    return a, FACTS


def apply(function, x):
    return function(x)


VALUES = st.one_of(
    st.integers(-2, 2),
    st.text(max_size=2),
    st.lists(st.floats(allow_nan=False), max_size=2),
    st.builds(Point, st.integers(0, 1)),
    st.sampled_from([Point, len, apply, lambda x: x, lambda x: x + 1, pytest, b"", None]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    items=st.lists(VALUES, min_size=1, max_size=8), fixed=VALUES, function=st.sampled_from([many, checkpoint(apply)])
)
def test_keys_made_in_bulk_are_those_of_single_calls(items, fixed, function):
    Path("seen.txt").touch()
    own, same = ("a", "fixed") if function is many else ("x", "function")
    bulk = Bulk((own,), (same,))
    for again in range(2):
        bulk.renew()
        for item in items:
            given = {own: item, same: fixed}
            one = function._computation((), given, Keyed)
            other = function._computation((), given, Computation)
            bulk.make_key(one)
            one.make_key()
            other.make_key()
            assert one.key == other.key
            assert one.other_keys() == other.other_keys()
            assert [part.digest for part in one.parts()] == [part.digest for part in other.parts()]
        FACTS["a"] = again


def test_a_function_that_does_not_tell_its_parameters_has_a_key_for_each_item():
    assert checkpoint(max).map([1, 5], [3, 2]) == [3, 5]
    assert checkpoint(max).map([1, 5], [3, 2]) == [3, 5]


def test_rest_arguments_that_are_fixed_are_fingerprinted_once():
    looked = []

    class Config:
        def __fingerprint__(self):
            looked.append(1)
            return ("config",)

    @checkpoint(ignore=["looked"])
    def scaled(x, **more):
        return x, [*more]

    config = Config()
    scaled.map(range(40), fixed={"config": config})
    looked.clear()
    assert scaled.map(range(40), fixed={"config": config}) == [(x, ["config"]) for x in range(40)]
    assert len(looked) == 1


def test_type_checkers_know_what_the_results_are(program):
    pytest.importorskip("mypy")
    program.write("""
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x: int) -> str: return str(x)
        @checkpoint
        async def g(x: int) -> bytes: return bytes(x)
        class A:
            @checkpoint
            def m(self, x: int) -> float: return float(x)
        async def main() -> None:
            reveal_type(await g.map([1]))
            reveal_type(await g.map([1], errors="return"))
            async for one in g.imap([1], ordered=False):
                reveal_type(one)
        reveal_type(f.map([1], workers=2))
        reveal_type(f.map([1], fixed={"y": 2}, errors="return"))
        reveal_type(next(f.imap([1])))
        reveal_type(A().m.map([1]))
        f.map([1], worker=2)
        f.map([1], errors="ignore")
    """)
    found = program.run("-m", "mypy", "--strict", "main.py", check=False).replace("builtins.", "")
    for text in (
        'type is "list[bytes]"',
        'type is "list[bytes | Exception]"',
        'type is "bytes"',
        'type is "list[str]"',
        'type is "list[str | Exception]"',
        'type is "str"',
        'type is "list[float]"',
    ):
        assert text in found, found
    assert {int(line.split(":")[1]) for line in found.splitlines() if ": error:" in line} == {19, 20}


def test_a_key_that_is_asked_for_again_is_made_anew():
    given = [1]
    computation = square._computation((given,), {}, Keyed)
    Bulk(("x",), ()).make_key(computation)
    computation.make_key()
    first = computation.key
    given.append(2)
    computation.make_key()
    assert computation.key != first


# -- as a loop ---------------------------------------------------------------------------------------------------------


LOOPS = {
    "a seeded stream": """
        import numpy as np
        @checkpoint
        def f(i): return int(np.random.randint(1000))
        def begin(): np.random.seed(0); return f
    """,
    "an object that they change": """
        class Sum:
            n = 0
            @checkpoint
            def add(self, x):
                self.n += x
                return self.n
        def begin(): return Sum().add
    """,
    "an argument that they change": """
        @checkpoint
        def f(x, log):
            log.append(x)
            return len(log)
        def begin():
            log = []
            return lambda *x: f(*x, log), dict(fixed={"log": log}), f
    """,
    "a global that they change": """
        state = []
        @checkpoint
        def f(x):
            state.append(x)
            return sum(state)
        def begin(): state.clear(); return f
    """,
}


@pytest.mark.parametrize("what", LOOPS)
@pytest.mark.parametrize("way", ["map", "imap"])
def test_one_after_the_other_items_share_what_they_share_in_a_loop(program, what, way):
    """Whatever of them is kept: which items an earlier program ran decides nothing."""
    head = "import sys\nfrom Lutil.checkpoints import checkpoint\n" + textwrap.dedent(LOOPS[what])
    program.write(
        head
        + f"""
found = begin()
single, how, f = found if isinstance(found, tuple) else (found, {{}}, found)
items = [int(text) for text in sys.argv[2:]]
print([single(x) for x in items] if sys.argv[1] == "loop" else list(f.{way}(items, **how)))
"""
    )
    for items in (["1", "2"], ["3", "1", "2"], ["1", "2", "3", "4"], ["2", "2", "1"], ["3", "1", "2"]):
        expected = program.run("main.py", "loop", *items, LUTIL_DISABLE="1")
        assert program.run("main.py", "map", *items) == expected, items


def test_what_the_body_of_a_loop_changes_counts_for_the_next_item():
    @checkpoint
    def times(x):
        return x * factor[0]

    factor = [1]
    times.map(range(4))
    found = []
    for one in times.imap(range(4)):
        found.append(one)
        factor[0] = 10
    assert found == [0, 10, 20, 30]


def test_a_generator_may_change_what_it_has_given():
    def growing():
        items = []
        for number in range(3):
            items.append(number)
            yield items

    @checkpoint
    def total(items):
        return sum(items)

    assert total.map(growing()) == total.map(growing()) == [0, 1, 3]


def test_a_partial_and_a_callable_object_have_a_map():
    class Adds:
        def __call__(self, x):
            return x + 1

    assert checkpoint(functools.partial(pow, 2)).map([1, 2]) == [2, 4]
    assert checkpoint(Adds()).map([1, 2]) == [2, 3]
    assert checkpoint(operator.itemgetter(0)).map([[1], [2]]) == [1, 2]


def test_what_a_map_cannot_take_is_said_with_the_way_out():
    with pytest.raises(TypeError, match=r"square.map has no option 'k'; .* fixed=\{'k': ...\}"):
        square.map([1], k=3)
    with pytest.raises(TypeError, match=r"executor: a concurrent.futures.Executor is expected"):
        square.map([1], executor=ThreadPoolExecutor)


def test_an_item_may_raise_what_ends_iterators():
    @checkpoint
    def ends(x):
        raise StopIteration(x)

    with pytest.raises(StopIteration) as error:
        ends.map([1])
    assert error.value.__notes__ == ["ends: item 0: x=1"]


@pytest.mark.parametrize("loaded", ["", "from concurrent.futures import ThreadPoolExecutor"])
def test_while_the_interpreter_ends_items_run_in_the_thread_that_asks(program, loaded):
    program.write(f"""
        import atexit, threading, time
        from Lutil.checkpoints import checkpoint
        {loaded}
        @checkpoint
        def f(x):
            return x + 1
        def late():
            threading.main_thread().join()
            print(f.map([1, 2]), list(f.imap([2, 3], workers=2)))
        def last():
            print(f.map([4, 5]), f.map([6, 7], workers=2))
        threading.Thread(target=late).start()
        atexit.register(last)
    """)
    assert program.run() == "[2, 3] [3, 4]\n[5, 6] [7, 8]\n"
    assert program.errors == ""
    assert program.run() == "[2, 3] [3, 4]\n[5, 6] [7, 8]\n"
