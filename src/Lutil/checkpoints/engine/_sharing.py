"""The shared store behind the local one: what a miss asks it for, and what a save hands on to it.

    miss ─▶ ask for the key ─▶ an entry: into the local store
                            └▶ traces ─digest the present state─▶ one of their final keys ─▶ its entry, likewise

Loaded only where a shared store is set and the local one has nothing. What was fetched is an entry of the local store
like any other, and the lookup is simply made again.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import Any, Final
from weakref import WeakSet

from ..computation import Computation
from ..model._errors import SharedStoreWarning
from ..model._key import PartKind
from ..model._settings import Options, Settings
from ..model.process._interrupts import let_pass
from ..model.process._limits import make_room
from ..model.process._notices import log, notice_after
from ..observe import PROJECT, Observed, Trace, path_of
from ..store import FileStore
from ..store.shared import SharedStore, SignedEntry, aside, in_background, is_first_to_say, is_usable
from ..store.shared import offer as _offer
from ._final_keys import led_to

__all__ = ["fetch", "fetch_async", "fetch_many", "may_look", "offer", "opened", "publishes"]

_MOST: Final = 256
_opened: Final[dict[tuple[object, ...], SharedStore]] = {}
_STRANGERS: Final = "strangers"
_DAY: Final = 86400.0
_TOLD: Final = 3
_introduced: Final[WeakSet[SharedStore]] = WeakSet()
_FILES: Final = frozenset({PartKind.FILE, PartKind.LISTING})

Steps = Generator[Callable[[], Any], Any, frozenset[int]]
"""Yields what may take a while, is sent what came of it; returns the numbers of the computations that are there now."""


def opened(options: Options | None, settings: Settings) -> SharedStore | None:
    """Return the shared store of one face under these settings; None where there is none."""

    def chosen(name: str) -> Any:
        given = getattr(options, name, None)
        return getattr(settings, name) if given is None else given

    url = chosen("shared")
    case = (url, chosen("shared_mode"), chosen("shared_timeout"), settings.shared_secrets)
    if url and case not in _opened:
        made = SharedStore(*case[:3], _tell, secrets=settings.shared_secrets)
        make_room(_opened, _MOST)
        return _opened.setdefault(case, made)  # of threads that come first at once, all get one
    return _opened.get(case)


def _tell(text: str) -> None:
    notice_after(SharedStoreWarning, "", text, text)


def fetch(computation: Computation) -> bool:
    """Fetch into the local store what a lookup of this computation would find; return whether there is anything."""
    return bool(fetch_many([computation]))


def fetch_many(computations: Sequence[Computation]) -> frozenset[int]:
    """Do the same for many computations of one face at once; return the numbers of those that were fetched.

    Their keys have been made. All are asked for together: first what lies under their keys, then under final keys.
    """
    steps, answer = _steps(computations), None
    while True:
        try:
            job = steps.send(answer)
        except StopIteration as end:
            found: frozenset[int] = end.value
            return found
        answer = job()


async def fetch_async(computation: Computation) -> bool:
    """Do the same as `fetch` in a coroutine, whose loop goes on meanwhile."""
    steps, answer = _steps([computation]), None
    while True:
        try:
            job = steps.send(answer)
        except StopIteration as end:
            return bool(end.value)
        answer = await aside(job)


def _steps(computations: Sequence[Computation]) -> Steps:
    first = computations[0]
    shared, local = opened(first.recipe.options, first.settings), first.stores[0]
    if shared is None or not shared.reads or not isinstance(local, FileStore):
        return frozenset()
    if _is_left_alone(shared):
        return frozenset()
    there: set[int] = set()
    further: dict[tuple[str, str], list[tuple[int, bytes]]] = {}
    asked = [(one.recipe.name, one.key) for one in computations]
    found = yield partial(shared.ask, asked)
    if not found and shared.reads and shared not in _introduced:
        _introduced.add(shared)
        in_background(shared, local, partial(_introduce, shared, local))
    for number, one in enumerate(computations):
        ways = found.get(asked[number], ())
        if (yield partial(_received, shared, _fresh(one, ways), local)):
            there.add(number)
        else:
            for final, trace in _leads(one, ways):
                further.setdefault((one.recipe.name, final), []).append((number, trace))
    found = (yield partial(shared.ask, list(further))) if further else {}
    for case, wanted in further.items():
        if (yield partial(_received, shared, _fresh(first, found.get(case, ())), local)):
            for number, trace in wanted:
                there.add(number)
                _keep_trace(local, computations[number], trace)
    return frozenset(there)


def _is_left_alone(shared: SharedStore) -> bool:
    """Tell whether this process cannot use a shared store, which the first of such processes says."""
    if is_usable():
        return False
    if is_first_to_say():
        _tell(
            f"{shared.url} is left alone by processes that are forked after it was used: what they keep waits for "
            "`lutil push`, but for what they do for a map of their parent's. Started by `spawn` or `forkserver` "
            "(multiprocessing.set_start_method), they use it"
        )
    return True


def _introduce(shared: SharedStore, local: FileStore) -> None:
    """Say once of each who writes to a shared store and is not trusted, that it is so, and the way out."""
    asked, *known = (local.get_note(_STRANGERS, shared.url) or b"0").decode().split()
    if abs(time.time() - float(asked)) < _DAY:
        return
    strangers = shared.strangers(known)
    note = " ".join([f"{time.time():.0f}", *known, *(key.short for key in strangers)])
    local.put_note(_STRANGERS, shared.url, note.encode())
    if strangers:
        told = "; ".join(f"{key.name or 'somebody'}: lutil key trust {key.text}" for key in strangers[:_TOLD])
        more = f"; and {len(strangers) - _TOLD} more: lutil where" if len(strangers) > _TOLD else ""
        _tell(
            f"{shared.url} holds results of others, which are not read, since stored results can run code. If you "
            f"trust them, and the key is the one that `lutil key show` prints there: {told}{more}"
        )


def _leads(computation: Computation, found: Sequence[SignedEntry]) -> Iterator[tuple[str, bytes]]:
    """Yield the final keys to which known traces lead now, as far as an entry is known to lie there."""
    root = computation.settings.root
    for way in found:
        for data, finals in way.manifest.traces:
            try:
                trace = Trace.from_bytes(computation.opened(data))
            except ValueError:  # of another version
                continue
            if not way.own and (refused := next((one.shown for one in trace.names if not may_look(one, root)), "")):
                log.info("%s: a trace of %s names `%s`", computation.recipe.name, way.signer.shown, refused)
                continue
            led = led_to(computation, computation.key, trace)
            if led is not None and led[0] in finals:
                yield led[0], data


def may_look(observed: Observed, root: str) -> bool:
    """Tell whether what somebody else's trace names may be looked at: regular files and folders of the project."""
    name = observed.name
    is_path = observed.kind in _FILES or (
        observed.kind is PartKind.CODE and (name.startswith(PROJECT) or os.path.isabs(name))  # noqa: PTH117  # text
    )
    if not is_path:
        return True
    if not name.startswith(PROJECT):
        return False
    base, path = os.path.realpath(root), os.path.realpath(path_of(name, root))
    if path != base and not path.startswith(os.path.join(base, "")):  # noqa: PTH118  # text
        return False
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):  # nothing there, which is a state like any other
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _fresh(computation: Computation, ways: Sequence[SignedEntry]) -> Sequence[SignedEntry]:
    """Return those of the entries that have not expired when they were signed already."""
    expires = computation.recipe.options.expires
    return ways if expires is None else [way for way in ways if way.manifest.made + expires >= time.time()]


