"""Results that were returned and not kept, with the reason: it is why the same computation runs again.

Known by key, in the process and as an advisory note beside the entries, for other processes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ..computation import Computation, tell_refused_after
from ..model._entry import EntryStore
from ..model._errors import NotSavableError, NotSavedWarning, described, text_of
from ..model._trust import RefusedError
from ..model.process._interrupts import let_pass
from ..model.process._limits import make_room
from ..model.process._notices import log, notice_after
from ..model.secrets._redaction import redacted
from ._note_tables import NoteTables

__all__ = ["check_wanted", "lost_of", "remember_unkept", "tell_unkept", "why_unkept"]

_MOST: Final = 1024  # keys of this process
_KEPT: Final = 64  # keys of a note
_LENGTH: Final = 400


_unkept: Final[dict[str, str]] = {}
_tables: Final = NoteTables("unkept", {"why": str, "salt": str}, _KEPT)
"""By key: what was said of a result that was not kept, and the salt of the code that made it, hexadecimal."""


def remember_unkept(computation: Computation, why: str) -> None:
    """Take note that the result of a run was returned and not kept; no reason means that it was."""
    store, name, key = computation.stores[0], computation.recipe.name, computation.key
    before = _tables.of(store, name).get(key)
    lost = {"why": redacted(why)[:_LENGTH], "salt": computation.recipe.salt.hex()} if why else None
    if lost is None:
        _unkept.pop(key, None)
        _tables.of(store, name).pop(key, None)
    else:
        make_room(_unkept, _MOST)
        _unkept[key] = lost["why"]
        _tables.put(store, name, key, lost)
    if lost != before:
        _tables.write(store, name)


def why_unkept(key: str) -> str:
    """Return why the result of the last run of this process with this key was not kept; nothing where it was."""
    return _unkept.get(key, "") if _unkept else ""


class UnwantedError(NotSavableError):
    """The user's own `keep_if` said that a result is not to be kept."""


def check_wanted(computation: Computation, outputs: object) -> None:
    """Ask `keep_if` about what a run left.

    Raises:
        UnwantedError: it says no.
        NotSavableError: it raises.
    """
    keep_if = computation.recipe.options.keep_if
    if keep_if is None:
        return
    if computation.needed is not None and isinstance(outputs, dict):  # what a cell displayed has no name
        outputs = {name: value for name, value in outputs.items() if not name.startswith("%")}
    try:
        wanted = bool(keep_if(outputs))
    except Exception as error:
        let_pass(error)
        raise NotSavableError("", f"keep_if raised {described(error)}") from error
    if not wanted:
        raise UnwantedError("", "keep_if said no")


def tell_unkept(computation: Computation, problem: Exception) -> str:
    """Say once why what a run left is not kept, and what can be done about it; return it."""
    if isinstance(problem, UnwantedError):  # as the user wants it: no news
        return problem.why
    name, why = computation.recipe.name, redacted(text_of(problem))
    if isinstance(problem, RefusedError):
        tell_refused_after(computation.stores[0], problem.why)
        return redacted(problem.why)
    if isinstance(problem, NotSavableError):
        why += _ways_out(computation, problem)
    elif not isinstance(problem, OSError):
        why = f"{type(problem).__name__}: {why}"
    left = "the result is returned but" if computation.needed is None else "the block has run, and what it left is"
    notice_after(NotSavedWarning, name, type(problem).__name__, f"{name}: {left} not kept: {why}")
    log.debug("%s was not kept", name, exc_info=problem)
    return why or type(problem).__name__


def _ways_out(computation: Computation, problem: NotSavableError) -> str:
    """Return what can be done where a block without lists binds what cannot be kept; nothing for other cases."""
    if computation.needed is None or computation.recipe.options.produce is not None:
        return ""
    roots = dict.fromkeys(re.split(r"[.\[:]", path, maxsplit=1)[0] for path in problem.paths)
    bound = [root for root in roots if root in computation.produced]
    needed = [name for name in bound if name in computation.needed()]
    spare = [name for name in bound if name not in needed]
    said = ""
    if needed and "define functions" not in problem.why:
        names = ", ".join(f"`{name}`" for name in needed)
        said = f"; the code below reads {names}: make {_it(needed)} there, of what can be kept"
    if spare:
        names = ", ".join(f'"{name}"' for name in spare)
        said += f"; ignore=[{names}] leaves {_it(spare)} out"
    return said


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


def lost_of(stores: Sequence[EntryStore], name: str, key: str = "", *, salt: str = "") -> str:
    """Return why an earlier result with a key, or the last one of some code, was not kept; nothing where it was."""
    for store in stores:
        for known, lost in reversed(_tables.of(store, name).items()):
            if known == key or (salt and lost["salt"] == salt):
                why: str = lost["why"]
                return why
    return ""
