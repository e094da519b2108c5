"""Code that a run gets at though none that it reaches names it, and what that is worth: a part of its trace.

A model that a pickle holds is of a class that counts like any that the code names. A class of the script itself is
there whenever its computation is looked up, and counts with all that it reaches. What lies in a module that may not be
loaded by then counts by the code in its file, with that of the project modules which it imports.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from operator import attrgetter

import xxhash

from ..code import fillers, is_project, module_code, module_files, reach, static_files
from ..computation import Computation, Walking, fetch
from ..fingerprint import digest
from ..model._identity import place_of
from ..model._key import PartKind
from ..model.process._limits import make_room
from ..observe import Mode, Observed, Recorder, loaded_at
from ..project._module_files import located

__all__ = ["count_unnamed", "present_code"]


def count_unnamed(computation: Computation, recorder: Recorder, path: list[str]) -> None:
    """Count the code that a run got at and that is no input of it anyway.

    A file is executed once in a process. Later runs that reach the code which had it executed get at the module without
    a trace: for them it counts, too.

    Args:
        computation: that has run.
        recorder: of its run.
        path: `sys.path` before the run, as who looks it up has it.
    """
    if not recorder.unnamed and not _executed_by:
        return
    plans = list(computation.plans())
    reached = (place_of(code) for plan in plans for code, _ in plan.codes.values())
    got = dict(recorder.unnamed)
    for place in _executed_by.keys() & reached if _executed_by else ():
        got.update(dict.fromkeys(_executed_by[place], place))
    named = {keeper.target for plan in plans for keeper in plan.keepers if isinstance(keeper.target, str)}
    covered = {file for module in named for file in static_files(module)}
    counted = []
    for mode, name in _names_first(computation, [*got], named, path):
        if mode == Mode.PLACE and name in covered:
            continue
        counted.append((mode, name))
        if (code := present_code(mode, name)) is not None:
            shown = name if mode != Mode.PLACE else recorder.files.places.name(name)
            recorder.count(Observed(PartKind.CODE, shown, mode), code)
        if by := got.get((mode, name), ""):
            make_room(_executed_by, _MOST)
            _executed_by.setdefault(by, {})[mode, name] = None
        if mode != Mode.CLASS:
            covered.update(file for file, _ in module_files(*_place(mode, name)))
    for file in _edited(counted):
        recorder.files.raced(file)


_executed_by: dict[str, dict[tuple[str, str], None]] = {}
"""The files that code had executed to import them, by its place. One that is loaded by its path is executed anew."""
_MOST = 4096


def present_code(mode: str, name: str) -> bytes | None:
    """Return what code is worth now; None where it is not there, or not the project's.

    Args:
        mode: `class` of the script, `module`, or `place` of a file.
        name: of it, or the path.
    """
    if mode == Mode.CLASS:
        return _of_script(name)
    return module_code(*_place(mode, name))


def _edited(counted: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the files whose code is not what ran: they were saved after they had been loaded."""
    placed = [_place(mode, name) for mode, name in counted if mode != Mode.CLASS]
    loaded = _loaded_files() if placed else {}
    for place in placed:
        for file, changed in module_files(*place):
            if file in loaded and changed > loaded_at(file):
                yield file


def _place(mode: str, name: str) -> tuple[str, str]:
    """Return the name of a module and the file of it, as `module_code` takes them: one of both is known."""
    return (name, "") if mode == Mode.MODULE else ("", name)


def _loaded_files() -> dict[str | None, str]:
    """Return the modules that are loaded, by their files."""
    return {getattr(module, "__file__", None): name for name, module in [*sys.modules.items()]}


def _names_first(
    computation: Computation, got: list[tuple[str, str]], named: set[str], path: list[str]
) -> Iterator[tuple[str, str]]:
    """Yield what counts of what a run got at, once: what is known by its name, then the files that were executed.

    What is reached does not count so, nor what was loaded because code names it. What lies in a folder that the run
    has added to `sys.path` is found by its file only.
    """
    found: dict[tuple[str, str], None] = {}
    for mode, name in got:
        module, _, inner = name.partition(":")
        if mode == Mode.CLASS:
            if getattr(computation.find(module, inner), "__module__", None) != module:
                found[(mode, inner) if module == "__main__" else (Mode.MODULE, module)] = None
        elif mode == Mode.MODULE and name not in named:
            found[mode, name] = None
    if path != sys.path:
        found = {_findable(mode, name, path): None for mode, name in found}
    for mode, name in got:
        if mode == Mode.DIRECT or (mode == Mode.PLACE and os.path.isabs(name)):  # noqa: PTH117  # text, as code has it
            found[Mode.PLACE, name] = None
    yield from found


def _findable(mode: str, name: str, path: list[str]) -> tuple[str, str]:
    """Return by what code is found where `sys.path` is this."""
    file = located(name) if mode == Mode.MODULE else ""
    return (mode, name) if file == located(name, path) or not file else (Mode.PLACE, file)


def _of_script(name: str) -> bytes | None:
    try:
        found = attrgetter(name)(sys.modules["__main__"])
    except (AttributeError, KeyError):
        return None
    if not is_project(found):
        return None
    plan = reach(found)
    found = [(slot, fetch(slot)) for slot in plan.slots]
    # A memo counts as it was before it was filled, by whomever.
    counted = [(slot, one) for slot, one in found if not fillers([plan], slot, one if type(one) is dict else None)]
    values = [digest(one, Walking(plan), path=slot.path, lenient=True) for slot, one in counted]
    return xxhash.xxh3_128_digest(plan.digest + b"".join(values))
