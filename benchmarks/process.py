"""What stays behind in a process that has run one computation, and what code inside of a run pays.

    python benchmarks/process.py               # both tables, some 60 s
    python benchmarks/process.py after within

Each row is measured in fresh processes that take turns: one that has run nothing, one that has run a computation with
the filter in C, one that has with the hook in Python. The fastest round of each counts; ratios are against the first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

AFTER = {
    "id()": ("x = 1", "id(x)", 20_000),
    "f.__code__": ("def f(): pass", "f.__code__", 20_000),
    "copy.deepcopy of 2,000 nested lists": (
        "import copy; v = [[n, [str(n)]] for n in range(2000)]",
        "copy.deepcopy(v)",
        2,
    ),
    "logging to a list": (
        "import logging; h = logging.Handler(); h.emit = [].append; log = logging.Logger('x', 10); log.addHandler(h)",
        "log.info('a')",
        1_000,
    ),
    "open and close": ("p = '/etc/hostname'", "open(p).close()", 1_000),
}
WITHIN = {
    "os.stat": ("import os; p = '/etc/hostname'", "os.stat(p)", 2_000),
    "os.path.exists": ("import os; p = '/etc/hostname'", "os.path.exists(p)", 2_000),
    "os.path.exists of 2,000 files": (
        "import os; names = itertools.cycle([f'/etc/none{n}' for n in range(2000)])",
        "os.path.exists(next(names))",
        2_000,
    ),
    "Path.exists": ("import pathlib; p = pathlib.Path('/etc/hostname')", "p.exists()", 2_000),
    "os.path.getmtime": ("import os; p = '/etc/hostname'", "os.path.getmtime(p)", 2_000),
    "os.environ.get": ("import os", "os.environ.get('PATH')", 5_000),
    "random.seed(1)": ("import random", "random.seed(1)", 500),
    "random.random() after a seed": ("import random", "random.seed(1); random.random()", 500),
    "numpy.random.seed(1)": ("import numpy", "numpy.random.seed(1)", 500),
    "a thread, started and joined": ("import threading", "t = threading.Thread(target=int); t.start(); t.join()", 300),
    "open and close": ("p = '/etc/hostname'", "open(p).close()", 1_000),
}

PROGRAM = """
import itertools, json, sys, time
kind, store, cases = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
found = {{}}
def measured():
    for name, (setup, statement, times) in cases.items():
        space = {{"itertools": itertools}}
        exec(compile(setup, __file__, "exec"), space)
        code = "def work(times):\\n for _ in itertools.repeat(None, times):\\n  " + statement
        exec(compile(code, __file__, "exec"), space)
        work, best = space["work"], 1e9
        work(times)
        for _ in range(9):
            begun = time.perf_counter()
            work(times)
            best = min(best, time.perf_counter() - begun)
        found[name] = best / times * 1e6
if kind == "alone":
    measured()
else:
    from Lutil.checkpoints import configure
    from Lutil.checkpoints.observe import Recorder
    recorder = Recorder(root="/nowhere")
    for name, (setup, _, _) in cases.items():
        exec(compile("import itertools\\n" + setup, __file__, "exec"), {{}})
    recorder.start()
    if {within}:
        measured()
        recorder.drop()
    else:
        recorder.drop()
        measured()
print(json.dumps(found))
"""
KINDS = {"alone": {}, "filter in C": {}, "hook in Python": {"LUTIL_NO_EXTENSIONS": "1"}}


def table(title, cases, *, within):
    """Print one table: microseconds and ratios."""
    best = {kind: dict.fromkeys(cases, float("inf")) for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "main.py")  # noqa: PTH118
        with open(script, "w") as file:  # noqa: PTH123
            file.write(PROGRAM.format(within=within))
        for _ in range(3):
            for kind, environment in KINDS.items():
                done = subprocess.run(
                    [sys.executable, script, kind, folder, json.dumps(cases)],
                    env={**os.environ, **environment},
                    capture_output=True,
                    text=True,
                    check=True,
                )
                for name, figure in json.loads(done.stdout).items():
                    best[kind][name] = min(best[kind][name], figure)
    print(f"{title:40}" + "".join(f"{kind:>24}" for kind in KINDS))
    for name in cases:
        base = best["alone"][name]
        print(f"{name:40}" + "".join(f"{best[k][name]:11.2f} us ({best[k][name] / base:5.2f} x)" for k in KINDS))


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}, the best of 27 rounds in 3 processes")
    for part in sys.argv[1:] or ["after", "within"]:
        if part == "after":
            table("after a run", AFTER, within=False)
        else:
            table("inside of a run", WITHIN, within=True)
