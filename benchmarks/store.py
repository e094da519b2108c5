"""What the store and the codec cost, beside the floor of the same work and beside joblib and diskcache.

    python benchmarks/store.py [all | hit | large | frame | torch | many | million]

Medians of several rounds in one process.
What is compared takes turns, round by round: a disk is not the same from one minute to the next. `million` makes as
many entries, which takes minutes and 4 GB; `all` leaves it out.
"""

from __future__ import annotations

import os
import pickle
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xxhash

from Lutil.checkpoints.codec import decode, encode
from Lutil.checkpoints.model._entry import Header
from Lutil.checkpoints.store import FileStore

KEY = "ab" + "0" * 30
HEADER = Header(0.0, 0.0)


def median(work: Callable[[], Any], rounds: int, repeat: int = 1) -> float:
    """Return seconds per call."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(repeat):
            work()
        taken.append((time.perf_counter() - start) / repeat)
    return statistics.median(taken)


def turns(rounds: int, *works: Callable[[], Any]) -> list[float]:
    """Return seconds per call of each, all of them in each round."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for times, work in zip(taken, works, strict=True):
            times.append(median(work, 1))
    return [statistics.median(times) for times in taken]


def row(what: str, seconds: float, floor: float | None = None) -> None:
    unit, scale = ("us", 1e6) if seconds < 1e-3 else ("ms", 1e3)
    ratio = "" if floor is None else f"{seconds / floor:8.2f} x floor"
    print(f"{what:52s} {seconds * scale:10.2f} {unit}{ratio}")


def save(store: FileStore, value: Any, key: str = KEY) -> None:
    encoded = encode(value, is_project=lambda _: False)
    store.put("f", key, HEADER._replace(plain=encoded.plain), encoded.stream, encoded.buffers, b"{}" * 1000)


def load(store: FileStore, key: str = KEY) -> Any:
    found = store.get("f", key)
    return decode(found.stream, found.buffers, plain=True)


def load_all(store: FileStore, keys: list[str]) -> None:
    for key in keys:
        load(store, key)


def hit(folder: Path) -> None:
    """A small value, warm."""
    import diskcache  # each part imports what it compares with
    import joblib  # the same

    store = FileStore(folder / "hit", min_free=0)
    save(store, 2)
    path = next((folder / "hit").rglob("*.entry"))
    stream = pickle.dumps(2, 5)

    def floor() -> Any:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        data = os.read(descriptor, 32768)
        os.close(descriptor)
        xxhash.xxh3_128_digest(data)
        return pickle.loads(stream)

    base = median(floor, 51, 1000)
    row("floor: open, read, close, xxh3, loads", base)
    row("get and decode of 2", median(lambda: load(store), 51, 1000), base)
    row("put of 2", median(lambda: save(store, 2), 11, 100))
    missing = median(lambda: store.get("f", "cd" * 16), 21, 1000)
    row("get of what is not there", missing)

    def claim() -> None:
        held = store.claim(KEY)
        held.acquire()
        held.release()

    row("claim and release", median(claim, 11, 50))
    remembered = joblib.Memory(folder / "joblib", verbose=0).cache(abs)
    remembered(2)
    row("joblib.Memory hit", median(lambda: remembered(2), 11, 100), base)
    with diskcache.Cache(str(folder / "diskcache")) as cache:
        cached = cache.memoize()(abs)
        cached(2)
        row("diskcache.memoize hit", median(lambda: cached(2), 11, 500), base)


def large(folder: Path) -> None:
    """One array of 500 MB."""
    import joblib  # each part imports what it compares with
    import numpy as np  # each part imports what it compares with

    array = np.random.default_rng(0).random(62_500_000)
    plain = folder / "plain"

    def write() -> None:
        with plain.with_suffix(".new").open("wb") as file:
            file.write(array)
        plain.with_suffix(".new").replace(plain)

    store = FileStore(folder / "large", min_free=0)
    base, saved = turns(7, write, lambda: save(store, array))
    row("500 MB: write plainly, rename", base)
    row("500 MB: save", saved, base)
    one_pass = median(lambda: xxhash.xxh3_128_digest(array), 5)
    row("500 MB: one xxh3-128 pass over memory", one_pass)
    start = time.perf_counter()
    value = load(store)
    row("500 MB: first load", time.perf_counter() - start, one_pass)
    row("500 MB: second load", median(lambda: load(store), 5), one_pass)
    row("500 MB: copy what was loaded", median(value.copy, 3), one_pass)
    joblib.dump(array, folder / "joblib.pkl")
    row("500 MB: joblib.load", median(lambda: joblib.load(folder / "joblib.pkl"), 3), one_pass)


