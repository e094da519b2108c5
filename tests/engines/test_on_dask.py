"""dask.distributed: one key at home and on every worker, one of all workers computes, lost workers are no obstacle."""

from __future__ import annotations

import pytest

pytest.importorskip("distributed")

CLUSTER = """
    import tempfile
    import dask
    from dask.distributed import Client, LocalCluster
    away = tempfile.mkdtemp()
    cluster = LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None)
    client = Client(cluster)
    client.run(os.chdir, away)
"""
END = """
    client.close()
    cluster.close()
"""

KEYS = """
    f(1), f(10)
    say("submit", client.submit(there, f, 1).result())
    say("called", client.submit(f, 10).result())
    say("map", client.gather(client.map(f, [10, 11])))
    say("home", [f.is_cached(2), f(2), f.is_cached(11), f(11)])
    say("delayed", dask.compute(dask.delayed(f)(10), dask.delayed(f)(20)))
    say("home again", f.is_cached(20))
    from joblib import Parallel, delayed, parallel_config
    with parallel_config(backend="dask"):
        say("joblib", Parallel()(delayed(f)(x) for x in (10, 30, 30)))
    say("home after joblib", f.is_cached(30))
    class Keeper:
        def __init__(self):
            self.model = Model(2)
        def times(self, x):
            return self.model.times(x)
    Model(2).times(5)
    keeper = client.submit(Keeper, actor=True).result()
    say("actor", [keeper.times(5).result(), keeper.times(6).result()])
    say("home after the actor", Model(2).times.is_cached(6))
    say("left", os.listdir(away))
"""


@pytest.mark.parametrize("place", ["script", "module"])
def test_what_is_computed_at_home_workers_find_and_the_other_way_round(engine, place):
    # What a task imports itself does not bring its store along: settings say where that is.
    settings = {"LUTIL_STORE": str(engine.folder / "store")} if place == "module" else {}
    assert engine.result(CLUSTER + KEYS + END, place, **settings) == {
        "submit": [True, 4, 5, True],
        "called": 13,
        "map": [13, 14],
        "home": [True, 5, True, 14],
        "delayed": [13, 23],
        "home again": True,
        "joblib": [13, 33, 33],
        "home after joblib": True,
        "actor": [10, 12],
        "home after the actor": True,
        "left": [],
    }
    assert engine.log() == ["f 1", "f 10", "f 11", "f 2", "f 20", "f 30", "times 5", "times 6"]


VALUES = """
    import dask.array, dask.dataframe
    import numpy as np
    import pandas as pd
    numbers, frame = np.arange(10), pd.DataFrame({"a": range(6)})["a"]
    home = total(numbers), total(frame)
    array, series = dask.array.from_array(numbers, chunks=3), dask.dataframe.from_pandas(frame, npartitions=2)
    say("arguments", dask.compute(dask.delayed(total)(array), dask.delayed(total)(series)))
    say("scattered", client.submit(total, client.scatter(numbers)).result())
    say("whole", [total(array), total(array), total(series), total(series)])
    say("blocks", [int(n) for _ in range(2) for n in array.map_blocks(f, dtype=int, meta=numbers[:0]).compute()])
"""


def test_arrays_and_frames_are_arguments_like_others(engine):
    found = engine.result(CLUSTER + VALUES + END)
    assert found["arguments"] == [45, 15]
    assert found["scattered"] == 45
    assert found["whole"] == [45, 45, 15, 15]
    assert found["blocks"] == [*range(3, 13)] * 2
    whole = ["total Array", "total Series"]  # of dask; the others are those of numpy and pandas
    blocks = ["f [0 1 2]", "f [3 4 5]", "f [6 7 8]", "f [9]"]
    assert engine.log() == sorted([*blocks, *whole, "total ndarray", "total Series"])


TOGETHER = """
    say("slow", client.gather([client.submit(slow, 1, pure=False) for _ in range(8)]))
    say("delayed", dask.compute(*(dask.delayed(slow)(2) for _ in range(8))))
    say("home", slow(1))
"""


def test_of_all_workers_one_computes(engine):
    assert engine.result(CLUSTER + TOGETHER + END) == {"slow": [1] * 8, "delayed": [2] * 8, "home": 1}
    assert engine.log() == ["slow 1", "slow 2"]


LOST = """
    def waiting(x):
        (HERE / f"waits{x}").touch()
        return dies_at_first(x)
    first, second = client.scheduler_info()["workers"]
    one = client.submit(dies_at_first, 1, workers=[first], allow_other_workers=True)
    while "dies_at_first" not in ((HERE / "ran.log").read_text() if (HERE / "ran.log").exists() else ""):
        time.sleep(0.01)
    other = client.submit(waiting, 1, workers=[second])
    say("killed", [one.result(timeout=60), other.result(timeout=60)])

    client.wait_for_workers(2)
    first, second = client.scheduler_info()["workers"]
    going = client.submit(slow, 1, workers=[first], allow_other_workers=True)
    while "slow" not in (HERE / "ran.log").read_text():
        time.sleep(0.01)
    client.retire_workers([first])
    say("retired", [going.result(timeout=60), client.submit(slow, 1, pure=False).result(timeout=60), slow(1)])
"""


def test_workers_that_are_killed_or_retired_leave_nothing_to_wait_for(engine):
    found = engine.result(CLUSTER + LOST + END)
    assert found == {"killed": [1, 1], "retired": [1, 1, 1]}
    assert engine.log().count("dies_at_first 1") == 2


NAMES = """
    from dask.base import tokenize
    say("names", [tokenize(f), tokenize(total), tokenize(f.__wrapped__)])
"""


def test_names_of_tasks_are_the_same_in_every_process(engine):
    first, second = (engine.result(NAMES, PYTHONHASHSEED=seed)["names"] for seed in "12")
    assert first == second
    assert first[0] != first[1]
