"""Faults put into each step of the story, and what has to be true afterwards whatever becomes of the cache."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import sys
import threading
import traceback
import types
from pathlib import Path

from Lutil.checkpoints import (
    InlineCheckpoint,
    checkpoint,
    code,
    codec,
    computation,
    engine,
    frame,
    observe,
    report,
    state,
)
from Lutil.checkpoints.computation import _computation, _memo_registry
from Lutil.checkpoints.engine import _guard, _miss_to_entry, _pipeline, _run
from Lutil.checkpoints.faces import _block, _decorator
from Lutil.checkpoints.observe import _recorder, _stand_ins, _watching
from Lutil.checkpoints.state import _after_states, _filled_memos, _payload
from Lutil.checkpoints.store import _file_store
from Lutil.checkpoints.store.claims import _claims

ROOMS = (code, codec, computation, engine, frame, observe, report, state)
for _room in ROOMS:
    for _name in _room.__all__:
        getattr(_room, _name)  # what the story takes from a room is found there once it was asked for
FILES = (_guard, _pipeline, _run, _miss_to_entry, _after_states, _payload, _decorator, _block, *ROOMS)
CLASSES = (
    _run.Run,
    _computation.Computation,
    _after_states.Watcher,
    _filled_memos.Keeping,
    _recorder.Recorder,
    _file_store.FileStore,
    _claims.KeyClaim,
    _decorator.Checkpointed,
    InlineCheckpoint,
)
FACES = ("call", "coroutine", "method", "block")
OUTSIDE = {
    *("opened", "opened_async", "closed", "dropped", "answer", "costs_the_entry"),  # the guard itself
    *("remembered_options", "options_of", "parse", "flag_of"),  # what is given wrongly is refused where it stands
    *("_arm", "suppressed", "all_or_nothing"),  # they catch what is raised in them
    *("_keep", "_touch", "_renew", "put_note"),  # whether these are called depends on the clock
    *("texts", "texts_of"),  # and these on what native code has opened meanwhile
}
ENDS = {"drop", "release", "fail", "abandon"}
"""Steps that end something: these fail when they have done it, once."""
runs: list[int] = []
_names = itertools.count()


def steps():
    """Return each function that the story calls, as the place where it is found: (owner, name)."""
    places = [(owner, name, value) for owner in (*FILES, *CLASSES) for name, value in vars(owner).items()]
    return [
        (owner, name)
        for owner, name, value in places
        if isinstance(value, types.FunctionType) and value.__module__.startswith("Lutil.")
        if name not in OUTSIDE and not name.startswith("__")
    ]


@contextlib.contextmanager
def patched(steps, made):
    """Within it, another function stands at each of the steps: made of the step and of what is there."""
    with contextlib.ExitStack() as undo:
        for owner, name in steps:
            original = vars(owner)[name]
            undo.callback(setattr, owner, name, original)
            setattr(owner, name, made((owner, name), original))
        yield


@contextlib.contextmanager
def fault(step, error):
    """Within it, a step raises; gives how often it did."""
    count = []
    if step[1] in ENDS:
        gc.collect()  # the end of an earlier run is none of this one

    def made(step, original):
        def stub(*args, **kwargs):
            count.append(step)
            if step[1] in ENDS:
                found = original(*args, **kwargs)
                if len(count) > 1:
                    return found
            raise error

        return stub

    told = sys.unraisablehook
    sys.unraisablehook = lambda _: None  # to tell it, pytest reads files: a step of ours as well
    try:
        with patched([step], made):
            yield count
    finally:
        sys.unraisablehook = told


def reached(function, *args):
    """Return the steps that a call of a function takes."""
    met = {}

    def made(step, original):
        def stub(*args, **kwargs):
            met.setdefault(step)
            return original(*args, **kwargs)

        return stub

    gc.collect()  # what ends an earlier run is no step of this call
    with patched(steps(), made):
        function(*args)
    return list(met)


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
        return checkpoint(name=name)(work)
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
        return found  # noqa: RET504  (the name that the block produces)

    return block


def check_clean():
    """Nothing is left behind: nothing replaced, nothing watched, nothing claimed."""
    if _stand_ins._up:
        gc.collect()  # a run that was cut off ends with its traceback, which a cycle may keep for a while
    assert not _stand_ins._up, "stand-ins are left up"
    assert not _watching._on, "a run is left on"
    assert not any(claims._table for claims in list(_claims._all)), "a key is left claimed"
    assert not _memo_registry._filling, "a memo is left as being filled"
    assert not [*_filled_memos._running.values()], "what a run keeps is left as being kept"


def in_another_thread(function, *args):
    """Return what a function returns in another thread, which must not wait for anybody."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function(*args)), daemon=True)
    thread.start()
    for _ in range(3000):  # many short waits: on a machine that pauses, one long wait is over at once
        thread.join(0.01)
        if not thread.is_alive():
            return found[0]
    where = "".join(traceback.format_stack(sys._current_frames()[thread.ident]))
    raise AssertionError(f"it waits for what nobody does:\n{where}")
