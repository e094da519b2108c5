"""What watching costs: lookups of traces, the hook once it is installed, a run that is watched.

    python benchmarks/observe.py            # all, some 40 s
    python benchmarks/observe.py lookups hook runs inputs streams

Ratios matter, not absolutes: compare with the floor that is printed beside each figure.
"""

from __future__ import annotations

import copy
import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

from Lutil.checkpoints.model._key import PartKind
from Lutil.checkpoints.observe import EMPTY, Mode, Observed, Recorder, Trace, enclosing, present


def best(function, count, repeats=5):
    """Return microseconds for a call: the best of some rounds."""
    rounds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        for _ in range(count):
            function()
        rounds.append((time.perf_counter() - begun) / count * 1e6)
    return min(rounds)


def row(what, microseconds, floor=None, floor_name=""):
    beside = f"   ({floor_name} {floor:,.2f})" if floor is not None else ""
    print(f"  {what:<58} {microseconds:>12,.2f} us{beside}")


class Memory:
    """Notes in a dictionary."""

    def __init__(self):
        self.kept = {}

    def get_note(self, kind, key, /):
        """Return what was put."""
        return self.kept.get((kind, key))

    def put_note(self, kind, key, value, /):
        """Keep a value."""
        self.kept[(kind, key)] = value


def lookups():
    print("lookups")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        root = str(Path(folder).resolve())
        paths = [Path(root, f"{number}.csv") for number in range(10_000)]
        for path in paths:
            path.write_text("a,b\n1,2\n")
        large = Path(root, "large.bin")
        with large.open("wb") as file:
            for _ in range(64):
                file.write(os.urandom(1 << 24))
        time.sleep(2.5)  # a stat is trusted two seconds after the change

        def stats(count):
            return lambda: [os.stat(path) for path in texts[:count]]  # noqa: PTH116

        texts = [str(path) for path in paths]
        row("empty trace", best(lambda: present(EMPTY, None, root), 100_000))
        row("no run encloses the hit", best(enclosing, 100_000))
        for count, calls in ((1, 20_000), (10, 5_000), (10_000, 5)):
            trace = Trace(Observed(PartKind.FILE, f"project:{path.name}", Mode.CONTENT) for path in paths[:count])
            present(trace, None, root)
            lookup = best(lambda trace=trace: present(trace, None, root), calls)
            row(f"{count} unchanged files", lookup, best(stats(count), calls), "their stats alone")
        trace = Trace([Observed(PartKind.LISTING, "project:.", Mode.NAMES)])
        row("listing of 10,001 names", best(lambda: present(trace, None, root), 1_000))
        data = Trace(Observed(PartKind.FILE, f"project:{path.name}", Mode.CONTENT) for path in paths[:10]).to_bytes()
        row("ten names from bytes, seen before", best(lambda: Trace.from_bytes(data), 50_000))
        trace = Trace([Observed(PartKind.FILE, "project:large.bin", Mode.CONTENT)])
        notes = Memory()
        row("1 GB, first time", best(lambda: present(trace, notes, root), 1, 1))
        row("1 GB, noted by another process", best(lambda: forget_and(present, trace, notes, root), 1, 3))
        row("1 GB, seen by this one", best(lambda: present(trace, notes, root), 1_000))


def forget_and(function, *args):
    from Lutil.checkpoints.observe.files import _file_digests  # the inside of the room

    _file_digests.remembered.clear()
    function(*args)


PROGRAMS = {
    "imports (pandas)": "import pandas",
    "files (20,000 opens)": "[open('/etc/hostname').close() for _ in range(20_000)]",
    "deepcopy (20,000 lists)": "import copy; copy.deepcopy([[n, str(n)] for n in range(20_000)])",
    "id() (2,000,000 calls)": "[id(n) for n in range(2_000_000)]",
}
MODES = {
    "no hook": "",
    "hook, no run on": "recorder = Recorder(root='/nowhere'); recorder.start(); recorder.drop()",
    "hook, run on": "recorder = Recorder(root='/nowhere'); recorder.start()",
}


