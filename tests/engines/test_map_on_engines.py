"""`map` by executors of engines: what is kept is not sent, the rest runs there, and results are at home."""

from __future__ import annotations

import pytest

CALLS = """
    f(1)
    say("map", f.map([1, 2, 2, 3], executor=workers))
    say("again", f.map([1, 2, 3], executor=workers))
    say("home", [f.is_cached(2), f.is_cached(3)])
    say("method", [Model(2).times.map([5, 6], executor=workers), Model(2).times.is_cached(6)])
    say("slow", [slow.map([1, 2], executor=workers), slow.map([1, 2])])
"""
TOLD = {
    "map": [4, 5, 5, 6],
    "again": [4, 5, 6],
    "home": [True, True],
    "method": [[10, 12], True],
    "slow": [[1, 2], [1, 2]],
}
RAN = ["f 1", "f 2", "f 3", "slow 1", "slow 2", "times 5", "times 6"]
DASK = """
    from dask.distributed import Client
    client = Client(n_workers=2, threads_per_worker=1, dashboard_address=None)
    workers = {}
"""


@pytest.mark.parametrize("place", ["script", "module"])
@pytest.mark.parametrize("workers", ["client", "client.get_executor()"])
def test_a_client_of_dask_runs_the_items(engine, place, workers):
    pytest.importorskip("distributed")
    assert engine.result(DASK.format(workers) + CALLS + "    client.close()\n", place) == TOLD
    assert engine.log() == RAN


RAY = """
    import ray
    os.environ["RAY_AUTH_MODE"] = "disabled"
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    workers = "ray"
    @checkpoint
    def fails(x):
        raise ValueError(x)
    found = fails.map([7, 8], executor="ray", errors="return")
    say("errors", [[type(error).__name__, *error.args, *error.__notes__] for error in found])
"""


def test_ray_runs_the_items(engine):
    pytest.importorskip("ray")
    errors = [["ValueError", 7, "fails: item 0: x=7"], ["ValueError", 8, "fails: item 1: x=8"]]
    assert engine.result(RAY + CALLS + "    ray.shutdown()\n") == {**TOLD, "errors": errors}
    assert engine.log() == RAN


AWAY = """
    import tempfile
    def go_away(folder):  # as on another machine: a folder of that name is another one
        from Lutil.checkpoints.store import FileStore
        FileStore.get_note = lambda *_: None
        os.chdir(folder)
    away = tempfile.mkdtemp()
    client.run(go_away, away)
    say("map", f.map([1, 2, 2], executor=workers))
    say("home", [f.is_cached(1), f(2), os.listdir(away)])
    client.close()
"""


def test_results_of_workers_without_the_store_travel_back_and_are_kept_at_home(engine):
    pytest.importorskip("distributed")
    assert engine.result(DASK.format("client") + AWAY) == {"map": [4, 5, 5], "home": [True, 5, []]}
    assert engine.log() == ["f 1", "f 2"]


LOKY = """
    from joblib.externals.loky import get_reusable_executor
    workers = get_reusable_executor(max_workers=2)
"""


def test_loky_runs_the_items(engine):
    pytest.importorskip("joblib")
    assert engine.result(LOKY + CALLS) == TOLD
    assert engine.log() == RAN


LOST = """
    (HERE / "waits1").touch()
    try:
        found = dies_at_first.map([1, 2], executor=workers)
    except Exception as error:
        say("error", type(error).__name__)
        found = dies_at_first.map([1, 2], executor=get_reusable_executor(max_workers=2))
    say("found", found)
"""


def test_a_map_whose_workers_are_killed_goes_on_where_it_was(engine):
    pytest.importorskip("joblib")
    (engine.folder / "waits2").touch()
    (engine.folder / "died2").touch()
    assert engine.result(LOKY + LOST) == {"error": "TerminatedWorkerError", "found": [1, 2]}
    assert engine.log().count("dies_at_first 1") == 2
    assert engine.log().count("dies_at_first 2") in {1, 2}


def test_dask_starts_a_killed_worker_again_and_the_map_does_not_notice(engine):
    pytest.importorskip("distributed")
    (engine.folder / "waits1").touch()
    text = '    say("found", dies_at_first.map([1], executor=workers))\n    client.close()\n'
    assert engine.result(DASK.format("client.get_executor()") + text) == {"found": [1]}
    assert engine.log() == ["dies_at_first 1"] * 2
