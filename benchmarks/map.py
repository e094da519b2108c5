"""`f.map` beside as many single calls, and beside joblib.Memory with Parallel. Microseconds for each item.

The number of items may be given: `python benchmarks/map.py 100000`.
"""

from __future__ import annotations

import contextlib
import gc
import os
import platform
import resource
import sys
import tempfile
import time

from Lutil.checkpoints import checkpoint

WORKERS = 2


@checkpoint
def f(x, power=2):
    """A tiny function."""
    return x**power


@checkpoint
def g(x, table):
    """The same, with a large argument that is the same for all items."""
    return table[x % len(table)]


def plain(x, power=2):
    """The same tiny function, for peers."""
    return x**power


def per_item(function, count):
    """Return the microseconds that a function takes for each of its items."""
    gc.collect()
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) / count * 1e6


def row(name, cost, base=None):
    print(f"{name:64}{cost:9.1f}{'' if base is None else f'{cost / base:7.2f} x'}", flush=True)


def joblib_map(folder):
    """Return a function that maps the plain function by joblib.Memory and Parallel, or None."""
    with contextlib.suppress(ImportError):
        import joblib

        cached = joblib.delayed(joblib.Memory(f"{folder}/joblib", verbose=0).cache(plain))

        def run(items, power, backend):
            with joblib.parallel_config(backend=backend, n_jobs=WORKERS):
                return joblib.Parallel()(cached(item, power) for item in items)

        return run
    return None


def kept(count):
    """Items that are all kept."""
    items = range(count)
    f.map(items)
    f.map(items)  # files are in the cache of the system by now
    print(f"{count} items that are kept: microseconds for each")
    ways = {
        "single calls: [f(x) for x in items]": lambda: [f(x) for x in items],
        "f.map(items)": lambda: f.map(items),
        "for _ in f.imap(items)": lambda: [None for _ in f.imap(items)],
    }
    rounds = [[per_item(way, count) for way in ways.values()] for _ in range(3)]  # they take turns
    costs = [min(costs) for costs in zip(*rounds, strict=True)]
    for name, cost in zip(ways, costs, strict=True):
        row(name, cost, costs[0])


def missing(count):
    """Items that all run, of a function that takes no time: what is left is overhead."""
    items = range(count)
    print(f"{count} items that run: microseconds for each, of two rounds that take turns")
    powers = iter(range(100, 1000))

    def single():
        power = next(powers)
        return [f(x, power) for x in items]

    def mapped(**how):
        return f.map(items, fixed={"power": next(powers)}, **how)

    costs = [(per_item(single, count), per_item(mapped, count)) for _ in range(2)]
    base = min(one for one, _ in costs)
    row("single calls", base, base)
    row("f.map(items)", min(one for _, one in costs), base)
    row(f"f.map(items, workers={WORKERS})", per_item(lambda: mapped(workers=WORKERS), count), base)
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(abs, range(WORKERS)))
        row(f"f.map(items, executor={WORKERS} processes)", per_item(lambda: mapped(executor=pool), count), base)


def fixed(count):
    """A fixed argument of 80 MB."""
    with contextlib.suppress(ImportError):
        import numpy as np

        table = np.arange(10_000_000, dtype=float)
        items = range(count)
        g.map(items, fixed={"table": table})
        print(f"{count} kept items with a common argument of 80 MB: microseconds for each")
        base = per_item(lambda: [g(x, table) for x in items], count)
        row("single calls: [g(x, table) for x in items]", base, base)
        row("g.map(items, fixed={'table': table})", per_item(lambda: g.map(items, fixed={"table": table}), count), base)


def beside_joblib(folder, count):
    """The same job by both, first run and second run."""
    run = joblib_map(folder)
    if run is None:
        return
    items = range(count)
    from concurrent.futures import ProcessPoolExecutor

    print(f"the same {count} items by joblib.Memory and Parallel(n_jobs={WORKERS}): first run, then all kept")
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(abs, range(WORKERS)))
        for label, how, backend in (
            ("threads", {"workers": WORKERS}, "threading"),
            ("processes", {"executor": pool}, "loky"),
        ):
            run(range(-4, 0), 5, backend)  # its workers are there by now
            power = 10_000 + len(label)
            for state in ("run", "kept"):
                mine = per_item(lambda: f.map(items, fixed={"power": power}, **how), count)  # noqa: B023  (called at once)
                theirs = per_item(lambda: run(items, power, backend), count)  # noqa: B023
                row(f"f.map, {label}, {state}", mine, mine)
                row(f"joblib, {label}, {state}", theirs, mine)


def memory(count):
    """What the process holds at most while so many kept items go by."""
    for _ in f.imap(x % 1000 for x in range(1000)):
        pass
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in f.imap(x % 1000 for x in range(count)):
        pass
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{count} kept items by f.imap: the process has grown by {grown:.1f} MB")


def main():
    """Print the tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    print(f"Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        memory(count)
        kept(count)
        missing(min(count, 2000))
        fixed(min(count, 100))
        beside_joblib(folder, min(count, 2000))
        os.chdir("/")


if __name__ == "__main__":
    main()