def hook():
    print("the hook (milliseconds, median of 5 fresh processes)")
    for name, program in PROGRAMS.items():
        found = []
        for prepare in MODES.values():
            code = (
                f"import sys, time; sys.path[:0] = {sys.path[:1]!r}\n"
                "from Lutil.checkpoints.observe import Recorder\n"
                f"{prepare}\nbegun = time.perf_counter()\n{program}\nprint(time.perf_counter() - begun)"
            )
            runs = [
                subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
                for _ in range(5)
            ]
            found.append(statistics.median(float(run.stdout) for run in runs) * 1e3)
        print(f"  {name:<26}" + "".join(f"  {mode}: {ms:8.1f}" for mode, ms in zip(MODES, found, strict=True)))


def runs():
    print("runs")

    def nothing():
        recorder = Recorder(root="/nowhere")
        recorder.start()
        recorder.stop()

    row("start and stop, nothing read", best(nothing, 2_000))
    outer = Recorder(root="/nowhere")
    outer.start()
    row("the same inside of another run", best(nothing, 2_000))
    row("os.stat by a run", best(lambda: os.stat("/etc/hostname"), 10_000))  # noqa: PTH116
    outer.stop()
    row("os.stat", best(lambda: os.stat("/etc/hostname"), 10_000))  # noqa: PTH116
    value = [[number] for number in range(2_000)]
    row("deepcopy of 2,000 lists, hook installed", best(lambda: copy.deepcopy(value), 5))


def inputs():
    """What looking at mutable inputs again after a run costs beside the fingerprint that made the key."""
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LinearRegression

    from Lutil.checkpoints.fingerprint import digest
    from Lutil.checkpoints.state.objects._changes import Before
    from Lutil.checkpoints.testing.fingerprint import SimpleResolver

    @dataclasses.dataclass
    class Row:
        number: int
        half: float
        text: str

    print("inputs: the first fingerprint, the look before a run, the one after it (both, against the first)")
    numbers = np.random.default_rng(0).random(4_000_000)
    values = {
        "list of 1e6 ints": list(range(1_000_000)),
        "dict of 1e5 lists": {str(number): [number] for number in range(100_000)},
        "list of 1e5 dataclasses": [Row(number, number / 2, str(number)) for number in range(100_000)],
        "1e5 nested records": [
            {"id": number, "tags": ["a", str(number)], "at": {"x": number / 2}} for number in range(100_000)
        ],
        "array of 32 MB": numbers,
        "frame of 1e6 rows": pd.DataFrame({"a": numbers[:1_000_000], "b": [str(n % 99) for n in range(1_000_000)]}),
        "fitted estimator": LinearRegression().fit(numbers[:3000].reshape(-1, 3), numbers[:1000]),
    }
    for name, value in values.items():
        first = best(lambda value=value: digest(value, SimpleResolver()), 1, 3)
        before = best(lambda value=value: Before({"value": value}, SimpleResolver), 1, 3)
        looked = Before({"value": value}, SimpleResolver)
        second = best(looked.after, 1, 3)
        both = (before + second) / first
        print(f"  {name:<24} {first:>12,.0f} {before:>12,.0f} {second:>12,.0f} us   ({both:.2f} x)")


def streams():
    print("streams")
    import random  # after the figures of runs that have none

    import numpy as np

    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    runs()
    for name in ("random", "numpy"):
        trace = Trace([Observed(PartKind.STREAM, name, Mode.STATE)])
        row(f"lookup of {name}", best(lambda trace=trace: present(trace, None, "/"), 2_000))


if __name__ == "__main__":
    for part in sys.argv[1:] or ["lookups", "hook", "runs", "inputs", "streams"]:
        {"lookups": lookups, "hook": hook, "runs": runs, "inputs": inputs, "streams": streams}[part]()
