"""Programs that hand work to an engine, and the log of what ran in which process."""

from __future__ import annotations

import json
import os

import pytest

from running import SOURCE, Program

HEAD = '''
import json, os, pickle, signal, sys, time
from pathlib import Path
import cloudpickle
from Lutil.checkpoints import checkpoint
HERE = Path(__file__).parent
K = 3

def log(*words):
    with open(HERE / "ran.log", "a") as file:
        print(*words, os.getpid(), file=file)

def helper(x):
    return x + K

@checkpoint
def f(x):
    log("f", x)
    return helper(x)

@checkpoint
def slow(x):
    log("slow", x)
    time.sleep(0.5)
    return x

@checkpoint
def total(x):
    log("total", type(x).__name__)
    found = x.sum()
    return float(found.compute() if hasattr(found, "compute") else found)

@checkpoint
def dies_at_first(x):
    log("dies_at_first", x)
    flag = HERE / f"died{x}"
    if not flag.exists():
        flag.touch()
        while not (HERE / f"waits{x}").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)
    return x

class Model:
    def __init__(self, k):
        self.k = k

    @checkpoint
    def times(self, x):
        log("times", x)
        return self.k * x

def there(function, x, folder=None):
    """What a task finds in another folder: whether the result is there, it itself, and that of one more call."""
    if folder is not None:
        os.chdir(folder)
    return function.is_cached(x), function(x), function(x + 1), pickle.loads(cloudpickle.dumps(function)) is function

def say(name, value):
    print(json.dumps([name, value]), flush=True)
'''


class EngineProgram(Program):
    """A program whose head makes the functions above, in the script itself or in a module beside it."""

    def result(self, text: str, place: str = "script", **environment: str) -> dict:
        """Return what the program says, by name.

        Args:
            text: of the program.
            place: where the functions are: `script` or `module`.
            **environment: of the process.
        """
        head = HEAD
        if place == "module":
            self.write(HEAD, "work.py")
            head = "from work import *\n"
        self.write(f"{head}\nif __name__ == '__main__':\n{text}")
        paths = os.pathsep.join((str(SOURCE), str(self.folder)))  # workers that start elsewhere find the module
        printed = self.run(PYTHONPATH=paths, **environment)
        return dict(json.loads(line) for line in printed.splitlines() if line.startswith('["'))

    def log(self) -> list[str]:
        """Return what ran, sorted, without the processes in which it did."""
        file = self.folder / "ran.log"
        return sorted(line.rpartition(" ")[0] for line in file.read_text().splitlines()) if file.exists() else []


@pytest.fixture
def engine(own_folder):
    """A program for an engine, in a folder of its own."""
    return EngineProgram(own_folder)
