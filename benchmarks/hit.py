"""What a hit costs beside the physical floor and peers: of functions, methods, coroutines, blocks and objects.

Microseconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pickle
import statistics
import sys
import tempfile
import time
from pathlib import Path

import xxhash
from field.timing import helpers

from Lutil.checkpoints import InlineCheckpoint, checkpoint


def median_us(function, rounds=21, seconds=0.02):
    """Return the median over rounds of microseconds per call, each round long enough to be measured."""
    function()
    times, start = 1, time.perf_counter()
    while True:
        start = time.perf_counter()
        for _ in range(times):
            function()
        spent = time.perf_counter() - start
        if spent > seconds:
            break
        times *= 2
    results = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            function()
        results.append((time.perf_counter() - start) / times * 1e6)
    return statistics.median(results)


@checkpoint
def f(x):
    """A tiny function."""
    return x + 1


def floor(folder):
    """Return a function that reads the bytes of the entry of `f(1)` as plainly as can be."""
    entry = os.fspath(next(Path(folder, ".Lutil-checkpoint").rglob("*.entry")))
    payload = pickle.dumps((2,), 5)

    def read():
        descriptor = os.open(entry, os.O_RDONLY)
        data = os.read(descriptor, 1 << 15)
        os.close(descriptor)
        xxhash.xxh3_128_digest(data)
        return pickle.loads(payload)

    return read


def writer(folder):
    """Return a function that writes as many bytes as an entry has, as plainly as is safe."""
    data = next(Path(folder, ".Lutil-checkpoint").rglob("*.entry")).read_bytes()
    names = itertools.count()
    Path(folder, "plain").mkdir()

    def write():
        name = f"{folder}/plain/{next(names)}"
        descriptor = os.open(name + ".part", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(descriptor, data)
        os.close(descriptor)
        os.rename(name + ".part", name)  # noqa: PTH104  (the floor has no Path)

    return write


def peers(folder):
    """Yield name and function of each peer that is installed."""
    with contextlib.suppress(ImportError):
        import joblib

        yield "joblib.Memory", joblib.Memory(f"{folder}/joblib", verbose=0).cache(lambda_free)
    with contextlib.suppress(ImportError):
        import diskcache

        cache = diskcache.Cache(f"{folder}/diskcache")
        yield "diskcache.memoize", cache.memoize()(lambda_free)


def lambda_free(x):
    """The same tiny function, for peers that need a name."""
    return x + 1


def block():
    """One skipped block that binds one local name."""
    x = 1
    with InlineCheckpoint(watch=["x"], produce=["y"]):
        y = x + 1
    return y + 0


class Plain:
    """A project class without code, and with a checkpointed method."""

    def __init__(self):
        self.rate = 2

    @checkpoint
    def method(self, x):
        return x * self.rate


@checkpoint
def of_plain(thing):
    """The attribute of an object."""
    return thing.rate


@checkpoint
async def coroutine(x):
    """A tiny coroutine."""
    return x + 1


def with_much_code():
    """Yield name and call of functions that reach a hundred helpers or globals, or are given objects."""
    Path("modules").mkdir()
    os.chdir("modules")
    helpers("hundred", 100)
    names = [f"G{number}" for number in range(100)]
    text = "\n".join(f"{name} = {number}" for number, name in enumerate(names))
    Path("globals_.py").write_text(f"{text}\ndef total(x):\n    return x + {' + '.join(names)}\n", encoding="utf-8")
    os.chdir("..")
    from globals_ import total
    from hundred import Model, step0

    of_helpers, of_globals = checkpoint(step0), checkpoint(total)
    of_object = checkpoint(name="of_object")(lambda model: model.predict(1))
    model, plain = Model(2), Plain()
    yield "100 helpers", lambda: of_helpers(1)
    yield "100 globals", lambda: of_globals(1)
    yield "an object without code of its own", lambda: of_plain(plain)
    yield "a method of one", lambda: plain.method(1)
    yield "an object with a counter, 100 helpers", lambda: of_object(model)


def in_a_loop(seconds=0.02, rounds=21):
    """Return the median of microseconds of an awaited hit, in one loop."""

    async def measure():
        await coroutine(1)
        results = []
        for _ in range(rounds):
            start, times = time.perf_counter(), 0
            while time.perf_counter() - start < seconds:
                await coroutine(1)
                times += 1
            results.append((time.perf_counter() - start) / times * 1e6)
        return statistics.median(results)

    return asyncio.run(measure())


def main():
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        f(1)
        base = median_us(floor(folder))
        print(f"Python {sys.version.split()[0]}; microseconds, medians of 21 rounds in one process")
        print(f"{'floor: open, read, close, xxh3, pickle.loads':48}{base:8.1f}   1.0 x")
        block()
        rows = [("f(1), a hit", lambda: f(1)), ("a skipped block", block), *with_much_code()]
        rows += [(name, lambda peer=peer: peer(1)) for name, peer in peers(folder)]
        for name, function in rows:
            cost = median_us(function)
            print(f"{name:48}{cost:8.1f} {cost / base:5.1f} x")
        cost = in_a_loop()
        print(f"{'await coroutine(1)':48}{cost:8.1f} {cost / base:5.1f} x")
        print("a run of a function that takes no time, saved under a new key each time")
        misses = [("f(n), a run", f), *peers(folder)]
        floor_us = median_us(writer(folder), rounds=5)
        print(f"{'floor: write to a temporary file, rename':48}{floor_us:8.1f}   1.0 x")
        for name, function in misses:
            numbers = itertools.count(1000)
            cost = median_us(lambda function=function, numbers=numbers: function(next(numbers)), rounds=5)
            print(f"{name:48}{cost:8.1f} {cost / floor_us:5.1f} x")
        os.chdir("/")


if __name__ == "__main__":
    main()
