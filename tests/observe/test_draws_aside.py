"""What the machinery of a library draws in another thread is no draw of the run."""

from __future__ import annotations

import random
import threading

import pytest

from Lutil.checkpoints import checkpoint

ioloop = pytest.importorskip("tornado.ioloop")
ticked = threading.Semaphore(0)
ran = []


@checkpoint
def after_ticks(x):
    ran.append(x)
    for _ in range(3):
        assert ticked.acquire(timeout=30)
    return x


@pytest.fixture
def ticking():
    """An event loop in a thread, which draws when it spreads its calls."""
    started, loops = threading.Event(), []

    async def tick():
        ioloop.PeriodicCallback(ticked.release, 1, jitter=0.5).start()
        started.set()

    def run():
        loop = ioloop.IOLoop(make_current=False)
        loops.append(loop)
        loop.add_callback(tick)
        loop.start()
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(30)
    yield
    loops[0].add_callback(loops[0].stop)
    thread.join(30)


@pytest.mark.parametrize("seed", [None, 1])
def test_an_event_loop_that_spreads_its_calls_draws_for_itself(ticking, seed):
    random.seed(seed)
    ran.clear()
    assert after_ticks(1) == after_ticks(1) == 1
    assert ran == [1]
    assert ioloop.random is random


@checkpoint
def draws(x):
    return x + random.random()


def test_the_run_itself_draws_as_ever():
    random.seed(1)
    first = draws(1)
    assert not draws.is_cached(1)
    random.seed(1)
    assert draws.is_cached(1)
    assert draws(1) == first
