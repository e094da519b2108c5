"""Reads of workers count as read by the run that they work for, however they were started."""

from __future__ import annotations

import importlib.util
import os

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="one program for all ways, some of which need fork")

PROGRAM = """
import multiprocessing, os, signal, sys, time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from Lutil.checkpoints.observe import Recorder

def read(name):
    return Path(name).read_text()

def read_and_wait(name):
    read(name)
    time.sleep(60)

class Reader(multiprocessing.Process):
    def run(self):
        read("a")

def process(method):
    worker = multiprocessing.get_context(method).Process(target=read, args=("a",))
    worker.start()
    worker.join()
    assert worker.exitcode == 0 and "run" not in vars(worker)

def killed(method):
    worker = multiprocessing.get_context(method).Process(target=read_and_wait, args=("a",))
    worker.start()
    told = Path(recorder.reports())
    while not any("a" in str(file.read_bytes()) for file in told.iterdir()):
        time.sleep(0.01)
    worker.kill()
    worker.join()

def subclass(method):
    worker = Reader()
    worker.start()
    worker.join()

def pool(method):
    with multiprocessing.get_context(method).Pool(1) as workers:
        workers.map(read, ["a", "a"])
        workers.starmap(read, [("b",)])
        list(workers.imap(read, ["c"]))
        workers.apply(read, ("d",))

def executor(method):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as workers:
        assert list(workers.map(read, ["a"])) == ["a"]

def older(method):
    older_executor.submit(read, "a").result()
    older_pool.apply_async(read, ("b",)).get()

def below(method):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as workers:
        workers.submit(process, method).result()

def forked(method):
    if os.fork() == 0:
        read("a")
        os.execv(sys.executable, [sys.executable, "-c", ""])
    os.wait()

def made(method):
    Path("made").write_text("by the run")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as workers:
        workers.submit(read, "made").result()
        workers.submit(Path("other").write_text, "by the worker").result()
        workers.submit(read, "other").result()
        workers.submit(read, "a").result()

def loky(method):
    from joblib import Parallel, delayed
    for name in ("a", "b"):
        Parallel(n_jobs=2, backend="loky")(delayed(read)(n) for n in (name, name))

def in_multiprocessing(method):
    from joblib import Parallel, delayed
    Parallel(n_jobs=2, backend="multiprocessing")(delayed(read)(n) for n in ("a", "b"))

def loader(method):
    import torch.utils.data
    class Files(torch.utils.data.Dataset):
        def __len__(self):
            return 2
        def __getitem__(self, number):
            return read("ab"[number])
    assert list(torch.utils.data.DataLoader(Files(), num_workers=2, batch_size=None)) == ["a", "b"]

if __name__ == "__main__":
    way, method = sys.argv[1:]
    for name in "abcd":
        Path(name).write_text(name)
    if way == "older":
        older_executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method))
        older_executor.submit(read, "c").result()
        older_pool = multiprocessing.get_context(method).Pool(1)
    recorder = Recorder(root=os.getcwd())
    recorder.start()
    globals()[way](method)
    reports = recorder.reports()
    seen = recorder.stop()
    assert not os.path.exists(reports)
    print(*sorted(o.name.removeprefix("project:") for o in seen.trace.names if o.kind == "file"), seen.unstable,
          seen.programs)
    if way == "older":
        older_executor.shutdown()
        older_pool.terminate()
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize(
    ("way", "read"),
    [
        ("process", "a"),
        ("killed", "a"),
        ("pool", "a b c d"),
        ("executor", "a"),
        ("older", "a b"),
        ("below", "a"),
        ("made", "a"),
    ],
)
def test_reads_in_workers_count(program, way, read, method):
    assert program(PROGRAM, way, method) == f"{read} None ()"


@pytest.mark.parametrize(
    ("way", "read", "needs"),
    [
        ("subclass", "a", ""),
        ("forked", "a", ""),
        ("loky", "a b", "joblib"),
        ("in_multiprocessing", "a b", "joblib"),
        ("loader", "a b", "torch"),
    ],
)
def test_reads_in_workers_of_a_kind_of_their_own_count(program, way, read, needs):
    if needs and importlib.util.find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    assert program(PROGRAM, way, "fork") == f"{read} None ()"


LASTING = """
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from Lutil.checkpoints.observe import Recorder

def read(name):
    return Path(name).read_text()

def observed(work, name):
    recorder = Recorder(root=os.getcwd())
    recorder.start()
    work(name)
    seen = recorder.stop()
    return [o.name.removeprefix("project:") for o in seen.trace.names if o.kind == "file"]

def pool(name):
    if "pool" not in pools:
        pools["pool"] = multiprocessing.get_context("fork").Pool(1)
    return pools["pool"].map(read, [name])

def pool_of_reads(name):
    return pools["pool"].map(Path.read_text, [Path(name)])

def executor(name):
    if "executor" not in pools:
        pools["executor"] = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork"))
    return pools["executor"].submit(read, name).result()

def loky(name):
    from joblib import Parallel, delayed
    return Parallel(n_jobs=2)(delayed(read)(n) for n in (name, name))

if __name__ == "__main__":
    pools = {}
    for name in "abcd":
        Path(name).write_text(name)
    for work in (pool, pool_of_reads, executor, loky):
        first = observed(work, "a")
        work("b")
        second = observed(work, "c")
        print(work.__name__, *first, *second)
    pools["pool"].terminate()
    pools["executor"].shutdown()
"""


def test_workers_that_outlive_a_run_read_for_the_run_that_hands_them_work(program):
    pytest.importorskip("joblib")
    ways = ("pool", "pool_of_reads", "executor", "loky")
    assert program(LASTING).splitlines() == [f"{way} a c" for way in ways]
