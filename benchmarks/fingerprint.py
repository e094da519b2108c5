"""What a fingerprint costs beside its floor and beside what others do; ratios within one run, medians.

    python benchmarks/fingerprint.py            all of it, some two minutes
    python benchmarks/fingerprint.py frame set  only the rows whose name holds one of these words

The floor of an array is xxh3-128 over its buffer; that of anything else is `pickle.dumps(value, 5)` and xxh3.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import pickle
import platform
import random
import statistics
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import joblib
import numpy as np
import pandas as pd
from xxhash import xxh3_128_digest

from Lutil.checkpoints.fingerprint import digest
from Lutil.checkpoints.testing.fingerprint import SimpleResolver

RESOLVER = SimpleResolver()
N = 1_000_000


@dataclasses.dataclass
class Item:
    """One of many."""

    number: int
    name: str
    value: float


class Case(NamedTuple):
    """One row: a value, how it is made, and what the row has to reach."""

    name: str
    make: Callable[[], Any]
    goal: str


def seconds(function: Callable[[], object], repeat: int = 5) -> float:
    """Return the median time of some calls."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def record(index: int) -> dict[str, Any]:
    return {
        "id": index,
        "n": {"x": index * 0.5, "t": ["a", "b"][: index % 3]},
        "u": {"name": str(index), "tags": [{"k": index}]},
    }


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(5000)], object)
    return pd.DataFrame(
        {
            "a": rng.random(N),
            "b": rng.integers(0, 9, N),
            "objects": pd.Series(words[rng.integers(0, 5000, N)], dtype=object),
            "arrow": pd.Series(words[rng.integers(0, 5000, N)], dtype="str"),
            "category": pd.Categorical.from_codes(rng.integers(0, 9, N), list("abcdefghi")),
            "time": pd.Timestamp("2020") + pd.to_timedelta(rng.integers(0, 10**9, N), unit="s"),
        }
    )


def cases() -> Iterator[Case]:
    """Yield the rows that are compared with joblib.hash."""
    draw = random.Random(1)
    yield Case("list of 1e6 ints", lambda: [draw.randrange(10**6) for _ in range(N)], "joblib 20, pickle 4")
    yield Case("list of 1e6 floats", lambda: [draw.random() for _ in range(N)], "joblib 20, pickle 4")
    yield Case("list of 1e6 short strings", lambda: [str(draw.random())[:8] for _ in range(N)], "joblib 20, pickle 4")
    yield Case("1e5 nested records", lambda: [record(i) for i in range(N // 10)], "joblib 20, pickle 4")
    yield Case("1e5 dataclasses", lambda: [Item(i, str(i), i * 0.5) for i in range(N // 10)], "joblib 20, pickle 4")
    start = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - naive on purpose: the fast way
    yield Case("1e5 datetimes", lambda: [start + dt.timedelta(i) for i in range(N // 10)], "")
    yield Case("dict of 1e6", lambda: {str(i): i for i in range(N)}, "joblib 8")
    yield Case("set of 1e5 strings", lambda: {str(i) for i in range(N // 10)}, "joblib 4")
    yield Case("frame of 1e6 rows", frame, "joblib 10")


def arrays() -> Iterator[Case]:
    """Yield the rows whose floor is the hash over the same buffer."""
    yield Case("500 MB array", lambda: np.random.default_rng(0).random(62_500_000), "<= 1.3")
    yield Case("500 MB Fortran order", lambda: np.asfortranarray(np.random.default_rng(0).random((7900, 7900))), "<= 8")
    yield Case("500 MB sliced", lambda: np.random.default_rng(0).random((7900, 15800))[:, ::2], "<= 4")
    yield Case("Fortran order of rows of 24 MB", lambda: np.asfortranarray(np.ones((20, 3_000_000))), "<= 8")
    yield Case("Fortran order of three axes", lambda: np.asfortranarray(np.ones((400, 400, 400))), "<= 8")
    yield Case("Fortran order of short texts", lambda: np.asfortranarray(np.full((7900, 7900), "ab")), "<= 8")
    yield Case("Fortran order of single bytes", lambda: np.asfortranarray(np.ones((22_360, 22_360), "u1")), "")
    yield Case("images, channels last", lambda: np.ones((64, 3, 1600, 1600), "u1").transpose(0, 2, 3, 1), "")


def extra_memory(value: object) -> float:
    tracemalloc.start()
    digest(value, RESOLVER)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def small() -> None:
    """Print what one small argument costs."""
    print("\n| one small argument | us |\n|---|---|")
    loops = 5000
    for value in (5, "abc", 1.5, None, (1, "a"), [1, 2], {"a": 1}, Item(1, "a", 0.5), np.arange(10), pd.Series([1, 2])):
        digest(value, RESOLVER)
        cost = min(seconds(lambda: [digest(value, RESOLVER) for _ in range(loops)], 1) for _ in range(5)) / loops  # noqa: B023 - called at once
        print(f"| {str(value)[:30].replace(chr(10), ' ')} | {cost * 1e6:.2f} |")


def threads(array: Any) -> None:
    """Print whether two threads hash faster than one after the other."""
    alone = seconds(lambda: [digest(array, RESOLVER) for _ in range(4)], 3)

    def both() -> None:
        pair = [threading.Thread(target=lambda: [digest(array, RESOLVER) for _ in range(2)]) for _ in range(2)]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()

    print(f"\ntwo threads: {alone / seconds(both, 3):.2f} x one (2 where the lock is released and a core is free)\n")


def measured(case: Case) -> str:
    """Return one line of the table."""
    value = case.make()
    ours = seconds(lambda: digest(value, RESOLVER))
    if isinstance(value, np.ndarray):
        flat = np.ascontiguousarray(value)
        shown = f"{ours / seconds(lambda: xxh3_128_digest(flat)):.2f} | - | -"
    else:
        pickled = seconds(lambda: xxh3_128_digest(pickle.dumps(value, 5)), 3)
        theirs = seconds(lambda: joblib.hash(value), 1)
        shown = f"{ours / pickled:.2f} | {theirs / ours:.1f} | {pickled / ours:.2f}"
    return f"| {case.name} | {ours * 1e3:.1f} | {shown} | {extra_memory(value):.1f} | {case.goal} |"


def main(words: list[str]) -> None:
    """Print the tables."""
    print(
        f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}, joblib {joblib.__version__}"
    )
    print(f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}\n")
    print("| value | ms | x floor | joblib / ours | pickle+xxh3 / ours | extra MB | goal |")
    print("|---|---|---|---|---|---|---|")
    for case in [*cases(), *arrays()]:
        if not words or any(word in case.name for word in words):
            print(measured(case), flush=True)
    if not words or "threads" in words:
        threads(np.zeros(62_500_000))
    if not words or "small" in words:
        small()


if __name__ == "__main__":
    main(sys.argv[1:])
