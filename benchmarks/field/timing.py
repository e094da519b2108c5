"""How long something takes: medians of calls, of fresh processes, with a budget of seconds."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ENOUGH = 5


def seconds(call, budget=0.5):
    """Return the median of seconds per call: of five calls at least, and of as many as half a second has."""
    spent, end = [], time.perf_counter() + budget
    while len(spent) < ENOUGH or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def once(call):
    """Return the seconds of one call, and what it returns."""
    start = time.perf_counter()
    found = call()
    return time.perf_counter() - start, found


def process(*arguments, **environment):
    """Run Python in a fresh process, in this folder; return its seconds, and what it printed last."""
    start = time.perf_counter()
    found = subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    spent = time.perf_counter() - start
    if found.returncode:
        raise RuntimeError(found.stderr.strip().rpartition("\n")[2])
    return spent, found.stdout.strip().rpartition("\n")[2]


def processes(call, rounds=7):
    """Return the median of seconds of several processes, after one that does not count."""
    call()
    return statistics.median(call()[0] for _ in range(rounds))


def helpers(name="helpers", count=40):
    """Write a module of small functions, each of which calls the next, and a class whose method calls the first."""
    lines = ["COUNT = 0", "", ""]
    for number in range(count):
        call = f"step{number + 1}(x)" if number + 1 < count else "x"
        lines += [f"def step{number}(x):", f"    return {call} + {number}", "", ""]
    lines += [
        "class Model:",
        "    made = 0",
        "",
        "    def __init__(self, rate):",
        "        self.rate = rate",
        "        Model.made += 1",
    ]
    lines += ["", "    def predict(self, x):", "        return step0(x) * self.rate", ""]
    Path(f"{name}.py").write_text("\n".join(lines), encoding="utf-8")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
