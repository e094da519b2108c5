"""What the store and the codec cost, beside the floor of the same work and beside joblib and diskcache.

python benchmarks/store.py [all | hit | large | frame | torch | many] -- medians of several rounds, one process.
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

from Lutil.checkpoints._entry import Header
from Lutil.checkpoints.codec import decode, encode
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

    base = median(write, 3)
    row("500 MB: write plainly, rename", base)
    store = FileStore(folder / "large", min_free=0)
    row("500 MB: save", median(lambda: save(store, array), 3), base)
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


def many(folder: Path) -> None:
    """A hundred thousand small entries."""
    import diskcache  # each part imports what it compares with

    count = 100_000
    keys = [f"{index * 2654435761 % (1 << 32):08x}" + "0" * 24 for index in range(count)]
    store = FileStore(folder / "many", min_free=0)
    start = time.perf_counter()
    for key in keys[:1000]:
        save(store, key, key)
    row("put, up to 1e3 entries", (time.perf_counter() - start) / 1000)
    few = median(lambda: [load(store, key) for key in keys[:1000]], 5) / 1000
    row("hit at 1e3 entries", few)
    start = time.perf_counter()
    for key in keys[1000:]:
        save(store, key, key)
    row("put, up to 1e5 entries", (time.perf_counter() - start) / (count - 1000))
    row("hit at 1e5 entries, the same 1e3", median(lambda: [load(store, key) for key in keys[:1000]], 5) / 1000, few)
    row("hit at 1e5 entries, all of them", median(lambda: [load(store, key) for key in keys], 3) / count, few)
    row("stats of 1e5 entries", median(store.stats, 3))
    used = sum(file.stat().st_blocks * 512 for file in (folder / "many").rglob("*"))
    print(f"{'on disk':52s} {used / count:10.0f} bytes per entry")
    with diskcache.Cache(str(folder / "diskcache")) as cache:
        start = time.perf_counter()
        for key in keys[:20_000]:
            cache.set(key, key)
        row("diskcache: set", (time.perf_counter() - start) / 20_000)
        row("diskcache: get", median(lambda: [cache.get(key) for key in keys[:20_000]], 3) / 20_000)


def main() -> None:
    wanted = sys.argv[1:] or ["all"]
    for part in (hit, large, frame, torch, many):
        if "all" in wanted or part.__name__ in wanted:
            folder = Path(tempfile.mkdtemp())
            try:
                part(folder)
            except ModuleNotFoundError as error:
                print(f"{part.__name__}: {error.name} is not here")
            finally:
                shutil.rmtree(folder)


if __name__ == "__main__":
    main()
