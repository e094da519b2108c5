"""Runs generated programs in children of one process that has everything imported, and tells what they left behind.

Started as a program, it answers requests, one line of JSON each: the folder, the environment and the name of a file
to run. A child is forked for each, so that every run starts from the same fresh interpreter in milliseconds.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import subprocess
import sys
import traceback
import types
import warnings
from pathlib import Path

HIDDEN = frozenset(("CALLS", "MEMO", "FAILED"))
"""What a program fills with effects and memos: no hit brings them back, by design."""


def describe(value, seen):  # noqa: C901, PLR0911  # one line for each kind
    """Return a value as nested lists, in which a mutable object that was met before is its number: `a is b` shows."""
    if value is None or isinstance(value, (bool, int, float, str, bytes, complex)):
        return f"{type(value).__name__} {value!r}"
    if isinstance(value, tuple):
        return ["tuple", *(describe(item, seen) for item in value)]
    if id(value) in seen:
        return seen[id(value)]
    seen[id(value)] = f"#{len(seen)}"
    name = f"{type(value).__name__} {seen[id(value)]}"
    if isinstance(value, (list, collections.deque)):
        return [name, getattr(value, "maxlen", None), *(describe(item, seen) for item in value)]
    if isinstance(value, dict):
        return [name, *([describe(key, seen), describe(item, seen)] for key, item in value.items())]
    if isinstance(value, (set, frozenset)):
        return [name, *sorted(describe(item, seen) for item in value)]
    if type(value).__name__ == "ndarray":
        return [name, str(value.dtype), value.shape, value.tolist(), value.flags.writeable]
    if type(value).__name__ == "DataFrame":
        return [name, [str(dtype) for dtype in value.dtypes], value.to_dict("split"), value.attrs]
    if hasattr(value, "__slots__"):
        return [name, *(describe(getattr(value, slot, None), seen) for slot in value.__slots__)]
    if type(value).__name__ == "Generator":
        return [name, repr(value.bit_generator.state)]
    if hasattr(value, "getstate"):
        return [name, hash(value.getstate())]
    if isinstance(value, (types.FunctionType, types.ModuleType, type)) or not hasattr(value, "__dict__"):
        return type(value).__name__
    return [name, describe(vars(value), seen)]


def observe(space):
    """Return all that can be seen after a program: its variables with their sharing, and where the streams stand."""
    import random

    import numpy as np

    seen = {}
    found = {}
    for name in sorted(space):
        value = space[name]
        if name.startswith("_") or name in HIDDEN or callable(value) or isinstance(value, types.ModuleType):
            continue
        found[name] = describe(value, seen)
    found["stream of random"] = hash(random.getstate())
    found["stream of numpy"] = [str(part) for part in np.random.get_state(legacy=False).items()]
    return found


def run(request):
    """Run one program in this process; return what it left, how often a body ran, and what was warned of."""
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    module = types.ModuleType("__main__")
    module.__file__ = os.path.join(request["folder"], request["file"])
    sys.modules["__main__"] = module
    said = []
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(None):
        warnings.simplefilter("always")
        try:
            exec(compile(Path(module.__file__).read_text(), module.__file__, "exec"), vars(module))
        except Exception as error:  # noqa: BLE001  # how a program ends is compared as well
            said.append(f"{type(error).__name__}: {error}")
            where = traceback.format_exc()
        else:
            where = ""
        said += [f"{warning.category.__name__}: {warning.message}" for warning in caught]
    space = vars(module)
    return {
        "left": observe(space) | {"raised": said[0] if where else None},
        "ran": list(space.get("CALLS", ())),
        "failed": bool(space.get("FAILED")),
        "said": said,
        "where": where,
    }


def serve():
    """Answer requests until there are no more."""
    import random
    import tempfile

    import numpy as np
    import numpy.random
    import pandas as pd

    import Lutil.checkpoints

    assert all((random, tempfile, pd))
    assert np.random, Lutil.checkpoints
    for line in sys.stdin:
        request = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                answer = run(request)
            except BaseException:  # noqa: BLE001  # the asker is told
                answer = {"broken": traceback.format_exc()}
            with open(writing, "w") as pipe:
                pipe.write(json.dumps(answer))
            os._exit(0)
        os.close(writing)
        with open(reading) as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


class Runner:
    """Runs programs in forked children; to be closed."""

    def __init__(self, source: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LUTIL_")}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "PYTHONPATH": str(source), "PYTHONHASHSEED": "0"},
        )

    def __call__(self, folder: Path, file: str = "main.py", **environment: str):
        request = {"folder": str(folder), "file": file, "environment": environment}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "broken" not in answer, answer["broken"]
        return answer

    def close(self) -> None:
        """Let the process end."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)


if __name__ == "__main__":
    serve()
