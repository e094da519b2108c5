"""Ray: one key at home, in tasks and in actors, one of all workers computes, a killed worker is no obstacle."""

from __future__ import annotations

import pytest

pytest.importorskip("ray")

BEGIN = """
    import ray
    os.environ["RAY_AUTH_MODE"] = "disabled"
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, configure_logging=False)
"""
END = """
    ray.shutdown()
"""

KEYS = """
    import builtins, tempfile
    import numpy as np
    away = tempfile.mkdtemp()
    f(1), f(10)
    task = ray.remote(f)
    say("task", ray.get(ray.remote(there).remote(f, 1, away)))
    say("called", ray.get([task.remote(10), task.remote(11)]))
    say("home", [f.is_cached(2), f(2), f.is_cached(11), f(11)])
    say("array", [ray.get(ray.remote(total).remote(ray.put(np.arange(10)))), total(np.arange(10))])
    from joblib import Parallel, delayed, parallel_config
    from ray.util.joblib import register_ray
    register_ray()
    with parallel_config(backend="ray"):
        say("joblib", Parallel()(delayed(f)(x) for x in (10, 30, 30)))
    say("home after joblib", f.is_cached(30))
    Model(2).times(5)
    actors = [ray.remote(Model).remote(2) for _ in range(2)]
    say("actors", ray.get([actor.times.remote(x) for actor in actors for x in (5, 6)]))
    say("home after the actors", [Model(2).times.is_cached(5), Model(2).times.is_cached(6)])
    say("left", os.listdir(away))
"""


@pytest.mark.parametrize("place", ["script", "module"])
def test_what_is_computed_at_home_workers_find_and_the_other_way_round(engine, place):
    assert engine.result(BEGIN + KEYS + END, place) == {
        "task": [True, 4, 5, True],
        "called": [13, 14],
        "home": [True, 5, True, 14],
        "array": [45, 45],
        "joblib": [13, 33, 33],
        "home after joblib": True,
        "actors": [10, 12, 10, 12],
        "home after the actors": [True, True],
        "left": [],
    }
    assert engine.log() == ["f 1", "f 10", "f 11", "f 2", "f 30", "times 5", "times 6", "total ndarray"]


TOGETHER = """
    task = ray.remote(slow)
    say("slow", ray.get([task.remote(1) for _ in range(6)]))
    say("home", slow(1))
    @ray.remote
    @checkpoint
    def stacked(x):
        log("stacked", x)
        return x
    say("stacked", [*ray.get([stacked.remote(1), stacked.remote(1)]), stacked._function.is_cached(1)])
    (HERE / "waits2").touch()
    say("killed", ray.get(ray.remote(max_retries=3)(dies_at_first).remote(2)))
    say("home after the killed", dies_at_first(2))
"""


def test_of_all_workers_one_computes_and_a_killed_one_leaves_nothing_to_wait_for(engine):
    found = engine.result(BEGIN + TOGETHER + END)
    told = {"slow": [1] * 6, "home": 1, "stacked": [1, 1, True], "killed": 2, "home after the killed": 2}
    assert found == told
    assert engine.log() == ["dies_at_first 2", "dies_at_first 2", "slow 1", "stacked 1"]
