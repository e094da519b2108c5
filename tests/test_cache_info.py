"""`cache_info` counts skips and runs of this process and of all, in the words of `functools`."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from Lutil.checkpoints import InlineCheckpoint, Store, checkpoint, configure


@checkpoint
def doubled(x):
    return [2 * x]


def test_it_counts_what_this_process_has_skipped_and_run():
    before = doubled.cache_info()
    for x in (1, 1, 1, 2):
        doubled(x)
    info = doubled.cache_info()
    assert (before.entries, before.size) == (0, 0)
    assert (info.hits, info.misses, info.entries) == (2, 2, 2)
    assert info.saved > 0
    assert info.size == sum(entry.size for entry in Store(".Lutil-checkpoint").list("doubled"))
    assert (info.all_hits, info.all_misses) == (2, 2)


def test_it_counts_what_all_processes_have_skipped_and_run(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x): return x + 1
        f(1), f(1), f(2)
        info = f.cache_info()
        print(info.hits, info.misses, info.entries, info.all_hits, info.all_misses, info.all_saved >= info.saved)
    """)
    assert program.run() == "1 2 2 1 2 True\n"
    assert program.run() == "3 0 2 4 2 True\n"


def test_nothing_is_known_before_the_first_call_and_where_caching_is_off():
    configure(store="elsewhere", disable=True)
    doubled(1)
    assert doubled.cache_info() == (0, 0, 0.0, 0, 0, 0, 0, 0.0)


def test_methods_and_coroutines_have_it_too():
    class Model:
        @checkpoint(name="predict")
        def predict(self, x):
            return [x]

    @checkpoint(name="later")
    async def later(x):
        return [x]

    model = Model()
    model.predict(1), model.predict(1)
    assert model.predict.cache_info()[:2] == Model.predict.cache_info()[:2] == (1, 1)
    asyncio.run(later(1)), asyncio.run(later(1))
    assert later.cache_info()[:2] == (1, 1)


def test_a_block_tells_of_all_blocks_of_its_name():
    cp = InlineCheckpoint()
    with pytest.raises(RuntimeError, match="not been entered"):
        cp.cache_info()
    for n in (1, 1, 2):
        with InlineCheckpoint() as cp:
            rows = [n]
    assert rows == [2]
    assert cp.cache_info()[:2] == (1, 2)
    assert cp.cache_info().entries == 2


def test_a_run_that_fails_is_none_and_one_that_is_not_kept_is():
    @checkpoint(name="fails", keep_if=lambda found: False)
    def fails(x):
        return [1 / x]

    with pytest.raises(ZeroDivisionError):
        fails(0)
    fails(1)
    assert fails.cache_info()[:2] == (0, 1)
    assert fails.cache_info().entries == 0


def test_threads_are_counted_each():
    doubled(5)
    before = doubled.cache_info().hits
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(doubled, [5] * 40))
    assert doubled.cache_info().hits - before == 40
