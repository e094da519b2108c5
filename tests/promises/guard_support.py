"""Faults put into each step of the story, and what has to be true afterwards whatever becomes of the cache."""

from __future__ import annotations

import asyncio
import itertools
import threading
import types
from pathlib import Path

from Lutil.checkpoints import (
    InlineCheckpoint,
    _after,
    _computation,
    _decorator,
    _guard,
    _inline,
    _keeping,
    _memos,
    _pipeline,
    _recipe,
    checkpoint,
)
from Lutil.checkpoints.observe import _recorder, _standins, _watching
from Lutil.checkpoints.store import _claims, _file

FILES = (_guard, _pipeline, _after, _decorator, _inline)
CLASSES = (
    _pipeline.Run,
    _computation.Computation,
    _after.Watcher,
    _keeping.Keeping,
    _recorder.Recorder,
    _file.FileStore,
    _claims.KeyClaim,
    _decorator.Checkpointed,
    InlineCheckpoint,
)
FACES = {"call", "coroutine", "method", "block"}
OWN = {"__call__", "__enter__", "__exit__", "__get__", "__init__", "__reduce__", "__repr__", "__setstate__"}
"""Of a face: they are the guard's callers."""
runs: list[int] = []
_names = itertools.count()


def steps():
    """Return each function that the story calls, as the place where it is found: (owner, name)."""
    found = []
    for file in FILES:
        for name, value in vars(file).items():
            if isinstance(value, types.FunctionType) and value.__module__.startswith("Lutil."):
                found.append((file, name))
    for cls in CLASSES:
        for name, value in vars(cls).items():
            if isinstance(value, types.FunctionType) and name not in OWN and not name.startswith("__"):
                found.append((cls, name))
    return found


def name_of(step):
    owner, name = step
    return f"{owner.__name__.rpartition('.')[2]}.{name}"


def work(items):
    """The body: it reads a file, changes its input, and returns something."""
    runs.append(len(items))
    items.append(int(Path("data.txt").read_text(encoding="utf-8")))
    return {"total": sum(items)}


def face(kind):
    """Return a function of a list that does the work under a checkpoint of this kind, never seen before."""
    name = f"{kind}{next(_names)}"
    if kind == "call":
        return checkpoint(name=name)(lambda items: work(items))
    if kind == "coroutine":

        async def coroutine(items):
            return work(items)

        kept = checkpoint(name=name)(coroutine)
        return lambda items: asyncio.run(kept(items))
    if kind == "method":

        class Owner:
            @checkpoint(name=name)
            def method(self, items):
                return work(items)

        return Owner().method

    def block(items):
        with InlineCheckpoint(name=name):
            found = work(items)
        return found

    return block


def check_clean():
    """Nothing is left behind: nothing replaced, nothing watched, nothing claimed."""
    assert not _standins._up, "stand-ins are left up"
    assert not _watching._on, "a run is left on"
    assert not any(claims._table for claims in list(_claims._all)), "a key is left claimed"
    assert not _memos._filling, "a memo is left as being filled"
    assert not list(_keeping._running.valuerefs()) or not [r for r in _keeping._running.values()]


def in_another_thread(function, *args):
    """Return what a function returns in another thread, which must not wait for anybody."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function(*args)), daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive(), "it waits for a key that nobody computes"
    return found[0]
