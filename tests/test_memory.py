"""`Memory`: what joblib's users know, on this engine."""

from __future__ import annotations

import asyncio
import copy
import functools
import logging
import os
import pickle
import re
import threading
import time
import warnings
from datetime import timedelta
from pathlib import Path

import cloudpickle
import numpy as np
import pandas as pd
import pytest

from Lutil.checkpoints import CheckpointWarning, Memory, NotDecoratableError, SettingError, Store, checkpoint
from Lutil.checkpoints.faces.memory import _memorized, _shelved
from Lutil.checkpoints.report._ledger import ledger

ran: list[object] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


@pytest.fixture
def memory():
    return Memory("kept", verbose=0)


def square(x, offset=0):
    """Return the square."""
    ran.append(x)
    return x * x + offset


async def later(x):
    ran.append(x)
    await asyncio.sleep(0)
    return [x]


def always(answer):
    return lambda metadata: answer


# Calls


def test_same_call_is_skipped_however_it_is_written(memory):
    kept = memory.cache(square)
    assert [kept(3), kept(x=3), kept(3, 0), kept(3, offset=0), kept(4)] == [9, 9, 9, 9, 16]
    assert ran == [3, 4]


def test_cache_is_a_decorator_with_and_without_arguments(memory):
    @memory.cache
    def bare(x):
        ran.append(x)

    @memory.cache()
    def called(x):
        ran.append(x)

    @memory.cache(ignore=["y"], verbose=0, mmap_mode="r")
    def given(x, y=1):
        ran.append(x)

    for function in (bare, called, given):
        function(1)
        function(1)
    assert given(1, y=2) is None
    assert ran == [1, 1, 1]
    assert (given.ignore, given.mmap_mode, bare.ignore, bare.mmap_mode) == (["y"], "r", [], None)


def test_cache_takes_what_joblib_takes(memory):
    namespace = {}
    exec("def made(x): return x", namespace)
    for function in (lambda x: x, functools.partial(square, 3), namespace["made"], len, np.linalg.norm, Path):
        argument = [3.0] if function in {len, np.linalg.norm} else "3" if function is Path else 3
        kept = memory.cache(function)
        assert kept.func is function
        assert kept(argument) == kept(argument) == function(argument)
        assert kept.check_call_in_cache(argument)
    with pytest.raises(NotDecoratableError):
        memory.cache(3)
    with pytest.raises(NotDecoratableError):
        memory.cache(lambda: (yield))


def test_cached_function_can_be_cached_again_with_other_options(memory):
    first = memory.cache(square, ignore=["offset"])
    second = Memory("elsewhere", verbose=0).cache(first)
    assert second.func is square
    assert second.ignore == []
    assert [second(2), second(2), second(2, 1), first(2)] == [4, 4, 5, 4]
    assert ran == [2, 2, 2]