def frame(folder: Path) -> None:
    """A mixed frame of 350 MB."""
    import joblib  # each part imports what it compares with
    import numpy as np  # each part imports what it compares with
    import pandas as pd  # each part imports what it compares with

    count = 5_500_000
    numbers = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "f": numbers.random(count),
            "g": numbers.random(count),
            "i": numbers.integers(0, 1 << 40, count),
            "j": numbers.integers(0, 100, count),
            "when": pd.Timestamp("2020") + pd.to_timedelta(numbers.integers(0, 1 << 25, count), unit="s"),
            "s": pd.Series(numbers.choice(["alpha", "beta", "gamma"], count)),
            "c": pd.Categorical.from_codes(numbers.integers(0, 3, count).astype("i1"), categories=["x", "y", "z"]),
            "b": numbers.random(count) > 0.5,
        }
    )
    store = FileStore(folder / "frame", min_free=0)
    row("frame: save", median(lambda: save(store, table), 3))
    joblib.dump(table, folder / "frame.pkl")
    base = median(lambda: joblib.load(folder / "frame.pkl"), 3)
    row("frame: joblib.load", base)
    start = time.perf_counter()
    load(store)
    row("frame: first load", time.perf_counter() - start, base)
    row("frame: second load", median(lambda: load(store), 5), base)


def torch(folder: Path) -> None:
    """A state_dict of 470 MB."""
    import torch as library  # each part imports what it compares with

    state = {str(index): library.rand(1024, 1024) for index in range(112)}
    store = FileStore(folder / "torch", min_free=0)
    row("state_dict: save", median(lambda: save(store, state), 3))
    start = time.perf_counter()
    load(store)
    row("state_dict: first load", time.perf_counter() - start)
    row("state_dict: second load", median(lambda: load(store), 5))
    library.save(state, folder / "state.pt")
    row("state_dict: torch.load", median(lambda: library.load(folder / "state.pt"), 3))


def key_of(index: int) -> str:
    return f"{index * 2654435761 % (1 << 32):08x}" + "0" * 24


def many(folder: Path) -> None:
    """A hundred thousand small entries, beside diskcache and joblib."""
    import diskcache  # each part imports what it compares with
    import joblib  # the same

    count = 100_000
    keys = [key_of(index) for index in range(count)]
    store = FileStore(folder / "many", min_free=0)
    remembered = joblib.Memory(folder / "joblib", verbose=0).cache(str)
    with diskcache.Cache(str(folder / "diskcache")) as cache:
        steps = range(0, count, 1000)
        taken: list[list[float]] = [[], [], []]
        for start in steps:
            some = keys[start : start + 1000]
            works = [lambda key: save(store, key, key), lambda key: cache.set(key, key), remembered]
            for times, work in zip(taken, works, strict=True):
                times.append(median(lambda work=work, some=some: [work(key) for key in some], 1) / 1000)
        for name, times in zip(["ours", "diskcache: set", "joblib.Memory"], taken, strict=True):
            row(f"put of 1e5, {name}", statistics.median(times))
        hits = [lambda: [load(store, key) for key in keys[::100]], lambda: [cache.get(key) for key in keys[::100]]]
        for name, seconds in zip(["ours", "diskcache: get"], turns(5, *hits), strict=True):
            row(f"hit among 1e5, each another entry, {name}", seconds / 1000)
        row("the same, joblib.Memory", median(lambda: [remembered(key) for key in keys[::100]], 3) / 1000)
    row("stats of 1e5 entries", median(store.stats, 3))
    for name in ("many", "diskcache", "joblib"):
        files = list((folder / name).rglob("*"))
        used = sum(file.stat().st_blocks * 512 for file in files)
        print(f"{'on disk, ' + name:52s} {used / count:10.0f} bytes and {len(files) / count:.2f} inodes per entry")


def million(folder: Path) -> None:
    """What a hit costs at 1e3, 1e5 and 1e6 entries, each time the same thousand; and what memory that takes."""
    import resource  # not on Windows

    store = FileStore(folder / "million", min_free=0)
    keys = [key_of(index) for index in range(1_000_000)]
    save(store, 2, keys[0])
    entry = next((folder / "million").rglob("*.entry")).read_bytes()
    made, first = 0, 0.0
    for count in (1_000, 100_000, 1_000_000):
        for key in keys[made:count]:  # as `put` would, only faster
            place = folder / "million/v1/f" / key[:2]
            try:
                descriptor = os.open(place / f"{key}.entry", os.O_WRONLY | os.O_CREAT)
            except FileNotFoundError:
                place.mkdir()
                descriptor = os.open(place / f"{key}.entry", os.O_WRONLY | os.O_CREAT)
            os.write(descriptor, entry)
            os.close(descriptor)
        made = count
        few = median(lambda: load_all(FileStore(folder / "million"), keys[:1000]), 5) / 1000
        warm = median(lambda: [load(store, key) for key in keys[:1000]], 5) / 1000
        first = first or few
        row(f"hit at {count:.0e} entries, as the first of a process", few, first)
        row(f"hit at {count:.0e} entries, again", warm)
        row(f"miss at {count:.0e} entries", median(lambda: [store.get("f", "f" * 32) for _ in range(100)], 5) / 100)
        print(f"{'memory of the process':52s} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:10.0f} MB")
    start = time.perf_counter()
    store.stats()
    row("stats of 1e6 entries", time.perf_counter() - start)


def main() -> None:
    wanted = sys.argv[1:] or ["all"]
    for part in (hit, large, frame, torch, many, million):
        if part.__name__ in wanted or ("all" in wanted and part is not million):
            folder = Path(tempfile.mkdtemp())
            try:
                part(folder)
            except ModuleNotFoundError as error:
                print(f"{part.__name__}: {error.name} is not here")
            finally:
                shutil.rmtree(folder)


if __name__ == "__main__":
    main()
