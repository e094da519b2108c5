"""Which stores a computation uses: one to write to, and further ones that are only read."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from ._entry import Store
from ._errors import SettingError, UntrustedWarning
from ._limits import make_room
from ._notices import notice, notice_after
from ._outcome import Cause, Miss
from ._settings import Settings
from .store import FileStore

if TYPE_CHECKING:
    from ._computation import Computation

__all__ = ["sharing", "stores_of", "tell_refused", "tell_refused_after"]

_MOST: Final = 1024
_IN_ANY_CASE: Final = frozenset({Cause.RECOMPUTE, Cause.WRITTEN, Cause.UNRESOLVED, Cause.MISFIT})
"""Why a computation runs although there is an entry: another one would be the same."""
_opened: Final[dict[tuple[str, Settings, bool], FileStore]] = {}


def stores_of(store: object, settings: Settings) -> tuple[Store, ...]:
    """Return the stores of one face under these settings; the first one is written to.

    Args:
        store: what the face was given: None, a folder, or an object that is a store itself.
        settings: what holds otherwise.

    Raises:
        SettingError: it is neither a folder nor a store.
        FileNotFoundError: it would be the default folder, and the working directory has been deleted.
    """
    first: Any
    if settings.refused:
        notice(UntrustedWarning, "", settings.refused, settings.refused)
    if store is None and not settings.store.is_absolute():
        raise FileNotFoundError(errno.ENOENT, 'the working directory is gone: configure(store="...") names a folder')
    if store is None:
        first = _open(settings.store, settings)
    elif isinstance(store, (str, os.PathLike)):
        first = _open(Path(store).expanduser().absolute(), settings)
    elif all(callable(getattr(store, word, None)) for word in ("get", "put", "claim", "traces")):
        first = store
    else:
        raise SettingError(f"store: a folder or a Store is expected, not {store!r}")
    return (first, *(_open(folder, settings, read_only=True) for folder in settings.read_from))


def sharing(computation: Computation, miss: Miss | None = None) -> ModuleType | None:
    """Return what looks behind the local store; None where no store is shared, or it has nothing better for a miss."""
    given = computation.recipe.options.shared
    if not (computation.settings.shared if given is None else given):
        return None
    if miss is not None and miss.reason.cause in _IN_ANY_CASE:
        return None
    from . import _sharing  # noqa: PLC0415  (no hit of the local store needs it)

    return _sharing


def tell_refused(store: Store, what: str) -> None:
    """Say, once per store, that something in it is not read; further such files of it are in the log only."""
    notice(UntrustedWarning, "", _named(store), f"not read, since stored results can run code: {what}")


def tell_refused_after(store: Store, what: str) -> None:
    """Do the same after a run that could not be kept for that: the same cause is one notice."""
    notice_after(UntrustedWarning, "", _named(store), f"the result is returned but not kept: {what}")


def _named(store: Store) -> str:
    return str(getattr(store, "folder", ""))


def _open(folder: Path, settings: Settings, *, read_only: bool = False) -> FileStore:
    case = (os.fspath(folder), settings, read_only)
    if case not in _opened:
        make_room(_opened, _MOST)
        _opened[case] = FileStore(
            folder,
            min_free=settings.min_free,
            max_size=settings.max_size,
            trust=settings.trust,
            wait=settings.wait,
            read_only=read_only,
        )
    return _opened[case]
