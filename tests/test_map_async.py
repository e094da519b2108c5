"""`await f.map(...)` and `async for ... in f.imap(...)` for coroutine functions."""

from __future__ import annotations

import asyncio

import pytest

from Lutil.checkpoints import checkpoint, configure
from Lutil.checkpoints.observe import _watching
from Lutil.checkpoints.store.claims import _claims

ran = []


@pytest.fixture(autouse=True)
def nothing_has_run():
    ran.clear()
    yield
    assert not _watching._on
    assert not any(claims._table for claims in list(_claims._all))


@checkpoint(ignore=["ran"])
async def square(x, power=2):
    ran.append(x)
    await asyncio.sleep(0)
    if x == 3:
        raise ValueError(f"no {x}")
    return [x**power]


async def collected(found):
    return [one async for one in found]


def test_results_come_in_order_and_only_what_is_missing_runs():
    assert asyncio.run(square.map([2, 1, 2, 0])) == [[4], [1], [4], [0]]
    assert sorted(ran) == [0, 1, 2]
    assert asyncio.run(square.map(iter([2, 4]), fixed={"power": 2}, workers=1)) == [[4], [16]]
    assert sorted(ran) == [0, 1, 2, 4]
    assert asyncio.run(square(4)) == [16]
    assert ran.count(4) == 1


@pytest.mark.parametrize("ordered", [True, False])
def test_imap_is_an_asynchronous_iterator(ordered):
    found = asyncio.run(collected(square.imap(iter([4, 2, 1]), ordered=ordered)))
    assert (found if ordered else sorted(found, reverse=True)) == [[16], [4], [1]]


def test_so_many_run_at_a_time_and_not_more():
    on, most = [], []

    @checkpoint(ignore=["on", "most"])
    async def work(x):
        on.append(x)
        most.append(len(on))
        await asyncio.sleep(0.001)
        on.remove(x)
        return x

    assert asyncio.run(work.map(range(40), workers=5)) == [*range(40)]
    assert max(most) == 5


def test_errors_name_their_item_or_stand_in_the_list():
    with pytest.raises(ValueError, match="no 3") as found:
        asyncio.run(square.map([1, 3]))
    assert found.value.__notes__ == ["square: item 1: x=3"]
    assert square.is_cached(1)
    found = asyncio.run(square.map([3, 1, 3], errors="return"))
    assert [type(one) for one in found] == [ValueError, list, ValueError]
    assert ran.count(3) == 2


def test_a_map_that_is_cancelled_cancels_its_items_and_leaves_nothing_claimed():
    started = []

    @checkpoint
    async def forever(x):
        started.append(x)
        full.release()
        await asyncio.Event().wait()

    full = asyncio.Semaphore(0)

    async def main():
        task = asyncio.create_task(forever.map(range(10), workers=3))
        for _ in range(3):
            await full.acquire()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    assert sorted(started) == [0, 1, 2]


def test_who_leaves_the_loop_early_ends_the_map():
    async def main():
        found = square.imap(range(4, 1000), workers=2)
        async for one in found:
            assert one == [16]
            break
        await found.aclose()
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    assert len(ran) < 100


def test_methods_a_disabled_cache_and_recompute():
    class Client:
        def __init__(self, base):
            self.base = base

        @checkpoint(ignore=["ran"])
        async def get(self, x):
            ran.append(x)
            return self.base + x

    client = Client(10)
    assert asyncio.run(client.get.map([1, 2])) == [11, 12]
    assert asyncio.run(client.get.map([1, 2, 2], __recompute__=True)) == [11, 12, 12]
    assert sorted(ran) == [1, 1, 2, 2]
    configure(disable=True)
    assert asyncio.run(client.get.map([1, 1])) == [11, 11]
    assert len(ran) == 6


def test_an_executor_is_refused():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool, pytest.raises(TypeError, match="square is a coroutine function"):
        square.map([1], executor=pool)


def test_in_another_kind_of_loop_items_are_awaited_one_by_one():
    # As trio does it: something that asyncio knows nothing of drives the coroutine.
    @checkpoint(ignore=["ran"])
    async def plain(x):
        ran.append(x)
        return x

    def drive(coroutine):
        try:
            coroutine.send(None)
        except StopIteration as done:
            return done.value
        raise AssertionError("it waits for something")

    assert drive(plain.map([1, 2, 1])) == [1, 2, 1]
    assert drive(collected(plain.imap([1, 2, 3]))) == [1, 2, 3]
    assert ran == [1, 2, 3]
