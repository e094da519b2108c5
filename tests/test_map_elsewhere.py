"""`map` by executors whose workers are other processes: those that find the caller's store, and those that do not."""

from __future__ import annotations

import sys

import pytest

from Lutil.checkpoints import Store

METHODS = ["fork", "spawn", "forkserver"] if sys.platform == "linux" else ["spawn"]
JOB = """
import multiprocessing, os, sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from Lutil.checkpoints import checkpoint, configure

def log(text):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ran.log"), "a") as file:
        file.write(f"{os.getpid()} {text}\\n")

@checkpoint
def square(x, power=2):
    log(x)
    if x == 3:
        raise ValueError(f"no {x}")
    return [x**power]

def pool(method="fork" if sys.platform == "linux" else "spawn", workers=2, **how):
    context = multiprocessing.get_context(method)
    return ProcessPoolExecutor(workers, mp_context=context, **how)
"""


def ran(program):
    file = program.folder / "ran.log"
    lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    file.unlink(missing_ok=True)
    return sorted(int(item) for _, item in lines), {int(pid) for pid, _ in lines}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("method", METHODS)
def test_a_pool_of_processes_keeps_its_results_in_the_callers_store(program, method):
    program.write(JOB, "job.py")
    program.write(f"""
        from job import *
        if __name__ == "__main__":
            configure(store="kept")
            with pool("{method}") as workers:
                print(os.getpid(), square.map([1, 2, 2, 5], executor=workers))
                print(square.map([1, 5], executor=workers), square(2))
    """)
    pid, _, printed = program.run().partition(" ")
    assert printed == "[[1], [4], [4], [25]]\n[[1], [25]] [4]\n"
    items, pids = ran(program)
    assert items == [1, 2, 5]
    assert int(pid) not in pids
    assert Store(program.folder / "kept").stats().entries == 3
    assert not [*(program.folder / "kept").rglob("_notes/*map/*/*")]
    program.run()
    assert ran(program)[0] == []


def test_functions_of_the_script_itself_are_run_by_a_pool(program):
    program.write(
        JOB
        + """
if __name__ == "__main__":
    with pool("spawn") as workers:
        print(square.map([1, 2], executor=workers), square.map([1, 2]))
"""
    )
    assert program.run() == "[[1], [4]] [[1], [4]]\n"
    assert ran(program)[0] == [1, 2]


@pytest.mark.parametrize("errors", ["raise", "return"])
def test_an_exception_comes_back_with_its_item(program, errors):
    program.write(JOB, "job.py")
    program.write(f"""
        from job import *
        if __name__ == "__main__":
            with pool() as workers:
                try:
                    found = square.map([1, 3, 4], executor=workers, errors="{errors}")
                except ValueError as error:
                    found = [error]
                print(found, [getattr(one, "__notes__", "") for one in found])
    """)
    note = "['square: item 1: x=3']"
    assert program.run() in {
        f"[ValueError('no 3')] [{note}]\n",
        f"[[1], ValueError('no 3'), [16]] ['', {note}, '']\n",
    }


AWAY = """
from job import *
import tempfile
from Lutil.checkpoints.store import FileStore

def go_away():
    # As on another machine: there is a folder of that name, and it is another one.
    FileStore.get_note = lambda self, kind, key: None
    os.chdir(tempfile.mkdtemp(dir="elsewhere"))
"""


def test_workers_that_do_not_find_the_store_send_what_is_to_be_kept(program):
    (program.folder / "elsewhere").mkdir()
    program.write(JOB, "job.py")
    program.write(
        AWAY
        + """
if __name__ == "__main__":
    with pool(initializer=go_away) as workers:
        print(square.map([1, 2, 2], executor=workers), [square.is_cached(x) for x in (1, 2)])
    print(square.map([1, 2]))
"""
    )
    assert program.run() == "[[1], [4], [4]] [True, True]\n[[1], [4]]\n"
    assert ran(program)[0] == [1, 2]
    assert Store(program.folder / ".Lutil-checkpoint").check().damaged == ()
    assert not [*(program.folder / "elsewhere").rglob("*.entry")]
    program.run()
    assert ran(program)[0] == []


def test_what_depends_on_files_of_another_machine_is_returned_and_not_kept(program, tmp_path_factory):
    (program.folder / "elsewhere").mkdir()
    other = tmp_path_factory.mktemp("other") / "data.txt"
    other.write_text("7")
    program.write(JOB, "job.py")
    program.write(
        AWAY
        + f"""
@checkpoint
def outside(x):
    return x + int(Path({str(other)!r}).read_text())
@checkpoint
def inside(x):
    Path("own.txt").write_text("5")
    return x + int(Path("own.txt").read_text())
@checkpoint
def changes(items):
    items.append(1)
    return len(items)
if __name__ == "__main__":
    with pool(initializer=go_away) as workers:
        print(outside.map([1], executor=workers), outside.is_cached(1))
        print(inside.map([1], executor=workers), inside.is_cached(1), Path("own.txt").read_text())
        items = [[], [2]]
        print(changes.map(items, executor=workers), items)
"""
    )
    assert program.run() == "[8] False\n[6] True 5\n[1, 2] [[1], [2, 1]]\n"