def test_ignored_parameter_of_a_wrapped_function(memory):
    def wrap(function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapped

    @memory.cache(ignore=["y"])
    @wrap
    def kept(x, y=1):
        ran.append(x)
        return x

    assert [kept(0, y=1), kept(0, y=2), kept(0)] == [0, 0, 0]
    assert ran == [0]


def test_unknown_ignored_parameter_is_refused_before_anything_runs(memory):
    with pytest.raises(SettingError, match="`offest`"):
        memory.cache(square, ignore=["offest"])(1)
    with pytest.raises(TypeError, match="list"):
        memory.cache(square, ignore="offset")
    assert ran == []


def test_star_and_two_stars_in_ignore_leave_out_what_the_function_takes_besides(memory):
    def total(x, *more, scale=1, **labels):
        ran.append(x)
        return x * scale

    kept = memory.cache(total, ignore=["*", "**"])
    assert [kept(2), kept(2, 3, 4), kept(2, note="a"), kept(2, 5, note="b")] == [2, 2, 2, 2]
    assert kept(2, scale=3) == 6
    assert kept.ignore == ["*", "**"]
    one = memory.cache(total, ignore=["*"])
    assert [one(2, 3, note="a"), one(2, note="a"), one(2, note="b")] == [2, 2, 2]
    assert ran == [2, 2, 2, 2]


def test_star_and_two_stars_in_ignore_work_for_methods_coroutine_functions_and_memories_that_are_off(memory):
    class Adder:
        def __init__(self, start):
            self.start = start

        def add(self, x, *rest, **more):
            ran.append(x)
            return self.start + x

    kept = memory.cache(Adder(1).add, ignore=["self", "*", "**"])
    assert [kept(1), kept(1, 2, a=3), memory.cache(Adder(1).add, ignore=["self", "*", "**"])(1, 5)] == [2, 2, 2]

    @memory.cache(ignore=["**"])
    async def later(x, **more):
        ran.append(x)
        return x

    assert [asyncio.run(later(3, a=1)), asyncio.run(later(3, b=1))] == [3, 3]
    assert Memory(None).cache(Adder(1).add, ignore=["*"])(1, 2) == 2
    assert ran == [1, 3, 1]


def test_a_star_that_the_function_has_not_is_refused_before_anything_runs(memory):
    for item in ("*", "**"):
        with pytest.raises(SettingError, match=f"ignore: `square` takes no `{re.escape(item)}`"):
            memory.cache(square, ignore=[item])(1)
    assert ran == []


def test_eval_keeps_the_result(memory):
    assert [memory.eval(square, 2, offset=1), memory.eval(square, 2, offset=1)] == [5, 5]
    assert ran == [2]


def test_exception_is_raised_each_time(memory):
    @memory.cache
    def fails(x):
        ran.append(x)
        raise LookupError(x)

    for _ in range(2):
        with pytest.raises(LookupError):
            fails(1)
    assert ran == [1, 1]


def test_code_that_is_edited_and_edited_back_keeps_both_results(memory):
    def mutable(a, b):
        pass

    kept = memory.cache(mutable)
    codes = [(lambda a, b: a + b).__code__, (lambda a, b: a * b).__code__]
    for code, expected in ((codes[0], 5), (codes[1], 6), (codes[0], 5)):
        mutable.__code__ = code
        assert kept(2, 3) == expected
    assert len(list(Store("kept").list())) == 2


def test_lambdas_do_not_collide(memory):
    first, second = memory.cache(lambda x: x), memory.cache(lambda x: x + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [first(1), second(1), first(1), second(1)] == [1, 2, 1, 2]


def test_kept_function_passes_for_the_function(memory):
    kept = memory.cache(square)
    assert (kept.__name__, kept.__doc__, kept.__wrapped__, kept.func) == ("square", square.__doc__, square, square)
    assert kept(3, __recompute__=True) == 9
    assert kept.explain(3).hit


# Where results are kept


def test_location_none_switches_off():
    kept = Memory(None).cache(square)
    assert [kept(2), kept(2)] == [4, 4]
    assert kept.call(2) == (4, {})
    assert kept.call_and_shelve(2).get() == 4
    assert kept.check_call_in_cache(2) is False
    assert kept.clear() == Memory(None).clear() == 0
    Memory(None).reduce_size(items_limit=0)
    assert Memory().eval(square, 2) == 4
    assert ran == [2] * 5
    assert not list(Path().iterdir())
    assert pickle.loads(pickle.dumps(kept))(2) == 4


def test_location_is_that_of_the_moment_when_the_memory_was_made(tmp_path, monkeypatch):
    memory = Memory("kept", verbose=0)
    kept = memory.cache(square)
    kept(2)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    kept(2)
    assert ran == [2]
    assert memory.location == "kept"
    assert repr(memory) == f"Memory(location={tmp_path / 'kept'})"
    assert repr(Memory(None)) == "Memory(location=None)"


def test_location_may_be_a_path_or_a_store(tmp_path):
    for location in (tmp_path / "kept", Store("kept")):
        Memory(location, verbose=0).cache(square)(2)
    assert ran == [2]
    with pytest.raises(SettingError, match="a folder or a Store is expected, not 3"):
        Memory(3)


def test_memory_of_joblib_in_the_same_folder_is_left_alone(memory):
    theirs = Path("kept/joblib/module/f/0123/output.pkl")
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    memory.cache(square)(2)
    assert memory.clear(warn=False) == 1
    assert theirs.read_bytes() == b"theirs"


def test_where_results_are_kept_is_no_part_of_a_value():
    @checkpoint
    def kept(thing):
        ran.append(thing)

    for memory in (Memory("a", verbose=0), Memory("b", mmap_mode="r"), Memory(None)):
        kept({"memory": memory})
    assert len(ran) == 1


# Options without an effect


def test_options_without_an_effect_are_said_once_where_they_are_given():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Memory("kept", backend="local", mmap_mode=None, compress=False, verbose=1, backend_options={})
        Memory("kept", mmap_mode="c")
    with pytest.warns(CheckpointWarning) as said:
        for _ in range(2):
            Memory("kept", "s3", "r+", 3, 0, {"bucket": "b"})
    assert [str(one.message).split(" ")[1] for one in said] == [
        'mmap_mode="r+"',
        "`backend`",
        "`compress`",
        "`backend_options`",
    ]


def test_unknown_mmap_mode_is_refused(memory):
    with pytest.raises(SettingError, match="mmap_mode"):
        Memory("kept", mmap_mode="x")
    with pytest.raises(SettingError, match="mmap_mode"):
        memory.cache(square, mmap_mode="x")


# Arrays


ARRAYS = {
    "small": lambda: np.arange(3),
    "large": lambda: np.zeros(300_000),
    "gaps": lambda: np.arange(10)[::2],
    "columns": lambda: np.ones((4, 3), order="F"),
    "dates": lambda: np.array(["2020-01-01"], "M8[D]"),
    "records": lambda: np.zeros(2, [("a", int), ("b", float)]),
    "empty": lambda: np.zeros((0, 3)),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_mmap_mode_r_gives_read_only_arrays_from_the_first_call_on(memory, kind):
    @memory.cache(mmap_mode="r")
    def make():
        ran.append(kind)
        return {"array": ARRAYS[kind](), "more": [ARRAYS[kind](), (1, ARRAYS[kind]())]}

    for found in (make(), make(), make.call_and_shelve().get(), make.call()[0]):
        for array in (found["array"], found["more"][0], found["more"][1][1]):
            assert not array.flags.writeable
            assert array.dtype == ARRAYS[kind]().dtype
            np.testing.assert_array_equal(array, ARRAYS[kind]())
    assert len(ran) == 2


@pytest.mark.parametrize("mode", [None, "c", "r+", "w+"])
@pytest.mark.filterwarnings("ignore:Memory. mmap_mode")
def test_other_modes_give_private_writable_arrays(memory, mode):
    @memory.cache(mmap_mode=mode)
    def make():
        return np.zeros(300_000)

    for _ in range(3):
        array = make()
        assert array[0] == 0
        array[0] = 1


def test_read_only_result_that_is_an_argument_stays_the_argument(memory):
    @memory.cache(mmap_mode="r")
    def add_one(values):
        ran.append(1)
        values += 1
        return values, values * 2

    for _ in range(2):
        values = np.zeros(3)
        same, new = add_one(values)
        assert same is values
        assert values.flags.writeable
        assert values.tolist() == [1, 1, 1]
        assert new.tolist() == [2, 2, 2]
    assert ran == [1]
    assert not new.flags.writeable


def test_frames_are_as_they_were_under_mmap_mode_r(memory):
    @memory.cache(mmap_mode="r")
    def make():
        return pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})

    for _ in range(2):
        pd.testing.assert_frame_equal(make(), make.func())


# Callbacks


def test_callback_decides_by_what_is_known_of_the_run(memory):
    asked = []

    def is_valid(metadata):
        asked.append(metadata)
        return valid

    kept = memory.cache(square, ignore=["offset"], cache_validation_callback=is_valid)
    before = time.time()
    valid = True
    assert [kept(3), kept(3), kept.check_call_in_cache(3)] == [9, 9, True]
    assert ran == [3]
    valid = False
    assert kept.check_call_in_cache(3) is False
    assert "expired" in str(kept.explain(3))
    assert [kept(3), kept(3)] == [9, 9]
    assert ran == [3, 3, 3]
    assert set(asked[0]) == {"duration", "time", "input_args"}
    assert asked[0]["input_args"] == {"x": "3"}
    assert 0 <= asked[0]["duration"] < 60
    assert before <= asked[0]["time"] <= time.time()
    assert asked[-1] != asked[0]


def test_callback_is_not_asked_where_there_is_nothing_to_ask_about(memory):
    kept = memory.cache(square, cache_validation_callback=lambda _: 1 / 0)
    assert kept(3) == 9
    with pytest.raises(SettingError, match="cache_validation_callback raised ZeroDivisionError"):
        kept(3)
    assert ran == [3]


def test_joblibs_expires_after_works_as_callback(memory):
    expires_after = pytest.importorskip("joblib").expires_after
    fresh = memory.cache(square, cache_validation_callback=expires_after(hours=1))
    stale = memory.cache(square, cache_validation_callback=expires_after(seconds=0))
    assert [fresh(3), fresh(3)] == [9, 9]
    assert ran == [3]
    assert [stale(3), fresh(3), stale(3)] == [9, 9, 9]
    assert ran == [3, 3, 3]


def test_callback_that_cannot_be_called_is_refused(memory):
    with pytest.raises(ValueError, match="cache_validation_callback"):
        memory.cache(cache_validation_callback=True)


def test_provenance_is_read_for_a_callback_only(memory, monkeypatch):
    plain, asking = memory.cache(square), memory.cache(square, cache_validation_callback=lambda _: True)
    plain(3)
    read = []
    monkeypatch.setattr(_memorized, "provenance_of", lambda *place: read.append(place))
    plain(3)
    plain.check_call_in_cache(3)
    assert not read
    asking(3)
    assert read
    assert ran == [3]


def test_one_of_all_threads_computes_what_the_callback_refused(memory):
    seen, refused = [], []
    in_run, go_on = threading.Event(), threading.Event()

    def slow(x):
        ran.append(x)
        if refused:
            in_run.set()
            assert go_on.wait(30)
        return x

    def is_valid(metadata):
        seen.append(metadata)
        return metadata not in refused

    kept = memory.cache(slow, cache_validation_callback=is_valid, ignore=["in_run", "go_on", "refused"])
    assert kept(1) == kept(1) == 1
    assert ran == [1]
    refused += seen
    results = []
    threads = [threading.Thread(target=lambda: results.append(kept(1))) for _ in range(4)]
    threads[0].start()
    assert in_run.wait(30)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert (results, ran) == ([1] * 4, [1, 1])


# call, call_and_shelve, check_call_in_cache


def test_call_runs_in_any_case_and_keeps_the_result(memory):
    kept = memory.cache(square)
    assert kept(3) == 9
    result, metadata = kept.call(3, offset=0)
    assert (result, metadata["input_args"]) == (9, {"x": "3", "offset": "0"})
    kept(3)
    assert ran == [3, 3]
    assert kept.call(4)[0] == kept(4) == 16
    assert ran == [3, 3, 4]


def test_reference_is_small_and_gives_the_result(memory):
    @memory.cache
    def make(count):
        ran.append(count)
        return np.ones(count)

    reference = make.call_and_shelve(200_000)
    assert make.call_and_shelve(200_000).get().sum() == 200_000
    assert ran == [200_000]
    stored = pickle.dumps(reference)
    assert len(stored) < 1000
    array = pickle.loads(stored).get()
    array[0] = 7
    assert reference.get()[0] == 1
    assert repr(reference).startswith("MemorizedResult('test_reference_is_small")


def test_cleared_reference_has_no_result_and_the_call_runs_again(memory):
    kept = memory.cache(square)
    reference = kept.call_and_shelve(3)
    reference.clear()
    reference.clear()
    with pytest.raises(KeyError, match="square is not there any more"):
        reference.get()
    assert kept(3) == 9
    assert ran == [3, 3]
    assert reference.get() == 9


def test_reference_to_a_result_that_is_an_argument(memory):
    @memory.cache
    def sort(values):
        ran.append(1)
        values.sort()
        return values

    for _ in range(2):
        values = [3, 1, 2]
        reference = pickle.loads(pickle.dumps(sort.call_and_shelve(values)))
        assert values == [1, 2, 3]
        values.append(4)
        assert reference.get() == [1, 2, 3]
    assert ran == [1]
    reference.clear()
    assert not sort.check_call_in_cache([3, 1, 2])
    assert not list(Store("kept").list())


def test_reference_holds_a_result_that_cannot_be_kept(memory):
    @memory.cache
    def make():
        return threading.Lock()

    with pytest.warns(CheckpointWarning, match="cannot be saved"):
        reference = make.call_and_shelve()
    assert reference.get().acquire(blocking=False)
    assert repr(reference) == "MemorizedResult('test_reference_holds_a_result_that_cannot_be_kept.make', not kept)"
    reference.clear()
    with pytest.raises(KeyError):
        reference.get()


def test_reference_of_a_damaged_entry_says_so(memory):
    reference = memory.cache(square).call_and_shelve(3)
    (entry,) = Path("kept").rglob("*.entry")
    entry.write_bytes(b"garbage")
    with pytest.raises(KeyError, match="square"):
        reference.get()


def test_reference_counts_by_the_call_that_it_is_the_result_of(memory):
    @checkpoint
    def total(reference):
        ran.append("total")
        return sum(reference.get())

    kept = memory.cache(lambda n: [n, n])
    assert [total(kept.call_and_shelve(n)) for n in (1, 1, 2)] == [2, 2, 4]
    assert ran == ["total"] * 2


# Deleting


def test_clear_of_a_function_leaves_the_others(memory, caplog):
    kept, other = memory.cache(square, verbose=1), memory.cache(lambda x: x)
    kept(1), kept(2), other(1)
    with caplog.at_level(logging.WARNING):
        assert kept.clear() == 2
        assert kept.clear(warn=False) == 0
    assert [record.getMessage() for record in caplog.records] == ["deleting all entries of square"]
    assert other.check_call_in_cache(1)


def test_clear_of_a_silent_function_says_nothing(memory, caplog):
    kept = memory.cache(square)
    kept(1)
    with caplog.at_level(logging.INFO):
        assert kept.clear() == kept.clear(warn=True) + 1 == 1
    assert caplog.records == []


def test_clear_of_the_memory_deletes_all(memory, caplog):
    memory.cache(square)(1), memory.cache(lambda x: x)(1)
    with caplog.at_level(logging.WARNING):
        assert memory.clear() == 2
        assert memory.clear(warn=False) == 0
    assert len(caplog.records) == 1
    assert not list(Store("kept").list())


@pytest.fixture
def ten(memory):
    """Ten entries of somewhat over 1000 bytes each, the first of which were used longest ago."""

    @memory.cache
    def text(x):
        return "a" * 1000

    for x in range(10):
        text(x)
        (newest,) = set(Path("kept").rglob("*.entry")) - set(ran)
        ran.append(newest)
        os.utime(newest, (time.time() - 1000 + x, time.time() - 1000 + x))
    return text


def left(text):
    return [x for x in range(10) if text.check_call_in_cache(x)]


def test_reduce_size_without_a_limit_deletes_nothing(memory, ten):
    memory.reduce_size()
    memory.reduce_size(bytes_limit="1M", items_limit=10, age_limit=timedelta(days=1))
    assert left(ten) == list(range(10))


def test_reduce_size_takes_the_size_texts_of_joblib(memory, ten):
    size = sum(entry.size for entry in Store("kept").list())
    memory.reduce_size(bytes_limit=f"{(size - 1) / 1024}K")
    assert len(left(ten)) == 9
    memory.reduce_size(bytes_limit="0.001G")
    assert len(left(ten)) == 9
    memory.reduce_size(bytes_limit="3K")
    assert 1 <= len(left(ten)) <= 2
    memory.reduce_size(bytes_limit=500)
    assert left(ten) == []


def test_reduce_size_keeps_the_entries_that_were_used_last(memory, ten):
    memory.reduce_size(items_limit=3)
    assert left(ten) == [7, 8, 9]
    memory.reduce_size(age_limit=timedelta(seconds=10_000))
    assert left(ten) == [7, 8, 9]
    memory.reduce_size(items_limit=0)
    assert left(ten) == []


def test_reduce_size_deletes_what_was_not_used_for_long(memory, ten):
    Memory("kept", verbose=0).cache(square)(3)
    memory.reduce_size(age_limit=timedelta(seconds=500))
    assert [entry.name for entry in Store("kept").list()] == ["square"]


@pytest.mark.parametrize(
    "limits", [{"bytes_limit": "much"}, {"bytes_limit": -1}, {"items_limit": -1}, {"age_limit": timedelta(seconds=-1)}]
)
def test_reduce_size_refuses_what_is_no_limit(memory, ten, limits):
    with pytest.raises(SettingError):
        memory.reduce_size(**limits)
    assert left(ten) == list(range(10))


# Methods, coroutines, copies


class Scaler:
    def __init__(self, factor, memory=None, **options):
        self.factor = factor
        if memory is not None:
            self.scale = memory.cache(self.scale, **options)

    def scale(self, x):
        ran.append(x)
        return x * self.factor


def test_bound_method_counts_the_state_of_its_object(memory):
    assert [Scaler(2, memory).scale(3), Scaler(2, memory).scale(3), Scaler(5, memory).scale(3)] == [6, 6, 15]
    assert ran == [3, 3]


def test_bound_method_may_ignore_its_object_or_a_part_of_it(memory):
    found = [Scaler(factor, memory, ignore=["self"]) for factor in (2, 5)]
    assert [one.scale(3) for one in found] == [6, 6]
    assert found[0].scale.ignore == ["self"]
    found = [Scaler(factor, memory, ignore=["self.factor"]) for factor in (2, 5)]
    assert [one.scale(4) for one in found] == [8, 8]
    assert ran == [3, 4]


def test_decorated_method_offers_all_for_its_object(memory):
    class Scaler:
        def __init__(self, factor):
            self.factor = factor

        @memory.cache
        def decorated(self, x):
            ran.append(x)
            return x * self.factor

        @memory.cache
        @classmethod
        def of_class(cls, x):
            ran.append(x)
            return x

    one = Scaler(2)
    assert one.decorated(3) == Scaler(2).decorated(3) == 6
    assert one.decorated.call(3)[0] == one.decorated.call_and_shelve(3).get() == 6
    assert one.decorated.check_call_in_cache(3)
    assert not Scaler(3).decorated.check_call_in_cache(3)
    assert Scaler.of_class(1) == Scaler.of_class.call_and_shelve(1).get() == 1
    assert ran == [3, 3, 1]


def test_coroutine_function_is_awaited(memory):
    kept = memory.cache(later)

    async def use():
        assert [await kept(1), await kept(1)] == [[1], [1]]
        assert ran == [1]
        assert (await kept.call(1))[0] == [1]
        assert (await kept.call_and_shelve(1)).get() == [1]
        assert kept.check_call_in_cache(1)
        assert ran == [1, 1]
        off = Memory(None).cache(later)
        assert (await off(1), (await off.call_and_shelve(1)).get()) == ([1], [1])

    asyncio.run(use())
    assert asyncio.iscoroutinefunction(kept)


def test_coroutine_function_has_callbacks_and_read_only_arrays(memory):
    async def make(n):
        ran.append(n)
        return np.ones(n)

    kept = memory.cache(make, mmap_mode="r", cache_validation_callback=lambda _: len(ran) > 1)

    async def use():
        return [await kept(3), await kept(3), await kept(3)]

    assert not any(array.flags.writeable for array in asyncio.run(use()))
    assert ran == [3, 3]


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
def test_memory_and_its_functions_can_be_pickled_and_copied(memory, dumps):
    memory = Memory("kept", mmap_mode="r", verbose=0)
    for again in (pickle.loads(dumps(memory)), copy.deepcopy(memory)):
        assert vars(again) == vars(memory)
    for valid in (True, False):
        kept = memory.cache(square, ignore=["offset"], cache_validation_callback=always(valid))
        assert copy.deepcopy(kept) is kept
        again = pickle.loads(dumps(kept))
        assert (again.ignore, again.mmap_mode, again(2), again(2)) == (["offset"], "r", 4, 4)
        ran.append("-")
    assert ran == [2, "-", 2, 2, "-"]


def test_pickled_function_keeps_its_options_in_another_process(program):
    program.write(
        """
        from Lutil.checkpoints import Memory
        memory = Memory("kept", verbose=0, mmap_mode="r")
        @memory.cache(ignore=["n"], cache_validation_callback=lambda found: found["duration"] >= 0)
        def f(x, n=1):
            print("ran", x)
            return [x]
    """,
        "work.py",
    )
    program.write("""
        import pickle, work
        open("f.pickle", "wb").write(pickle.dumps((work.f, work.memory, work.f.call_and_shelve(1))))
    """)
    program.write(
        """
        import os, pickle
        data = open("f.pickle", "rb").read()
        os.mkdir("other"); os.chdir("other")
        f, memory, reference = pickle.loads(data)
        print(f(1), f(1, n=2), f.ignore, f.mmap_mode, f.cache_validation_callback({"duration": -1}), reference.get())
        print(os.listdir(), memory._folder.parent == memory._folder.cwd().parent)
    """,
        "reader.py",
    )
    assert program.run() == "ran 1\n"
    assert program.run(name="reader.py") == "[1] [1] ['n'] r False [1]\n[] True\n"


# What is said


def test_verbosity_says_that_and_why_a_function_runs(capsys, monkeypatch):
    monkeypatch.setattr(ledger, "_speaking", True)  # no summary when the tests end
    for verbose in (0, 1, 11):
        memory = Memory("kept", verbose=verbose)
        kept = memory.cache(square)
        kept(verbose), kept(verbose)
    memory.cache(square, verbose=0)(4)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "Lutil: running square",
        "Lutil: running square: another call, argument `x` differs 1 -> 11",
    ]


