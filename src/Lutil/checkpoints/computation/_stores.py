"""Which stores a computation uses: one to write to, and further ones that are only read."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any, Final

from .. import code
from ..model._entry import EntryStore
from ..model._errors import UntrustedWarning
from ..model._settings import Settings
from ..model._urls import local_folder
from ..model.process._limits import make_room
from ..model.process._notices import notice, notice_after
from ..store import FileStore

__all__ = ["stores_of", "tell_refused", "tell_refused_after"]

_MOST: Final = 64  # each keeps a descriptor
_default: Final[list[tuple[Settings, tuple[EntryStore, ...]]]] = []
"""The stores of who names none, under the settings that held last: a block asks at each turn of a loop."""
_opened: Final[dict[tuple[str, Settings, bool], FileStore]] = {}


def stores_of(store: object, settings: Settings) -> tuple[EntryStore, ...]:
    """Return the stores of one face under these settings; the first one is written to.

    Args:
        store: what the face was given: None, a folder, or an object that is a store itself.
        settings: what holds otherwise.

    Raises:
        FileNotFoundError: it would be the default folder, and the working directory has been deleted.
    """
    if store is None and _default and _default[0][0] is settings:
        return _default[0][1]
    first: Any
    if settings.refused:
        notice(UntrustedWarning, "", settings.refused, settings.refused)
    if settings.private is not None:
        return (_open(settings.private, settings),)
    if store is None and not settings.store.is_absolute():
        raise FileNotFoundError(errno.ENOENT, 'the working directory is gone: configure(store="...") names a folder')
    if store is None:
        first = _open(settings.store, settings)
    elif isinstance(store, (str, os.PathLike)):
        first = _open(local_folder(store), settings)
    else:
        first = store
    found = (first, *(_open(folder, settings, read_only=True) for folder in settings.read_from))
    if store is None and not settings.refused:
        _default[:] = [(settings, found)]
    return found


def tell_refused(store: EntryStore, what: str) -> None:
    """Say, once per store, that something in it is not read; further such files of it are in the log only."""
    notice(UntrustedWarning, "", _named(store), f"not read, since stored results can run code: {what}")


def tell_refused_after(store: EntryStore, what: str) -> None:
    """Do the same after a run that could not be kept for that: the same cause is one notice."""
    notice_after(UntrustedWarning, "", _named(store), f"the result is returned but not kept: {what}")


def _named(store: EntryStore) -> str:
    return str(getattr(store, "folder", ""))


def _open(folder: Path, settings: Settings, *, read_only: bool = False) -> FileStore:
    case = (os.fspath(folder), settings, read_only)
    if (known := _opened.get(case)) is not None:
        return known
    made = FileStore(
        folder,
        min_free=settings.min_free,
        max_size=settings.max_size,
        trust=settings.trust,
        wait=settings.wait,
        read_only=read_only,
    )
    if not read_only:
        code.keep_facts_in(made)
    make_room(_opened, _MOST)
    return _opened.setdefault(case, made)  # of threads that come first at once, all get one: who waits, waits there
