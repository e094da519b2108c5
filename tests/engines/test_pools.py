"""Pools of the standard library and joblib: one key everywhere, and one of all workers computes."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="one program for all pools, some of which need fork")

POOLS = """
    import multiprocessing, tempfile, threading
    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
    from joblib import Parallel, delayed

    away = tempfile.mkdtemp()
    os.environ["PYTHONHASHSEED"] = "7"  # of workers that start anew; here it is another one

    def in_executor(context, function, *args):
        with ProcessPoolExecutor(1, mp_context=context) as workers:
            return workers.submit(function, *args).result()

    def in_threads(function, *args):
        with ThreadPoolExecutor(1) as workers:
            return workers.submit(function, *args).result()

    def in_joblib(backend):
        return lambda function, *args: Parallel(n_jobs=2, backend=backend)([delayed(function)(*args)])[0]

    ways = {"threads": in_threads, "joblib threading": in_joblib("threading"), "joblib loky": in_joblib("loky")}
    ways["joblib multiprocessing"] = in_joblib("multiprocessing")
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        ways[f"executor {method}"] = lambda *args, context=context: in_executor(context, *args)
    for number, (name, run) in enumerate(ways.items()):
        x = 10 * number
        f(x)
        found = run(there, f, x, None if "thread" in name else away)
        direct = run(f, x)
        say(name, [*found, direct, f.is_cached(x + 1), f(x + 1)])
"""


@pytest.mark.parametrize("place", ["script", "module"])
def test_what_is_computed_at_home_workers_find_and_the_other_way_round(engine, place):
    pytest.importorskip("joblib")
    found = engine.result(POOLS, place)
    assert len(found) == 7
    for number, (name, told) in enumerate(found.items()):
        x = 10 * number
        assert told == [True, x + 3, x + 4, True, x + 3, True, x + 4], name
    assert engine.log() == sorted(f"f {10 * number + more}" for number in range(7) for more in (0, 1))


TOGETHER = """
    from concurrent.futures import ProcessPoolExecutor
    from joblib import Parallel, delayed
    with ProcessPoolExecutor(3) as workers:
        say("executor", list(workers.map(slow, [1] * 6)))
    say("loky", Parallel(n_jobs=3)(delayed(slow)(2) for _ in range(6)))
    say("threading", Parallel(n_jobs=3, backend="threading")(delayed(slow)(3) for _ in range(6)))
"""


def test_of_all_workers_of_a_pool_one_computes(engine):
    pytest.importorskip("joblib")
    assert engine.result(TOGETHER) == {"executor": [1] * 6, "loky": [2] * 6, "threading": [3] * 6}
    assert engine.log() == ["slow 1", "slow 2", "slow 3"]


KILLED = """
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError
    for x in (1, 2):
        (HERE / f"waits{x}").touch()
    with ProcessPoolExecutor(1) as workers:
        try:
            workers.submit(dies_at_first, 1).result()
        except BrokenProcessPool:
            say("executor", dies_at_first(1))
    try:
        Parallel(n_jobs=2)(delayed(dies_at_first)(2) for _ in range(2))
    except TerminatedWorkerError:
        say("loky", Parallel(n_jobs=2)(delayed(dies_at_first)(2) for _ in range(2)))
"""


def test_a_worker_that_is_killed_leaves_nothing_to_wait_for(engine):
    pytest.importorskip("joblib")
    assert engine.result(KILLED) == {"executor": 1, "loky": [2, 2]}
    # The worker that waits for the one that died may begin before the pool ends it.
    assert engine.log() in [["dies_at_first 1"] * 2 + ["dies_at_first 2"] * runs for runs in (2, 3)]