def _received(shared: SharedStore, ways: Sequence[SignedEntry], local: FileStore) -> bool:
    """Fetch an entry into the local store, from the first who has it whole; return whether it is there now."""
    try:
        return any(shared.receive(way, local) for way in ways)
    except OSError as error:
        let_pass(error)
        _tell(f"{shared.url} has a result that cannot be written to {local.folder}: {error.strerror or error}")
        return False


def _keep_trace(local: FileStore, computation: Computation, trace: bytes) -> None:
    try:
        local.put_trace(computation.recipe.name, computation.key, trace)
    except OSError as error:
        let_pass(error)
        _tell(f"what was fetched cannot be found again: {local.folder} cannot be written: {error.strerror or error}")


def offer(computation: Computation, key: str) -> None:
    """Have an entry that was just saved published in the background."""
    shared, local = _written(computation)
    if shared is not None and local is not None and not _is_left_alone(shared):
        _offer(shared, local, computation.recipe.name, key)


def publishes(computation: Computation) -> bool:
    """Tell whether what this process keeps of a computation is published by it."""
    return is_usable() and None not in _written(computation)


def _written(computation: Computation) -> tuple[SharedStore | None, FileStore | None]:
    """Return the shared store to which a computation is written, and the local one from which that is done."""
    shared, local = opened(computation.recipe.options, computation.settings), computation.stores[0]
    return shared if shared and shared.writes else None, local if isinstance(local, FileStore) else None
