"""What each peer does when something changes, breaks or happens twice: seen from outside, in words.

A function with a helper runs in a script; each run leaves a line in a file, and what is printed is held against what it
should be.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
JOB = """
import os, sys
import numpy as np
{cached}

FACTOR = 2

def helper(x):
    return x * FACTOR

@cached
def f(x):
    with open("ran.txt", "a") as file:
        file.write("ran\\n")
    return helper(x) + 1
"""
F_OF_1 = "def main():\n    print(f(1))\n"
READS = JOB.replace("return helper(x) + 1", 'return open("data.txt").read()')
ARRAY = JOB.replace("return helper(x) + 1", "return np.arange(200_000.0) + x")
SUM = "def main():\n    found = f(1)\n    print(float(found.sum()), len(found))\n"
LARGE = JOB.replace("return helper(x) + 1", "return np.arange(60_000_000.0) + x")
DRAWS = JOB.replace("return helper(x) + 1", "return np.random.random()")
AFTER_DRAWING = "def main():\n    np.random.seed(0)\n    print(f(1), np.random.random())\n"
APPENDS = JOB.replace("return helper(x) + 1", "x.append(1)\n    return len(x)")
AFTER_APPENDING = "def main():\n    items = [0]\n    print(f(items), items)\n"
TYPES = "def main():\n    print(f(1), f(1.0), f(True))\n"
TYPE = JOB.replace("return helper(x) + 1", "return type(x).__name__")
TIME = JOB.replace("return helper(x) + 1", "import time; time.sleep(1); return x")


class Trial:
    """A script of one peer in a folder of its own."""

    def __init__(self, peer: str, folder: str) -> None:
        self.folder = Path(folder)
        self.cached = f"from {peer} import cached"
        self.ran = 0
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(HERE.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONWARNINGS": "ignore",
        }

    def write(self, job: str, main: str = F_OF_1) -> None:
        (self.folder / "job.py").write_text(job.format(cached=self.cached) + "\n" + main, encoding="utf-8")
        (self.folder / "main.py").write_text("import job\njob.main()\n", encoding="utf-8")

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "main.py"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, job: str, main: str = F_OF_1) -> tuple[str, int]:
        """Return what the script prints, or "an error", and how often the function ran."""
        self.write(job, main)
        return self.again()

    def again(self) -> tuple[str, int]:
        process = self.start()
        printed, _ = process.communicate(timeout=120)
        return printed.strip() if not process.returncode else "an error", self.runs()

    def runs(self) -> int:
        """Return how often the function ran since this was last asked."""
        try:
            total = len((self.folder / "ran.txt").read_text(encoding="utf-8").splitlines())
        except FileNotFoundError:
            total = 0
        self.ran, before = total, self.ran
        return total - before

    def kept(self) -> list[tuple[int, Path]]:
        """Return sizes and paths of the files of the cache, the largest first; some come and go meanwhile."""
        own, found = {"job.py", "main.py", "ran.txt", "data.txt"}, []
        for path in self.folder.rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file() and path.name not in own:
                    found.append((path.stat().st_size, path))
        return sorted(found, reverse=True)


def _edited(trial: Trial, before: str, after: str, wanted: str) -> str:
    trial.run(before)
    printed, ran = trial.run(after)
    return _said(printed, wanted, ran)


def _said(printed: str, wanted: str, ran: int) -> str:
    if printed == "an error":
        return printed
    if printed != wanted:
        return "stale"
    return "recomputes" if ran else "hits"


def edited_function(trial: Trial) -> str:
    return _edited(trial, JOB, JOB.replace("helper(x) + 1", "helper(x) + 2"), "4")


def edited_helper(trial: Trial) -> str:
    return _edited(trial, JOB, JOB.replace("x * FACTOR", "x * FACTOR * 5"), "11")


def edited_global(trial: Trial) -> str:
    return _edited(trial, JOB, JOB.replace("FACTOR = 2", "FACTOR = 3"), "4")


def edited_comment(trial: Trial) -> str:
    return _edited(trial, JOB, JOB.replace("    return helper(x) + 1", "    # one more\n    return helper(x) + 1"), "3")


def undone_edit(trial: Trial) -> str:
    trial.run(JOB)
    trial.run(JOB.replace("helper(x) + 1", "helper(x) + 2"))
    printed, ran = trial.run(JOB)
    return _said(printed, "3", ran)


def changed_file(trial: Trial) -> str:
    (trial.folder / "data.txt").write_text("old", encoding="utf-8")
    trial.run(READS)
    (trial.folder / "data.txt").write_text("new", encoding="utf-8")
    printed, ran = trial.again()
    return _said(printed, "new", ran)


def _damaged(trial: Trial, damage: Callable[[bytes], bytes]) -> str:
    wanted, _ = trial.run(ARRAY, SUM)
    if not trial.kept():
        return "-"
    _, victim = trial.kept()[0]
    victim.chmod(0o600)
    victim.write_bytes(damage(victim.read_bytes()))
    printed, ran = trial.again()
    said = _said(printed, wanted, ran)
    return {"stale": "wrong data", "recomputes": "noticed, recomputes", "hits": "unnoticed"}.get(said, said)


def flipped_bit(trial: Trial) -> str:
    def flip(data: bytes) -> bytes:
        middle = len(data) // 2 // 8 * 8 + 6  # in the exponent or the upper mantissa of a number
        return data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1 :]

    return _damaged(trial, flip)


def truncated(trial: Trial) -> str:
    return _damaged(trial, lambda data: data[: len(data) // 2])


def killed(trial: Trial) -> str:
    """Kill it while it writes 480 MB: as soon as a file of the cache has some of it."""
    trial.write(LARGE, SUM)
    process, end = trial.start(), time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        if any(size > 1 << 20 for size, _ in trial.kept()):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    trial.runs()
    printed, ran = trial.again()
    return {"stale": "wrong data"}.get(found := _said(printed, "1800000030000000.0 60000000", ran), found)


def at_once(trial: Trial) -> str:
    trial.write(TIME)
    started = [trial.start() for _ in range(4)]
    for process in started:
        process.communicate(timeout=120)
    if any(process.returncode for process in started):
        return "an error"
    return f"runs {count} times" if (count := trial.runs()) > 1 else "runs once"


def drawn(trial: Trial) -> str:
    wanted, _ = trial.run(DRAWS, AFTER_DRAWING)
    printed, _ = trial.again()
    return "as after a run" if printed == wanted else printed if printed == "an error" else "other numbers"


def appended(trial: Trial) -> str:
    wanted, _ = trial.run(APPENDS, AFTER_APPENDING)
    printed, _ = trial.again()
    return "as after a run" if printed == wanted else printed if printed == "an error" else "not changed"


def types(trial: Trial) -> str:
    printed, _ = trial.run(TYPE, TYPES)
    return "three results" if printed == "int float bool" else printed if printed == "an error" else "mixed up"


ROWS: dict[str, Callable[[Trial], str]] = {
    "the function is edited": edited_function,
    "a helper is edited": edited_helper,
    "a global that a helper reads is edited": edited_global,
    "a comment is edited": edited_comment,
    "an edit is undone": undone_edit,
    "a file that it reads has changed": changed_file,
    "a bit of a stored array is flipped": flipped_bit,
    "a stored array is cut in half": truncated,
    "the process is killed while it saves": killed,
    "four processes want one key": at_once,
    "numbers are drawn after a hit": drawn,
    "a run appends to its argument, and then it is a hit": appended,
    "f(1), f(1.0) and f(True) are called": types,
}


def observed(peer: str) -> dict[str, str]:
    """Return what happens, row by row, each in a folder of its own."""
    found = {}
    for title, row in ROWS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                found[title] = row(Trial(f"field.peers.{peer}", folder))
            except subprocess.TimeoutExpired:
                found[title] = "hangs"
    return found