def test_a_kept_result_that_is_gone_before_it_is_read_is_sent(program):
    program.write(JOB, "job.py")
    program.write("""
        from job import *
        from Lutil.checkpoints.faces.map import _map_items
        from Lutil.checkpoints.model._outcome import Cause, Miss, Reason
        def gone(computation, key):
            computation.stores[0].delete()
            return Miss(Reason(Cause.FIRST_RUN))
        if __name__ == "__main__":
            _map_items.take = gone
            with pool() as workers:
                print(square.map([2], executor=workers))
    """)
    assert program.run() == "[[4]]\n"
    assert ran(program)[0] == [2, 2]


def test_with_the_cache_disabled_a_pool_runs_every_item(program):
    program.write(JOB, "job.py")
    program.write("""
        from job import *
        if __name__ == "__main__":
            configure(disable=True)
            with pool() as workers:
                print(square.map([1, 1], executor=workers))
    """)
    assert program.run() == "[[1], [1]]\n"
    assert ran(program)[0] == [1, 1]
    assert not (program.folder / ".Lutil-checkpoint").exists()


def test_recompute_reaches_the_workers(program):
    program.write(JOB, "job.py")
    program.write("""
        from job import *
        if __name__ == "__main__":
            square.map([1, 2])
            with pool() as workers:
                print(square.map([1, 2, 2], executor=workers, __recompute__=True))
    """)
    assert program.run() == "[[1], [4], [4]]\n"
    assert ran(program)[0] == [1, 1, 2, 2]


def test_methods_and_draws_of_workers_are_as_they_are_in_this_process(program):
    program.write("""
        from concurrent.futures import ProcessPoolExecutor
        from Lutil.checkpoints import checkpoint
        import multiprocessing, random, sys
        class Model:
            def __init__(self, scale): self.scale = scale
            @checkpoint
            def predict(self, x): return self.scale * x
        @checkpoint
        def draw(_): return random.SystemRandom().random(), random.random()
        if __name__ == "__main__":
            with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")) as workers:
                print(Model(3).predict.map([1, 2], executor=workers), Model(3).predict.is_cached(2))
                print(len(set(draw.map([0] * 4, executor=workers))), [one[0] for one in draw.map([0] * 4)])
    """)
    first, second = program.run().splitlines()
    assert first == "[3, 6] True"
    assert second.startswith("4 ")


def test_results_of_workers_that_stand_for_large_arrays_are_mapped_from_the_store(program):
    pytest.importorskip("numpy")
    program.write("""
        from concurrent.futures import ProcessPoolExecutor
        from Lutil.checkpoints import checkpoint
        import multiprocessing, sys, numpy as np
        @checkpoint
        def ones(n): return np.ones(n)
        if __name__ == "__main__":
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")) as workers:
                found = ones.map([300_000, 10], executor=workers)
            print([one.sum() for one in found], [one.flags.owndata for one in found])
    """)
    assert "300000.0" in program.run()


def test_a_worker_that_dies_ends_the_map_and_what_was_kept_stays(program):
    program.write("""
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool
        from Lutil.checkpoints import checkpoint
        import multiprocessing, os, sys
        @checkpoint
        def dies_at_2(x):
            if x == 2: os._exit(3)
            return x
        if __name__ == "__main__":
            for errors in ("raise", "return"):
                with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")) as workers:
                    try:
                        dies_at_2.map([0, 1, 2, 4, 5, 6, 7, 8, 9], executor=workers, errors=errors)
                    except BrokenProcessPool:
                        print(errors, dies_at_2.is_cached(1))
    """)
    assert program.run() == "raise True\nreturn True\n"


@pytest.mark.parametrize("library", ["loky", "distributed"])
def test_executors_of_libraries_run_the_items(program, library):
    pytest.importorskip(library)
    make = {
        "loky": "__import__('loky').get_reusable_executor(max_workers=2)",
        "distributed": "__import__('distributed').Client(n_workers=1, dashboard_address=None).get_executor()",
    }[library]
    program.write(JOB, "job.py")
    program.write(f"""
        from job import *
        if __name__ == "__main__":
            workers = {make}
            print(square.map([1, 2, 2], executor=workers), square.map([1, 2], executor=workers))
            try:
                square.map([3], executor=workers)
            except ValueError as error:
                print(error, error.__notes__)
            workers.shutdown()
    """)
    assert program.run() == "[[1], [4], [4]] [[1], [4]]\nno 3 ['square: item 0: x=3']\n"
    items, _ = ran(program)
    assert items == [1, 2, 3]


def test_a_job_runs_where_the_callers_folder_cannot_even_be_made(program):
    program.write(JOB, "job.py")
    program.write("""
        from job import *
        import pickle
        from Lutil.checkpoints.faces.map._map_jobs import Job
        configure(store="kept")
        computation = square._computation((4,), {})
        computation.make_key()
        mark = str(Path("kept").absolute()), "a mark"
        with open("job.pickle", "wb") as file:
            pickle.dump(Job(square, (4,), {}, computation.key, None, False, lambda: mark), file)
    """)
    program.run()
    if (program.folder / "kept").exists():
        (program.folder / "kept").rename(program.folder / "away")
    (program.folder / "kept").touch()
    program.write("""
        import pickle
        with open("job.pickle", "rb") as file:
            done = pickle.load(file)()
        print(done.entry.key, done.kept, done.value, pickle.loads(pickle.dumps(done)) == done)
    """)
    key, *rest = program.run().split()
    assert len(key) == 32
    assert rest == ["None", "True"]
    assert ran(program)[0] == [4]
