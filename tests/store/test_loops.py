"""Coroutines wait for a claim without blocking their loop, whichever library runs it, and leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import types
from importlib.util import find_spec

import pytest

from Lutil.checkpoints.store import FileStore, MemoryStore
from Lutil.checkpoints.store.claims._loops import is_in_loop, new_alarm

KEY, OTHER = "ab" * 16, "cd" * 16


@pytest.fixture
def store():
    return MemoryStore()


def run_asyncio(main):
    asyncio.run(main(asyncio.sleep))


def run_uvloop(main):
    import uvloop

    uvloop.run(main(asyncio.sleep))


def run_trio(main):
    import trio

    trio.run(main, trio.sleep)


def run_trio_as_a_guest(main):
    """Run trio inside a loop of asyncio: that loop is running, and yet no task of it is."""
    import trio

    async def host():
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        outcomes = []

        def over(outcome):
            outcomes.append(outcome)
            done.set()

        trio.lowlevel.start_guest_run(
            main,
            trio.sleep,
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            run_sync_soon_not_threadsafe=loop.call_soon,
            done_callback=over,
        )
        await done.wait()
        outcomes[0].unwrap()

    asyncio.run(host())


def run_anyio_on_trio(main):
    import anyio

    anyio.run(main, anyio.sleep, backend="trio")


def run_curio(main):
    import curio

    curio.run(main, curio.sleep)


def run_twisted(main):
    from twisted.internet import defer, reactor, task

    def sleep(seconds):
        return task.deferLater(reactor, seconds, lambda: None)

    failures = []

    def start():
        found = defer.ensureDeferred(main(sleep))
        found.addErrback(failures.append)
        found.addBoth(lambda _: reactor.crash())

    reactor.callWhenRunning(start)
    reactor.run(installSignalHandlers=False)
    for failure in failures:
        failure.raiseException()


LOOPS = {
    run_asyncio: "asyncio",
    run_uvloop: "uvloop",
    run_trio: "trio",
    run_trio_as_a_guest: "trio",
    run_anyio_on_trio: "trio",
    run_curio: "curio",
    run_twisted: "twisted",
}
"""Ways to run a coroutine, with what each needs. A test that skips in its midst would keep the claims of its frames."""
loops = pytest.mark.parametrize(
    "run",
    [
        pytest.param(run, marks=pytest.mark.skipif(find_spec(needs) is None, reason=needs))
        for run, needs in LOOPS.items()
    ],
    ids=[run.__name__.removeprefix("run_") for run in LOOPS],
)


@loops
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_coroutine_waits_for_a_thread_while_its_loop_goes_on(store, run):
    held = threading.Event()

    def hold():
        with store.claim(KEY):
            holding = store._claims._table[KEY]
            held.set()
            while not holding.alarms:  # until somebody waits for it
                time.sleep(0.001)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    assert held.wait(20)

    async def main(sleep):
        assert is_in_loop()
        claim = store.claim(KEY)
        await claim.acquire_async()
        assert claim.waited
        claim.release()

    run(main)
    thread.join()
    assert store._claims._table == {}


@loops
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_alarm_can_be_rung_before_it_is_waited_for_and_again(run):
    async def main(sleep):
        alarm = new_alarm()
        await alarm.wait(0.001)
        alarm.ring()
        await alarm.wait(3600)
        alarm.ring()
        await alarm.wait(3600)

    run(main)


@loops
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_coroutine_waits_for_another_process_while_its_loop_goes_on(tmp_path, run):
    # Another store on the same folder: what it holds, it holds by the lock alone.
    store, holder = FileStore(tmp_path, min_free=0), FileStore(tmp_path, min_free=0)
    first = holder.claim(KEY)
    ready, ended = threading.Event(), threading.Event()

    def hold():
        first.acquire()
        ready.set()
        ended.wait(20)
        first.release()

    thread = threading.Thread(target=hold)
    thread.start()
    assert ready.wait(20)

    async def main(sleep):
        claim = store.claim(KEY)
        threading.Timer(0.05, ended.set).start()
        await claim.acquire_async()
        assert claim.waited
        claim.release()

    run(main)
    thread.join()


@types.coroutine
def _handmade():
    yield "a value for a loop that nobody knows"


def test_in_a_loop_that_nobody_knows_a_second_task_computes(store):
    async def compute(claim):
        await claim.acquire_async()
        await _handmade()
        claim.release()

    tasks = [compute(store.claim(KEY)) for _ in range(3)]
    for task in tasks:
        assert task.send(None) == "a value for a loop that nobody knows"
    for task in tasks:
        with pytest.raises(StopIteration):
            task.send(None)
    assert store._claims._table == {}


def test_a_coroutine_driven_by_hand_inside_a_loop_computes(store):
    async def main():
        first = store.claim(KEY)
        await asyncio.create_task(first.acquire_async())
        asyncio.get_running_loop().call_soon(by_hand)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert done == [False]
        first.release()

    done = []

    def by_hand():
        claim = store.claim(KEY)
        with pytest.raises(StopIteration):
            claim.acquire_async().send(None)
        done.append(claim.waited)
        claim.release()

    asyncio.run(main())


def test_a_cancelled_task_leaves_nothing(store):
    async def main():
        outer, first = store.claim(OTHER), store.claim(KEY)
        await asyncio.create_task(first.acquire_async())  # a task of its own, around which the others are not
        holding = store._claims._table[KEY]

        async def wait():
            await outer.acquire_async()
            held = store._claims._table[OTHER]
            try:
                await store.claim(KEY).acquire_async()
            finally:
                assert held.waits == []
                outer.release()

        task = asyncio.create_task(wait())
        while not holding.alarms:
            assert not task.done()
            await asyncio.sleep(0)
        assert store._claims._table[OTHER].waits == [KEY]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert holding.alarms == []
        assert list(store._claims._table) == [KEY]
        first.release()

    asyncio.run(main())
    assert store._claims._table == {}


def test_a_task_that_is_dropped_in_mid_wait_leaves_nothing(store):
    first = store.claim(KEY)

    async def hold():
        await first.acquire_async()

    async def main():
        await asyncio.create_task(hold())
        waiting = store.claim(KEY).acquire_async()
        waiting.send(None)
        assert store._claims._table[KEY].alarms
        waiting.close()
        assert store._claims._table[KEY].alarms == []
        first.release()

    asyncio.run(main())
    gc.collect()
    assert store._claims._table == {}


def test_loops_in_two_threads_compute_a_key_once(store):
    computed, both = [], threading.Barrier(2)

    async def compute():
        claim = store.claim(KEY)
        await claim.acquire_async()
        if not claim.waited:
            both_wait = asyncio.create_task(asyncio.sleep(0.05))
            computed.append(threading.get_ident())
            await both_wait
            store._claims.done(KEY)
        claim.release()

    async def main():
        both.wait(20)
        await asyncio.gather(*(compute() for _ in range(5)))

    threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert len(computed) == 1


def test_a_thread_that_waits_for_a_loop_is_not_waited_for_by_that_loop(store):
    """A call in a coroutine blocks the loop, which the holder, in a thread, waits for: one of them has to go on."""
    store._claims.patience = store._claims.patience._replace(stalled_after=0.2)
    held = threading.Event()

    async def main():
        loop = asyncio.get_running_loop()

        def hold():
            with store.claim(KEY):
                held.set()
                return asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "answer"), loop).result(20)

        blocked = threading.Event()

        def begin():
            blocked.wait(20)
            return hold()

        future = loop.run_in_executor(None, begin)
        blocked.set()
        assert held.wait(20)  # blocks the loop: the holder cannot be done by now
        with store.claim(KEY):
            pass
        assert await future == "answer"

    asyncio.run(main())
    assert store._claims._table == {}