# Processes


def test_workers_of_joblib_find_what_others_kept(program):
    pytest.importorskip("joblib")
    program.write("""
        import os
        from joblib import Parallel, delayed
        from Lutil.checkpoints import Memory

        memory = Memory("kept", verbose=0)

        @memory.cache
        def slow(x):
            with open("log", "a") as log:
                log.write(f"{x}\\n")
            return x * 10

        if __name__ == "__main__":
            slow(0)
            print(Parallel(n_jobs=2)(delayed(slow)(x) for x in [0, 1, 1, 2, 2, 0]))
            references = Parallel(n_jobs=2)(delayed(slow.call_and_shelve)(x) for x in [1, 3])
            print([one.get() for one in references], slow(3))
            print(sorted(open("log").read().split()))
    """)
    assert program.run() == "[0, 10, 10, 20, 20, 0]\n[10, 30] 30\n['0', '1', '2', '3']\n"


def test_joblib_is_not_needed_and_memory_is_loaded_when_it_is_asked_for(program):
    program.write("""
        import sys
        import Lutil.checkpoints
        print([name for name in sys.modules if name.endswith("_memorized")])
        sys.modules["joblib"] = None
        memory = Lutil.checkpoints.Memory("kept", verbose=0)
        print(memory.cache(len)("ab"), memory.cache(len)("ab"))
    """)
    assert program.run() == "[]\n2 2\n"


def test_reference_can_be_read_where_the_function_is_not(memory):
    reference = memory.cache(square).call_and_shelve(3)
    assert type(reference) is _shelved.MemorizedResult
    found = []
    thread = threading.Thread(target=lambda: found.append(pickle.loads(pickle.dumps(reference)).get()))
    thread.start()
    thread.join()
    assert found == [9]
