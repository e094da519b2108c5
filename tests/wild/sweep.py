"""Take every value of one library through the checks, in this process; print what each gave as JSON.

    python sweep.py LIBRARY first|later FOLDER

`first` is the process that meets an empty store; `later` is a fresh one, under another hash seed, on the same store.
A check gives `right`, or a word for what went wrong: `needless` (ran although nothing changed), `wrong` (another value,
or one for two inputs), `refused` (cannot be compared, said so), `not kept` (said so), `crash`.
"""

from __future__ import annotations

import copy
import functools
import importlib
import json
import pickle
import re
import sys
import time
import warnings

import values

from Lutil.checkpoints import NotSavedWarning, UnfingerprintableError, checkpoint, configure

RAN: list[str] = []
_ADDRESS = re.compile(r"0x[0-9a-f]+|\bat 0x\w+|#[0-9a-f]{8,}")
SLOW = 20.0
"""Seconds of CPU time that one check may take: what takes longer is out of bounds."""


def told(value: object) -> str:
    """Return what a value shows of itself, without addresses."""
    return _ADDRESS.sub("@", repr(value))


class Sweep:
    """The values of one library, each under its expression."""

    def __init__(self, name: str) -> None:
        self.library = values.LIBRARIES[name]
        self.space = vars(sys.modules["__main__"])  # classes of the setup are found again as those of any script are
        for package in self.library.imports:
            importlib.import_module(package)
        exec(compile(self.library.setup, f"<{name}>", "exec"), self.space)
        self.show = self.space.get("show", told)
        self.look = self.space.get("look", repr)
        self.found: dict[str, dict[str, str]] = {}

    def make(self, expression: str) -> object:
        return eval(compile(expression, "<value>", "eval"), self.space)

    def taken(self, expression: str):
        """Return a function that takes the values of one line, and remembers what it returned for each."""

        @checkpoint(name=f"taken {expression}", ignore=["RAN"])
        def taken(value):
            RAN.append("taken")
            return len(RAN)

        return taken

    def given(self, expression: str):
        """Return a function that makes the value."""
        text = f"def given():\n    RAN.append('given')\n    return {expression}\n"
        exec(compile(text, "<given>", "exec"), self.space)
        return checkpoint(name=f"given {expression}", ignore=["RAN"])(self.space["given"])


def attempt(check) -> str:
    """Return what a check gave, as a word."""
    start = time.process_time()
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            found = check()
    except UnfingerprintableError as error:
        return f"refused: {error.what}"[:120]
    except Exception as error:  # noqa: BLE001  (whatever a library or we raise is what the sweep is for)
        return f"crash: {type(error).__name__}: {error}"[:160]
    if time.process_time() - start > SLOW:
        return "slow"
    unkept = [str(one.message) for one in said if issubclass(one.category, NotSavedWarning)]
    return f"not kept: {unkept[0]}"[:220] if unkept and found != "wrong" else found


def ran(call) -> bool:
    before = len(RAN)
    call()
    return len(RAN) > before


def hits(function, value) -> str:
    return "needless" if ran(lambda: function(value)) else "right"


def looked_at(sweep: Sweep, value: object) -> object:
    """Do with a value what people do who want to see it."""
    for look in (repr, str, hash, bool, len, dir, sweep.look):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                look(value)
        except Exception:  # noqa: BLE001, S112  (not every value can be looked at in every way)
            continue
    return value


def pickled(value: object) -> object:
    try:
        return pickle.loads(pickle.dumps(value))
    except Exception:  # noqa: BLE001
        return None


def copied(value: object) -> object:
    try:
        return copy.deepcopy(value)
    except Exception:  # noqa: BLE001
        return None


def first(sweep: Sweep) -> None:
    """The checks of the first process."""
    for line in sweep.library.lines:
        taken = sweep.taken(line[0])
        results: dict[str, int] = {}
        for expression in line:
            found = sweep.found[expression] = {}
            value = sweep.make(expression)

            def runs(value=value, expression=expression):
                results[expression] = taken(value)
                others = [n for other, n in results.items() if other != expression]
                return "wrong" if results[expression] in others else "right"

            found["a first call runs, a variant too"] = attempt(runs)
            found["a second call hits"] = attempt(functools.partial(hits, taken, value))
            equal = functools.partial(lambda e: hits(taken, sweep.make(e)), expression)
            found["an equal value hits"] = attempt(equal)
            for check, other in (("a deep copy hits", copied), ("an unpickled copy hits", pickled)):
                another = other(value)
                if another is not None and expression not in sweep.library.lossy:
                    found[check] = attempt(functools.partial(hits, taken, another))
            seen = looked_at(sweep, sweep.make(expression))
            found["one that was looked at hits"] = attempt(functools.partial(hits, taken, seen))
            found["a result comes back"] = attempt(functools.partial(returned, sweep, expression))


def returned(sweep: Sweep, expression: str) -> str:
    given = sweep.given(expression)
    fresh = given()
    expected = sweep.show(fresh)
    if ran(given):
        return "needless"
    back = given()
    if type(back) is not type(fresh) or sweep.show(back) != expected:
        return "wrong"
    return "right"


def later(sweep: Sweep) -> None:
    """The checks of a fresh process under another hash seed."""
    for line in sweep.library.lines:
        taken = sweep.taken(line[0])
        for expression in line:
            found = sweep.found[expression] = {}
            again = functools.partial(lambda t, e: hits(t, sweep.make(e)), taken, expression)
            found["a fresh process hits"] = attempt(again)
            found["a result comes back in a fresh process"] = attempt(functools.partial(kept, sweep, expression))


def kept(sweep: Sweep, expression: str) -> str:
    given = sweep.given(expression)
    before = len(RAN)
    back = given()
    if len(RAN) > before:
        return "needless"
    fresh = sweep.make(expression)
    same = type(back) is type(fresh) or is_made_anew(sweep, expression, type(back))
    return "right" if same and sweep.show(back) == sweep.show(fresh) else "wrong"


def is_made_anew(sweep: Sweep, expression: str, cls: type) -> bool:
    """Tell whether an expression makes a class of its own each time, and this is one of them by its name."""
    one, other = type(sweep.make(expression)), type(sweep.make(expression))
    return one is not other and (cls.__module__, cls.__qualname__) == (one.__module__, one.__qualname__)


if __name__ == "__main__":
    name, which, folder = sys.argv[1:]
    configure(store=folder)
    sweep = Sweep(name)
    {"first": first, "later": later}[which](sweep)
    sys.stdout.write("\n" + json.dumps(sweep.found) + "\n")
